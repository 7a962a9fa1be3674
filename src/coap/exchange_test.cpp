// SPDX-License-Identifier: Apache-2.0
// Pins the transmission times of RFC 7252 §4.8 and the life of one message sent, to the
// millisecond.
#include <gtest/gtest.h>

#include <linnet/coap/exchange.hpp>
#include <requirement.hpp>

namespace linnet::coap {
namespace {

/// Draws what it was told to: 0 gives the shortest timeout, all ones the longest.
class FixedRng final : public Rng {
 public:
  explicit FixedRng(std::uint32_t value) : value_(value) {}
  std::uint32_t next() override { return value_; }

 private:
  std::uint32_t value_;
};

constexpr TransmissionParameters kDefaults;
const Token kToken = Token::from_number(0xABCD, 2);
const Header kCon{Type::Con, Code::Get, 100, kToken};
const Header kNon{Type::Non, Code::Get, 100, kToken};
constexpr Duration kWait = seconds(30);

Exchange started(const Header& header, Duration wait = kWait, std::uint32_t random = 0) {
  Exchange exchange;
  FixedRng rng(random);
  exchange.start(Instant{0}, header, kDefaults, wait, rng);
  return exchange;
}

TEST(TransmissionParameters, DeriveTheTimesOfTheStandard) {
  static_assert(kDefaults.max_transmit_span() == seconds(45));
  static_assert(kDefaults.max_transmit_wait() == seconds(93));
  static_assert(kDefaults.max_rtt() == seconds(202));
  static_assert(kDefaults.exchange_lifetime() == seconds(247));
  static_assert(kDefaults.non_lifetime() == seconds(145));
  TransmissionParameters slow;
  slow.ack_timeout = seconds(10);
  slow.max_retransmit = 2;
  EXPECT_EQ(slow.max_transmit_span(), seconds(45));
  EXPECT_EQ(slow.max_transmit_wait(), seconds(105));
  EXPECT_EQ(slow.exchange_lifetime(), seconds(45 + 200 + 10));
}

TEST(Exchange, RetransmitsWithDoublingTimeoutsAndThenGivesUp) {
  struct Case {
    std::uint32_t random;
    std::int64_t first;
  };
  for (const Case& c : {Case{0, 2000}, Case{0xFFFFFFFF, 3000}}) {
    Exchange exchange = started(kCon, kWait, c.random);
    std::int64_t at = 0;
    for (int sent = 0; sent <= 4; ++sent) {
      at += c.first << sent;
      EXPECT_EQ(exchange.next_timeout(), Instant{at});
      EXPECT_EQ(exchange.on_timeout(Instant{at - 1}), ExchangeAction::None);
      EXPECT_EQ(exchange.on_timeout(Instant{at}),
                sent < 4 ? ExchangeAction::Retransmit : ExchangeAction::NoAck);
    }
    EXPECT_EQ(at, c.first == 2000 ? 62'000 : 93'000);  // the latter is MAX_TRANSMIT_WAIT
    EXPECT_FALSE(exchange.active());
    EXPECT_TRUE(exchange.next_timeout().is_never());
    EXPECT_EQ(exchange.retransmissions(), 4);
    EXPECT_EQ(exchange.on_timeout(Instant{at + 1'000'000}), ExchangeAction::None);
  }
}

TEST(Exchange, FirstTimeoutIsAlwaysWithinItsBounds) {
  SeededRng rng(11);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 5000; ++i) {
    Exchange exchange;
    exchange.start(Instant{500}, kCon, kDefaults, kWait, rng);
    const Duration timeout = exchange.next_timeout() - Instant{500};
    ASSERT_GE(timeout, seconds(2)) << i;
    ASSERT_LE(timeout, seconds(3)) << i;
    low = low || timeout < milliseconds(2100);
    high = high || timeout > milliseconds(2900);
  }
  EXPECT_TRUE(low && high);
}

TEST(Exchange, ALateCallDoesNotSendABurst) {
  Exchange exchange = started(kCon);
  EXPECT_EQ(exchange.on_timeout(Instant{100'000}), ExchangeAction::Retransmit);
  EXPECT_EQ(exchange.next_timeout(), Instant{104'000});
}

TEST(Exchange, ZeroRetransmissionsIsOneTransmission) {
  TransmissionParameters once;
  once.max_retransmit = 0;
  Exchange exchange;
  FixedRng rng(0);
  exchange.start(Instant{0}, kCon, once, kWait, rng);
  EXPECT_EQ(exchange.on_timeout(Instant{1999}), ExchangeAction::None);
  EXPECT_EQ(exchange.on_timeout(Instant{2000}), ExchangeAction::NoAck);
}

TEST(Exchange, PiggybackedResponseNeedsMessageIdAndToken) {
  Exchange exchange = started(kCon);
  const Token other = Token::from_number(0xABCE, 2);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Content, 101, kToken}),
            ExchangeEvent::None);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Content, 100, other}),
            ExchangeEvent::None);
  EXPECT_TRUE(exchange.active());
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Content, 100, kToken}),
            ExchangeEvent::Response);
  EXPECT_FALSE(exchange.active());
  EXPECT_EQ(exchange.on_message(Instant{2}, {Type::Ack, Code::Content, 100, kToken}),
            ExchangeEvent::None);
}

