// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server's side of a handshake: asks the directory who has come.
#include <optional>

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
};

class ServerHandshake final : public GnutlsHandshake {
 public:
  ServerHandshake(ServerShared& shared, Instant now, const ClientHelloView& hello,
                  const secure::ConnectionId& own_id);
  /// False: memory is short.
  [[nodiscard]] bool start(Instant now, ByteView datagram);

  /// For gnutls_psk_set_server_credentials_function2.
  static int find_psk(gnutls_session_t session, const gnutls_datum_t* identity,
                      gnutls_datum_t* key);

 private:
  bool wants_connection_id() const override { return answers_connection_id_; }
  bool accept_peer(secure::PeerProof& peer) override;
  std::string explain_timeout() override;
  void note(const secure::PeerDirectory::Found& found);

  ServerShared& shared_;
  bool answers_connection_id_;
  secure::Proof proof_ = secure::Proof::None;
  std::uint64_t credential_ = 0;
};

}  // namespace linnet::dtls_gnutls
