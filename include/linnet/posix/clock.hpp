// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two clocks of the system. Safe to call from any thread.
#include <cstdint>

#include <linnet/base/time.hpp>

namespace linnet::posix {

/// CLOCK_BOOTTIME: monotonic, and it goes on while a device is suspended, so that a lifetime does
/// not stretch by a night's sleep.
[[nodiscard]] Instant monotonic_now();

/// Seconds since 1970-01-01 UTC, with fraction.
[[nodiscard]] double unix_now();

}  // namespace linnet::posix
