// SPDX-License-Identifier: Apache-2.0
#include <linnet/dtls_gnutls/server_handshakes.hpp>

#include <new>
#include <utility>

#include "cookies.hpp"
#include "priorities.hpp"
#include "server_handshake.hpp"

namespace linnet::dtls_gnutls {

struct GnutlsServerHandshakes::Parts {
  ServerShared shared;
  Cookies cookies;
};

GnutlsServerHandshakes::GnutlsServerHandshakes(const ServerIdentity& identity,
                                               secure::PeerDirectory& directory,
                                               ServerSettings settings)
    : parts_(new Parts{{directory, std::move(settings)}, {}}) {
  ServerShared& shared = parts_->shared;
  const bool key = identity.key.has_value();
  gnutls_priority_t priority = nullptr;
  check(gnutls_priority_init(&priority,
                             server_priorities(key && !identity.certificates.empty(), key).c_str(),
                             nullptr),
        "the cipher suites cannot be used");
  shared.priority.reset(priority);
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
  auto* handshake = new (std::nothrow) ServerHandshake(parts_->shared, now, *hello, own_id);
  if (handshake == nullptr || handshake->start(now, datagram)) return handshake;
  delete handshake;
  return nullptr;
}

void GnutlsServerHandshakes::end(secure::Handshake* handshake) {
  delete static_cast<ServerHandshake*>(handshake);
}

}  // namespace linnet::dtls_gnutls
