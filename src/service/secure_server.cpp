// SPDX-License-Identifier: Apache-2.0
#include "secure_server.hpp"

#include <algorithm>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/service/json_text.hpp>

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::SecureEvent;
using Kind = SecureEvent::Kind;

/// Refused and failed handshakes told per second; the others are counted.
constexpr int kToldPerSecond = 20;
/// Ended sessions whose place is remembered.
constexpr std::size_t kLastSeen = 1u << 16;

std::vector<dtls_gnutls::Bytes> anchors_of(CredentialStore& credentials) {
  std::vector<dtls_gnutls::Bytes> anchors;
  for (auto& [name, der] : credentials.trust_anchors()) anchors.push_back(std::move(der));
  return anchors;
}

server::SecureTransportConfig prepared(server::SecureTransportConfig config,
                                       SessionStore& sessions) {
  config.durable = true;
  config.id_key = sessions.id_key();
  return config;
}

std::string text_of(std::string_view text) { return std::string(text); }

/// As whom a device proved itself.
std::string identity_of(CredentialStore& credentials, const server::SecurePeer& peer) {
  for (const auto& entry : credentials.of(peer.endpoint)) {
    const server::Credential& credential = entry.credential;
    if (credential.id != peer.credential) continue;
    switch (credential.kind) {
      case server::CredentialKind::Psk: return credential.identity;
      case server::CredentialKind::PublicKey:
        return dtls_gnutls::fingerprint(credential.public_key);
      case server::CredentialKind::Certificate:
        return dtls_gnutls::fingerprint(credential.certificate);
      case server::CredentialKind::NamedCertificate: break;
    }
  }
  return "CN=" + std::string(peer.endpoint);
}

void put_security(json::object& out, secure::Proof proof, secure::CipherSuite suite,
                  bool connection_id) {
  out["mode"] = mode_name(proof);
  const std::string_view name = secure::name(suite);
  out["suite"] = json::string_view(name.data(), name.size());
  out["connectionId"] = connection_id;
}

}  // namespace

SecureServer::SecureServer(Ports ports, const SocketAddress& listen,
                           server::SecureTransportConfig config, server::SessionUse* use)
    : ports_(std::move(ports)),
      anchors_(anchors_of(ports_.credentials)),
      handshakes_(ports_.identity, ports_.credentials, anchors_),
      sessions_(ports_.store.database(), ports_.store.box(), ports_.number),
      socket_(listen),
      transport_(prepared(config, sessions_), ports_.rng, handshakes_, &ports_.credentials, use),
      port_(socket_, transport_) {
  restored_ = sessions_.restore(transport_, posix::monotonic_now());
  ports_.store.add(sessions_);
}

void SecureServer::end_credentials(std::span<const std::uint64_t> sorted) {
  (void)transport_.end_credentials(posix::monotonic_now(), sorted, SecureEvent::End::Revoked);
}

void SecureServer::trust_changed() {
  auto now = anchors_of(ports_.credentials);
  const bool lost = std::ranges::any_of(
      anchors_, [&](const auto& old) { return std::ranges::find(now, old) == now.end(); });
  try {
    handshakes_.trust(now);
  } catch (const dtls_gnutls::KeyError& error) {
    if (ports_.print) {
      ports_.print(LogLevel::Error,
                   std::string("the trust anchors cannot be used: ") + error.what());
    }
    return;
  }
  anchors_ = std::move(now);
  if (!lost) return;
  std::uint32_t cursor = 0;
  while (const auto peer = transport_.next_peer(cursor)) {
    if (peer->proof != secure::Proof::Certificate) continue;
    transport_.end(posix::monotonic_now(), peer->session, SecureEvent::End::Removed);
  }
}

// --- Telling ---

SocketAddress SecureServer::real_address(const SocketAddress& address) const {
  if (!address.is_session()) return address;
  if (const auto place = transport_.address_of(address)) return *place;
  const auto found = last_seen_.find(address.session_id());
  return found == last_seen_.end() ? address : found->second;
}

