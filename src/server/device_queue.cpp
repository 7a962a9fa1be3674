// SPDX-License-Identifier: Apache-2.0
// The queue of each device: order, what begins when, what waits for a device that sleeps, and going
// on with a request of another shard [QM-03] [QM-06] [QM-07].
#include <algorithm>

#include "server/device_requests.hpp"

namespace linnet::server {
namespace {

using Origin = PendingOperation::Origin;
using Send = PendingOperation::Send;

constexpr const char* kSlept = "the device slept until the deadline";
constexpr const char* kBehindOthers = "the requests before it took until the deadline";
constexpr const char* kSleptUnacknowledged =
    "the device did not acknowledge it, and slept until the deadline";

}  // namespace

// The list of a device starts in its registry record. Its head knows the tail and how many there
// are, so that a thousand that wait cost each other nothing.
void DeviceRequests::link(std::uint32_t number, bool in_front) {
  PendingOperation& pending = at(number);
  std::uint32_t& head = registry_.operations(pending.device);
  const std::uint32_t counted = pending.origin == Origin::Application ? 1 : 0;
  pending.linked = true;
  if (head == kNone) {
    head = pending.previous = number;
    pending.next = kNone;
    pending.count = counted;
    return;
  }
  PendingOperation& first = at(head);
  if (in_front && !first.begun && first.attempt == 0) {
    pending.next = head;
    pending.previous = first.previous;
    pending.count = first.count + counted;
    first.previous = number;
    head = number;
    return;
  }
  first.count += counted;
  // In front of those that wait, not of the one that was sent.
  const std::uint32_t before = in_front ? head : first.previous;
  pending.previous = before;
  pending.next = at(before).next;
  at(before).next = number;
  (pending.next == kNone ? first : at(pending.next)).previous = number;
}

void DeviceRequests::unlink(std::uint32_t number) {
  PendingOperation& pending = at(number);
  if (!pending.linked) return;
  pending.linked = false;
  std::uint32_t& head = registry_.operations(pending.device);
  const std::uint32_t count = at(head).count - (pending.origin == Origin::Application ? 1 : 0);
  if (number == head) {
    head = pending.next;
    if (head != kNone) at(head).previous = pending.previous;
  } else {
    at(pending.previous).next = pending.next;
    at(pending.next == kNone ? head : pending.next).previous = pending.previous;
  }
  if (head != kNone) at(head).count = count;
}

std::size_t DeviceRequests::pending(Slot device) const {
  const std::uint32_t head = registry_.operations(device);
  return head == kNone ? 0 : at(head).count;
}

void DeviceRequests::enqueue(Instant now, std::uint32_t number, bool in_front) {
  link(number, in_front);
  set_timer(number);
  begin_next(now, at(number).device);
}

void DeviceRequests::begin_next(Instant now, Slot device) {
  const std::uint32_t head = registry_.operations(device);
  if (head == kNone || at(head).begun) return;
  if (registry_.quiet(device) && !at(head).resumed) {
    // [QM-03]
    if (registry_.queue_mode(device)) return;
    if (at(head).attempt != 0 && now < at(head).retry_at) return;
  }
  begin(now, head);
}

void DeviceRequests::begin(Instant now, std::uint32_t number, bool anew) {
  PendingOperation& pending = at(number);
  // Also to a new address: the device knows the message if it had arrived.
  const bool same = !anew && pending.attempt != 0 &&
                    now - pending.first_sent < config_.transmission.exchange_lifetime();
  if (!same) {
    // A device keeps the blocks it got no longer than that either.
    if (!pending.fetching) pending.sender = coap::BlockSender(pending.body.size(), szx_);
    new_message(now, number);
  }
  pending.begun = true;
  pending.resumed = false;
  pending.retry_at = Instant::never();
  if (pending.attempt != 0xFF) ++pending.attempt;
  if (pending.operation.report_start && pending.origin == Origin::Application) {
    events_.push(OperationStarted{pending.id, pending.registration, pending.attempt});
  }
  want_send(number, Send::Request);
}

/// The next message of the request gets a token and a message id.
void DeviceRequests::new_message(Instant now, std::uint32_t number) {
  PendingOperation& pending = at(number);
  // Only the request itself carries the observation's token, not those for further blocks.
  const bool as_observation = pending.observation != kNone && !pending.fetching;
  pending.token = as_observation ? observations_.token(pending.observation)
                                 : TokenParts{false, pending.device, rng_.next()}.token();
  unindex(number);
  pending.message_id = registry_.next_message_id(pending.device);
  pending.first_sent = now;
}

void DeviceRequests::heard(Instant now, Slot device) {
  if (presence_.heard(now, device)) begin_next(now, device);
}

void DeviceRequests::heard_from(Instant now, const SocketAddress& from) {
  const Slot device = registry_.find(from);
  if (device != kNone && registry_.next_at_address(device) == kNone) heard(now, device);
}

bool DeviceRequests::transmitting(Slot device) const {
  const std::uint32_t head = registry_.operations(device);
  if (head == kNone || !at(head).begun) return false;
  return at(head).send != Send::Nothing ||
         at(head).exchange.state() == coap::ExchangeState::AwaitAck;
}

// [QM-07]
void DeviceRequests::not_acknowledged(Instant now, std::uint32_t number) {
  PendingOperation& pending = at(number);
  const bool hold = pending.operation.hold;
  presence_.unanswered(pending.device, hold);
  if (!hold) {
    finish(now, number, Outcome::NotAcknowledged);
    return;
  }
  unindex(number);
  pending.begun = false;
  pending.send = Send::Nothing;
  if (!registry_.queue_mode(pending.device)) pending.retry_at = now + config_.hold_retry;
  set_timer(number);
}

void DeviceRequests::give_up_at_deadline(Instant now, std::uint32_t number) {
  const PendingOperation& pending = at(number);
  const bool asleep = !registry_.awake(pending.device);
  if (pending.begun && pending.exchange.state() != coap::ExchangeState::AwaitAck) {
    finish(now, number, Outcome::NoResponse);
  } else if (pending.begun || pending.attempt != 0) {
    finish(now, number, Outcome::NotAcknowledged, asleep ? kSleptUnacknowledged : "");
  } else {
    finish(now, number, Outcome::Expired, asleep ? kSlept : kBehindOthers);
  }
}

/// Ends everything that waits for this device.
void DeviceRequests::drain(Instant now, Slot device) {
  std::uint32_t number = registry_.operations(device);
  // Nobody moves up: the queue is taken away first.
  registry_.operations(device) = kNone;
  while (number != kNone) {
    const std::uint32_t next = at(number).next;
    at(number).linked = false;
    finish(now, number, Outcome::RegistrationGone);
    number = next;
  }
}

std::optional<RequestRecord> DeviceRequests::record(OperationId id) const {
  const std::uint32_t number = find(id);
  if (number == kNone || at(number).attempt == 0) return std::nullopt;
  const PendingOperation& pending = at(number);
  const bool whole = !pending.fetching && pending.sender.fits_one();
  return RequestRecord{.token = pending.token,
                       .message_id = pending.message_id,
                       .attempt = pending.attempt,
                       .first_sent = pending.first_sent,
                       .content = pending.formats().content,
                       .accept = pending.formats().accept,
                       .resumable = whole && pending.observation == kNone};
}

/// Makes the request the one that `record` tells of, if it can be.
void DeviceRequests::resume(Instant now, std::uint32_t number, const RequestRecord& record) {
  PendingOperation& pending = at(number);
  const Slot device = pending.device;
  const auto token = TokenParts::of(record.token);
  if (!record.resumable || record.attempt == 0 || pending.observation != kNone || !token ||
      token->observation || token->number != device ||
      now - record.first_sent >= config_.transmission.exchange_lifetime() ||
      registry_.operations(device) != kNone) {
    return;
  }
  const auto same = [&](const FormatChoice& choice) {
    return choice.content == record.content && choice.accept == record.accept;
  };
  const auto wanted = std::ranges::find_if(pending.choices, same);
  const auto index = static_cast<std::size_t>(wanted - pending.choices.begin());
  if (wanted == pending.choices.end()) return;
  if (index != pending.choice && (!choose_format(pending, index) || pending.choice != index)) {
    return;
  }
  pending.token = record.token;
  pending.message_id = record.message_id;
  pending.attempt = record.attempt;
  pending.first_sent = record.first_sent;
  pending.resumed = true;
  registry_.skip_message_ids(device, record.message_id);
}

}  // namespace linnet::server
