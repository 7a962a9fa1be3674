// SPDX-License-Identifier: Apache-2.0
// Observations and their notifications. Core 1.2 §6.4, RFC 7641; [IR-01]..[IR-36].
#include <algorithm>
#include <array>

#include <client/incoming.hpp>
#include <client/notification_rules.hpp>
#include <client/operations.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using lwm2m::Attribute;
using lwm2m::Attributes;

/// A server that lost interest without a word is found out at least this often [IR-28].
constexpr Duration kConfirmEvery = seconds(24 * 3600);
/// When a long notification found no body buffer free.
constexpr Duration kRetryBody = seconds(1);

}  // namespace

// --- Beginning and end ---

/// False if there is no room for it: the request was a plain read then (RFC 7641 §4.1).
bool Engine::add_observation(const Incoming& in, ContentFormat format, const Attributes& own) {
  const coap::Token& token = in.message->token();
  std::size_t index = tables_.observations.size();
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    const Observation& old = tables_.observations[i];
    if (old.peer == in.peer && (old.token == token || old.key == in.key)) release(i);
    if (old.peer == kNoPeer && index > i) index = i;
  }
  if (index == tables_.observations.size()) return false;
  Observation& observation = tables_.observations[index];
  if (!own.empty() && !features_.own->keep(*this, observation, own)) return false;
  observation.composite = in.request.method == Code::Fetch;
  const auto row = static_cast<std::uint16_t>(index);
  const bool claimed = observation.composite
                           ? config_.features.composite->observe(*this, in.request, row)
                           : claim_path(in.request.path, row);
  if (!claimed) {
    release(index);
    return false;
  }
  observation.notified = observation.confirmed = now_;
  observation.token = token;
  observation.key = in.key;
  observation.format = format;
  observation.peer = in.peer;
  restart_watches(index);
  look(index);
  report(EventType::ObservationStarted, in.peer).path = path_of(index);
  return true;
}

/// Adds a path to an observation. False if there is no room.
bool Engine::claim_path(const Path& path, std::uint16_t index) {
  for (ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation != ObservedPath::kFree) continue;
    observed.path = path;
    observed.observation = index;
    return true;
  }
  return false;
}

Path Engine::path_of(std::size_t index) const {
  if (tables_.observations[index].composite) return Path{};
  for (const ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation == index) return observed.path;
  }
  return Path{};
}

void Engine::release(std::size_t index) {
  for (ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation == index) observed = {};
  }
  tables_.observations[index] = {};
}

void Engine::end_observation(std::size_t index) {
  const PeerId peer = tables_.observations[index].peer;
  report(EventType::ObservationEnded, peer).path = path_of(index);
  release(index);
}

void Engine::end_observations(PeerId peer) {
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    if (tables_.observations[i].peer == peer) end_observation(i);
  }
}

/// A new registration ends the observations, unless it ends an absence [IR-19] [IR-47].
void Engine::void_observations(PeerId peer) {
  if (!tables_.servers[peer].absence.away) end_observations(peer);
}

// [IR-20] [IR-33]: by token, or by a request for just the same.
void Engine::cancel_observations(PeerId peer, const coap::Token& token, std::uint32_t key) {
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    const Observation& observation = tables_.observations[i];
    if (observation.peer != peer) continue;
    if (observation.token == token || observation.key == key) end_observation(i);
  }
}

void Engine::cancel_by_reset(PeerId peer, std::uint16_t message_id) {
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    const Observation& observation = tables_.observations[i];
    if (observation.peer == peer && observation.message_id == message_id) end_observation(i);
  }
}

// --- Conditions ---

Attributes Engine::attributes_of(const Observation& observation, const Path& path) {
  const ShortServerId server = tables_.servers[observation.peer].id;
  const Attributes attached = dm_.effective_attributes(server, path);
  if (observation.own == Observation::kNoOwn) return attached;
  return features_.own->merge(*this, observation, attached);
}

/// Empty if there is none, or more than one.
Value Engine::present_value(const Path& path) { return dm_.value(path).value_or(Value{}); }

void Engine::restart_watches(std::size_t index) {
  for (ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation != index) continue;
    restart(observed.watch, present_value(observed.path), now_);
  }
}

/// Evaluates the conditions and plans the next look.
void Engine::look(std::size_t index) {
  Observation& observation = tables_.observations[index];
  bool confirm = now_ - observation.confirmed >= kConfirmEvery;  // [IR-28]
  observation.deadline = Instant::never();
  for (ObservedPath& observed : tables_.observed_paths) {
    if (observed.observation != index) continue;
    const Attributes attributes = attributes_of(observation, observed.path);
    const Outlook outlook = look_at(attributes, observed.watch, present_value(observed.path),
                                    observation.notified, now_, config_.features.conditions);
    if (outlook.due) observation.pending = true;
    observation.deadline = earlier(observation.deadline, outlook.next);
    confirm = confirm || attributes.integer_or_zero(Attribute::Con) == 1 ||
              confirms_below(observation, observed.path);
  }
  observation.confirm = confirm;
}

