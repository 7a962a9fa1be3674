// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handshakes under way, bounded in number, found by the peer's address, in the order they began;
// and those whose library keeps protecting the session (CBC suites), found by number only.
#include <cstdint>
#include <optional>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>
#include <linnet/secure/handshake.hpp>
#include "server/hash_index.hpp"
#include "server/ring_buffer.hpp"
#include "server/slab.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

struct OpenHandshake {
  secure::Handshake* handshake = nullptr;  ///< null: free
  SocketAddress from;
  /// Reserved for its session; `used` is false once that took it, or gave it back.
  secure::ConnectionId id;
  std::uint64_t hello = 0;  ///< of the client's random: tells a repeated ClientHello from a new one
  Instant began;
  std::uint32_t older = kNone;
  std::uint32_t newer = kNone;  ///< and the chain of free ones
  std::uint32_t slot = kNone;   ///< of the session that came out of it
  bool running = false;
  bool resident = false;
  bool ready = false;  ///< is in the queue of those that may have something to send
};

class HandshakeTable {
 public:
  explicit HandshakeTable(std::uint64_t seed) : seed_(seed) {}

  /// An entry for a peer that has none. REQUIRES: `handshake` is not null.
  std::uint32_t add(Instant now, const SocketAddress& from);
  /// It is no more under way: neither counted nor found by address.
  void settle(std::uint32_t number);
  /// Forgets it. REQUIRES: settled.
  void remove(std::uint32_t number);

  [[nodiscard]] std::uint32_t find(const SocketAddress& from) const;
  [[nodiscard]] std::uint32_t oldest() const { return oldest_; }
  /// Under way.
  [[nodiscard]] std::uint32_t size() const { return by_address_.size(); }
  OpenHandshake& operator[](std::uint32_t number) { return entries_[number]; }
  const OpenHandshake& operator[](std::uint32_t number) const { return entries_[number]; }
  /// The first entry from `number` on that is not free, or `kNone`.
  [[nodiscard]] std::uint32_t next(std::uint32_t number) const;

 private:
  Slab<OpenHandshake, 64> entries_;
  HashIndex by_address_;
  std::uint64_t seed_;
  std::uint32_t free_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

}  // namespace linnet::server
