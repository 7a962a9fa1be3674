// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happened in the last hour, ten seconds apart, from counters that only grow. It needs no
// timer: told in each turn how the counters stand, it knows that between turns nothing changed.
// Thread rule: one thread at a time.
#include <cstdint>
#include <deque>

#include <linnet/base/time.hpp>

namespace linnet::service {

struct FleetCounters {
  std::uint64_t registers = 0;
  std::uint64_t updates = 0;
  std::uint64_t notifications = 0;
  std::uint64_t operations = 0;  ///< that ended
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint32_t registered = 0;  ///< now
};

class FleetSeries {
 public:
  static constexpr Duration kStep = seconds(10);
  static constexpr std::size_t kSteps = 360;

  explicit FleetSeries(Instant start) : start_(start) { samples_.push_back({start, {}}); }

  /// The counters at the end of a turn.
  void turn(Instant now, const FleetCounters& counters);

  struct Rates {
    double registers = 0, updates = 0, notifications = 0, operations = 0;
    double messages_in = 0, messages_out = 0;
  };
  /// A second, over the last minute, or since the start.
  [[nodiscard]] Rates rates(Instant now) const;

  struct Point {
    Instant time;  ///< the end of the step
    std::uint32_t registered = 0;
    Rates rates{};
  };
  /// The steps that are over, oldest first.
  [[nodiscard]] std::deque<Point> points(Instant now);
  [[nodiscard]] Instant start() const { return start_; }

 private:
  struct Sample {
    Instant time;
    FleetCounters counters;
  };
  static Rates between(const Sample& from, Instant to_time, const FleetCounters& to);

  Instant start_;
  std::deque<Sample> samples_;  // the last one is not older than a step
  FleetCounters latest_;
};

}  // namespace linnet::service
