// SPDX-License-Identifier: Apache-2.0
#include "server/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace linnet::server {

TimerWheel::TimerWheel() { heads_.fill(kNone); }

bool TimerWheel::scheduled(std::uint32_t number) const {
  return number < nodes_.size() && nodes_[number].bucket != kIdle;
}

void TimerWheel::link(std::uint32_t number, std::uint16_t bucket) {
  Node& node = nodes_[number];
  node.bucket = bucket;
  node.previous = kNone;
  node.next = heads_[bucket];
  if (node.next != kNone) nodes_[node.next].previous = number;
  heads_[bucket] = number;
  occupied_[bucket / kSlots] |= std::uint64_t{1} << (bucket % kSlots);
}

void TimerWheel::vacate(std::uint16_t bucket) {
  occupied_[bucket / kSlots] &= ~(std::uint64_t{1} << (bucket % kSlots));
}

void TimerWheel::cancel(std::uint32_t number) {
  if (!scheduled(number)) return;
  Node& node = nodes_[number];
  if (node.previous != kNone) {
    nodes_[node.previous].next = node.next;
  } else if (heads_[node.bucket] == number) {
    heads_[node.bucket] = node.next;
    if (node.next == kNone) vacate(node.bucket);
  } else {
    heads_[kDue] = node.next;  // its list came from this bucket
  }
  if (node.next != kNone) nodes_[node.next].previous = node.previous;
  node.bucket = kIdle;
}

void TimerWheel::schedule(std::uint32_t number, Instant deadline) {
  cancel(number);
  if (deadline.is_never()) return;
  while (nodes_.size() <= number) nodes_.grow();
  const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(deadline.ms, 0));
  // Within the horizon all buckets of a level lie ahead of the current one.
  const std::uint64_t time = std::clamp(wanted, current_, current_ | kHorizon);
  // The level is that of the highest group of six bits in which the deadline differs from now.
  const std::uint64_t difference = (time ^ current_) | (kSlots - 1);
  const auto level = static_cast<unsigned>(std::bit_width(difference) - 1) / 6;
  const auto slot = static_cast<unsigned>(time >> (6 * level)) % kSlots;
  link(number, static_cast<std::uint16_t>(level * kSlots + slot));
}

std::optional<TimerWheel::First> TimerWheel::first() const {
  if (heads_[kDue] != kNone) return First{kDue, current_};
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    // Lower levels come before higher ones, and no bucket lies behind the current time.
    const auto slot = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    const unsigned shift = 6 * level;
    const std::uint64_t above = current_ >> shift >> 6 << 6;
    return First{static_cast<std::uint16_t>(level * kSlots + slot), (above | slot) << shift};
  }
  return std::nullopt;
}

Instant TimerWheel::next() const {
  const auto found = first();
  return found ? Instant{static_cast<std::int64_t>(found->time)} : Instant::never();
}

std::optional<std::uint32_t> TimerWheel::pop(Instant now) {
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0));
  const auto found = first();
  if (!found || found->time > time) {
    current_ = std::max(current_, time);
    return std::nullopt;
  }
  if (found->bucket != kDue) {
    // The whole bucket becomes due; its numbers are then scheduled relative to its time. The list
    // moves without being walked: it may be a million long.
    current_ = std::max(current_, found->time);
    heads_[kDue] = std::exchange(heads_[found->bucket], kNone);
    vacate(found->bucket);
  }
  const std::uint32_t number = heads_[kDue];
  cancel(number);
  return number;
}

}  // namespace linnet::server
