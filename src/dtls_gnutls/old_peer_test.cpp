// SPDX-License-Identifier: Apache-2.0
// Pins what is kept of a session with a server that knows no extended master secret (RFC 7627): all
// but what would resume it.
#include <gnutls/dtls.h>

#include <cerrno>

#include "gnutls_handles.hpp"
#include "handshake_fixture.hpp"
#include "own_certificate.hpp"

#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

/// The library alone, with a raw public key and tickets.
class LibraryServer {
 public:
  LibraryServer(const PrivateKey& key, bool extended) {
    const std::string words =
        std::string(
            "NONE:+VERS-DTLS1.2:+COMP-NULL:+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:"
            "+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK") +
        (extended ? "" : ":%NO_SESSION_HASH");
    check(gnutls_init(&session_,
                      GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK),
          "init");
    check(gnutls_priority_set_direct(session_, words.c_str(), nullptr), "priorities");
    add_raw_key(own_.get(), key);
    check(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, own_.get()), "credentials");
    check(gnutls_session_ticket_key_generate(ticket_key_.out()), "ticket key");
    check(gnutls_session_ticket_enable_server(session_, ticket_key_.out()), "tickets");
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, push);
    gnutls_transport_set_pull_function(session_, pull);
    gnutls_transport_set_pull_timeout_function(session_, ready);
  }
  ~LibraryServer() { gnutls_deinit(session_); }
  LibraryServer(const LibraryServer&) = delete;
  LibraryServer& operator=(const LibraryServer&) = delete;

  void run(secure::Handshake& client, Instant now) {
    Bytes buffer(2048);
    for (int i = 0; i < 20 && client.state() == secure::Handshake::State::Running; ++i) {
      while (const auto size = client.poll_transmit(now, buffer)) {
        in_.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
      }
      const int code = gnutls_handshake(session_);
      ASSERT_EQ(gnutls_error_is_fatal(code), 0) << gnutls_strerror(code);
      for (const Bytes& datagram : std::exchange(out_, {})) client.receive(now, datagram);
    }
  }

 private:
  static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    static_cast<LibraryServer*>(self)->out_.emplace_back(bytes, bytes + size);
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t self, void* data, std::size_t size) {
    auto& server = *static_cast<LibraryServer*>(self);
    if (server.in_.empty()) {
      gnutls_transport_set_errno(server.session_, EAGAIN);
      return -1;
    }
    const Bytes next = server.in_.front();
    server.in_.pop_front();
    std::copy_n(next.begin(), std::min(size, next.size()), static_cast<std::uint8_t*>(data));
    return static_cast<ssize_t>(std::min(size, next.size()));
  }
  static int ready(gnutls_transport_ptr_t self, unsigned) {
    return static_cast<LibraryServer*>(self)->in_.empty() ? 0 : 1;
  }

  CertificateCredentialsHandle own_ = make_certificate_credentials();
  OwnedDatum ticket_key_;
  gnutls_session_t session_ = nullptr;
  std::deque<Bytes> in_;
  std::vector<Bytes> out_;
};

TEST(OldPeer, WithoutExtendedMasterSecretNothingIsResumed) {
  LINNET_REQ("SEC-09");
  for (const bool extended : {true, false}) {
    const PrivateKey own = PrivateKey::generate();
    const PrivateKey device = PrivateKey::generate();
    const Bytes spki = own.public_key().spki();
    const Bytes key = device.one_asymmetric_key();
    secure::ClientCredentials credentials;
    credentials.mode = secure::ClientCredentials::Mode::RawPublicKey;
    credentials.secret_key = key;
    credentials.server_key = spki;
    GnutlsClientHandshakes clients;
    const Instant now{1000};
    secure::Handshake* client = clients.begin(now, credentials);
    LibraryServer(own, extended).run(*client, now);
    EXPECT_EQ(client->state(), secure::Handshake::State::Done) << client->failure().reason;
    Bytes resumption(4096);
    EXPECT_EQ(client->resumption(resumption) != 0, extended);
    clients.end(client);
  }
}

}  // namespace
}  // namespace linnet::dtls_gnutls
