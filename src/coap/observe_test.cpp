// SPDX-License-Identifier: Apache-2.0
// Pins which of two notifications is the newer one (RFC 7641 §3.4).
#include <gtest/gtest.h>

#include <linnet/coap/observe.hpp>

namespace linnet::coap {
namespace {

/// Whether `second`, received `gap_ms` after `first`, is fresh.
bool fresh(std::uint32_t first, std::uint32_t second, std::int64_t gap_ms) {
  NotificationOrder order;
  EXPECT_TRUE(order.accept(Instant{1000}, first));
  return order.accept(Instant{1000 + gap_ms}, second);
}

TEST(NotificationOrder, AheadByLessThanHalfTheCircleIsNewer) {
  EXPECT_TRUE(fresh(5, 6, 1));
  EXPECT_FALSE(fresh(6, 6, 1));
  EXPECT_FALSE(fresh(6, 5, 1));
  EXPECT_TRUE(fresh(0, 0x7FFFFF, 1));
  EXPECT_FALSE(fresh(0, 0x800000, 1));
  EXPECT_FALSE(fresh(0, 0x800001, 1));
}

TEST(NotificationOrder, WrapsAt24Bits) {
  EXPECT_TRUE(fresh(0xFFFFFF, 0, 1));
  EXPECT_TRUE(fresh(0xFFFFFF, 0x7FFFFE, 1));
  EXPECT_FALSE(fresh(0xFFFFFF, 0x7FFFFF, 1));
  EXPECT_FALSE(fresh(0, 0xFFFFFF, 1));
  EXPECT_TRUE(fresh(1, 0x01000002, 1));  // bits above 24 do not count
}

TEST(NotificationOrder, AfterMoreThan128SecondsAnythingIsNewer) {
  EXPECT_FALSE(fresh(6, 5, 128'000));
  EXPECT_TRUE(fresh(6, 5, 128'001));
  EXPECT_TRUE(fresh(6, 6, 128'001));
}

TEST(NotificationOrder, AStaleOneChangesNothing) {
  NotificationOrder order;
  EXPECT_TRUE(order.accept(Instant{0}, 10));
  EXPECT_FALSE(order.accept(Instant{100'000}, 9));
  EXPECT_FALSE(order.accept(Instant{128'000}, 9));
  EXPECT_TRUE(order.accept(Instant{128'001}, 9));  // counted from the last fresh one
  EXPECT_TRUE(order.accept(Instant{128'002}, 10));
}

TEST(ObserveSequence, IsAlwaysFresherThanBefore) {
  ObserveSequence sequence(0xFFFFFF - 3);
  NotificationOrder order;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(order.accept(Instant{0}, sequence.next())) << i;
  EXPECT_EQ(sequence.last(), 6u);
}

}  // namespace
}  // namespace linnet::coap
