// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "service/fleet_series.hpp"

namespace linnet::service {
namespace {

constexpr Instant kStart{1'000'000};

TEST(FleetSeries, RatesAreOfTheLastMinute) {
  FleetSeries series(kStart);
  FleetCounters counters;
  for (int second = 1; second <= 300; ++second) {
    counters.updates += second <= 200 ? 50 : 4;
    series.turn(kStart + seconds(second), counters);
  }
  EXPECT_NEAR(series.rates(kStart + seconds(300)).updates, 4, 0.3);
  EXPECT_NEAR(series.rates(kStart + seconds(300)).notifications, 0, 1e-9);
}

TEST(FleetSeries, RatesOfAYoungServerAreOfItsLife) {
  FleetSeries series(kStart);
  FleetCounters counters;
  counters.registers = 30;
  series.turn(kStart + seconds(3), counters);
  EXPECT_NEAR(series.rates(kStart + seconds(3)).registers, 10, 1e-9);
  EXPECT_NEAR(FleetSeries(kStart).rates(kStart).registers, 0, 1e-9);
}

TEST(FleetSeries, WhatHappensInAStepIsInItsPoint) {
  FleetSeries series(kStart);
  FleetCounters counters;
  counters.updates = 100;
  counters.registered = 7;
  series.turn(kStart + seconds(5), counters);
  counters.updates = 150;
  series.turn(kStart + seconds(12), counters);
  const auto points = series.points(kStart + seconds(25));
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].time, kStart + seconds(10));
  EXPECT_EQ(points[0].registered, 7u);
  EXPECT_NEAR(points[0].rates.updates, 10, 1e-9);
  EXPECT_NEAR(points[1].rates.updates, 5, 1e-9);
}

TEST(FleetSeries, ASilentServerHasFlatPointsAndNoMoreThanAnHour) {
  FleetSeries series(kStart);
  FleetCounters counters;
  counters.registered = 3;
  series.turn(kStart + seconds(1), counters);
  const Instant later = kStart + seconds(86400 + 7);
  const auto points = series.points(later);
  EXPECT_EQ(points.size(), FleetSeries::kSteps);
  EXPECT_EQ(points.back().time, kStart + seconds(86400));
  EXPECT_EQ(points.front().registered, 3u);
  EXPECT_NEAR(points.front().rates.updates, 0, 1e-9);
  EXPECT_NEAR(series.rates(later).updates, 0, 1e-9);
}

}  // namespace
}  // namespace linnet::service
