// SPDX-License-Identifier: Apache-2.0
#pragma once
// Time as an argument. `Instant` is monotonic and has no epoch; engines never read a clock.
// Wall-clock time enters as Unix seconds, only where the standard needs dates.
#include <compare>
#include <cstdint>
#include <limits>

#include <linnet/base/compact.hpp>

namespace linnet {

/// A length of time in milliseconds; may be negative.
struct Duration {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ms - b.ms}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ms * n}; }
};

constexpr Duration milliseconds(std::int64_t n) { return {n}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000}; }

/// A point on the monotonic clock the application drives an engine with.
struct Instant {
  std::int64_t ms = 0;

  /// Later than every other instant: "no deadline".
  static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }
  [[nodiscard]] constexpr bool is_never() const { return *this == never(); }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  LINNET_COMPACT friend constexpr Instant operator+(Instant t, Duration d) {
    return t.is_never() ? t : Instant{t.ms + d.ms};
  }
  friend constexpr Instant operator-(Instant t, Duration d) {
    return t.is_never() ? t : Instant{t.ms - d.ms};
  }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

LINNET_COMPACT constexpr Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

}  // namespace linnet
