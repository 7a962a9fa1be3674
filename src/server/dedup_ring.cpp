// SPDX-License-Identifier: Apache-2.0
#include "server/dedup_ring.hpp"

#include <algorithm>
#include <bit>

namespace linnet::server {
namespace {

// Entry numbers wrap at a multiple of every ring size, and never reach kNone.
constexpr std::uint32_t kNumbers = 0x7FFFFFFF;

std::uint32_t to_seconds(Instant now) { return static_cast<std::uint32_t>(now.ms / 1000); }

}  // namespace

DedupRing::DedupRing(std::uint32_t max_entries, Duration lifetime, std::uint64_t seed)
    : chunks_(std::bit_ceil(std::clamp(max_entries, kChunk, 1u << 30) / kChunk + 1)),
      max_entries_(std::clamp(max_entries, 1u, 1u << 30)),
      lifetime_s_(static_cast<std::uint32_t>((lifetime.ms + 999) / 1000)),
      seed_(seed) {}

std::uint64_t DedupRing::key(const SocketAddress& from, std::uint16_t message_id) const {
  return hash(from, seed_ + message_id * 0x9E3779B97F4A7C15ull);
}

std::uint32_t DedupRing::age_of(Instant now, const Entry& entry) const {
  return to_seconds(now) - entry.received_s;
}

std::optional<KeptAnswer> DedupRing::find(Instant now, const SocketAddress& from,
                                          std::uint16_t message_id) const {
  const std::uint64_t wanted = key(from, message_id);
  const std::uint32_t within = reach(from);
  const std::uint32_t found = index_.find(wanted, [&](std::uint32_t number) {
    const Entry& entry = at(number);
    const std::uint32_t back = (first_ + count_ - number) & kNumbers;  // the newest: 1
    return entry.key == wanted && !entry.forgotten && back <= within &&
           age_of(now, entry) <= lifetime_s_;
  });
  if (found == kNone) return std::nullopt;
  return KeptAnswer{at(found).code, at(found).detail};
}

void DedupRing::forget(const SocketAddress& from, std::uint16_t message_id) {
  const std::uint64_t wanted = key(from, message_id);
  std::uint32_t found = kNone;
  const auto young = [&](std::uint32_t number) {
    return at(number).key == wanted && !at(number).forgotten;
  };
  while ((found = index_.find(wanted, young)) != kNone) at(found).forgotten = true;
}

std::uint32_t DedupRing::reach(const SocketAddress& from) const {
  if (renewed_.empty()) return count_;
  const auto renewal = renewed_.find(hash(from, seed_));
  return renewal == renewed_.end() ? count_ : (first_ + count_ - renewal->second) & kNumbers;
}

// [REG-20]
void DedupRing::renew(const SocketAddress& peer) {
  if (count_ == 0) return;
  const std::uint32_t next = (first_ + count_) & kNumbers;
  const std::uint64_t name = hash(peer, seed_);
  renewed_[name] = next;
  renewals_.emplace_back(next, name);
}

void DedupRing::drop_oldest() {
  // All that came before these is gone: they say nothing any more.
  while (!renewals_.empty() && renewals_.front().first == first_) {
    const auto [number, name] = renewals_.front();
    renewals_.pop_front();
    const auto renewal = renewed_.find(name);
    if (renewal != renewed_.end() && renewal->second == number) renewed_.erase(renewal);
  }
  index_.erase(at(first_).key, first_);
  auto& chunk = chunks_[first_ / kChunk % chunks_.size()];
  first_ = (first_ + 1) & kNumbers;
  --count_;
  if (first_ % kChunk == 0) spare_.push_back(std::move(chunk));
}

void DedupRing::add(Instant now, const SocketAddress& from, std::uint16_t message_id,
                    const KeptAnswer& answer) {
  while (count_ != 0 && (count_ >= max_entries_ || age_of(now, at(first_)) > lifetime_s_)) {
    drop_oldest();
  }
  const std::uint32_t number = (first_ + count_) & kNumbers;
  auto& chunk = chunks_[number / kChunk % chunks_.size()];
  if (chunk == nullptr && !spare_.empty()) {
    chunk = std::move(spare_.back());
    spare_.pop_back();
  } else if (chunk == nullptr) {
    chunk = std::make_unique<Entry[]>(kChunk);
  }
  const std::uint64_t entry_key = key(from, message_id);
  chunk[number % kChunk] = {entry_key, answer.detail, to_seconds(now), answer.code, false};
  index_.insert(entry_key, number);
  ++count_;
}

}  // namespace linnet::server