TEST(Exchange, SeparateResponseIsAwaitedAfterTheAck) {
  Exchange exchange = started(kCon);
  EXPECT_EQ(exchange.on_message(Instant{700}, {Type::Ack, Code::Empty, 101, {}}),
            ExchangeEvent::None);
  EXPECT_EQ(exchange.on_message(Instant{700}, {Type::Ack, Code::Empty, 100, {}}),
            ExchangeEvent::Acknowledged);
  EXPECT_EQ(exchange.state(), ExchangeState::AwaitResponse);
  EXPECT_EQ(exchange.next_timeout(), Instant{30'700});
  // A second copy of the ACK does not prolong the wait.
  EXPECT_EQ(exchange.on_message(Instant{900}, {Type::Ack, Code::Empty, 100, {}}),
            ExchangeEvent::None);
  EXPECT_EQ(exchange.next_timeout(), Instant{30'700});
  Exchange silent = exchange;
  EXPECT_EQ(exchange.on_message(Instant{5000}, {Type::Con, Code::Content, 9, kToken}),
            ExchangeEvent::Response);

  EXPECT_EQ(silent.on_timeout(Instant{30'699}), ExchangeAction::None);
  EXPECT_EQ(silent.on_timeout(Instant{30'700}), ExchangeAction::NoResponse);
  EXPECT_FALSE(silent.active());
}

TEST(Exchange, ASeparateResponseIsAlsoTheAcknowledgement) {
  for (const Type type : {Type::Con, Type::Non}) {
    Exchange exchange = started(kCon);
    EXPECT_EQ(exchange.on_message(Instant{1}, {type, Code::Content, 5, {}}), ExchangeEvent::None);
    EXPECT_EQ(exchange.on_message(Instant{1}, {type, Code::Get, 5, kToken}), ExchangeEvent::None);
    EXPECT_EQ(exchange.on_message(Instant{1}, {type, Code::Content, 5, kToken}),
              ExchangeEvent::Response);
    EXPECT_TRUE(exchange.next_timeout().is_never());
  }
}

TEST(Exchange, ResetEndsItByMessageId) {
  Exchange exchange = started(kCon);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Rst, Code::Empty, 99, {}}), ExchangeEvent::None);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Rst, Code::Empty, 100, {}}),
            ExchangeEvent::Rejected);
  EXPECT_FALSE(exchange.active());
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Rst, Code::Empty, 100, {}}),
            ExchangeEvent::None);
  Exchange idle;
  EXPECT_EQ(idle.on_message(Instant{1}, {Type::Rst, Code::Empty, 0, {}}), ExchangeEvent::None);
}

TEST(Exchange, ConfirmableNotificationIsDeliveredByItsAck) {
  Exchange exchange = started({Type::Con, Code::Content, 100, kToken}, Duration{});
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Con, Code::Content, 4, kToken}),
            ExchangeEvent::None);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Empty, 100, {}}),
            ExchangeEvent::Delivered);
  EXPECT_FALSE(exchange.active());
}

TEST(Exchange, NonConfirmableIsNeverSentAgain) {
  Exchange exchange = started(kNon);
  EXPECT_EQ(exchange.next_timeout(), Instant{30'000});
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Empty, 100, {}}),
            ExchangeEvent::None);
  Exchange answered = exchange;
  EXPECT_EQ(answered.on_message(Instant{1}, {Type::Non, Code::Content, 3, kToken}),
            ExchangeEvent::Response);
  EXPECT_EQ(exchange.on_timeout(Instant{29'999}), ExchangeAction::None);
  EXPECT_EQ(exchange.on_timeout(Instant{30'000}), ExchangeAction::NoResponse);
}

TEST(Exchange, ResetOfANonConfirmableNotificationIsRecognised) {
  Exchange exchange = started({Type::Non, Code::Content, 100, kToken}, Duration{});
  EXPECT_FALSE(exchange.active());
  EXPECT_TRUE(exchange.next_timeout().is_never());
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Rst, Code::Empty, 101, {}}),
            ExchangeEvent::None);
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Rst, Code::Empty, 100, {}}),
            ExchangeEvent::Rejected);
}

TEST(Exchange, CancelledIsSilent) {
  Exchange exchange = started(kCon);
  exchange.cancel();
  EXPECT_TRUE(exchange.next_timeout().is_never());
  EXPECT_EQ(exchange.on_message(Instant{1}, {Type::Ack, Code::Content, 100, kToken}),
            ExchangeEvent::None);
}

}  // namespace
}  // namespace linnet::coap
