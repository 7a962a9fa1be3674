// SPDX-License-Identifier: Apache-2.0
// Sleeping, and waking up with an Update. Transport 1.2 §6.5; [QM-01] [QM-04] [QM-05].
#include <linnet/client/queue_mode.hpp>

#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace account = lwm2m::objects::server;

/// A namespace within the engine: all functions are static. Whether we are awake is not kept: it
/// follows from when the last datagram came or went.
struct Engine::QueueRules {
  static void step(Engine& engine);
  /// When the time to be reachable is over.
  [[nodiscard]] static Instant awake_until(const Engine& engine) {
    const Duration awake =
        engine.config_.awake_s == 0 ? engine.transmit_wait_ : seconds(engine.config_.awake_s);
    return engine.exchanged_ + awake;
  }
  [[nodiscard]] static bool wants_to_tell(Engine& engine, PeerId peer);
  [[nodiscard]] static bool uses_queue(Engine& engine, const Server& server);
  [[nodiscard]] static bool waits(Engine& engine);
  [[nodiscard]] static bool registered_anywhere(const Engine& engine);
};

constinit const QueueOperations kQueueOperations = {.step = Engine::QueueRules::step};

// [QM-04]
void Engine::QueueRules::step(Engine& engine) {
  if (awake_until(engine) > engine.now_ || engine.bootstrapping()) return;
  for (PeerId peer = 0; peer < engine.server_rows(); ++peer) {
    Server& server = engine.tables_.servers[peer];
    if (server.state != RegistrationState::Registered || !uses_queue(engine, server)) continue;
    if (wants_to_tell(engine, peer)) server.parts |= kUpdateNow;
  }
}

/// Whether there is something for the server besides registration.
bool Engine::QueueRules::wants_to_tell(Engine& engine, PeerId peer) {
  if (engine.features_.sends != nullptr && engine.features_.sends->due(engine, peer)) return true;
  for (std::size_t i = 0; i < engine.tables_.observations.size(); ++i) {
    const Observation& observation = engine.tables_.observations[i];
    if (observation.peer != peer) continue;
    if (!observation.pending && observation.deadline <= engine.now_) engine.look(i);
    if (observation.pending) return true;
  }
  return engine.tables_.servers[peer].absence.flushing;
}

/// What was announced [QM-02].
bool Engine::QueueRules::uses_queue(Engine& engine, const Server& server) {
  if (engine.config_.version > lwm2m::kEnabler10) return engine.config_.queue_mode;
  return engine.binding_of(server).find('Q') != std::string_view::npos;
}

/// Whether an answer is to come or to go, or a server may ask at any time.
bool Engine::QueueRules::waits(Engine& engine) {
  if (engine.queued_ != 0) return true;
  for (const ExchangeSlot& slot : engine.tables_.exchanges) {
    if (slot.purpose != Purpose::None) return true;
  }
  if (engine.bootstrap_state() >= BootstrapState::Requesting) return true;
  for (PeerId peer = 0; peer < engine.server_rows(); ++peer) {
    const Server& server = engine.tables_.servers[peer];
    if (server.state <= RegistrationState::Waiting) continue;
    if (server.state != RegistrationState::Registered) return true;
    if (!uses_queue(engine, server)) return true;
  }
  return false;
}

bool Engine::QueueRules::registered_anywhere(const Engine& engine) {
  for (const Server& server : engine.tables_.servers) {
    if (server.state == RegistrationState::Registered) return true;
  }
  return false;
}

// [QM-05]
RadioState Engine::radio(Instant now) {
  now_ = now;
  const Instant next = next_timeout();
  if (offline_) return {.needed = false, .until = Instant::never()};
  if (next <= now || QueueRules::waits(*this)) return {};
  const Instant awake_until = QueueRules::awake_until(*this);
  const bool awake = awake_until > now && QueueRules::registered_anywhere(*this);
  return {.needed = awake, .until = awake ? awake_until : next};
}

}  // namespace linnet::client
