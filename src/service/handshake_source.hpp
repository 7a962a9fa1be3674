// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handshakes by GnuTLS that go on while the trust anchors change: those under way end as they
// began, the next ones know the new anchors; tickets and cookies of before are worth nothing then.
// One thread.
#include <memory>
#include <unordered_map>
#include <vector>

#include <linnet/dtls_gnutls/server_handshakes.hpp>
#include <linnet/secure/handshake.hpp>

#include "server_identity.hpp"

namespace linnet::service {

class HandshakeSource final : public secure::ServerHandshakes {
 public:
  /// Throws posix::SetupError. `directory` outlives it.
  HandshakeSource(const ServerIdentity& identity, secure::PeerDirectory& directory,
                  std::vector<dtls_gnutls::Bytes> trust_anchors);
  ~HandshakeSource();
  HandshakeSource(const HandshakeSource&) = delete;
  HandshakeSource& operator=(const HandshakeSource&) = delete;

  /// Throws dtls_gnutls::KeyError, and then all stays as it is.
  void trust(std::vector<dtls_gnutls::Bytes> anchors);
  /// The next handshakes show this certificate. Throws dtls_gnutls::KeyError, and then all stays as
  /// it is.
  void set_identity(const ServerIdentity& identity);

  [[nodiscard]] Gate admit(const SocketAddress& from, ByteView datagram, MutableBytes out,
                           std::size_t& size) override;
  [[nodiscard]] secure::Handshake* begin(Instant now, const SocketAddress& from, ByteView datagram,
                                         const secure::ConnectionId& own_id) override;
  void end(secure::Handshake* handshake) override;

 private:
  using Maker = dtls_gnutls::GnutlsServerHandshakes;

  secure::PeerDirectory& directory_;
  dtls_gnutls::ServerIdentity identity_;
  std::vector<dtls_gnutls::Bytes> anchors_;
  std::shared_ptr<Maker> current_;
  std::unordered_map<secure::Handshake*, std::shared_ptr<Maker>> makers_;
};

}  // namespace linnet::service
