// SPDX-License-Identifier: Apache-2.0
// What devices answer: matching, block-wise transfer, and the result of the operation.
#include "server/device_requests.hpp"
#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using coap::ExchangeEvent;
using coap::OptionNumber;
using coap::Type;
using lwm2m::Path;
using Kind = OperationKind;
using Origin = PendingOperation::Origin;
using Send = PendingOperation::Send;

bool reads(Kind kind) {
  return kind == Kind::Read || kind == Kind::Observe || kind == Kind::ReadComposite ||
         kind == Kind::ObserveComposite || kind == Kind::CancelObservation;
}

std::optional<Path> created_path(const coap::MessageView& message, std::string_view root_path) {
  std::string text;
  for (const coap::OptionView& option : message.options(OptionNumber::LocationPath)) {
    text.append("/").append(option.text());
  }
  std::string_view rest = text;
  if (!root_path.empty() &&
      rest.substr(std::min<std::size_t>(1, rest.size())).starts_with(root_path)) {
    rest.remove_prefix(1 + root_path.size());
  }
  const auto path = Path::parse(rest);
  if (rest.empty() || !path || !path->is_instance()) return std::nullopt;
  return *path;
}

}  // namespace

std::uint32_t DeviceRequests::operation_of(const TokenParts& token,
                                           const coap::Token& whole) const {
  std::uint32_t number = kNone;
  if (token.observation) {
    const std::uint32_t observation = observations_.find(token);
    if (observation != kNone) number = observations_[observation].operation;
  } else if (registry_.live(token.number)) {
    number = registry_.operations(token.number);
  }
  return number != kNone && at(number).attempt != 0 && at(number).token == whole ? number : kNone;
}

Slot DeviceRequests::device_of(const coap::Token& whole) const {
  const auto token = TokenParts::of(whole);
  if (!token) return kNone;
  if (token->observation) {
    const std::uint32_t observation = observations_.find(*token);
    return observation == kNone ? kNone : observations_[observation].device;
  }
  return registry_.live(token->number) ? token->number : kNone;
}

/// Whether this is the response to the request, which may have been given up for the time being.
bool DeviceRequests::answers(Instant now, std::uint32_t number, const coap::MessageView& message) {
  PendingOperation& pending = at(number);
  if (pending.begun && pending.exchange.active()) {
    return pending.exchange.on_message(now, message.header()) == ExchangeEvent::Response;
  }
  if (message.type() == Type::Ack && message.message_id() != pending.message_id) return false;
  pending.begun = true;
  pending.send = Send::Nothing;
  return true;
}

DeviceRequests::Reaction DeviceRequests::on_response(Instant now, const SocketAddress& from,
                                                     const coap::MessageView& message) {
  const bool acknowledges = message.type() == Type::Ack;
  const bool has_observe = message.has(OptionNumber::Observe);
  const auto token = TokenParts::of(message.token());
  std::uint32_t number = kNone;
  std::uint32_t observation = kNone;
  if (token) {
    number = operation_of(*token, message.token());
    if (token->observation) observation = observations_.find(*token);
  }
  if (number == kNone && observation == kNone) {
    heard_from(now, from);
    if (acknowledges) return Reaction::Nothing;
    // A NON is rejected only when it tells of an observation that nobody wants (RFC 7641 §3.6).
    return message.type() == Type::Con || has_observe ? Reaction::Reset : Reaction::Nothing;
  }
  const Slot device = number != kNone ? at(number).device : observations_[observation].device;
  // Not its address (RFC 7252 §5.3.2), but somebody who has seen our token: a device that moved
  // and has not said so yet. Rejecting would end its observation, so it is left to its Update.
  if (registry_.address(device) != from) return Reaction::Nothing;
  // What waits starts only when it is clear what this means to the one sent last.
  const bool woke = presence_.heard(now, device);
  const Reaction reaction = take_response(now, number, observation, message);
  if (woke && registry_.live(device)) begin_next(now, device);
  return reaction;
}

DeviceRequests::Reaction DeviceRequests::take_response(Instant now, std::uint32_t number,
                                                       std::uint32_t observation,
                                                       const coap::MessageView& message) {
  const bool acknowledges = message.type() == Type::Ack;
  if (number != kNone) {
    // While an observation is being ended, its notifications may still come.
    const bool notifies = !acknowledges && message.has(OptionNumber::Observe) &&
                          at(number).operation.kind == Kind::CancelObservation;
    if (!notifies && answers(now, number, message)) {
      on_answer(now, number, message);
      return message.type() == Type::Con ? Reaction::AcknowledgeAndRemember : Reaction::Nothing;
    }
  }
  if (acknowledges) return Reaction::Nothing;
  if (observation == kNone) {
    return message.type() == Type::Con ? Reaction::Acknowledge : Reaction::Nothing;
  }
  return on_notification(now, observation, message);
}

bool DeviceRequests::on_empty(Instant now, const SocketAddress& from, const coap::Header& header) {
  const std::uint32_t number =
      in_flight_.find(exchange_hash(from, header.message_id), [&](std::uint32_t n) {
        return at(n).sent_to == from && at(n).exchange.message_id() == header.message_id;
      });
  if (number == kNone) return false;
  const Slot device = at(number).device;
  const bool woke = presence_.heard(now, device);
  switch (at(number).exchange.on_message(now, header)) {
    case ExchangeEvent::Acknowledged: set_timer(number); break;
    case ExchangeEvent::Rejected:
      finish(now, number, Outcome::Rejected, "the device answered with Reset");
      break;
    default: break;
  }
  if (woke) begin_next(now, device);
  return true;
}

