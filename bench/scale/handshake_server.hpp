// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is measured of a server that takes part in handshakes: everything it does between a datagram
// that comes in and those that go out.
#include <cstdint>
#include <optional>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>

namespace linnet::scale {

class HandshakeServer {
 public:
  struct Outgoing {
    SocketAddress to;
    std::size_t size = 0;
  };
  virtual ~HandshakeServer() = default;
  virtual void receive(Instant now, const SocketAddress& from, MutableBytes datagram) = 0;
  virtual std::optional<Outgoing> poll_transmit(Instant now, MutableBytes out) = 0;
  /// Handshakes completed so far.
  [[nodiscard]] virtual std::uint64_t established() const = 0;
};

}  // namespace linnet::scale
