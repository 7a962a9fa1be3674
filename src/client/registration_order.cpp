// SPDX-License-Identifier: Apache-2.0
// In which order servers are registered with, and what follows when one cannot be.
// Core 1.2 §6.2.1.2 (/1/x/13 to /1/x/16); [SRV-01]..[SRV-04], [SRV-07], [BS-08].
#include <algorithm>

#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace account = lwm2m::objects::server;

namespace {

/// Whether the next in the order may begin. Who was disabled before keeps nobody waiting.
bool lets_others_begin(const Server& server) {
  return server.absence.completed || server.state == RegistrationState::Disabled;
}

}  // namespace

/// Gives a server that waits its turn: from then on it registers and tries again on its own.
void Engine::ServerRules::step_order(Engine& engine, PeerId peer) {
  Server& server = engine.tables_.servers[peer];
  if (server.absence.had_turn || server.state != RegistrationState::Waiting) return;
  Instant begin = server.deadline.is_never() ? Instant{} : server.deadline;
  const auto order_of = [&](const Server& other) {
    return engine.account_value(
        Path(account::kObject, other.account, account::kRegistrationPriorityOrder));
  };
  if (order_of(server)) {  // [SRV-01]
    const std::uint32_t order =
        engine.account_number(server, account::kRegistrationPriorityOrder, 0);
    for (const Server& other : engine.tables_.servers) {
      if (other.id == 0 || other.leaving || !order_of(other) ||
          engine.account_number(other, account::kRegistrationPriorityOrder, 0) >= order) {
        continue;
      }
      if (!lets_others_begin(other)) {
        server.deadline = Instant::never();
        return;
      }
      begin = std::max(begin, other.absence.completed_at);
    }
  }
  // [SRV-02]
  const std::uint32_t delay =
      engine.registered_before_
          ? 0
          : engine.account_number(server, account::kInitialRegistrationDelayTimer, 0);
  server.absence.had_turn = true;
  server.deadline = begin + seconds(delay);
}

/// After `plan_attempt`: an attempt that is 0 again says that a sequence is over.
void Engine::ServerRules::registration_failed(Engine& engine, PeerId peer) {
  Server& server = engine.tables_.servers[peer];
  Absence& absence = server.absence;
  const std::uint32_t sequences = engine.account_number(
      server, account::kCommunicationSequenceRetryCount, engine.config_.sequence_count);
  const bool sequence_over = server.attempt == 0;
  const bool final =
      sequence_over && (server.state == RegistrationState::Idle || server.sequence >= sequences);
  const bool blocks = engine.account_number(server, account::kRegistrationFailureBlock, 0) != 0;
  if (!absence.completed && (final || (sequence_over && !blocks))) {  // [SRV-03]
    absence.completed = true;
    absence.completed_at = engine.now_;
  }
  // [SRV-04]: rejected, or nothing more to try.
  const bool rejected = coap::code_class(absence.answer) == 4;
  absence.answer = {};
  if (engine.account_number(server, account::kBootstrapOnRegistrationFailure, 1) != 0) {
    if (final || rejected) engine.want_bootstrap(peer);
    return;
  }
  if (!final) return;
  // [BS-08]: not with any server.
  for (const Server& other : engine.tables_.servers) {
    const bool tried = other.absence.completed && other.absence.refreshed == Instant{};
    if (other.id != 0 && !other.leaving && !tried) return;
  }
  engine.want_bootstrap(kNoPeer);
}

/// [BS-08]: no Server instance at all.
void Engine::ServerRules::look_for_accounts(Engine& engine) {
  bool any = engine.stopping_;
  for (const Server& server : engine.tables_.servers) any = any || server.id != 0;
  if (!any && !engine.alone_) engine.want_bootstrap(kNoPeer);
  engine.alone_ = !any;
}

}  // namespace linnet::client
