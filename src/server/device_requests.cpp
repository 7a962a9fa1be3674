// SPDX-License-Identifier: Apache-2.0
// Taking operations, sending their requests, giving up in time.
#include "server/device_requests.hpp"

#include <algorithm>

#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::ExchangeAction;
using coap::ExchangeState;
using Kind = OperationKind;
using Origin = PendingOperation::Origin;
using Send = PendingOperation::Send;

}  // namespace

DeviceRequests::DeviceRequests(const ShardConfig& config, Registry& registry, Presence& presence,
                               Rng& rng, const DefinitionSource* definitions,
                               RingBuffer<Event>& events, ShardCounters& counters)
    : config_(config),
      registry_(registry),
      presence_(presence),
      rng_(rng),
      definitions_(definitions),
      events_(events),
      counters_(counters),
      observations_(config.max_observations, registry, rng),
      seed_(std::uint64_t{rng.next()} << 32 | rng.next()),
      szx_(coap::szx_for(config.block_size)) {}

std::uint32_t DeviceRequests::find(OperationId id) const {
  const auto number = static_cast<std::uint32_t>(id.value) - 1;
  return live(number) && at(number).id == id ? number : kNone;
}

/// Fills in what the cancellation of an observation must repeat of its request (RFC 7641 §3.6).
Status DeviceRequests::complete_cancellation(Slot device, Operation& operation) const {
  const std::uint32_t number = observations_.find(operation.observation);
  if (number == kNone || observations_[number].device != device) return Error::NotFound;
  const Observation& observation = observations_[number];
  operation.path = observation.path;
  operation.format = observation.wanted;
  operation.paths.clear();
  operation.attributes = {};
  if (observation.extra != nullptr) {
    operation.paths = observation.extra->paths;
    operation.attributes = observation.extra->attributes;
  }
  return {};
}

/// The observation that an Observe makes, or makes again; then under the same token, so that the
/// device replaces it too (RFC 7641 §4.1).
Result<std::uint32_t> DeviceRequests::observation_for(Slot device, const Operation& operation) {
  std::uint32_t number = observations_.find(device, operation);
  if (number != kNone && observations_[number].operation != kNone) return Error::Busy;
  if (number == kNone) {
    if (observations_.count(device) >= config_.max_observations_per_device) return Error::Busy;
    number = observations_.add(device);
    if (number == kNone) return Error::Busy;
  }
  Observation& observation = observations_[number];
  observation.composite = operation.kind == Kind::ObserveComposite;
  observation.path = operation.path;
  observation.keep = operation.keep;
  observation.wanted = operation.format;
  const bool has_attributes = !operation.attributes.set.empty() || operation.attributes.unset != 0;
  observation.extra.reset();
  if (observation.composite || has_attributes) {
    observation.extra = std::make_unique<Observation::Extra>();
    observation.extra->attributes = operation.attributes;
    if (observation.composite) observation.extra->paths = operation.paths;
  }
  return number;
}

Status DeviceRequests::choose_format(PendingOperation& pending, std::size_t from) {
  return pending.choose_format(from, registry_.view(pending.device), config_.max_write_bytes, szx_);
}

