// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the calling thread has used of a processor, user and system time together. Other load on
// the machine is not in it, but for what shared caches and a shared core cost.
#include <cstdint>
#include <ctime>

namespace linnet::scale {

[[nodiscard]] inline std::int64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[nodiscard]] inline double wall_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace linnet::scale
