// SPDX-License-Identifier: Apache-2.0
#pragma once
// The client's side of a handshake: what a Security object says, in GnuTLS's words, and whether the
// server that answers is the one it means.
#include <string>

#include "gnutls_handles.hpp"
#include "gnutls_handshake.hpp"

namespace linnet::dtls_gnutls {

class ClientHandshake final : public GnutlsHandshake {
 public:
  ClientHandshake(Instant now, const secure::ClientCredentials& credentials);
  /// The first flight, or the reason why there is none. False: memory is short.
  [[nodiscard]] bool start(Instant now);
  /// The ClientHello takes more than one datagram, which a server that asks for cookies cannot
  /// read: a ticket made it too long.
  [[nodiscard]] bool first_flight_is_cut() const { return shim().waiting() > 1; }

 private:
  using Mode = secure::ClientCredentials::Mode;

  /// Throws `KeyError` with what is wrong with the credentials.
  void set_up();
  void set_up_psk();
  void set_up_certificate();
  void set_up_resumption();
  [[nodiscard]] std::array<std::uint8_t, 32> binding() const;

  bool wants_connection_id() const override { return offers_connection_id_; }
  bool accept_peer(secure::PeerProof& peer) override;
  std::string explain_timeout() override;
  void keep_resumption();
  static int verify(gnutls_session_t session);

  secure::ClientCredentials credentials_;
  bool offers_connection_id_ = false;
  PskClientHandle psk_;
  CertificateCredentialsHandle certificate_;
};

}  // namespace linnet::dtls_gnutls
