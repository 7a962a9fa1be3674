// SPDX-License-Identifier: Apache-2.0
#include "fleet_series.hpp"

#include <algorithm>

namespace linnet::service {

void FleetSeries::turn(Instant now, const FleetCounters& counters) {
  // Most of a long silence is not worth writing down.
  const std::int64_t missed = (now - samples_.back().time).ms / kStep.ms;
  if (missed > static_cast<std::int64_t>(kSteps)) {
    const Instant from{samples_.back().time.ms +
                       (missed - static_cast<std::int64_t>(kSteps) - 1) * kStep.ms};
    samples_.assign(1, {from, latest_});
  }
  while (samples_.back().time + kStep <= now) {
    samples_.push_back({samples_.back().time + kStep, latest_});
    if (samples_.size() > kSteps + 1) samples_.pop_front();
  }
  latest_ = counters;
}

FleetSeries::Rates FleetSeries::between(const Sample& from, Instant to_time,
                                        const FleetCounters& to) {
  const double seconds = static_cast<double>((to_time - from.time).ms) / 1000.0;
  const auto rate = [&](std::uint64_t before, std::uint64_t after) {
    return seconds <= 0 ? 0.0 : static_cast<double>(after - before) / seconds;
  };
  const FleetCounters& a = from.counters;
  return {rate(a.registers, to.registers),         rate(a.updates, to.updates),
          rate(a.notifications, to.notifications), rate(a.operations, to.operations),
          rate(a.messages_in, to.messages_in),     rate(a.messages_out, to.messages_out)};
}

FleetSeries::Rates FleetSeries::rates(Instant now) const {
  const Sample* from = &samples_.back();
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample) {
    from = &*sample;
    if (now - from->time >= seconds(60)) break;
  }
  // A rate over less than a second says nothing.
  return between(*from, std::max(now, from->time + seconds(1)), latest_);
}

std::deque<FleetSeries::Point> FleetSeries::points(Instant now) {
  turn(now, latest_);
  std::deque<Point> out;
  for (std::size_t i = 1; i < samples_.size(); ++i) {
    const Sample& sample = samples_[i];
    out.push_back({sample.time, sample.counters.registered,
                   between(samples_[i - 1], sample.time, sample.counters)});
  }
  return out;
}

}  // namespace linnet::service
