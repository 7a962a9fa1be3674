// SPDX-License-Identifier: Apache-2.0
// Pins the timer wheel: nothing is missed, nothing comes late, and who asks again is exact.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include <linnet/base/random.hpp>
#include "server/timer_wheel.hpp"

namespace linnet::server {
namespace {

/// Pops until nothing is due, scheduling again what came early; returns what is really due.
std::vector<std::uint32_t> due(TimerWheel& wheel, const std::map<std::uint32_t, Instant>& deadlines,
                               Instant now) {
  std::vector<std::uint32_t> found;
  while (const auto number = wheel.pop(now)) {
    const Instant deadline = deadlines.at(*number);
    if (deadline > now) {
      wheel.schedule(*number, deadline);
    } else {
      found.push_back(*number);
    }
  }
  return found;
}

TEST(TimerWheel, IsExactToTheMillisecondForAnyDistance) {
  for (const std::int64_t distance :
       {1ll, 63ll, 64ll, 65ll, 4095ll, 4096ll, 300'000ll, 86'400'000ll, 4'294'967'295'000ll}) {
    for (const std::int64_t start : {0ll, 7ll, 1'700'000'000'123ll}) {
      TimerWheel wheel;
      (void)wheel.pop({start});
      const std::map<std::uint32_t, Instant> deadlines{{5, Instant{start + distance}}};
      wheel.schedule(5, {start + distance});
      EXPECT_TRUE(due(wheel, deadlines, {start + distance - 1}).empty()) << distance;
      EXPECT_TRUE(wheel.scheduled(5));
      EXPECT_GT(wheel.next(), Instant{start + distance - 1});
      EXPECT_EQ(due(wheel, deadlines, {start + distance}).size(), 1u) << distance;
      EXPECT_FALSE(wheel.scheduled(5));
      EXPECT_TRUE(wheel.next().is_never());
    }
  }
}

TEST(TimerWheel, AgreesWithASortedListUnderRandomChanges) {
  SeededRng rng(11);
  TimerWheel wheel;
  std::map<std::uint32_t, Instant> deadlines;
  Instant now{123'456};
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t number = rng.below(300);
    switch (rng.below(4)) {
      case 0:
        wheel.cancel(number);
        deadlines.erase(number);
        break;
      case 1: now = now + milliseconds(rng.below(rng.below(10) == 0 ? 1u << 22 : 200)); break;
      default:
        deadlines[number] = now + milliseconds(rng.below(1u << rng.below(25)));
        wheel.schedule(number, deadlines[number]);
    }
    Instant earliest = Instant::never();
    for (const auto& [n, deadline] : deadlines) earliest = earlier(earliest, deadline);
    ASSERT_LE(wheel.next(), earliest) << "seed 11, " << step;
    for (const std::uint32_t fired : due(wheel, deadlines, now)) deadlines.erase(fired);
    for (const auto& [n, deadline] : deadlines) ASSERT_GT(deadline, now) << "seed 11, " << step;
  }
}

TEST(TimerWheel, WhatIsDueMayChangeBeforeItIsTaken) {
  SeededRng rng(12);
  TimerWheel wheel;
  std::map<std::uint32_t, Instant> deadlines;
  Instant now{77};
  for (int step = 0; step < 20000; ++step) {
    // Many numbers share few deadlines, so that buckets are long; only some of what is due is
    // taken.
    const std::uint32_t number = rng.below(200);
    switch (rng.below(6)) {
      case 0:
        wheel.cancel(number);
        deadlines.erase(number);
        break;
      case 1: now = now + milliseconds(rng.below(3000)); break;
      case 2:
        for (std::uint32_t left = rng.below(8); left != 0; --left) {
          const auto popped = wheel.pop(now);
          if (!popped) break;
          ASSERT_EQ(deadlines.count(*popped), 1u) << "seed 12, " << step;
          ASSERT_FALSE(wheel.scheduled(*popped)) << "seed 12, " << step;
          deadlines.erase(*popped);
        }
        break;
      default:
        deadlines[number] = Instant{(now.ms / 4096 + 1 + rng.below(2)) * 4096};
        wheel.schedule(number, deadlines[number]);
    }
    ASSERT_EQ(wheel.next().is_never(), deadlines.empty()) << "seed 12, " << step;
    ASSERT_EQ(wheel.scheduled(number), deadlines.count(number) == 1) << "seed 12, " << step;
  }
  now = now + seconds(100);
  while (const auto popped = wheel.pop(now)) ASSERT_EQ(deadlines.erase(*popped), 1u);
  EXPECT_TRUE(deadlines.empty());
  EXPECT_TRUE(wheel.next().is_never());
}

TEST(TimerWheel, TakesPastAndEndlessDeadlines) {
  TimerWheel wheel;
  (void)wheel.pop({1000});
  wheel.schedule(1, {10});
  EXPECT_EQ(wheel.pop({1000}), 1u);
  wheel.schedule(2, Instant::never());
  EXPECT_FALSE(wheel.scheduled(2));
  wheel.schedule(3, {std::int64_t{1} << 60});
  EXPECT_TRUE(wheel.scheduled(3));
  EXPECT_LT(wheel.next(), Instant::never());
}

}  // namespace
}  // namespace linnet::server
