// SPDX-License-Identifier: Apache-2.0
// Register, Update and De-register, one state machine a server. Core 1.2 §6.2; [REG-01]..[REG-45],
// retries [SRV-05] [SRV-06].
#include <linnet/client/engine.hpp>

#include <algorithm>

#include <client/operations.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/text/number.hpp>

namespace linnet::client {

namespace account = lwm2m::objects::server;

namespace {

using coap::Code;
using coap::OptionNumber;

/// Most milliseconds by which an Update is sent early so that it is not sent with all the others.
constexpr std::int64_t kMaxSpread = 600'000;

constexpr Code method_of(Purpose purpose) {
  return purpose == Purpose::Deregister ? Code::Delete : Code::Post;
}

constexpr Purpose purpose_of(RegistrationState state) {
  switch (state) {
    case RegistrationState::Registering: return Purpose::Register;
    case RegistrationState::Updating: return Purpose::Update;
    case RegistrationState::Deregistering: return Purpose::Deregister;
    default: return Purpose::None;
  }
}

}  // namespace

void add_number_query(coap::MessageWriter& message, const char* key, std::uint32_t number) {
  std::array<std::uint8_t, 10> digits;
  Writer text(digits);
  text::format_unsigned(text, number);
  message.add_query(key, as_text(text.written()));
}

bool Engine::registered(PeerId peer) const {
  const Server* server = server_at(peer);
  return server != nullptr && (server->state == RegistrationState::Registered ||
                               server->state == RegistrationState::Updating);
}

void Engine::update_registration(Instant now, PeerId peer) {
  now_ = now;
  if (registered(peer)) tables_.servers[peer].parts |= kUpdateNow;
}

Instant Engine::registration_due(PeerId peer) const {
  const Server& server = tables_.servers[peer];
  const Purpose purpose = purpose_of(server.state);
  if (bootstrapping()) return Instant::never();
  if (server.leaving && under_way(peer, purpose)) return server.deadline;
  if (server.state == RegistrationState::Idle || !may_start(peer)) return Instant::never();
  if (purpose != Purpose::None) return under_way(peer, purpose) ? Instant::never() : now_;
  if (server.state == RegistrationState::Registered && server.parts != 0) return now_;
  return server.deadline;
}

void Engine::step_registration(PeerId peer) {
  Server& server = tables_.servers[peer];
  if (server.leaving && server.deadline <= now_) {
    cancel_all(peer);
    on_deregistered(peer, Code::Empty, Error::Timeout);
    return;
  }
  if (server.state <= RegistrationState::Waiting) begin_register(peer);
  if (server.state == RegistrationState::Registered && !begin_update(peer)) return;
  const Purpose purpose = purpose_of(server.state);
  if (const Status sent = send_registration(peer, purpose); !sent.ok()) {
    registration_failed(peer, purpose, Code::Empty, sent.error());
  }
}

void Engine::begin_register(PeerId peer) {
  Server& server = tables_.servers[peer];
  void_observations(peer);  // [IR-19]
  server.state = RegistrationState::Registering;
  server.lifetime = account_number(server, account::kLifetime, 86400);  // [REG-05]
  server.parts = 0;
  server.sending = kUpdateObjects;
}

/// False if there was nothing to tell after all.
bool Engine::begin_update(PeerId peer) {
  Server& server = tables_.servers[peer];
  std::uint8_t parts = server.parts;
  server.parts = 0;
  const std::uint32_t lifetime = account_number(server, account::kLifetime, 86400);
  if (lifetime == server.lifetime) parts &= static_cast<std::uint8_t>(~kUpdateLifetime);
  // From 1.1 on `b` tells what the client supports, which /1/x/7 does not change [REG-08].
  if (config_.version > lwm2m::kEnabler10) parts &= static_cast<std::uint8_t>(~kUpdateBinding);
  if (parts == 0 && server.deadline > now_) return false;
  server.lifetime = lifetime;
  server.sending = parts;
  server.state = RegistrationState::Updating;
  return true;
}

Status Engine::send_registration(PeerId peer, Purpose purpose) {
  Server& server = tables_.servers[peer];
  const bool has_list = purpose != Purpose::Deregister && (server.sending & kUpdateObjects) != 0;
  const MutableBytes buffer = message_buffer(peer);
  const coap::Header header = next_header(peer, coap::Type::Con, method_of(purpose));
  Writer out(buffer);
  coap::MessageWriter message(out, header);
  message.add_path(purpose == Purpose::Register
                       ? "rd"
                       : as_text(ByteView(server.location).first(server.location_size)));
  if (has_list) message.add_content_format(ContentFormat::LinkFormat);
  add_registration_queries(server, purpose, message);
  if (has_list && features_.blocks != nullptr) {
    LINNET_TRY(features_.blocks->add_list_block(*this, peer, message, out));
  } else if (has_list) {
    message.begin_payload();
    dm_.write_object_list(out);
  }
  LINNET_TRY(message.finish());
  start_exchange(peer, purpose, 0, header, out.size());
  return {};
}

void Engine::add_registration_queries(const Server& server, Purpose purpose,
                                      coap::MessageWriter& message) {
  if (purpose == Purpose::Deregister) return;
  const bool all = purpose == Purpose::Register;
  // [REG-04] [REG-05] [REG-06]
  if (all && !config_.endpoint.empty()) message.add_query("ep", config_.endpoint);
  if (all || (server.sending & kUpdateLifetime) != 0) {
    add_number_query(message, "lt", server.lifetime);
  }
  if (all) {
    const std::array<char, 3> version = {static_cast<char>('0' + config_.version.major), '.',
                                         static_cast<char>('0' + config_.version.minor)};
    message.add_query("lwm2m", {version.data(), version.size()});
  }
  if (all || (server.sending & kUpdateBinding) != 0) {
    const std::string_view binding = binding_of(server);
    if (!binding.empty()) message.add_query("b", binding);
  }
  // [REG-09]
  if (all && config_.queue_mode && config_.version > lwm2m::kEnabler10) {
    message.add_option(OptionNumber::UriQuery, "Q");
  }
  if (all && !config_.sms.empty()) message.add_query("sms", config_.sms);  // [REG-10]
}

// [REG-08]
std::string_view Engine::binding_of(const Server& server) {
  if (config_.version == lwm2m::kEnabler10) {
    const auto value = account_value(Path(account::kObject, server.account, account::kBinding));
    if (value && value->type() == lwm2m::DataType::String) return value->as_string();
  }
  return config_.binding;
}

void Engine::on_registration_response(PeerId peer, Purpose purpose,
                                      const coap::MessageView& message) {
  Server& server = tables_.servers[peer];
  const Code code = server.absence.answer = message.code();
  if (purpose == Purpose::Deregister) {
    on_deregistered(peer, code, Error::Ok);
    return;
  }
  if (features_.blocks != nullptr && (server.sending & kUpdateObjects) != 0) {
    const auto outcome = features_.blocks->list_answered(*this, server, message);
    // The state stays, with nothing under way: the next block goes out.
    if (outcome == coap::SendOutcome::SendNext || outcome == coap::SendOutcome::Restart) return;
    if (outcome == coap::SendOutcome::Failed) {
      registration_failed(peer, purpose, code, Error::Ok);
      return;
    }
  }
  if (purpose == Purpose::Register && code == Code::Created) {
    on_registered(peer, message);
  } else if (purpose == Purpose::Update && coap::is_success(code)) {
    on_updated(peer);
  } else {
    registration_failed(peer, purpose, code, Error::Ok);
  }
}

// [REG-02]
void Engine::on_registered(PeerId peer, const coap::MessageView& message) {
  Server& server = tables_.servers[peer];
  Writer location(server.location);
  for (const coap::OptionView& segment : message.options(OptionNumber::LocationPath)) {
    if (location.size() != 0) location.character('/');
    location.bytes(segment.value);
  }
  if (location.ok() && location.size() == 0) location.fail(Error::Malformed);
  if (!location.ok()) {
    registration_failed(peer, Purpose::Register, Code::Created, location.error());
    return;
  }
  server.location_size = static_cast<std::uint8_t>(location.size());
  server.attempt = server.sequence = 0;
  server.state = RegistrationState::Registered;
  plan_update(server);
  report(EventType::Registered, peer).code = Code::Created;
}

void Engine::on_updated(PeerId peer) {
  Server& server = tables_.servers[peer];
  server.state = RegistrationState::Registered;
  server.sending = 0;
  plan_update(server);
  report(EventType::Updated, peer).code = Code::Changed;
}

void Engine::on_deregistered(PeerId peer, Code code, Error error) {
  Server& server = tables_.servers[peer];
  server.state = RegistrationState::Idle;
  server.parts = 0;
  Event& event = report(EventType::Deregistered, peer);
  event.code = code;
  event.error = error;
  if (server.leaving) {
    // The row may be waited for.
    forget_peer(peer);
    reload_accounts(now_);
  } else if (server.state == RegistrationState::Idle && !stopping_) {
    // Started again before it had stopped.
    server.state = RegistrationState::Waiting;
    server.deadline = now_;
  }
}

/// The next Update leaves room for all its retransmissions, and not every device of a fleet that
/// registered at once updates at once. [REG-36] [REG-44]
void Engine::plan_update(Server& server) {
  server.list = coap::BlockSender(0, server.list.szx());
  server.deadline = Instant::never();
  if (server.lifetime == 0) return;
  const Duration lifetime = seconds(server.lifetime);
  Duration wait = lifetime - transmit_wait_;
  if (wait < transmit_wait_) wait = milliseconds(lifetime.ms >> 1);
  const auto spread = static_cast<std::uint32_t>(std::min(wait.ms >> 4, kMaxSpread));
  server.deadline = now_ + (wait - milliseconds(rng_.below(spread)));
}

void Engine::registration_failed(PeerId peer, Purpose purpose, Code code, Error error) {
  Server& server = tables_.servers[peer];
  server.list = coap::BlockSender(0, server.list.szx());
  if (purpose == Purpose::Deregister) {
    on_deregistered(peer, code, error);
    return;
  }
  const bool lost = purpose == Purpose::Update;
  server.state = RegistrationState::Waiting;
  if (lost) {
    // [REG-39]: whatever went wrong, only a new Register helps.
    void_observations(peer);
    server.deadline = now_;
    server.attempt = server.sequence = 0;
    server.absence.answer = {};  // nor is it the answer to that
  } else {
    plan_attempt(server);
  }
  Event& event = report(lost ? EventType::RegistrationLost : EventType::RegistrationFailed, peer);
  event.code = code;
  event.error = error;
  event.retry_at = server.deadline;
}

/// When to register again after a failure. [SRV-05] [SRV-06]
void Engine::plan_attempt(Server& server) {
  const std::uint32_t tries =
      account_number(server, account::kCommunicationRetryCount, config_.retry_count);
  std::uint32_t wait =
      account_number(server, account::kCommunicationRetryTimer, config_.retry_timer_s);
  std::uint32_t factor = 1;
  if (server.attempt < 31) ++server.attempt;
  if (server.attempt < tries) {
    factor <<= server.attempt - 1;
  } else {
    server.attempt = 0;
    if (server.sequence < 0xFF) ++server.sequence;
    const std::uint32_t sequences =
        account_number(server, account::kCommunicationSequenceRetryCount, config_.sequence_count);
    wait =
        account_number(server, account::kCommunicationSequenceDelayTimer, config_.sequence_delay_s);
    // The largest pause means that no sequence follows.
    if ((server.sequence >= sequences && !config_.retry_for_ever) || wait == 0xFFFFFFFF) {
      server.state = RegistrationState::Idle;
      server.deadline = Instant::never();
      return;
    }
  }
  server.deadline = now_ + seconds(wait) * factor;
}

}  // namespace linnet::client
