// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/secure_transport.hpp>

#include <algorithm>

#include "server/secure_engine.hpp"

namespace linnet::server {
namespace {

std::uint64_t draw64(Rng& rng) {
  const std::uint64_t high = rng.next();
  return high << 32 | rng.next();
}

SecureTransportConfig within_limits(SecureTransportConfig config) {
  config.reserve = std::clamp<std::uint16_t>(config.reserve, 2, SessionTable::kUnlimited - 1);
  config.max_sessions = std::clamp(config.max_sessions, 1u, SessionTable::kMaxSessions);
  config.max_handshakes = std::clamp(config.max_handshakes, 1u, SessionTable::kMaxSessions);
  return config;
}

}  // namespace

const char* describe(SecureEvent::Kind kind) {
  switch (kind) {
    case SecureEvent::Kind::Established: return "established";
    case SecureEvent::Kind::Failed: return "failed";
    case SecureEvent::Kind::Ended: return "ended";
    case SecureEvent::Kind::Moved: return "moved";
  }
  return "";
}

const char* describe(SecureEvent::End end) {
  switch (end) {
    case SecureEvent::End::Closed: return "closed by the device";
    case SecureEvent::End::Alert: return "ended by an alert of the device";
    case SecureEvent::End::Replaced: return "another device came from its address";
    case SecureEvent::End::Revoked: return "its credential was revoked";
    case SecureEvent::End::Removed: return "ended by the server";
    case SecureEvent::End::Idle: return "silent for too long";
    case SecureEvent::End::Evicted: return "made room for another";
    case SecureEvent::End::Exhausted: return "its record numbers are used up";
  }
  return "";
}

SecureTransport::Engine::Engine(const SecureTransportConfig& config, Rng& rng,
                                secure::ServerHandshakes& handshakes,
                                secure::PeerDirectory* directory, SessionUse* use)
    : config_(within_limits(config)),
      handshakes_(handshakes),
      directory_(directory),
      use_(use),
      seed_(draw64(rng)),
      sessions_(config_.max_sessions, config_.max_handshakes, rng, config_.id_key),
      open_(draw64(rng)),
      limiter_(config_.hellos_per_second, config_.hello_burst, draw64(rng)) {}

SecureTransport::Engine::~Engine() {
  for (std::uint32_t number = open_.next(0); number != kNone; number = open_.next(number + 1)) {
    handshakes_.end(open_[number].handshake);
  }
}

SecureTransport::SecureTransport(const SecureTransportConfig& config, Rng& rng,
                                 secure::ServerHandshakes& handshakes,
                                 secure::PeerDirectory* directory, SessionUse* use)
    : engine_(std::make_unique<Engine>(config, rng, handshakes, directory, use)) {}
SecureTransport::~SecureTransport() = default;

void SecureTransport::expect(std::size_t count, FunctionRef<Incoming(std::size_t)> at) const {
  engine_->expect(count, at);
}
void SecureTransport::receive(Instant now, const SocketAddress& from, MutableBytes datagram,
                              Deliver deliver) {
  engine_->receive(now, from, datagram, deliver);
}
Result<Transmit> SecureTransport::seal(Instant, const SocketAddress& session, std::size_t size,
                                       MutableBytes out) {
  return engine_->seal(session, size, out);
}
std::optional<Transmit> SecureTransport::poll_transmit(Instant now, MutableBytes out) {
  return engine_->poll_transmit(now, out);
}
Instant SecureTransport::next_timeout() const { return engine_->next_timeout(); }
void SecureTransport::on_timeout(Instant now, Deliver deliver) {
  engine_->on_timeout(now, deliver);
}
std::optional<SecureEvent> SecureTransport::poll_event() { return engine_->poll_event(); }

std::optional<SecurePeer> SecureTransport::peer(const SocketAddress& session) const {
  return engine_->peer(session);
}
std::optional<SocketAddress> SecureTransport::address_of(const SocketAddress& session) const {
  return engine_->address_of(session);
}
std::optional<SecurePeer> SecureTransport::next_peer(std::uint32_t& cursor) const {
  return engine_->next_peer(cursor);
}
bool SecureTransport::end(Instant, const SocketAddress& session, SecureEvent::End why) {
  return engine_->end(session, why);
}
std::size_t SecureTransport::end_credentials(Instant, std::span<const std::uint64_t> sorted,
                                             SecureEvent::End why) {
  return engine_->end_credentials(sorted, why);
}

void SecureTransport::set_hello_limit(std::uint32_t per_second, std::uint32_t burst) {
  engine_->set_hello_limit(per_second, burst);
}

std::uint64_t SecureTransport::id_key() const { return engine_->id_key(); }
bool SecureTransport::changed() const { return engine_->changed(); }
bool SecureTransport::reserves() const { return engine_->reserves(); }
void SecureTransport::collect(FunctionRef<void(const SessionRecord&)> put,
                              FunctionRef<void(const SocketAddress& session)> drop) {
  engine_->collect(put, drop);
}
void SecureTransport::stored() { engine_->stored(); }
Status SecureTransport::restore(Instant now, const SessionRecord& record) {
  return engine_->restore(now, record);
}

SecureCounters SecureTransport::counters() const { return engine_->counters(); }
const SecureTransportConfig& SecureTransport::config() const { return engine_->config(); }

}  // namespace linnet::server
