// SPDX-License-Identifier: Apache-2.0
// The message layer of the client: what a datagram belongs to, what goes out next, and when.
#include <linnet/client/engine.hpp>

#include <algorithm>

#include <client/operations.hpp>
#include <client/server_rules.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using coap::Type;

constexpr std::size_t kFrameHeader = 3;  // peer, size (two bytes)

DeviceManagementSettings settings(const Config& config, std::span<Object* const> objects,
                                  const Tables& tables, AttributeStore& attributes,
                                  FullRights& full_rights, ChangeSink& sink) {
  // All of them are named: the defaults would be another copy of the structure.
  return {.objects = objects,
          .formats = config.formats,
          .single_format = config.single_format,
          .multiple_format = config.multiple_format,
          .composite_format = config.composite_format,
          .features = config.features,
          .enabler = config.version,
          .root_path = config.root_path,
          .scratch = tables.scratch,
          .attributes = &attributes,
          .access = config.access != nullptr ? config.access : &full_rights,
          .changes = &sink};
}

}  // namespace

const char* describe(EventType type) {
  switch (type) {
    case EventType::Registered: return "registered";
    case EventType::ConnectionFailed: return "connection failed";
    case EventType::RegistrationFailed: return "registration failed";
    case EventType::Updated: return "registration updated";
    case EventType::RegistrationLost: return "registration lost";
    case EventType::Deregistered: return "de-registered";
    case EventType::ObservationStarted: return "observation started";
    case EventType::ObservationEnded: return "observation ended";
    case EventType::NotificationDelivered: return "notification delivered";
    case EventType::NotificationLost: return "notification lost";
    case EventType::SendDone: return "send done";
    case EventType::ResourceWritten: return "written";
    case EventType::ResourceExecuted: return "executed";
    case EventType::InstanceCreated: return "instance created";
    case EventType::InstanceDeleted: return "instance deleted";
    case EventType::UpdateTriggered: return "update triggered";
    case EventType::DisableRequested: return "disable requested";
    case EventType::Disabled: return "disabled";
    case EventType::NotificationsDropped: return "stored notifications dropped";
    case EventType::BootstrapNeeded: return "bootstrap needed";
    case EventType::BootstrapRequested: return "bootstrap requested";
    case EventType::BootstrapStarted: return "bootstrap started";
    case EventType::BootstrapWritten: return "written by the bootstrap server";
    case EventType::BootstrapDeleted: return "deleted by the bootstrap server";
    case EventType::BootstrapRefused: return "configuration refused";
    case EventType::BootstrapDone: return "bootstrap done";
    case EventType::BootstrapFailed: return "bootstrap failed";
    case EventType::BootstrapAccountGone: return "bootstrap account purged";
    case EventType::ServerRemoved: return "server removed";
    case EventType::ConfigurationNotRestored: return "configuration not restored";
    case EventType::ConfigurationNotKept: return "configuration not kept";
    case EventType::EventsDropped: return "events dropped";
  }
  return "unknown event";
}

Engine::Engine(const Config& config, Rng& rng, std::span<Object* const> objects,
               const Tables& tables, const Features& features)
    : features_(features),
      tables_(tables),
      rng_(rng),
      config_(config),
      transmit_wait_(config.transmission.max_transmit_wait()),
      attributes_(tables.attributes),
      remembered_(tables.remembered, tables.remembered_answers),
      dm_(settings(config, objects, tables, attributes_, full_rights_, *this)) {}

void Engine::start(Instant now) {
  stopping_ = false;
  if (config_.store.operations != nullptr) config_.store.operations->restore(*this, now);
  registered_before_ = config_.registered_before || (configuration_flags() & kRegisteredSince) != 0;
  reload_accounts(now);
}

void Engine::stop(Instant now) {
  now_ = now;
  stopping_ = true;
  if (features_.bootstrap != nullptr) features_.bootstrap->stop(*this);
  for (PeerId peer = 0; peer < peers(); ++peer) {
    Server& server = tables_.servers[peer];
    if (server.state == RegistrationState::Deregistering) continue;
    const bool known = registered(peer);
    end_observations(peer);
    cancel_all(peer);
    server.state = known ? RegistrationState::Deregistering : RegistrationState::Idle;
  }
}

