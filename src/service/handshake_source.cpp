// SPDX-License-Identifier: Apache-2.0
#include "handshake_source.hpp"

#include <linnet/posix/setup_error.hpp>

namespace linnet::service {

HandshakeSource::HandshakeSource(const ServerIdentity& identity, secure::PeerDirectory& directory,
                                 std::vector<dtls_gnutls::Bytes> trust_anchors)
    : directory_(directory), identity_{identity.key, identity.chain, {}} {
  try {
    trust(std::move(trust_anchors));
  } catch (const dtls_gnutls::KeyError& error) {
    throw posix::SetupError(std::string("DTLS cannot be served: ") + error.what());
  }
}

HandshakeSource::~HandshakeSource() = default;

void HandshakeSource::trust(std::vector<dtls_gnutls::Bytes> anchors) {
  dtls_gnutls::ServerIdentity next = identity_;
  next.trust_anchors = anchors;
  current_ = std::make_shared<Maker>(next, directory_);
  anchors_ = std::move(anchors);
}

void HandshakeSource::set_identity(const ServerIdentity& identity) {
  dtls_gnutls::ServerIdentity next{identity.key, identity.chain, anchors_};
  current_ = std::make_shared<Maker>(next, directory_);
  next.trust_anchors.clear();
  identity_ = std::move(next);
}

secure::ServerHandshakes::Gate HandshakeSource::admit(const SocketAddress& from, ByteView datagram,
                                                      MutableBytes out, std::size_t& size) {
  return current_->admit(from, datagram, out, size);
}

secure::Handshake* HandshakeSource::begin(Instant now, const SocketAddress& from, ByteView datagram,
                                          const secure::ConnectionId& own_id) {
  secure::Handshake* handshake = current_->begin(now, from, datagram, own_id);
  if (handshake != nullptr) makers_.emplace(handshake, current_);
  return handshake;
}

void HandshakeSource::end(secure::Handshake* handshake) {
  const auto found = makers_.find(handshake);
  if (found == makers_.end()) return;
  // Its maker must be there until it is gone.
  const std::shared_ptr<Maker> maker = std::move(found->second);
  makers_.erase(found);
  maker->end(handshake);
}

}  // namespace linnet::service
