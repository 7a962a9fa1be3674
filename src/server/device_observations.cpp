// SPDX-License-Identifier: Apache-2.0
// Observations: notifications, making them again, ending them [IR-17]..[IR-36].
#include "server/device_requests.hpp"
#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::BlockOption;
using coap::Code;
using coap::OptionNumber;
using coap::Type;
using Kind = OperationKind;
using Origin = PendingOperation::Origin;
using Reason = ObservationEnded::Reason;

Operation request_for(const Observation& observation, Kind single, Kind composite) {
  Operation operation;
  operation.kind = observation.composite ? composite : single;
  operation.path = observation.path;
  operation.format = observation.wanted;
  operation.keep = observation.keep;
  if (observation.extra != nullptr) {
    operation.paths = observation.extra->paths;
    operation.attributes = observation.extra->attributes;
  }
  return operation;
}

}  // namespace

DeviceRequests::Reaction DeviceRequests::on_notification(Instant now, std::uint32_t number,
                                                         const coap::MessageView& message) {
  Observation& observation = observations_[number];
  const Reaction taken = message.type() == Type::Con ? Reaction::Acknowledge : Reaction::Nothing;
  // [IR-21]
  if (!coap::is_success(message.code())) {
    end_observation(now, number, Reason::Device, message.code(), registry_.id(observation.device));
    return message.type() == Type::Con ? Reaction::AcknowledgeAndRemember : Reaction::Nothing;
  }
  if (message.code() != Code::Content) return taken;
  const auto sequence = message.unsigned_option(OptionNumber::Observe);
  // [IR-26] RFC 7641 §3.4
  if (sequence && !observation.order.accept(now, *sequence)) return taken;
  ++counters_.notifications;
  ++observation.notifications;
  observation.last_ms = now.ms;
  const auto block = BlockOption::find(message, OptionNumber::Block2);
  const bool partial = block.ok() && block->has_value() && (*block)->more;
  if (partial && (*block)->number == 0) {
    fetch_rest(now, number, message, **block, sequence.value_or(0));
  } else {
    deliver(now, number, sequence.value_or(0), message.content_format(), message.payload());
  }
  if (!sequence) {
    // No longer observed (RFC 7641 §3.2).
    end_observation(now, number, Reason::Device, message.code(), registry_.id(observation.device));
    return message.type() == Type::Con ? Reaction::AcknowledgeAndRemember : Reaction::Nothing;
  }
  return taken;
}

void DeviceRequests::deliver(Instant now, std::uint32_t number, std::uint32_t sequence,
                             std::optional<coap::ContentFormat> format, ByteView payload) {
  (void)now;
  const Observation& observation = observations_[number];
  const ObservationId id = observations_.id(number);
  const RegistrationView device = registry_.view(observation.device);
  DecodedValues decoded;
  if (format) {
    decoded = decode_values(*format, payload, observation.path, observations_.paths(number), device,
                            definitions_);
  } else if (!payload.empty()) {
    decoded.problem = "the notification has no content format";
  }
  if (!decoded.problem.empty()) {
    events_.push(NotificationRefused{id, device.id, std::move(decoded.problem)});
    return;
  }
  events_.push(Notification{id, device.id, std::move(decoded.values), sequence,
                            format.value_or(coap::ContentFormat::Text)});
}

