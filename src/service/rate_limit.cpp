// SPDX-License-Identifier: Apache-2.0
#include "rate_limit.hpp"

#include <algorithm>

#include <linnet/posix/net_address.hpp>

namespace linnet::service {

Duration Bucket::take(Instant now, std::uint32_t per_second, std::uint32_t burst) {
  if (per_second == 0) return {};
  const std::int64_t now_us = now.ms * 1000;
  const std::int64_t interval = std::max<std::int64_t>(1, 1'000'000 / per_second);
  const std::int64_t tolerance = interval * (std::max<std::int64_t>(burst, 1) - 1);
  const std::int64_t early = full_at_us_ - now_us - tolerance;
  if (early > 0) return milliseconds((early + 999) / 1000);
  full_at_us_ = std::max(full_at_us_, now_us) + interval;
  return {};
}

SocketAddress network_of(SocketAddress address) {
  constexpr std::ptrdiff_t kNetworkBytes = 7;
  address.port = 0;
  if (!address.is_v4() && !address.is_loopback()) {
    std::fill(address.ip.begin() + kNetworkBytes, address.ip.end(), std::uint8_t{0});
  }
  return address;
}

Duration AddressBuckets::take(Instant now, const SocketAddress& from, std::uint32_t per_second,
                              std::uint32_t burst) {
  const std::uint64_t at = hash(network_of(from), seed_) % kBuckets;
  return (*buckets_)[at].take(now, per_second, burst);
}

Duration SignInLimit::wait(Instant now, const Table& table, const std::string& key, int free,
                           Duration longest) {
  const auto found = table.find(key);
  if (found == table.end() || now - found->second.last >= kMemory) return {};
  const int doublings = found->second.count - free;
  if (doublings < 0) return {};
  constexpr int kEnough = 20;
  const Duration pause =
      std::min(longest, seconds(std::int64_t{1} << std::min(doublings, kEnough)));
  return std::max(Duration{}, pause - (now - found->second.last));
}

void SignInLimit::count(Instant now, Table& table, const std::string& key) {
  if (table.size() >= kMost && !table.contains(key)) {
    std::erase_if(table, [&](const auto& entry) { return now - entry.second.last >= kMemory; });
    // So many within the hour: those with the fewest failures lose least.
    if (table.size() >= kMost) {
      std::erase_if(table, [](const auto& entry) { return entry.second.count <= 1; });
    }
    if (table.size() >= kMost) table.clear();
  }
  Failures& failures = table[key];
  if (now - failures.last >= kMemory) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

Duration SignInLimit::begin(Instant now, const std::string& user, const SocketAddress& from) {
  const std::string address = posix::to_string(network_of(from));
  const Duration pause =
      std::max(wait(now, users_, user, kFreeForUser, kLongestForUser),
               wait(now, addresses_, address, kFreeForAddress, kLongestForAddress));
  if (pause > Duration{}) return pause;
  count(now, users_, user);
  count(now, addresses_, address);
  return {};
}

void SignInLimit::succeeded(const std::string& user, const SocketAddress& from) {
  users_.erase(user);
  // The address keeps what it failed with others.
  const auto found = addresses_.find(posix::to_string(network_of(from)));
  if (found != addresses_.end() && found->second.count > 0) --found->second.count;
}

}  // namespace linnet::service