std::uint32_t DeviceRequests::make(Instant now, Slot device, Origin origin, Operation operation) {
  std::uint32_t number = free_;
  if (number != kNone) {
    free_ = entries_[number].next_free;
  } else {
    number = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  Entry& entry = entries_[number];
  entry.pending = std::make_unique<PendingOperation>();
  PendingOperation& pending = *entry.pending;
  pending.origin = origin;
  pending.id = {std::uint64_t{++entry.generation} << 32 | (number + 1)};
  pending.registration = registry_.id(device);
  pending.device = device;
  pending.submitted = now;
  const Duration timeout = operation.timeout.ms > 0 ? operation.timeout : config_.operation_timeout;
  pending.deadline =
      now + milliseconds(std::clamp<std::int64_t>(timeout.ms, 1, coap::Exchange::kLongestWait.ms));
  pending.operation = std::move(operation);
  pending.receiver = coap::BlockReceiver(config_.max_response_bytes, szx_);
  ++size_;
  return number;
}

Result<OperationId> DeviceRequests::submit(Instant now, RegistrationId registration,
                                           Operation operation) {
  const Slot device = registry_.find(registration);
  if (device == kNone) return Error::NotFound;
  if (operation.kind == Kind::CancelObservation) {
    LINNET_TRY(complete_cancellation(device, operation));
  }
  LINNET_TRY(prepare(operation, registry_.view(device), definitions_));
  const bool device_busy = pending(device) >= config_.max_operations_per_device;
  if (size_ >= config_.max_operations || device_busy) return Error::Busy;

  const std::uint32_t number = make(now, device, Origin::Application, std::move(operation));
  PendingOperation& pending = at(number);
  pending.choices = format_choices(pending.operation, registry_.view(device));
  if (pending.operation.kind == Kind::CancelObservation) {
    pending.observation = observations_.find(pending.operation.observation);
    const Observation& observation = observations_[pending.observation];
    if (observation.operation != kNone) {
      release(number);
      return Error::Busy;
    }
    pending.choices = {observation.formats};
  }
  if (const Status chosen = choose_format(pending, 0); !chosen) {
    release(number);
    return chosen.error();
  }
  if (pending.makes_observation()) {
    const auto observation = observation_for(device, pending.operation);
    if (!observation) {
      release(number);
      return observation.error();
    }
    pending.observation = *observation;
  }
  if (pending.observation != kNone) observations_[pending.observation].operation = number;
  if (pending.operation.resume) resume(now, number, *pending.operation.resume);
  const OperationId id = pending.id;
  enqueue(now, number, false);
  return id;
}

void DeviceRequests::want_send(std::uint32_t number, Send what) {
  PendingOperation& pending = at(number);
  pending.send = what;
  if (pending.in_ready) return;
  pending.in_ready = true;
  ready_.push(number);
}

std::optional<Transmit> DeviceRequests::poll_transmit(Instant now, MutableBytes out) {
  while (!ready_.empty()) {
    const std::uint32_t number = ready_.pop();
    // Whoever had this number may be gone; then nothing, or something else, wants to be sent.
    if (!live(number) || !at(number).in_ready) continue;
    at(number).in_ready = false;
    if (at(number).send == Send::Nothing) continue;
    if (auto sent = transmit(now, number, out)) return sent;
  }
  return std::nullopt;
}

std::optional<Transmit> DeviceRequests::transmit(Instant now, std::uint32_t number,
                                                 MutableBytes out) {
  PendingOperation& pending = at(number);
  const bool again = pending.send == Send::SameDatagram;
  pending.send = Send::Nothing;
  const SocketAddress to = registry_.address(pending.device);
  if (again) {
    if (pending.datagram.size() > out.size()) return std::nullopt;
    std::ranges::copy(pending.datagram, out.begin());
    ++counters_.retransmissions;
    return Transmit{to, pending.datagram.size()};
  }
  const bool trigger = pending.operation.trigger && pending.operation.kind == Kind::Execute;
  // [TR-05] [DM-11]
  const coap::Header header{trigger ? coap::Type::Non : coap::Type::Con,
                            method_of(pending.operation), pending.message_id, pending.token};
  Writer writer(out);
  if (!pending.write(header, registry_.view(pending.device).root_path, szx_, writer)) {
    finish(now, number, Outcome::TooLarge, "the request does not fit into a datagram");
    return std::nullopt;
  }
  const Transmit sent{to, writer.size()};
  if (trigger) {
    finish(now, number, Outcome::Sent);
    return sent;
  }
  pending.datagram.assign(writer.written().begin(), writer.written().end());
  Duration left{
      std::clamp<std::int64_t>((pending.deadline - now).ms, 1, coap::Exchange::kLongestWait.ms)};
  if (pending.operation.hold) left = std::min(left, config_.operation_timeout);
  if (const Duration most = pending.operation.response_timeout; most.ms > 0) {
    left = std::min(left, most);
  }
  unindex(number);
  pending.exchange.start(now, header, config_.transmission, left, rng_);
  index(number);
  set_timer(number);
  return sent;
}

std::uint64_t DeviceRequests::exchange_hash(const SocketAddress& address,
                                            std::uint16_t message_id) const {
  return hash(address, seed_ + message_id * 0x9E3779B97F4A7C15ull);
}

void DeviceRequests::index(std::uint32_t number) {
  PendingOperation& pending = at(number);
  pending.sent_to = registry_.address(pending.device);
  in_flight_.insert(exchange_hash(pending.sent_to, pending.exchange.message_id()), number);
  pending.indexed = true;
}

void DeviceRequests::unindex(std::uint32_t number) {
  PendingOperation& pending = at(number);
  if (!pending.indexed) return;
  in_flight_.erase(exchange_hash(pending.sent_to, pending.exchange.message_id()), number);
  pending.indexed = false;
}

void DeviceRequests::set_timer(std::uint32_t number) {
  const PendingOperation& pending = at(number);
  timers_.schedule(number, earlier(earlier(pending.exchange.next_timeout(), pending.retry_at),
                                   pending.deadline));
}

void DeviceRequests::on_timeout(Instant now) {
  while (events_.size() < config_.max_events) {
    const auto number = timers_.pop(now);
    if (!number) return;
    if (!live(*number)) continue;
    PendingOperation& pending = at(*number);
    if (pending.deadline <= now) {
      give_up_at_deadline(now, *number);
      continue;
    }
    switch (pending.exchange.on_timeout(now)) {
      case ExchangeAction::NoAck: not_acknowledged(now, *number); continue;
      case ExchangeAction::NoResponse: finish(now, *number, Outcome::NoResponse); continue;
      case ExchangeAction::Retransmit: want_send(*number, Send::SameDatagram); break;
      case ExchangeAction::None:
        if (!pending.begun && pending.retry_at <= now) begin_next(now, pending.device);
        break;
    }
    set_timer(*number);
  }
}

bool DeviceRequests::cancel(Instant now, OperationId operation) {
  const std::uint32_t number = find(operation);
  if (number == kNone || at(number).origin != Origin::Application) return false;
  finish(now, number, Outcome::Cancelled);
  return true;
}

void DeviceRequests::release(std::uint32_t number) {
  unindex(number);
  timers_.cancel(number);
  const std::uint32_t observation = at(number).observation;
  if (observation != kNone && observations_[observation].operation == number) {
    observations_[observation].operation = kNone;
  }
  Entry& entry = entries_[number];
  entry.pending.reset();
  entry.next_free = free_;
  free_ = number;
  --size_;
}

void DeviceRequests::address_changed(Slot device) {
  const std::uint32_t number = registry_.operations(device);
  if (number == kNone || !at(number).indexed) return;
  // The same message goes to the new address: the device knows it if it had arrived.
  unindex(number);
  index(number);
  if (at(number).exchange.state() == ExchangeState::AwaitAck) {
    want_send(number, Send::SameDatagram);
  }
}

}  // namespace linnet::server
