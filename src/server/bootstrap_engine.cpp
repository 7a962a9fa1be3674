// SPDX-License-Identifier: Apache-2.0
#include "server/bootstrap_engine.hpp"

#include <algorithm>

namespace linnet::server {

using coap::Code;
using coap::Type;

BootstrapShard::Engine::Engine(const BootstrapShardConfig& config, Rng& rng,
                               BootstrapSource& source, const DefinitionSource* definitions)
    : config_(config),
      rng_(rng),
      source_(source),
      definitions_(definitions),
      seed_(std::uint64_t{rng.next()} << 32 | rng.next()),
      szx_(coap::szx_for(config.block_size)),
      dedup_(config.max_dedup_entries, config.transmission.exchange_lifetime(), seed_ + 1),
      replies_(static_cast<std::uint16_t>(rng.next())) {}

void BootstrapShard::Engine::receive(Instant now, const SocketAddress& from, ByteView datagram,
                                     std::string_view identity) {
  ++counters_.datagrams_in;
  // As a full socket buffer would: devices send again what matters.
  if (events_.size() >= config_.max_events ||
      replies_.size() + packs_.size() >= config_.max_replies) {
    ++counters_.dropped;
    return;
  }
  const auto message = replies_.open(from, datagram);
  if (!message) {
    if (message.error() != Error::Unsupported) ++counters_.malformed;
  } else if (message->code() == Code::Empty) {
    on_empty(now, from, message->header());
  } else if (coap::is_request(message->code())) {
    on_request(now, {from, *message, identity});
  } else {
    on_response(now, from, *message);
  }
}

void BootstrapShard::Engine::on_empty(Instant now, const SocketAddress& from,
                                      const coap::Header& header) {
  const std::uint32_t number = find(from);
  if (number == kNone) return;
  switch (at(number).request.exchange.on_message(now, header)) {
    case coap::ExchangeEvent::Acknowledged:
      at(number).heard = now;
      set_timer(number);
      break;
    case coap::ExchangeEvent::Rejected: try_again(now, number, Outcome::Rejected); break;
    default: break;
  }
}

void BootstrapShard::Engine::on_response(Instant now, const SocketAddress& from,
                                         const coap::MessageView& message) {
  const bool confirmable = message.type() == Type::Con;
  if (confirmable && answer_copy(now, from, message)) return;
  const std::uint32_t number = find(from);
  if (number == kNone) {
    if (confirmable) replies_.send_empty(from, Type::Rst, message.message_id());
    return;
  }
  if (confirmable) {
    dedup_.add(now, from, message.message_id(), {});
    replies_.send_empty(from, Type::Ack, message.message_id());
  }
  if (at(number).request.exchange.on_message(now, message.header()) ==
      coap::ExchangeEvent::Response) {
    at(number).heard = now;
    on_answer(now, number, message);
  }
}

// [TR-08]
bool BootstrapShard::Engine::answer_copy(Instant now, const SocketAddress& from,
                                         const coap::MessageView& message) {
  const auto kept = dedup_.find(now, from, message.message_id());
  if (!kept) return false;
  ++counters_.duplicates;
  if (message.type() != Type::Con) return true;
  if (kept->code == Code::Empty) {
    replies_.send_empty(from, Type::Ack, message.message_id());
  } else {
    replies_.respond(from, message, {kept->code, {}, {}, ""});
  }
  return true;
}

void BootstrapShard::Engine::on_request(Instant now, const Request& request) {
  if (answer_copy(now, request.from, request.message)) return;
  const auto answer = answer_request(now, request);
  if (!answer) return;
  if (!coap::is_success(answer->code)) {
    ++counters_.refused;
  } else if (request.message.code() != Code::Get) {
    dedup_.add(now, request.from, request.message.message_id(), {answer->code, 0});
  }
  replies_.respond(request.from, request.message, *answer);
}

std::optional<Transmit> BootstrapShard::Engine::poll_transmit(Instant now, MutableBytes out) {
  auto sent = replies_.poll_transmit(out);
  while (!sent && !packs_.empty()) {
    const PackReply pack = packs_.pop();
    if (pack.datagram.size() > out.size()) continue;
    std::ranges::copy(pack.datagram, out.begin());
    sent = Transmit{pack.to, pack.datagram.size()};
  }
  // Each request is an event too.
  while (!sent && !ready_.empty() && events_.size() < config_.max_events) {
    const std::uint32_t number = ready_.pop();
    // Whoever had this number may be gone; then nothing, or something else, wants to be sent.
    if (!live(number) || !at(number).in_ready) continue;
    at(number).in_ready = false;
    if (at(number).send != BootstrapSession::Send::Nothing) sent = transmit(now, number, out);
  }
  if (sent) ++counters_.datagrams_out;
  return sent;
}

std::optional<BootstrapEvent> BootstrapShard::Engine::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop();
}

BootstrapCounters BootstrapShard::Engine::counters() const {
  BootstrapCounters counters = counters_;
  counters.sessions = by_endpoint_.size();
  return counters;
}

}  // namespace linnet::server