void SecureServer::remember_place(const SocketAddress& session, const SocketAddress& place) {
  if (last_seen_order_.size() >= kLastSeen) {
    last_seen_.erase(last_seen_order_.front());
    last_seen_order_.pop_front();
  }
  if (last_seen_.emplace(session.session_id(), place).second) {
    last_seen_order_.push_back(session.session_id());
  }
}

bool SecureServer::may_tell() {
  const std::int64_t second = posix::monotonic_now().ms / 1000;
  if (second != second_) {
    second_ = second;
    told_ = 0;
  }
  if (told_ >= kToldPerSecond) {
    ++untold_;
    return false;
  }
  ++told_;
  return true;
}

void SecureServer::publish(const std::string& endpoint, json::object data, LogLevel level,
                           const std::string& line) {
  json::object out{
      {"type", name(EventKind::Handshake)}, {"time", posix::unix_now()}, {"endpoint", endpoint}};
  if (!ports_.server.empty()) out["server"] = ports_.server;
  for (auto& [key, value] : data) out[key] = std::move(value);
  if (untold_ != 0) out["untold"] = std::exchange(untold_, 0);
  ports_.log.publish(EventKind::Handshake, endpoint, to_text(out));
  if (ports_.print) ports_.print(level, {line, endpoint});
}

void SecureServer::tell_refusal(const IdentityRefusal& refusal) {
  if (!may_tell()) return;
  const std::string address = posix::to_string(real_address(refusal.from));
  const std::string endpoint(refusal.endpoint);
  json::object data{{"event", "refused"}, {"address", address}, {"reason", refusal.reason}};
  if (const auto peer = transport_.peer(refusal.from)) {
    data["identity"] = identity_of(ports_.credentials, *peer);
    data["mode"] = mode_name(peer->proof);
  }
  publish(endpoint, std::move(data), LogLevel::Warning,
          "refused        " + endpoint + " at " + address + ": " + refusal.reason);
}

void SecureServer::handle_events() {
  while (const auto event = transport_.poll_event()) {
    const std::string address = posix::to_string(event->address);
    if (event->kind == Kind::Failed) {
      if (!may_tell()) continue;
      json::object data{{"event", "failed"}, {"address", address}, {"reason", event->reason}};
      using Failure = secure::HandshakeFailure::Kind;
      if (event->failure == Failure::AlertReceived || event->failure == Failure::AlertSent) {
        data["alert"] = text_of(secure::name(event->alert));
        data["alertFrom"] = event->failure == Failure::AlertSent ? "server" : "device";
      }
      publish({}, std::move(data), LogLevel::Warning,
              "handshake      of " + address + " failed: " + event->reason);
      continue;
    }
    json::object data{{"event", describe(event->kind)}, {"address", address}};
    put_security(data, event->proof, event->suite, event->connection_id);
    if (!event->identity.empty()) data["identity"] = event->identity;
    std::string line = "session        " + event->endpoint + " at " + address + ": ";
    if (event->kind == Kind::Established) {
      data["resumed"] = event->resumed;
      const std::string how = std::string(mode_name(event->proof)) + ", " +
                              text_of(secure::name(event->suite)) +
                              (event->resumed ? ", resumed" : "");
      line += how;
      if (ports_.established) ports_.established(event->endpoint, address, how);
    } else if (event->kind == Kind::Ended) {
      remember_place(event->session, event->address);
      data["reason"] = describe(event->end);
      if (event->end == SecureEvent::End::Alert) {
        data["alert"] = text_of(secure::name(event->alert));
      }
      line += describe(event->end);
    } else {
      line += "its new address";
    }
    publish(event->endpoint, std::move(data),
            event->kind == Kind::Moved ? LogLevel::Debug : LogLevel::Info, line);
  }
}

json::object SecureServer::security(const SocketAddress& address, bool identity) const {
  const auto peer = address.is_session() ? transport_.peer(address) : std::nullopt;
  if (!peer) return {{"mode", address.is_session() ? "ended" : "nosec"}};
  json::object out;
  put_security(out, peer->proof, peer->suite, peer->connection_id);
  if (identity) out["identity"] = identity_of(ports_.credentials, *peer);
  return out;
}

}  // namespace linnet::service