bool Engine::stopped() const {
  for (const Server& server : tables_.servers) {
    if (server.state != RegistrationState::Idle) return false;
  }
  return stopping_ && queued_ == 0;
}

// --- Incoming ---

void Engine::receive(Instant now, PeerId peer, ByteView datagram) {
  now_ = exchanged_ = now;
  const Server* server = server_at(peer);
  const bool deaf = is_bootstrap(peer) ? offline_ : server == nullptr || is_absent(server->state);
  if (deaf) return;  // [SRV-11]
  const auto message = coap::MessageView::parse(datagram);
  if (!message) {
    if (const auto header = coap::peek_header(datagram)) reject(peer, *header);
  } else if (coap::is_request(message->code())) {
    dm_.advance(now);
    on_request(peer, *message);
  } else {
    on_answer(peer, *message);
  }
}

void Engine::on_answer(PeerId peer, const coap::MessageView& message) {
  const coap::Header& header = message.header();
  const bool separate = header.type == Type::Con;
  if (separate && remembered_.find(now_, peer, header.message_id) != nullptr) {
    queue_empty(peer, Type::Ack, header.message_id);
    return;
  }
  for (ExchangeSlot& slot : tables_.exchanges) {
    if (slot.peer != peer || slot.purpose == Purpose::None) continue;
    switch (slot.exchange.on_message(now_, header)) {
      case coap::ExchangeEvent::None: continue;
      case coap::ExchangeEvent::Acknowledged: slot.transmit = false; return;
      case coap::ExchangeEvent::Delivered:
      case coap::ExchangeEvent::Response:
        if (separate) {
          remembered_.add(now_, peer, header, config_.transmission);
          queue_empty(peer, Type::Ack, header.message_id);
        }
        finish_exchange(slot, Error::Ok, &message);
        return;
      case coap::ExchangeEvent::Rejected: finish_exchange(slot, Error::Reset, nullptr); return;
    }
  }
  if (header.type == Type::Rst) {
    cancel_by_reset(peer, header.message_id);
  } else {
    reject(peer, header);
  }
}

/// The end of an exchange: by `message`, or by `error` if there is none.
void Engine::finish_exchange(ExchangeSlot& slot, Error error, const coap::MessageView* message) {
  const PeerId peer = slot.peer;
  const Purpose purpose = slot.purpose;
  const coap::Token token = slot.exchange.token();
  slot.free();
  switch (purpose) {
    case Purpose::None: break;
    case Purpose::Register:
    case Purpose::Update:
    case Purpose::Deregister:
      if (message != nullptr) {
        on_registration_response(peer, purpose, *message);
      } else {
        registration_failed(peer, purpose, Code::Empty, error);
      }
      break;
    case Purpose::Send: features_.sends->finished(*this, slot.index, error, message); break;
    case Purpose::Notification: on_notification_done(peer, token, error); break;
    case Purpose::Bootstrap: features_.bootstrap->answered(*this, error, message); break;
  }
}

/// A Reset for a CON, a "ping" included; all else is ignored [TR-01].
void Engine::reject(PeerId peer, const coap::Header& header) {
  if (header.type == Type::Con) queue_empty(peer, Type::Rst, header.message_id);
}

// --- Answers waiting to leave ---

MutableBytes Engine::answer_room() const {
  const std::size_t used = std::min(queued_ + kFrameHeader, tables_.answers.size());
  return tables_.answers.subspan(used);
}

void Engine::queue_answer(PeerId peer, std::size_t size) {
  Writer frame(tables_.answers.subspan(queued_));
  frame.u8(peer);
  frame.u16(static_cast<std::uint16_t>(size));
  queued_ += kFrameHeader + size;
}

void Engine::queue_empty(PeerId peer, Type type, std::uint16_t message_id) {
  const auto message = coap::empty_message(type, message_id);
  const MutableBytes room = answer_room();
  if (room.size() < message.size()) return;  // lost, as on any network
  std::copy(message.begin(), message.end(), room.begin());
  queue_answer(peer, message.size());
}

