// SPDX-License-Identifier: Apache-2.0
#include "identity_guard.hpp"

#include <vector>

namespace linnet::service {
namespace {

using secure::Proof;
using server::Access;
using server::AccessRequest;

constexpr const char* kBarred =
    "its credentials were revoked: it needs a new one, or to be forgotten, before it may come "
    "again";

const char* words(Proof proof) {
  switch (proof) {
    case Proof::None: return "no security at all";
    case Proof::Psk: return "a pre-shared key";
    case Proof::RawPublicKey: return "a raw public key";
    case Proof::Certificate: return "a certificate";
  }
  return "";
}

}  // namespace

const char* mode_name(Proof proof) {
  switch (proof) {
    case Proof::None: return "nosec";
    case Proof::Psk: return "psk";
    case Proof::RawPublicKey: return "rpk";
    case Proof::Certificate: return "x509";
  }
  return "";
}

std::optional<server::SecurePeer> IdentityGuard::peer(const SocketAddress& from) const {
  if (transport_ == nullptr || !from.is_session()) return std::nullopt;
  return transport_->peer(from);
}

std::string_view IdentityGuard::endpoint_of(const SocketAddress& from) {
  const auto sender = peer(from);
  return sender ? sender->endpoint : std::string_view{};
}

Access IdentityGuard::decide(const AccessRequest& request) {
  if (failing_ && request.kind == AccessRequest::Kind::Register) return Access::Unavailable;
  // By far the most requests: from where the registration is, which was allowed before. But not
  // without security if the endpoint got a credential since.
  if (request.kind != AccessRequest::Kind::Register && request.registration != nullptr &&
      request.registration->address == request.from &&
      (request.from.is_session() || credentials_.strongest(request.endpoint) == Proof::None)) {
    return Access::Allow;
  }
  std::string reason = fault(request);
  if (reason.empty()) return Access::Allow;
  if (refused_) refused_({request.from, request.endpoint, std::move(reason)});
  return Access::Unknown;
}

/// Why the sender may not speak for the endpoint; empty if it may.
std::string IdentityGuard::fault(const AccessRequest& request) const {
  const auto sender = peer(request.from);
  if (request.from.is_session() && !sender) return "its session is over";
  // [SEC-06]
  if (sender && sender->endpoint != request.endpoint) {
    return "the identity of its session stands for \"" + std::string(sender->endpoint) + "\"";
  }
  if (credentials_.barred(request.endpoint)) return kBarred;
  const Proof proof = sender ? sender->proof : Proof::None;
  if (const Proof best = credentials_.strongest(request.endpoint); proof < best) {
    return std::string("it came with ") + words(proof) + ", and its endpoint has " + words(best);
  }
  if (request.registration == nullptr) return {};
  const auto before = peer(request.registration->address);
  if (before && proof < before->proof) {
    return std::string("it came with ") + words(proof) + ", and its endpoint is registered with " +
           words(before->proof);
  }
  return {};
}

void IdentityGuard::end_unsecured(Instant now, server::Shard& shard, std::string_view added) {
  std::vector<server::RegistrationId> found;
  const auto look_at = [&](const server::RegistrationView& registration) {
    if (registration.address.is_session()) return;
    if (credentials_.strongest(registration.endpoint) == Proof::None) return;
    found.push_back(registration.id);
    if (!refused_) return;
    refused_({registration.address, registration.endpoint,
              "it is registered with no security at all, and its endpoint has a credential now"});
  };
  if (added.find('*') == std::string_view::npos) {
    if (const auto registration = shard.find(added)) look_at(*registration);
  } else {
    std::uint32_t cursor = 0;
    while (const auto registration = shard.next_registration(cursor)) look_at(*registration);
  }
  for (const server::RegistrationId id : found) shard.remove(now, id);
}

server::BootstrapDecision GuardedSource::find(const server::BootstrapRequester& requester) {
  const std::string_view endpoint =
      requester.endpoint.empty() ? requester.identity : requester.endpoint;
  Proof proof = Proof::None;
  if (transport_ != nullptr && requester.from.is_session()) {
    if (const auto sender = transport_->peer(requester.from)) proof = sender->proof;
  }
  if (credentials_ != nullptr && credentials_->barred(endpoint)) {
    return {server::BootstrapDecision::Kind::Unknown, {}, kBarred};
  }
  if (credentials_ != nullptr && proof < credentials_->strongest(endpoint)) {
    return {server::BootstrapDecision::Kind::Unknown,
            {},
            proof == Proof::None ? "the endpoint has a credential: come through DTLS"
                                 : "the endpoint has a stronger credential"};
  }
  return source_.find(requester);
}

}  // namespace linnet::service
