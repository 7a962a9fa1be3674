// SPDX-License-Identifier: Apache-2.0
#pragma once
// The clock on the wall in the units that are stored. Any thread.
#include <cstdint>

#include <linnet/posix/clock.hpp>

namespace linnet::service {

[[nodiscard]] inline std::int64_t unix_seconds() {
  return static_cast<std::int64_t>(posix::unix_now());
}
[[nodiscard]] inline std::int64_t unix_ms() {
  return static_cast<std::int64_t>(posix::unix_now() * 1e3);
}
[[nodiscard]] inline std::int64_t unix_us() {
  return static_cast<std::int64_t>(posix::unix_now() * 1e6);
}

}  // namespace linnet::service