void Engine::look_again(PeerId peer) {
  for (Observation& observation : tables_.observations) {
    if (observation.peer == peer) observation.deadline = now_;
  }
}

/// Whether something in what is reported asks for confirmation [IR-08].
bool Engine::confirms_below(const Observation& observation, const Path& path) const {
  if (observation.own != Observation::kNoOwn) return false;
  for (const AttributeEntry& entry : tables_.attributes) {
    if (entry.server == tables_.servers[observation.peer].id && path.contains(entry.path) &&
        entry.attributes.integer_or_zero(Attribute::Con) == 1) {
      return true;
    }
  }
  return false;
}

Instant Engine::observation_due(const Observation& observation) const {
  if (!registered(observation.peer) || bootstrapping()) return Instant::never();
  if (!observation.pending) return observation.deadline;
  return observation.confirm && !may_start(observation.peer) ? Instant::never() : now_;
}

// --- Notifications ---

std::optional<Outgoing> Engine::transmit_notification(MutableBytes out) {
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    Observation& observation = tables_.observations[i];
    if (!registered(observation.peer) || bootstrapping()) continue;
    if (!observation.pending && observation.deadline <= now_) look(i);
    if (!observation.pending) continue;
    const PeerId peer = observation.peer;
    if (!observation.confirm) {
      const std::size_t room = std::min(out.size(), message_buffer(peer).size());
      const std::size_t size = write_notification(i, coap::Type::Non, out.first(room));
      if (size != 0) return leaving(peer, size);
    } else if (may_start(peer)) {
      (void)write_notification(i, coap::Type::Con, message_buffer(peer));
    }
  }
  return std::nullopt;
}

Reply Engine::read_observed(std::size_t index, Writer& body) {
  const Observation& observation = tables_.observations[index];
  if (observation.composite) {
    return config_.features.composite->read_observed(*this, static_cast<std::uint16_t>(index),
                                                     body);
  }
  return dm_.read(tables_.servers[observation.peer].id, path_of(index), observation.format, body);
}

/// Writes the notification to `out`, starts its exchange if it is a CON, and starts the conditions
/// anew. The size of the message; 0 if there is nothing to send after all.
std::size_t Engine::write_notification(std::size_t index, coap::Type type, MutableBytes out) {
  Observation& observation = tables_.observations[index];
  const PeerId peer = observation.peer;
  if (out.size() <= kHeaderRoom) return 0;
  Incoming in;
  in.peer = peer;
  in.key = observation.key;
  in.request.server = tables_.servers[peer].id;
  in.request.method = observation.composite ? Code::Fetch : Code::Get;
  in.request.path = path_of(index);
  in.room = out.subspan(kHeaderRoom);
  const auto produce = [&](Writer& body) { return read_observed(index, body); };
  Answer answer = answer_body(produce, in);
  observation.pending = false;
  if (answer.code == Code::ServiceUnavailable) {
    observation.deadline = now_ + kRetryBody;
    return 0;
  }
  const bool sent = answer.code != Code::Unauthorized;       // [IR-27]
  const bool last = sent && !coap::is_success(answer.code);  // [IR-21]
  std::size_t size = 0;
  if (sent) {
    if (!last) answer.add(Answer::Observe, sequence_.next());  // [IR-26]
    coap::Header header = next_header(peer, type, answer.code);
    header.token = observation.token;
    size = answer.write(header, out);
    observation.message_id = header.message_id;
    if (size != 0 && type == coap::Type::Con) {
      start_exchange(peer, Purpose::Notification, index, header, size);
    }
  }
  if (last) {
    end_observation(index);
    return size;
  }
  observation.notified = now_;
  restart_watches(index);
  look(index);
  return size;
}

void Engine::on_notification_done(PeerId peer, const coap::Token& token, Error error) {
  for (std::size_t i = 0; i < tables_.observations.size(); ++i) {
    Observation& observation = tables_.observations[i];
    if (observation.peer != peer || observation.token != token) continue;
    Event& event = report(
        error == Error::Ok ? EventType::NotificationDelivered : EventType::NotificationLost, peer);
    event.error = error;
    event.path = path_of(i);
    observation.confirmed = now_;
    if (error != Error::Ok) end_observation(i);  // [IR-28]
  }
}

}  // namespace linnet::client
