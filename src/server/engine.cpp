// SPDX-License-Identifier: Apache-2.0
#include "server/engine.hpp"

#include <algorithm>
#include <array>

namespace linnet::server {
namespace {

using coap::BlockOption;
using coap::BlockOutcome;
using coap::Code;
using coap::OptionNumber;
using coap::Type;

/// What a request may demand of this server; Observe and other elective options are ignored.
constexpr OptionNumber kUnderstood[] = {
    OptionNumber::UriHost, OptionNumber::UriPort, OptionNumber::UriPath, OptionNumber::UriQuery,
    OptionNumber::Accept,  OptionNumber::Block2,  OptionNumber::Block1};

constexpr const char* kResources =
    "</rd>;rt=\"core.rd\";ct=40,</dp>;rt=\"oma.lwm2m.dp\";ct=\"110 112 11544\"";

Answer plain(Code code, const char* text = "") { return {code, {}, {}, text}; }

std::uint64_t draw64(Rng& rng) {
  const std::uint64_t high = rng.next();
  return high << 32 | rng.next();
}

}  // namespace

Shard::Engine::Engine(const ShardConfig& config, Rng& rng, Authorizer* authorizer,
                      const DefinitionSource* definitions)
    : config_(config),
      rng_(rng),
      authorizer_(authorizer),
      definitions_(definitions),
      registry_(config.max_registrations, config.grace, rng, config.id_key),
      dedup_(config.max_dedup_entries, config.transmission.exchange_lifetime(), draw64(rng)),
      inbox_(config.max_block_transfers, config.max_request_bytes, coap::szx_for(config.block_size),
             config.transmission.exchange_lifetime(), draw64(rng)),
      replies_(static_cast<std::uint16_t>(rng.next())),
      presence_(config_, registry_, lifetimes_, events_),
      requests_(config_, registry_, presence_, rng, definitions, events_, counters_) {}

void Shard::Engine::receive(Instant now, const SocketAddress& from, ByteView datagram) {
  ++counters_.datagrams_in;
  // As a full socket buffer would: devices send again what matters.
  if (events_.size() >= config_.max_events || replies_.size() >= config_.max_replies) {
    ++counters_.dropped;
    return;
  }
  if (tap_ != nullptr) [[unlikely]]
    tap_in(now, from, datagram);
  const auto message = replies_.open(from, datagram);
  if (!message) {
    if (message.error() != Error::Unsupported) {
      ++counters_.malformed;
    } else {
      requests_.heard_from(now, from);
    }
  } else if (message->code() == Code::Empty) {
    if (!requests_.on_empty(now, from, message->header())) requests_.heard_from(now, from);
  } else if (coap::is_request(message->code())) {
    on_request(now, from, *message);
  } else {
    on_response(now, from, *message);
  }
}

void Shard::Engine::on_response(Instant now, const SocketAddress& from,
                                const coap::MessageView& message) {
  using Reaction = DeviceRequests::Reaction;
  if (message.type() == Type::Con && answer_copy(now, from, message)) return;
  switch (requests_.on_response(now, from, message)) {
    case Reaction::Nothing: break;
    case Reaction::AcknowledgeAndRemember:
      dedup_.add(now, from, message.message_id(), {});
      [[fallthrough]];
    case Reaction::Acknowledge: replies_.send_empty(from, Type::Ack, message.message_id()); break;
    case Reaction::Reset: replies_.send_empty(from, Type::Rst, message.message_id()); break;
  }
}

void Shard::Engine::on_request(Instant now, const SocketAddress& from,
                               const coap::MessageView& message) {
  // [TR-08] Copies of a refresh are known by its registration.
  const bool refresh = is_refresh(message);
  if (!refresh && answer_copy(now, from, message)) return;
  Request request{from, message, message.payload(), {}};
  Answer answer = answer_request(now, request);
  if (!request.attributed) requests_.heard_from(now, from);
  answer.block1 = request.block1;
  if (!coap::is_success(answer.code)) {
    ++counters_.refused;
  } else if (message.code() != Code::Get && !refresh) {
    dedup_.add(now, from, message.message_id(), {answer.code, answer.location.value});
  }
  answer.promises = !refresh && message.code() != Code::Get && coap::is_success(answer.code);
  replies_.respond(from, message, answer);
}

Shard::Engine::Route Shard::Engine::route(const coap::MessageView& message) {
  std::array<std::string_view, 2> segments;
  std::size_t count = 0;
  for (const coap::OptionView& option : message.options(OptionNumber::UriPath)) {
    // A trailing slash is an empty segment: the same resource to this server.
    if (option.value.empty() && count != 0) continue;
    if (count == segments.size()) return {};
    segments[count++] = option.text();
  }
  if (count == 1 && segments[0] == "rd") return {Target::Directory, {}};
  if (count == 2 && segments[0] == "rd") return {Target::Registration, segments[1]};
  if (count == 1 && segments[0] == "dp") return {Target::DataPush, {}};
  if (count == 2 && segments[0] == ".well-known" && segments[1] == "core") {
    return {Target::WellKnown, {}};
  }
  return {};
}

/// An Update that only says "I am here". A body-less POST elsewhere looks like one and is refused.
bool Shard::Engine::is_refresh(const coap::MessageView& message) {
  return message.code() == Code::Post && message.payload().empty() &&
         !message.has(OptionNumber::UriQuery) && !message.has(OptionNumber::Block1);
}

bool Shard::Engine::answer_copy(Instant now, const SocketAddress& from,
                                const coap::MessageView& message) {
  const auto kept = dedup_.find(now, from, message.message_id());
  if (!kept) return false;
  ++counters_.duplicates;
  requests_.heard_from(now, from);
  if (message.type() != Type::Con) return true;
  if (kept->code == Code::Empty) {
    replies_.send_empty(from, Type::Ack, message.message_id());
    return true;
  }
  Answer answer{kept->code, RegistrationId{kept->detail}, {}, "", true};
  const auto block = BlockOption::find(message, OptionNumber::Block1);
  if (block.ok() && block->has_value()) {
    answer.block1 = inbox_.answer_again(**block, kept->code == Code::Continue);
  }
  replies_.respond(from, message, answer);
  return true;
}

Answer Shard::Engine::answer_request(Instant now, Request& request) {
  const coap::MessageView& message = request.message;
  if (const auto unknown = message.first_unknown_critical(kUnderstood)) {
    const bool proxy = *unknown == OptionNumber::ProxyUri || *unknown == OptionNumber::ProxyScheme;
    return plain(proxy ? Code::ProxyingNotSupported : Code::BadOption);
  }
  const Route where = route(message);
  const Code method = message.code();
  switch (where.target) {
    case Target::Unknown: return plain(Code::NotFound);
    case Target::WellKnown: {
      if (method != Code::Get) return plain(Code::MethodNotAllowed);
      const auto accept = message.accept();
      if (accept && *accept != coap::ContentFormat::LinkFormat) return plain(Code::NotAcceptable);
      return plain(Code::Content, kResources);
    }
    case Target::Directory:
    case Target::DataPush:
      if (method != Code::Post) return plain(Code::MethodNotAllowed);
      break;
    case Target::Registration:
      if (method != Code::Post && method != Code::Delete) return plain(Code::MethodNotAllowed);
      break;
  }
  Slot slot = kNone;
  if (where.target == Target::Registration) {
    const auto id = parse_registration_id(where.registration);
    if (id) slot = registry_.find(*id);
    // [REG-40]
    if (slot == kNone) return plain(Code::NotFound);
    if (method == Code::Delete) return on_deregister(now, request, slot);
  }
  if (auto early = take_body(now, request)) return *early;
  if (where.target == Target::Directory) return on_register(now, request);
  if (where.target == Target::Registration) return on_update(now, request, slot);
  return on_send(now, request);
}

/// Puts the body of the request together, or says what the block it carries is answered with.
std::optional<Answer> Shard::Engine::take_body(Instant now, Request& request) {
  const auto block = BlockOption::find(request.message, OptionNumber::Block1);
  if (!block) return plain(Code::BadRequest, "Block1 is not usable");
  if (!block->has_value()) return std::nullopt;
  const BlockInbox::Taken taken = inbox_.accept(now, request.from, request.message, **block);
  request.block1 = taken.answer;
  if (taken.outcome != BlockOutcome::Complete) return plain(coap::response_code(taken.outcome));
  request.body = taken.body;
  return std::nullopt;
}

std::optional<Transmit> Shard::Engine::poll_transmit(Instant now, MutableBytes out) {
  auto sent = replies_.poll_transmit(out);
  if (!sent) sent = requests_.poll_transmit(now, out);
  if (!sent) return sent;
  ++counters_.datagrams_out;
  if (tap_ != nullptr) [[unlikely]]
    tap_out(now, sent->to, out.first(sent->size));
  return sent;
}

void Shard::Engine::drop_answers() {
  for (std::size_t left = replies_.size(); left != 0; --left) {
    Reply reply = replies_.pop();
    if (!reply.answer.promises) {
      replies_.put_back(std::move(reply));
      continue;
    }
    dedup_.forget(reply.to, reply.header.message_id);
    ++counters_.dropped;
  }
}

Instant Shard::Engine::next_timeout() const {
  return earlier(lifetimes_.next(), requests_.next_timeout());
}

void Shard::Engine::on_timeout(Instant now) {
  requests_.on_timeout(now);
  expire(now);
}

std::optional<Event> Shard::Engine::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop();
}

ShardCounters Shard::Engine::counters() const {
  ShardCounters counters = counters_;
  counters.registrations = registry_.size();
  counters.asleep = registry_.asleep();
  counters.awake = registry_.queue_devices() - counters.asleep;
  counters.observations = requests_.observations().size();
  counters.pending_operations = requests_.size();
  return counters;
}

}  // namespace linnet::server
