// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many first datagrams of handshakes a network may send: a token bucket for each /24 of IPv4 or
// /56 of IPv6, in a table of fixed size. Prefixes share buckets by a keyed hash, two for each, and
// pass as long as one of them has a token: a flood that fills the buckets of its own prefix hits
// another one only where both coincide. Allocates nothing after its construction but in `set_rate`.
#include <array>
#include <cstdint>
#include <memory>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>

namespace linnet::server {

class PrefixLimiter {
 public:
  /// `per_second` tokens each, at most `burst` saved up; 0 a second: no limit.
  PrefixLimiter(std::uint32_t per_second, std::uint32_t burst, std::uint64_t seed);

  /// Another rate from here on. Allocates if there was no limit before.
  void set_rate(std::uint32_t per_second, std::uint32_t burst);

  /// Takes a token; false if there is none. This machine itself (loopback) is not limited.
  [[nodiscard]] bool pass(Instant now, const SocketAddress& from);

 private:
  static constexpr std::uint32_t kBuckets = 1u << 13;

  std::int64_t interval_us_ = 0;
  std::int64_t tolerance_us_ = 0;
  std::uint64_t seed_;
  /// The time at which a bucket is full again (GCRA); two rows.
  std::unique_ptr<std::array<std::array<std::int64_t, kBuckets>, 2>> full_at_;
};

}  // namespace linnet::server
