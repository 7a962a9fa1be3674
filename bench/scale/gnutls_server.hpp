// SPDX-License-Identifier: Apache-2.0
#pragma once
// A DTLS server that is GnuTLS and nothing else, as its manual shows one (cookie first, one
// session for each peer), with its records in memory: what a handshake costs at least. It asks and
// checks as Linnet's does: PSK by identity, raw public keys both ways, tickets where asked for.
#include <cstdint>
#include <memory>
#include <optional>

#include <linnet/base/address.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include "handshake_server.hpp"

namespace linnet::scale {

class GnutlsServer final : public HandshakeServer {
 public:
  /// `keep` is how many sessions it has at a time: the oldest is freed when there is one more. 0
  /// frees each at the end of its handshake, as no server does that wants to talk to its clients.
  /// Throws std::runtime_error if GnuTLS does not like something.
  GnutlsServer(const dtls_gnutls::PrivateKey& key, const dtls_gnutls::PublicKey& device,
               ByteView psk, std::size_t keep);
  ~GnutlsServer() override;

  void receive(Instant now, const SocketAddress& from, MutableBytes datagram) override;
  std::optional<Outgoing> poll_transmit(Instant now, MutableBytes out) override;
  [[nodiscard]] std::uint64_t established() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace linnet::scale
