// SPDX-License-Identifier: Apache-2.0
// Disable, being offline, and coming back. Core 1.2 Appendix E.2 (/1/x/4 to /1/x/6);
// [SRV-10]..[SRV-12], [IR-43]..[IR-47]. Why observations outlive it: docs/decisions/0008.
#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace account = lwm2m::objects::server;

namespace {

using coap::Code;

/// How long after a new registration a server may observe again before stored notifications go out
/// under the tokens of before.
constexpr Duration kGrace = seconds(2);

}  // namespace

constinit const ServerOperations kServerOperations = {
    .step = Engine::ServerRules::step,
    .due = Engine::ServerRules::due,
    .disable = Engine::ServerRules::disable_account,
    .reported = Engine::ServerRules::reported};

// --- For the application ---

void Engine::disable(Instant now, PeerId peer, Duration duration) {
  now_ = now;
  if (config_.features.servers == nullptr || server_at(peer) == nullptr) return;
  ServerRules::disable(*this, peer, duration);
}

void Engine::enable(Instant now, PeerId peer) {
  now_ = now;
  if (!disabled(peer)) return;
  Server& server = tables_.servers[peer];
  server.absence.disable_for = {};
  if (server.state == RegistrationState::Disabled) server.deadline = now;
  server.absence.resume_deadline = now;
}

bool Engine::disabled(PeerId peer) const {
  const Server* server = server_at(peer);
  if (server == nullptr) return false;
  return server->absence.disabling || server->state == RegistrationState::Disabled ||
         (server->state == RegistrationState::Offline &&
          server->absence.resume == RegistrationState::Disabled);
}

void Engine::set_offline(Instant now, bool offline) {
  now_ = now;
  if (config_.features.servers == nullptr || offline == offline_) return;
  if (offline && features_.bootstrap != nullptr) features_.bootstrap->pause(*this);
  offline_ = offline;
  if (offline) queued_ = 0;
  for (PeerId peer = 0; peer < peers(); ++peer) {
    if (server_at(peer) == nullptr) continue;
    if (offline) {
      ServerRules::go_offline(*this, peer);
    } else {
      ServerRules::come_back(*this, peer);
    }
  }
}

std::uint32_t Engine::dropped_notifications(PeerId peer) const {
  const Server* server = server_at(peer);
  return server != nullptr ? server->absence.dropped_ever : 0;
}

// --- Disable ---

void Engine::ServerRules::disable_account(Engine& engine, Id account_id) {
  for (PeerId peer = 0; peer < engine.peers(); ++peer) {
    const Server& server = engine.tables_.servers[peer];
    if (server.id == 0 || server.account != account_id) continue;
    const std::uint32_t timeout = engine.account_number(server, account::kDisableTimeout, 86400);
    disable(engine, peer, seconds(timeout));
  }
}

void Engine::ServerRules::disable(Engine& engine, PeerId peer, Duration duration) {
  Server& server = engine.tables_.servers[peer];
  Absence& absence = server.absence;
  if (engine.stopping_ || server.leaving) return;
  absence.disable_for = duration;
  if (absence.disabling) return;
  absence.away = true;
  if (absence.flushing) engine.look_again(peer);  // what was held back
  absence.flushing = false;
  if (server.state == RegistrationState::Offline) {
    absence.resume = RegistrationState::Disabled;
    absence.resume_deadline = engine.now_ + duration;
    engine.report(EventType::Disabled, peer).retry_at = absence.resume_deadline;
    return;
  }
  const bool known = engine.registered(peer);
  abandon_exchanges(engine, peer, true);
  if (!known) {
    become_disabled(engine, peer);
    return;
  }
  absence.disabling = true;
  server.state = RegistrationState::Deregistering;
}

/// The session is over. Its message ids mean nothing to the next one.
void Engine::ServerRules::become_disabled(Engine& engine, PeerId peer) {
  Server& server = engine.tables_.servers[peer];
  server.absence.disabling = false;
  server.absence.had_turn = true;
  server.state = RegistrationState::Disabled;
  server.deadline = engine.now_ + server.absence.disable_for;
  server.attempt = server.sequence = 0;
  engine.remembered_.forget(peer);
  engine.report(EventType::Disabled, peer).retry_at = server.deadline;
}