/// A notification holds only the first block; a GET or FETCH without Observe gets the others
/// (RFC 7959 §2.6). A newer notification makes an older fetch pointless.
void DeviceRequests::fetch_rest(Instant now, std::uint32_t number, const coap::MessageView& message,
                                const BlockOption& block, std::uint32_t sequence) {
  const Observation& observation = observations_[number];
  const Slot device = observation.device;
  if (const std::uint32_t older = fetch_for(number); older != kNone) {
    unlink(older);
    release(older);
  }
  const std::uint32_t fetch =
      make(now, device, Origin::Fetch, request_for(observation, Kind::Read, Kind::ReadComposite));
  PendingOperation& pending = at(fetch);
  pending.observation = number;
  pending.fetching = true;
  pending.sequence = sequence;
  pending.choices = {observation.formats};
  if (!pending.choices[0].accept) pending.choices[0].accept = message.content_format();
  if (!choose_format(pending, 0)) {
    release(fetch);
    begin_next(now, device);
    return;
  }
  pending.answer_format = message.content_format();
  const auto outcome = pending.receiver.accept(block, message.payload(),
                                               message.unsigned_option(OptionNumber::Size2),
                                               message.find(OptionNumber::ETag));
  if (outcome != coap::BlockOutcome::More) {
    events_.push(NotificationRefused{observations_.id(number), registry_.id(device),
                                     "the notification is too large"});
    release(fetch);
    begin_next(now, device);
    return;
  }
  pending.answer.assign(message.payload().begin(), message.payload().end());
  enqueue(now, fetch, true);
}

/// What the end of an operation means to the observation it belongs to.
void DeviceRequests::settle_observation(Instant now, PendingOperation& pending,
                                        OperationResult& result) {
  const std::uint32_t number = pending.observation;
  if (number == kNone) return;
  Observation& observation = observations_[number];
  const RegistrationId registration = pending.registration;
  const bool gone = result.outcome == Outcome::RegistrationGone;
  if (pending.origin == Origin::Fetch) {
    if (gone) return;
    if (result.outcome == Outcome::Answered && coap::is_success(result.code)) {
      events_.push(Notification{observations_.id(number), registration, std::move(result.values),
                                pending.sequence,
                                result.format.value_or(coap::ContentFormat::Text)});
    } else {
      std::string reason = "the rest of it could not be fetched: ";
      reason.append(result.reason.empty() ? describe(result.outcome) : result.reason);
      events_.push(NotificationRefused{observations_.id(number), registration, std::move(reason)});
    }
    return;
  }
  observation.operation = kNone;
  if (pending.operation.kind == Kind::CancelObservation) {
    // Whatever the device said: notifications that still come are rejected.
    if (gone || result.outcome == Outcome::Cancelled) return;
    end_observation(now, number, Reason::Cancelled, result.code, registration);
    return;
  }
  if (pending.origin == Origin::Restore) {
    if (gone) return;
    if (!pending.observed) {
      end_observation(now, number, Reason::NotRestored, result.code, registration);
    } else if (result.outcome == Outcome::Answered) {
      events_.push(Notification{observations_.id(number), registration, std::move(result.values),
                                pending.sequence,
                                result.format.value_or(coap::ContentFormat::Text)});
    } else {
      events_.push(
          NotificationRefused{observations_.id(number), registration, std::move(result.reason)});
    }
    return;
  }
  if (pending.observed) {
    result.observation = observations_.id(number);
  } else if (!observation.established) {
    drop_observation(now, number);
  } else if (result.outcome == Outcome::Answered) {
    // It was there before; asked again, the device said no.
    end_observation(now, number, Reason::Device, result.code, registration);
  }
}

void DeviceRequests::end_observation(Instant now, std::uint32_t number, Reason reason, Code code,
                                     RegistrationId registration) {
  events_.push(ObservationEnded{observations_.id(number), registration, reason, code});
  drop_observation(now, number);
}

/// The operation that gets the rest of a notification of it. They come first in the queue.
std::uint32_t DeviceRequests::fetch_for(std::uint32_t observation) const {
  const std::uint32_t head = registry_.operations(observations_[observation].device);
  for (std::uint32_t number = head; number != kNone; number = at(number).next) {
    if (at(number).origin == Origin::Fetch) {
      if (at(number).observation == observation) return number;
    } else if (number != head) {
      break;
    }
  }
  return kNone;
}

/// Removes the observation and what is pending for it.
void DeviceRequests::drop_observation(Instant now, std::uint32_t number) {
  const Slot device = observations_[number].device;
  for (const std::uint32_t pending : {fetch_for(number), observations_[number].operation}) {
    if (pending == kNone) continue;
    at(pending).observation = kNone;
    unlink(pending);
    if (at(pending).origin == Origin::Application) {
      finish(now, pending, Outcome::Cancelled);
    } else {
      release(pending);
    }
  }
  observations_.remove(number);
  begin_next(now, device);
}

