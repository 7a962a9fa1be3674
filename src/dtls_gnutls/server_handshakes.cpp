// SPDX-License-Identifier: Apache-2.0
#include <linnet/dtls_gnutls/server_handshakes.hpp>

#include <new>
#include <utility>

#include "certificate_path.hpp"
#include "cookies.hpp"
#include "own_certificate.hpp"
#include "priorities.hpp"
#include "server_handshake.hpp"

namespace linnet::dtls_gnutls {

struct GnutlsServerHandshakes::Parts {
  ServerShared shared;
  Cookies cookies;

  /// Null: memory is short.
  std::unique_ptr<ServerHandshake> start(Instant now, const ClientHelloView& hello,
                                         ByteView datagram, const secure::ConnectionId& own_id,
                                         bool tickets) {
    std::unique_ptr<ServerHandshake> handshake(
        new (std::nothrow) ServerHandshake(shared, now, hello, own_id, tickets));
    if (handshake != nullptr && !handshake->start(now, datagram)) handshake.reset();
    return handshake;
  }
};

GnutlsServerHandshakes::GnutlsServerHandshakes(const ServerIdentity& identity,
                                               secure::PeerDirectory& directory,
                                               ServerSettings settings)
    : parts_(new Parts{.shared = {.directory = directory, .settings = std::move(settings)},
                       .cookies = {}}) {
  ServerShared& shared = parts_->shared;
  const bool key = identity.key.has_value();
  gnutls_priority_t priority = nullptr;
  check(gnutls_priority_init(&priority,
                             server_priorities(key && !identity.certificates.empty(), key).c_str(),
                             nullptr),
        "the cipher suites cannot be used");
  shared.priority.reset(priority);
  if (key) {
    shared.certificate = make_certificate_credentials();
    gnutls_certificate_credentials_t own = shared.certificate.get();
    add_raw_key(own, *identity.key);
    if (!identity.certificates.empty()) {
      add_certificates(own, identity.certificates, *identity.key);
    }
    gnutls_certificate_set_verify_function(own, ServerHandshake::verify);
    shared.anchors = parse_certificates(std::span<const Bytes>(identity.trust_anchors));
    check(gnutls_session_ticket_key_generate(shared.ticket_key.out()), "no key for tickets");
  }
  gnutls_psk_server_credentials_t psk = nullptr;
  check(gnutls_psk_allocate_server_credentials(&psk), "no memory for pre-shared keys");
  shared.psk.reset(psk);
  gnutls_psk_set_server_credentials_function2(psk, ServerHandshake::find_psk);
}

GnutlsServerHandshakes::~GnutlsServerHandshakes() = default;

secure::ServerHandshakes::Gate GnutlsServerHandshakes::admit(const SocketAddress& from,
                                                             ByteView datagram, MutableBytes out,
                                                             std::size_t& size) {
  size = 0;
  const auto hello = ClientHelloView::parse(datagram);
  if (!hello) return Gate::Drop;
  if (parts_->cookies.good(from, *hello)) return Gate::Admit;
  size = parts_->cookies.challenge(from, *hello, out);
  return size != 0 ? Gate::Challenge : Gate::Drop;
}

secure::Handshake* GnutlsServerHandshakes::begin(Instant now, const SocketAddress&,
                                                 ByteView datagram,
                                                 const secure::ConnectionId& own_id) {
  parts_->cookies.rotate(now);
  const auto hello = ClientHelloView::parse(datagram);
  if (!hello) return nullptr;
  const bool tickets = worth_a_ticket(parts_->shared, *hello);
  auto handshake = parts_->start(now, *hello, datagram, own_id, tickets);
  if (handshake != nullptr && handshake->ticket_refused()) {
    handshake = parts_->start(now, *hello, datagram, own_id, false);
  }
  return handshake.release();
}

void GnutlsServerHandshakes::end(secure::Handshake* handshake) {
  delete static_cast<ServerHandshake*>(handshake);
}

}  // namespace linnet::dtls_gnutls
