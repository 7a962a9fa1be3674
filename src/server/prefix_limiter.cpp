// SPDX-License-Identifier: Apache-2.0
#include "server/prefix_limiter.hpp"

#include <algorithm>
#include <limits>

namespace linnet::server {
namespace {

SocketAddress prefix_of(SocketAddress address) {
  address.port = 0;
  const std::size_t kept = address.is_v4() ? 15 : 7;  // ::ffff:a.b.c, or 56 bits
  std::fill(address.ip.begin() + static_cast<std::ptrdiff_t>(kept), address.ip.end(),
            std::uint8_t{0});
  return address;
}

}  // namespace

PrefixLimiter::PrefixLimiter(std::uint32_t per_second, std::uint32_t burst, std::uint64_t seed)
    : seed_(seed) {
  set_rate(per_second, burst);
}

void PrefixLimiter::set_rate(std::uint32_t per_second, std::uint32_t burst) {
  if (per_second == 0) {
    full_at_.reset();
    return;
  }
  interval_us_ = std::max<std::int64_t>(1, 1'000'000 / per_second);
  tolerance_us_ = interval_us_ * (std::max<std::int64_t>(burst, 1) - 1);
  if (full_at_) return;
  full_at_ = std::make_unique<std::array<std::array<std::int64_t, kBuckets>, 2>>();
  // The clock may start anywhere: at first all are full.
  for (auto& row : *full_at_) row.fill(std::numeric_limits<std::int64_t>::min() / 2);
}

bool PrefixLimiter::pass(Instant now, const SocketAddress& from) {
  if (!full_at_ || from.is_loopback()) return true;
  const std::uint64_t h = hash(prefix_of(from), seed_);
  const std::int64_t now_us = now.ms * 1000;
  bool passed = false;
  for (std::size_t row = 0; row < 2; ++row) {
    std::int64_t& full_at = (*full_at_)[row][(h >> (32 * row)) % kBuckets];
    if (full_at - now_us > tolerance_us_) continue;
    full_at = std::max(full_at, now_us) + interval_us_;
    passed = true;
  }
  return passed;
}

}  // namespace linnet::server