// --- Offline ---

void Engine::ServerRules::go_offline(Engine& engine, PeerId peer) {
  Server& server = engine.tables_.servers[peer];
  Absence& absence = server.absence;
  abandon_exchanges(engine, peer, false);
  if (server.state == RegistrationState::Deregistering) {
    engine.on_deregistered(peer, Code::Empty, Error::Cancelled);
    if (server.id == 0) return;  // it was leaving
  }
  absence.resume = server.state;
  absence.resume_deadline = server.deadline;
  if (engine.registered(peer)) {
    absence.resume = RegistrationState::Registered;
  } else if (server.state == RegistrationState::Registering) {
    absence.resume = RegistrationState::Waiting;
  }
  absence.away = true;
  if (absence.flushing) engine.look_again(peer);  // what was held back
  absence.flushing = false;
  server.state = RegistrationState::Offline;
  server.deadline = Instant::never();
  server.list = coap::BlockSender(0, server.list.szx());
}

void Engine::ServerRules::come_back(Engine& engine, PeerId peer) {
  Server& server = engine.tables_.servers[peer];
  Absence& absence = server.absence;
  if (server.state != RegistrationState::Offline) return;
  server.state = absence.resume;
  server.deadline = absence.resume_deadline;
  if (server.state == RegistrationState::Registered) {
    server.parts |= kUpdateNow;
    if (server.lifetime != 0 && engine.now_ - absence.refreshed >= seconds(server.lifetime)) {
      server.state = RegistrationState::Waiting;
    }
  }
  // Whatever failed before may have failed for want of connectivity.
  if (server.state == RegistrationState::Waiting) server.deadline = engine.now_;
}

/// What is under way will not be answered. A notification among it is due again; a Send is over,
/// and the ones that wait are if `waiting_sends`.
void Engine::ServerRules::abandon_exchanges(Engine& engine, PeerId peer, bool waiting_sends) {
  for (const ExchangeSlot& slot : engine.tables_.exchanges) {
    if (slot.peer != peer || slot.purpose != Purpose::Notification) continue;
    engine.tables_.observations[slot.index].deadline = engine.now_;
    if (engine.tables_.servers[peer].absence.delivering != 0) continue;  // it stays stored
    for (ObservedPath& observed : engine.tables_.observed_paths) {
      if (observed.observation == slot.index) observed.watch.met = true;
    }
  }
  engine.tables_.servers[peer].absence.delivering = 0;
  for (ExchangeSlot& slot : engine.tables_.exchanges) {
    if (slot.peer == peer) slot.free();
  }
  for (std::size_t i = 0; i < engine.tables_.sends.size(); ++i) {
    const SendSlot& send = engine.tables_.sends[i];
    if (send.peer == peer && (waiting_sends || send.begun)) {
      engine.features_.sends->finished(engine, i, Error::Cancelled, nullptr);
    }
  }
}

// --- Observations of a server that is away ---

/// Evaluates the conditions as ever, and stores or drops what would be sent.
void Engine::ServerRules::watch_absent(Engine& engine, PeerId peer) {
  const bool storing =
      engine.account_number(engine.tables_.servers[peer],
                            account::kNotificationStoringWhenDisabledOrOffline, 1) != 0;
  for (std::size_t i = 0; i < engine.tables_.observations.size(); ++i) {
    Observation& observation = engine.tables_.observations[i];
    if (observation.peer != peer) continue;
    if (!observation.pending && observation.deadline <= engine.now_) engine.look(i);
    if (!observation.pending) continue;
    observation.pending = false;
    // What cannot be stored stays due: the present value goes out on return [IR-46].
    if (storing &&
        (engine.features_.store == nullptr || !engine.features_.store->keep(engine, i))) {
      continue;
    }
    observation.notified = engine.now_;
    engine.restart_watches(i);
    engine.look(i);
    observation.pending = false;
  }
}