std::optional<Outgoing> Engine::pop_answer(MutableBytes out) {
  while (queued_ != 0) {
    Reader frame(tables_.answers.first(queued_));
    const PeerId peer = frame.u8();
    const ByteView bytes = frame.take(frame.u16());
    const bool fits = bytes.size() <= out.size();
    if (fits) std::copy(bytes.begin(), bytes.end(), out.begin());
    const std::size_t size = bytes.size();
    const auto rest = tables_.answers.subspan(frame.position(), queued_ - frame.position());
    std::copy(rest.begin(), rest.end(), tables_.answers.begin());
    queued_ = rest.size();
    if (fits) return leaving(peer, size);
  }
  return std::nullopt;
}

// --- Outgoing ---

std::optional<Outgoing> Engine::poll_transmit(Instant now, MutableBytes out) {
  now_ = now;
  collect_changes();
  if (config_.features.servers != nullptr) config_.features.servers->step(*this);
  if (config_.features.queue != nullptr) config_.features.queue->step(*this);
  // Before the answer to what changed it.
  if (config_.store.operations != nullptr) config_.store.operations->keep(*this);
  if (const auto answer = pop_answer(out)) return answer;
  if (features_.bootstrap != nullptr && features_.bootstrap->due(*this) <= now) {
    features_.bootstrap->step(*this);
  }
  for (PeerId peer = 0; peer < peers(); ++peer) {
    if (registration_due(peer) <= now) step_registration(peer);
    if (features_.sends != nullptr) features_.sends->step(*this, peer);
  }
  if (const auto message = transmit_exchange(out)) return message;
  if (const auto notification = transmit_notification(out)) return notification;
  return transmit_exchange(out);  // a confirmable notification
}

Outgoing Engine::leaving(PeerId peer, std::size_t size) {
  exchanged_ = now_;
  return {peer, size};
}

std::optional<Outgoing> Engine::transmit_exchange(MutableBytes out) {
  for (ExchangeSlot& slot : tables_.exchanges) {
    if (!slot.transmit) continue;
    slot.transmit = false;
    const ByteView bytes = message_buffer(slot.peer).first(slot.size);
    if (bytes.size() > out.size()) continue;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return leaving(slot.peer, bytes.size());
  }
  return std::nullopt;
}

MutableBytes Engine::message_buffer(PeerId peer) const {
  const std::size_t size = tables_.messages.size() / tables_.servers.size();
  return tables_.messages.subspan(peer * size, size);
}

bool Engine::may_start(PeerId peer) const {
  bool free = false;
  for (const ExchangeSlot& slot : tables_.exchanges) {
    if (slot.purpose == Purpose::None) {
      free = true;
    } else if (slot.peer == peer && slot.exchange.state() == coap::ExchangeState::AwaitAck) {
      return false;  // NSTART is 1
    }
  }
  return free;
}

bool Engine::under_way(PeerId peer, Purpose purpose) const {
  for (const ExchangeSlot& slot : tables_.exchanges) {
    if (slot.peer == peer && slot.purpose == purpose) return true;
  }
  return false;
}

coap::Header Engine::next_header(PeerId peer, Type type, Code code) {
  return {type, code, ++tables_.servers[peer].message_id, coap::Token::random(rng_, 4)};
}

void Engine::start_exchange(PeerId peer, Purpose purpose, std::size_t index,
                            const coap::Header& header, std::size_t size) {
  for (ExchangeSlot& slot : tables_.exchanges) {
    if (slot.purpose != Purpose::None) continue;
    const Duration wait = purpose == Purpose::Notification ? Duration{} : transmit_wait_;
    slot.exchange.start(now_, header, config_.transmission, wait, rng_);
    slot.size = static_cast<std::uint16_t>(size);
    slot.index = static_cast<std::uint16_t>(index);
    slot.peer = peer;
    slot.purpose = purpose;
    slot.transmit = true;
    return;
  }
}

/// Gives up what is under way with a server, Sends included.
void Engine::cancel_all(PeerId peer) {
  for (ExchangeSlot& slot : tables_.exchanges) {
    if (slot.peer == peer) slot.free();
  }
  for (std::size_t i = 0; i < tables_.sends.size(); ++i) {
    if (tables_.sends[i].peer == peer) {
      features_.sends->finished(*this, i, Error::Cancelled, nullptr);
    }
  }
}