bool DeviceRequests::cancel_observation(Instant now, ObservationId observation) {
  const std::uint32_t number = observations_.find(observation);
  if (number == kNone) return false;
  end_observation(now, number, Reason::Cancelled, Code::Empty,
                  registry_.id(observations_[number].device));
  return true;
}

std::optional<ObservationRecord> DeviceRequests::record(ObservationId id) const {
  const std::uint32_t number = observations_.find(id);
  if (number == kNone) return std::nullopt;
  const Observation& observation = observations_[number];
  return ObservationRecord{
      .id = id,
      .registration = registry_.id(observation.device),
      .token = observations_.token(number),
      .request = request_for(observation, Kind::Observe, Kind::ObserveComposite),
      .content = observation.formats.content,
      .accept = observation.formats.accept,
      .established = observation.established,
      .notifications = observation.notifications,
      .last = Instant{observation.last_ms}};
}

Status DeviceRequests::restore(Instant now, const ObservationRecord& record) {
  const Operation& request = record.request;
  const bool composite = request.kind == Kind::ObserveComposite;
  if (composite ? request.paths.empty() : request.kind != Kind::Observe) return Error::Malformed;
  const Slot device = registry_.find(record.registration);
  if (device == kNone) return Error::NotFound;
  if (observations_.find(device, request) != kNone) return Error::Exists;
  LINNET_TRY_ASSIGN(const std::uint32_t number,
                    observations_.restore(device, record.id, record.token));
  Observation& observation = observations_[number];
  observation.path = request.path;
  observation.composite = composite;
  observation.keep = request.keep;
  observation.wanted = request.format;
  observation.formats = {record.content, record.accept};
  observation.notifications = static_cast<std::uint32_t>(record.notifications);
  observation.last_ms = record.last.ms;
  const lwm2m::AttributeChange& attributes = request.attributes;
  if (composite || !attributes.set.empty() || attributes.unset != 0) {
    observation.extra =
        std::make_unique<Observation::Extra>(Observation::Extra{request.paths, attributes});
  }
  if (record.established) {
    observation.established = true;
  } else {
    restore(now, number);
  }
  return {};
}

void DeviceRequests::restore(Instant now, std::uint32_t number) {
  Observation& observation = observations_[number];
  observations_.renew_token(number);
  observation.established = false;
  observation.order = {};
  Operation request = request_for(observation, Kind::Observe, Kind::ObserveComposite);
  // A device that falls asleep before its turn comes is asked when it wakes [QM-03].
  if (registry_.queue_mode(observation.device)) {
    request.hold = true;
    request.timeout = coap::Exchange::kLongestWait;
  }
  const std::uint32_t operation =
      make(now, observation.device, Origin::Restore, std::move(request));
  PendingOperation& pending = at(operation);
  pending.choices = format_choices(pending.operation, registry_.view(observation.device));
  if (!choose_format(pending, 0)) {
    release(operation);
    end_observation(now, number, Reason::NotRestored, Code::Empty,
                    registry_.id(observation.device));
    return;
  }
  pending.observation = number;
  observation.operation = operation;
  enqueue(now, operation, false);
}

void DeviceRequests::registration_replaced(Instant now, Slot device, RegistrationId old) {
  drain(now, device);
  std::uint32_t number = registry_.observations(device);
  while (number != kNone) {
    const std::uint32_t next = observations_[number].next;
    // [REG-17] [REG-18]
    if (observations_[number].keep) {
      restore(now, number);
    } else {
      end_observation(now, number, Reason::RegistrationGone, Code::Empty, old);
    }
    number = next;
  }
}

// [REG-43]
void DeviceRequests::registration_ended(Instant now, Slot device) {
  drain(now, device);
  while (registry_.observations(device) != kNone) {
    end_observation(now, registry_.observations(device), Reason::RegistrationGone, Code::Empty,
                    registry_.id(device));
  }
}

}  // namespace linnet::server
