// SPDX-License-Identifier: Apache-2.0
#pragma once
// DTLS 1.2 handshakes as a server, made by GnuTLS: whoever comes is looked up in a `PeerDirectory`
// by PSK identity, public key or certificate. Nothing is kept for a client before its cookie came
// back. [SEC-01] [SEC-03] [SEC-06] [SEC-13]
// One thread; directory and identity outlive it, and it outlives its handshakes.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/secure/handshake.hpp>

namespace linnet::dtls_gnutls {

/// What a server shows of itself. Without a key it serves pre-shared keys only.
struct ServerIdentity {
  std::optional<PrivateKey> key{};
  /// DER, the server's own first, without the trust anchor. Empty: raw public keys only.
  std::vector<Bytes> certificates{};
  /// DER: who may have signed a device's certificate.
  std::vector<Bytes> trust_anchors{};
};

struct ServerSettings {
  std::uint16_t mtu = 1152;                      ///< bytes of a datagram
  Duration timeout = seconds(60);                ///< of a handshake
  Duration ticket_life = seconds(24 * 60 * 60);  ///< 0: no tickets
  /// Seconds since 1970, for the validity of certificates; the system's clock if empty.
  std::function<std::int64_t()> unix_time{};
};

class GnutlsServerHandshakes final : public secure::ServerHandshakes {
 public:
  /// Throws `KeyError` if key and certificates do not fit or cannot be used.
  GnutlsServerHandshakes(const ServerIdentity& identity, secure::PeerDirectory& directory,
                         ServerSettings settings = {});
  ~GnutlsServerHandshakes();
  GnutlsServerHandshakes(const GnutlsServerHandshakes&) = delete;
  GnutlsServerHandshakes& operator=(const GnutlsServerHandshakes&) = delete;

  [[nodiscard]] Gate admit(const SocketAddress& from, ByteView datagram, MutableBytes out,
                           std::size_t& size) override;
  [[nodiscard]] secure::Handshake* begin(Instant now, const SocketAddress& from, ByteView datagram,
                                         const secure::ConnectionId& own_id) override;
  void end(secure::Handshake* handshake) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace linnet::dtls_gnutls