// --- Time ---

void Engine::collect_changes() {
  Change change;
  while (dm_.poll_change(change)) changed(0, change);
}

Instant Engine::next_timeout() {
  collect_changes();
  if (queued_ != 0) return now_;
  Instant next = Instant::never();
  if (config_.store.operations != nullptr) next = config_.store.operations->due(*this);
  if (config_.features.servers != nullptr) {
    next = earlier(next, config_.features.servers->due(*this));
  }
  for (const ExchangeSlot& slot : tables_.exchanges) {
    if (slot.transmit) return now_;
    next = earlier(next, slot.exchange.next_timeout());
  }
  if (features_.bootstrap != nullptr) next = earlier(next, features_.bootstrap->due(*this));
  for (PeerId peer = 0; peer < peers(); ++peer) {
    next = earlier(next, registration_due(peer));
    if (features_.sends != nullptr && features_.sends->due(*this, peer)) return now_;
  }
  for (const Observation& observation : tables_.observations) {
    next = earlier(next, observation_due(observation));
  }
  return next;
}

void Engine::on_timeout(Instant now) {
  now_ = now;
  dm_.advance(now);
  for (ExchangeSlot& slot : tables_.exchanges) {
    switch (slot.exchange.on_timeout(now)) {
      case coap::ExchangeAction::None: break;
      case coap::ExchangeAction::Retransmit: slot.transmit = true; break;
      case coap::ExchangeAction::NoAck:
      case coap::ExchangeAction::NoResponse: finish_exchange(slot, Error::Timeout, nullptr); break;
    }
  }
}

// --- News ---

void Engine::notify_changed(const Path& path) {
  for (ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation == ObservedPath::kFree) continue;
    if (!path.touches(observed.path)) continue;
    observed.watch.changed = true;
    tables_.observations[observed.observation].deadline = now_;
  }
}

void Engine::changed(ShortServerId by, const Change& change) {
  EventType type = EventType::ResourceWritten;
  switch (change.kind) {
    case Change::Kind::Value: break;
    case Change::Kind::Created: type = EventType::InstanceCreated; break;
    case Change::Kind::Removed: type = EventType::InstanceDeleted; break;
    case Change::Kind::Executed: type = executed(change.path); break;
  }
  if (change.kind != Change::Kind::Executed) notify_changed(change.path);
  if (change.path.is_root() || change.path.object() == 1) account_changed(change.path);
  if (config_.store.operations != nullptr) config_.store.operations->changed(*this, change);
  if (change.kind == Change::Kind::Removed) attributes_.remove_below(change.path);
  const bool instance =
      change.kind == Change::Kind::Created || change.kind == Change::Kind::Removed;
  if (instance && !is_hidden(change.path.object())) {
    for (Server& server : tables_.servers) server.parts |= kUpdateObjects;  // [REG-33]
  }
  if (by != 0) report(type, peer_of(by)).path = change.path;
}

/// A new event to be filled in; it is in the queue already.
Event& Engine::report(EventType type, PeerId peer) {
  const std::size_t capacity = tables_.events.size();
  if (event_count_ == capacity) {
    drop_event();
    if (events_dropped_ != 0xFFFF) ++events_dropped_;
  }
  Event& event = tables_.events[(first_event_ + event_count_) % capacity];
  ++event_count_;
  event = {};
  event.type = type;
  event.peer = peer;
  if (config_.features.servers != nullptr) config_.features.servers->reported(*this, type, peer);
  return event;
}

void Engine::drop_event() {
  first_event_ = static_cast<std::uint16_t>((first_event_ + 1u) % tables_.events.size());
  --event_count_;
}

std::optional<Event> Engine::poll_event() {
  std::optional<Event> event;
  if (events_dropped_ != 0) {
    event.emplace().type = EventType::EventsDropped;
    event->id = events_dropped_;
    events_dropped_ = 0;
  } else if (event_count_ != 0) {
    event = tables_.events[first_event_];
    drop_event();
  }
  return event;
}

}  // namespace linnet::client
