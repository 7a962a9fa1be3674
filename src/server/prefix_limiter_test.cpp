// SPDX-License-Identifier: Apache-2.0
// Pins that each network has its own limit, and that a flood from one leaves the others theirs.
#include "server/prefix_limiter.hpp"

#include <gtest/gtest.h>

namespace linnet::server {
namespace {

SocketAddress v4(std::uint8_t third, std::uint8_t fourth) {
  return SocketAddress::v4(198, 51, third, fourth, 1000);
}

SocketAddress v6(std::uint8_t seventh, std::uint8_t eighth) {
  SocketAddress address{{0x20, 0x01, 0x0d, 0xb8, 1, 2, seventh, eighth}, 1000};
  return address;
}

TEST(PrefixLimiter, ABurstThenTheRate) {
  PrefixLimiter limiter(10, 5, 1);
  Instant now{-5000};
  const auto passed = [&](int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter.pass(now, v4(1, static_cast<std::uint8_t>(i)));
    return count;
  };
  EXPECT_EQ(passed(100), 5);
  now = now + milliseconds(99);
  EXPECT_EQ(passed(100), 0);
  now = now + milliseconds(1);
  EXPECT_EQ(passed(100), 1);
  now = now + seconds(3600);
  EXPECT_EQ(passed(100), 5);
}

TEST(PrefixLimiter, PrefixesAre24Or56BitsLong) {
  PrefixLimiter limiter(1, 1, 1);
  const Instant now{0};
  EXPECT_TRUE(limiter.pass(now, v4(1, 1)));
  EXPECT_FALSE(limiter.pass(now, v4(1, 200)));
  EXPECT_TRUE(limiter.pass(now, v4(2, 1)));
  EXPECT_TRUE(limiter.pass(now, v6(1, 1)));
  EXPECT_FALSE(limiter.pass(now, v6(1, 200)));
  EXPECT_TRUE(limiter.pass(now, v6(2, 1)));
}

TEST(PrefixLimiter, AFloodFromOneNetworkLeavesTheOthersAlone) {
  PrefixLimiter limiter(10, 10, 1);
  Instant now{0};
  int refused = 0;
  for (int second = 0; second < 10; ++second, now = now + seconds(1)) {
    for (int i = 0; i < 10'000; ++i) (void)limiter.pass(now, v4(1, 1));
    for (int other = 2; other < 250; ++other) {
      refused += !limiter.pass(now, v4(static_cast<std::uint8_t>(other), 1));
    }
  }
  EXPECT_EQ(refused, 0);
}

TEST(PrefixLimiter, TheRateCanChange) {
  PrefixLimiter limiter(1, 2, 1);
  Instant now{0};
  const auto passed = [&](int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter.pass(now, v4(1, 1));
    return count;
  };
  EXPECT_EQ(passed(100), 2);
  limiter.set_rate(1000, 50);
  now = now + seconds(10);
  EXPECT_EQ(passed(100), 50);
  limiter.set_rate(0, 1);
  EXPECT_EQ(passed(100), 100);
  limiter.set_rate(1, 3);
  EXPECT_EQ(passed(100), 3);
}

TEST(PrefixLimiter, LoopbackAndZeroHaveNoLimit) {
  PrefixLimiter limiter(1, 1, 1);
  PrefixLimiter none(0, 0, 1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(limiter.pass(Instant{0}, SocketAddress::v4(127, 0, 0, 1, 1000)));
    EXPECT_TRUE(none.pass(Instant{0}, v4(1, 1)));
  }
}

}  // namespace
}  // namespace linnet::server