void DeviceRequests::on_answer(Instant now, std::uint32_t number,
                               const coap::MessageView& message) {
  PendingOperation& pending = at(number);
  unindex(number);
  const Code code = message.code();
  if (goes_on(now, number, code, pending.send_more(message))) return;
  if (code == Code::Continue) {
    finish(now, number, Outcome::BadAnswer, "2.31 to a request that was whole", code);
    return;
  }
  const bool wrong_format = code == Code::UnsupportedContentFormat || code == Code::NotAcceptable;
  if (wrong_format && !pending.fetching && try_next_format(now, number)) return;
  if (pending.makes_observation() && !pending.fetching && coap::is_success(code)) {
    if (const auto sequence = message.unsigned_option(OptionNumber::Observe)) {
      Observation& observation = observations_[pending.observation];
      observation.order = {};
      (void)observation.order.accept(now, *sequence);
      observation.established = true;
      observation.last_ms = now.ms;
      observation.formats = pending.formats();
      pending.observed = true;
      pending.sequence = *sequence;
    }
  }
  if (code == Code::Content && goes_on(now, number, code, pending.fetch_more(message))) return;
  complete(now, number, message);
}

/// True if the request goes on with another block, or failed doing so.
bool DeviceRequests::goes_on(Instant now, std::uint32_t number, Code code,
                             const OutgoingRequest::Progress& progress) {
  using Next = OutgoingRequest::Progress::Next;
  if (progress.next == Next::Send) {
    new_message(now, number);
    want_send(number, Send::Request);
  }
  if (progress.next == Next::Fail) finish(now, number, progress.outcome, progress.reason, code);
  return progress.next != Next::Whole;
}

bool DeviceRequests::try_next_format(Instant now, std::uint32_t number) {
  PendingOperation& pending = at(number);
  if (pending.choice + 1 >= pending.choices.size()) return false;
  if (!choose_format(pending, pending.choice + 1)) return false;
  begin(now, number, true);
  return true;
}

void DeviceRequests::complete(Instant now, std::uint32_t number, const coap::MessageView& message) {
  const PendingOperation& pending = at(number);
  OperationResult result;
  result.code = message.code();
  if (!coap::is_success(result.code)) {
    if (!message.content_format()) result.reason = diagnostic_text(message.payload());
    finish(now, number, std::move(result));
    return;
  }
  if (reads(pending.operation.kind) || pending.operation.kind == Kind::Discover) {
    if (result.code == Code::Content) {
      decode(pending, result);
    } else if (pending.operation.kind != Kind::CancelObservation) {
      result.outcome = Outcome::BadAnswer;
      result.reason = "a reading request is answered with 2.05";
    }
  } else if (pending.operation.kind == Kind::Create) {
    result.created = created_path(message, registry_.view(pending.device).root_path);
    if (!result.created && pending.operation.path.is_instance()) {
      result.created = pending.operation.path;
    }
  }
  finish(now, number, std::move(result));
}

void DeviceRequests::decode(const PendingOperation& pending, OperationResult& result) const {
  result.format = pending.answer_format;
  if (!result.format) {
    if (pending.answer.empty()) return;
    result.outcome = Outcome::BadAnswer;
    result.reason = "the answer has no content format";
    return;
  }
  const RegistrationView device = registry_.view(pending.device);
  if (pending.operation.kind == Kind::Discover) {
    if (*result.format != coap::ContentFormat::LinkFormat) {
      result.reason = "a Discover is answered in link format";
    } else {
      DecodedLinks decoded = decode_links(as_text(pending.answer), device.root_path);
      result.links = std::move(decoded.links);
      result.reason = std::move(decoded.problem);
    }
  } else {
    const Path target = pending.operation.path;
    const std::span<const Path> asked =
        pending.operation.paths.empty() ? std::span(&target, 1) : pending.operation.paths;
    DecodedValues decoded =
        decode_values(*result.format, pending.answer, target, asked, device, definitions_);
    result.values = std::move(decoded.values);
    result.reason = std::move(decoded.problem);
  }
  if (!result.reason.empty()) result.outcome = Outcome::BadAnswer;
}

void DeviceRequests::finish(Instant now, std::uint32_t number, Outcome outcome, std::string reason,
                            Code code) {
  OperationResult result;
  result.outcome = outcome;
  result.reason = std::move(reason);
  result.code = code;
  finish(now, number, std::move(result));
}

void DeviceRequests::finish(Instant now, std::uint32_t number, OperationResult result) {
  PendingOperation& pending = at(number);
  const Slot device = pending.device;
  result.operation = pending.id;
  result.registration = pending.registration;
  result.kind = pending.operation.kind;
  result.elapsed = now - pending.submitted;
  unlink(number);
  settle_observation(now, pending, result);
  if (pending.origin == Origin::Application) events_.push(std::move(result));
  release(number);
  begin_next(now, device);
}

}  // namespace linnet::server
