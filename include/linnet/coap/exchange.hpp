// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reliability of one message we sent: when to send it again, when to give up, and which
// incoming messages belong to it. Read RFC 7252 §4.2, §4.3, §5.2, §5.3.2, Figure 8 ff.
// A plain value that keeps neither the message nor the peer: the table that holds it does, and
// compares the peer's address before it asks. One thread at a time.
#include <cstdint>

#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/transmission.hpp>

namespace linnet::coap {

enum class ExchangeState : std::uint8_t {
  Idle,           ///< never started, or over
  Sent,           ///< over: a NON that expects no response; a Reset to it is still recognised
  AwaitAck,       ///< a CON is under way
  AwaitResponse,  ///< acknowledged, or a NON: the response is to come
};

/// What `on_timeout` wants done.
enum class ExchangeAction : std::uint8_t {
  None,        ///< too early
  Retransmit,  ///< send the same bytes again
  NoAck,       ///< given up: the peer never acknowledged; the exchange is over
  NoResponse,  ///< given up: acknowledged (or NON) but never answered; the exchange is over
};

/// What an incoming message means to the exchange.
enum class ExchangeEvent : std::uint8_t {
  None,          ///< not for this exchange, or of no effect
  Acknowledged,  ///< stop sending; the response comes separately
  Delivered,     ///< acknowledged, and no response was expected: over
  Response,      ///< this is the response: over. A separate CON is to be acknowledged
  Rejected,      ///< the peer sent Reset: over
};

class Exchange {
 public:
  /// The longest `response_timeout`: 49 days.
  static constexpr Duration kLongestWait{0xFFFFFFFF};

  /// Sent just now with `header`. `response_timeout` counts from the acknowledgement (CON) or from
  /// `now` (NON); zero means that no response is expected (a notification, a separate response).
  /// A NON that expects none is over at once (`Sent`).
  /// REQUIRES: header.type is Con or Non; response_timeout at most kLongestWait.
  void start(Instant now, const Header& header, const TransmissionParameters& parameters,
             Duration response_timeout, Rng& rng);

  [[nodiscard]] ExchangeState state() const { return state_; }
  /// Whether something is awaited.
  [[nodiscard]] bool active() const { return state_ >= ExchangeState::AwaitAck; }
  [[nodiscard]] std::uint16_t message_id() const { return message_id_; }
  [[nodiscard]] const Token& token() const { return token_; }
  /// How often the message was sent again.
  [[nodiscard]] std::uint8_t retransmissions() const { return retransmissions_; }

  /// When `on_timeout` is due; never() when over.
  [[nodiscard]] Instant next_timeout() const { return active() ? deadline_ : Instant::never(); }
  /// The next timeout after a retransmission counts from `now`, so that a late call does not
  /// send a burst.
  [[nodiscard]] ExchangeAction on_timeout(Instant now);
  /// An ACK must carry our message id, and our token unless it is empty; a response by CON or NON
  /// our token (it is also the acknowledgement, RFC 7252 §5.2.2); a Reset our message id.
  [[nodiscard]] ExchangeEvent on_message(Instant now, const Header& header);
  void cancel() { state_ = ExchangeState::Idle; }

 private:
  [[nodiscard]] ExchangeEvent on_ack(Instant now, const Header& header);

  Instant deadline_ = Instant::never();
  std::uint32_t timeout_ms_ = 0;
  std::uint32_t response_timeout_ms_ = 0;
  std::uint16_t message_id_ = 0;
  Token token_;
  ExchangeState state_ = ExchangeState::Idle;
  std::uint8_t retransmissions_ = 0;
  std::uint8_t max_retransmit_ = 0;
};

}  // namespace linnet::coap
