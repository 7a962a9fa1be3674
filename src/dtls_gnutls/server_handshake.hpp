// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server's side of a handshake: asks the directory who has come.
#include <span>
#include <vector>

#include <linnet/dtls_gnutls/server_handshakes.hpp>

#include "client_hello.hpp"
#include "gnutls_handles.hpp"
#include "gnutls_handshake.hpp"

namespace linnet::dtls_gnutls {

/// What all handshakes of a server have in common.
struct ServerShared {
  secure::PeerDirectory& directory;
  ServerSettings settings;
  PriorityHandle priority{};
  PskServerHandle psk{};
  CertificateCredentialsHandle certificate{};  ///< null: pre-shared keys only
  std::vector<CertificateHandle> anchors{};
  OwnedDatum ticket_key{};  ///< GnuTLS derives from it keys that change with time

  [[nodiscard]] std::int64_t unix_time() const;
};

/// Whether a ticket would be worth its bytes: a handshake with a pre-shared key is shorter and
/// cheaper than one with a ticket. And only with a session bound to its handshake (RFC 7627 §5.3).
[[nodiscard]] bool worth_a_ticket(const ServerShared& shared, const ClientHelloView& hello);

class ServerHandshake final : public GnutlsHandshake {
 public:
  ServerHandshake(ServerShared& shared, Instant now, const ClientHelloView& hello,
                  const secure::ConnectionId& own_id, bool tickets);
  /// False: memory is short.
  [[nodiscard]] bool start(Instant now, ByteView datagram);

  /// The session of a ticket may not go on. Nothing went out yet, so that a full handshake can take
  /// the place of this one.
  [[nodiscard]] bool ticket_refused() const { return ticket_refused_; }

  /// For gnutls_certificate_set_verify_function.
  static int verify(gnutls_session_t session);
  /// For gnutls_psk_set_server_credentials_function2.
  static int find_psk(gnutls_session_t session, const gnutls_datum_t* identity,
                      gnutls_datum_t* key);

 private:
  bool wants_connection_id() const override { return answers_connection_id_; }
  bool accept_peer(secure::PeerProof& peer) override;
  std::string explain_timeout() override;
  bool look_up(bool raw_key, std::span<const gnutls_datum_t> shown);
  bool look_up_certificate(std::span<const gnutls_datum_t> shown);
  void note(const secure::PeerDirectory::Found& found);

  ServerShared& shared_;
  bool answers_connection_id_;
  bool tickets_;
  bool ticket_refused_ = false;
  secure::Proof proof_ = secure::Proof::None;
  std::uint64_t credential_ = 0;
};

}  // namespace linnet::dtls_gnutls
