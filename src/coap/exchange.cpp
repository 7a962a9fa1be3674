// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/check.hpp>
#include <linnet/coap/exchange.hpp>

namespace linnet::coap {

// [TR-01] RFC 7252 §4.2: the first timeout is random between ACK_TIMEOUT and that times
// ACK_RANDOM_FACTOR, both included.
void Exchange::start(Instant now, const Header& header, const TransmissionParameters& parameters,
                     Duration response_timeout, Rng& rng) {
  LINNET_CHECK(header.type == Type::Con || header.type == Type::Non);
  LINNET_CHECK(response_timeout.ms >= 0 && response_timeout <= kLongestWait);
  message_id_ = header.message_id;
  token_ = header.token;
  retransmissions_ = 0;
  max_retransmit_ = parameters.max_retransmit;
  response_timeout_ms_ = static_cast<std::uint32_t>(response_timeout.ms);
  if (header.type == Type::Con) {
    const auto least = static_cast<std::uint32_t>(parameters.ack_timeout.ms);
    const std::uint32_t spread = least * (parameters.ack_random_percent - 100u) / 100;
    timeout_ms_ = least + rng.below(spread + 1);
    state_ = ExchangeState::AwaitAck;
    deadline_ = now + milliseconds(timeout_ms_);
  } else {
    state_ = response_timeout_ms_ == 0 ? ExchangeState::Sent : ExchangeState::AwaitResponse;
    deadline_ = now + response_timeout;
  }
}

ExchangeAction Exchange::on_timeout(Instant now) {
  if (!active() || now < deadline_) return ExchangeAction::None;
  if (state_ == ExchangeState::AwaitResponse) {
    state_ = ExchangeState::Idle;
    return ExchangeAction::NoResponse;
  }
  if (retransmissions_ == max_retransmit_) {
    state_ = ExchangeState::Idle;
    return ExchangeAction::NoAck;
  }
  ++retransmissions_;
  deadline_ = now + milliseconds(std::int64_t{timeout_ms_} << retransmissions_);
  return ExchangeAction::Retransmit;
}

ExchangeEvent Exchange::on_message(Instant now, const Header& header) {
  if (header.type == Type::Rst) {
    // Also in `Sent`: who rejects a NON notification has forgotten the observation
    // (RFC 7641 §3.6).
    if (state_ == ExchangeState::Idle || header.message_id != message_id_) {
      return ExchangeEvent::None;
    }
    state_ = ExchangeState::Idle;
    return ExchangeEvent::Rejected;
  }
  if (!active()) return ExchangeEvent::None;
  if (header.type == Type::Ack) return on_ack(now, header);
  if (!is_response(header.code) || header.token != token_ || response_timeout_ms_ == 0) {
    return ExchangeEvent::None;
  }
  state_ = ExchangeState::Idle;
  return ExchangeEvent::Response;
}

ExchangeEvent Exchange::on_ack(Instant now, const Header& header) {
  if (state_ != ExchangeState::AwaitAck || header.message_id != message_id_) {
    return ExchangeEvent::None;
  }
  if (header.code != Code::Empty) {
    if (header.token != token_ || response_timeout_ms_ == 0) return ExchangeEvent::None;
    state_ = ExchangeState::Idle;
    return ExchangeEvent::Response;
  }
  if (response_timeout_ms_ == 0) {
    state_ = ExchangeState::Idle;
    return ExchangeEvent::Delivered;
  }
  state_ = ExchangeState::AwaitResponse;
  deadline_ = now + milliseconds(response_timeout_ms_);
  return ExchangeEvent::Acknowledged;
}

}  // namespace linnet::coap
