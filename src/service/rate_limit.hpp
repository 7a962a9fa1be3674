// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much of something may be done: token buckets for requests, and a growing wait for who signs
// in with the wrong password. Values; the owner locks.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>

namespace linnet::service {

/// One token bucket, as the time at which it is full again (GCRA).
class Bucket {
 public:
  /// Takes a token of a bucket that gets `per_second` and holds `burst`; otherwise says how long it
  /// is until there is one. `per_second` 0: no limit.
  [[nodiscard]] Duration take(Instant now, std::uint32_t per_second, std::uint32_t burst);
  [[nodiscard]] bool full(Instant now) const { return full_at_us_ <= now.ms * 1000; }

 private:
  std::int64_t full_at_us_ = INT64_MIN / 2;
};

/// Addresses, and the networks an IPv6 host can choose from at will, in constant memory: some share
/// a bucket.
class AddressBuckets {
 public:
  explicit AddressBuckets(std::uint64_t seed) : seed_(seed) {}
  [[nodiscard]] Duration take(Instant now, const SocketAddress& from, std::uint32_t per_second,
                              std::uint32_t burst);

 private:
  static constexpr std::size_t kBuckets = 1u << 14;
  std::uint64_t seed_;
  std::unique_ptr<std::array<Bucket, kBuckets>> buckets_ =
      std::make_unique<std::array<Bucket, kBuckets>>();
};

/// An IPv4 address, or the first 56 bits of an IPv6 one; port 0.
[[nodiscard]] SocketAddress network_of(SocketAddress address);

/// Attempts to sign in: a few are free, then each failure doubles the wait for the next. Whoever
/// goes on for one user, from wherever, is slowed down, and so is an address that tries many users.
/// An attempt counts as failed until it is known to be good, so that many at once gain nothing.
class SignInLimit {
 public:
  static constexpr int kFreeForUser = 5;
  static constexpr int kFreeForAddress = 20;
  static constexpr Duration kLongestForUser = seconds(60);
  static constexpr Duration kLongestForAddress = seconds(900);
  /// What was not tried for so long is forgotten.
  static constexpr Duration kMemory = seconds(3600);

  /// Takes an attempt; otherwise says how long it is until one is taken.
  [[nodiscard]] Duration begin(Instant now, const std::string& user, const SocketAddress& from);
  /// It was the right password.
  void succeeded(const std::string& user, const SocketAddress& from);

 private:
  struct Failures {
    int count = 0;
    Instant last{};
  };
  using Table = std::unordered_map<std::string, Failures>;
  static constexpr std::size_t kMost = 1u << 14;

  static Duration wait(Instant now, const Table& table, const std::string& key, int free,
                       Duration longest);
  static void count(Instant now, Table& table, const std::string& key);

  Table users_, addresses_;
};

}  // namespace linnet::service