/// Live notifications would overtake the stored ones.
void Engine::ServerRules::hold(Engine& engine, PeerId peer) {
  for (Observation& observation : engine.tables_.observations) {
    if (observation.peer != peer) continue;
    observation.pending = false;
    observation.deadline = Instant::never();
  }
}

void Engine::ServerRules::begin_flush(Engine& engine, PeerId peer, Duration grace) {
  Absence& absence = engine.tables_.servers[peer].absence;
  absence.away = false;
  absence.flushing = true;
  absence.flush_at = engine.now_ + grace;
  if (absence.dropped == 0) return;
  engine.report(EventType::NotificationsDropped, peer).id = absence.dropped;
  absence.dropped = 0;
}

void Engine::ServerRules::step_flush(Engine& engine, PeerId peer) {
  Absence& absence = engine.tables_.servers[peer].absence;
  hold(engine, peer);
  if (absence.flush_at > engine.now_) return;
  if (engine.features_.store != nullptr && !engine.features_.store->flush(engine, peer)) return;
  absence.flushing = false;
  engine.look_again(peer);
}

// --- For the engine ---

void Engine::ServerRules::step(Engine& engine) {
  if (engine.bootstrapping()) return;
  look_for_accounts(engine);
  for (PeerId peer = 0; peer < engine.peers(); ++peer) {
    Server& server = engine.tables_.servers[peer];
    if (server.id == 0) continue;
    // An account that came, or whose session was replaced, meanwhile.
    if (engine.offline_ && !engine.stopping_ && server.state != RegistrationState::Offline) {
      go_offline(engine, peer);
    }
    step_order(engine, peer);
    if (engine.features_.store != nullptr) engine.features_.store->purge(engine, peer);
    if (server.absence.away) {
      watch_absent(engine, peer);
    } else if (server.absence.flushing && engine.registered(peer)) {
      step_flush(engine, peer);
    }
  }
}

Instant Engine::ServerRules::due(Engine& engine) {
  Instant next = Instant::never();
  if (engine.bootstrapping()) return next;
  for (PeerId peer = 0; peer < engine.peers(); ++peer) {
    const Server& server = engine.tables_.servers[peer];
    if (server.id != 0) step_order(engine, peer);
    if (server.absence.away) {
      for (const Observation& observation : engine.tables_.observations) {
        if (observation.peer != peer) continue;
        next = earlier(next, observation.pending ? engine.now_ : observation.deadline);
      }
    } else if (server.absence.flushing && engine.registered(peer)) {
      const bool blocked = server.absence.delivering != 0 || !engine.may_start(peer);
      if (server.absence.flush_at > engine.now_ || !blocked) {
        next = earlier(next, server.absence.flush_at);
      }
    }
  }
  return next;
}

void Engine::ServerRules::reported(Engine& engine, EventType type, PeerId peer) {
  if (engine.server_at(peer) == nullptr) return;
  Absence& absence = engine.tables_.servers[peer].absence;
  switch (type) {
    case EventType::Registered:
      absence.completed_at = engine.now_;
      absence.completed = true;
      absence.refreshed = engine.now_;
      if ((engine.configuration_flags() & kBootstrapped) != 0) {
        engine.set_configuration_flags(kBootstrapped | kRegisteredSince);
      }
      if (absence.away) begin_flush(engine, peer, kGrace);
      break;
    case EventType::Updated:
      absence.refreshed = engine.now_;
      if (absence.away) begin_flush(engine, peer, {});
      break;
    case EventType::RegistrationLost:
      // What is stored stays with the observations, should the server know them still.
      absence.flushing = false;
      break;
    case EventType::RegistrationFailed: registration_failed(engine, peer); break;
    case EventType::Deregistered:
      if (absence.disabling && !engine.stopping_) become_disabled(engine, peer);
      absence.disabling = false;
      break;
    case EventType::NotificationDelivered:
      if (absence.delivering != 0) engine.features_.store->delivered(engine, peer);
      break;
    case EventType::NotificationLost: absence.delivering = 0; break;
    default: break;
  }
}

}  // namespace linnet::client
