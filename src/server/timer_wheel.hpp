// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deadlines of many things named by small numbers: a hierarchical timing wheel of 8 levels with 64
// buckets, in milliseconds. Scheduling and cancelling are O(1) and 12 bytes a number.
//
// A far deadline is kept only to the precision of its bucket: `pop` may give a number early, never
// late. The owner knows the deadline: if it lies ahead, it schedules again, into a finer bucket.
// That also makes postponing free: leave the old entry, it comes up early.
#include <array>
#include <cstdint>
#include <optional>

#include <linnet/base/time.hpp>
#include "server/hash_index.hpp"
#include "server/slab.hpp"

namespace linnet::server {

class TimerWheel {
 public:
  TimerWheel();

  /// Sets or moves the deadline of `number`; one that is never() cancels.
  void schedule(std::uint32_t number, Instant deadline);
  void cancel(std::uint32_t number);
  [[nodiscard]] bool scheduled(std::uint32_t number) const;

  /// A number that is, or may be, due: it is no longer scheduled then.
  [[nodiscard]] std::optional<std::uint32_t> pop(Instant now);
  /// When `pop` has something to give; never if nothing is scheduled.
  [[nodiscard]] Instant next() const;

 private:
  static constexpr unsigned kLevels = 8;
  static constexpr unsigned kSlots = 64;
  static constexpr std::uint16_t kDue = kLevels * kSlots;
  static constexpr std::uint16_t kIdle = kDue + 1;
  static constexpr std::uint64_t kHorizon = (std::uint64_t{1} << (6 * kLevels)) - 1;

  struct Node {
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
    std::uint16_t bucket = kIdle;  // it was put into; its list may be the due one since
  };

  void link(std::uint32_t number, std::uint16_t bucket);
  void vacate(std::uint16_t bucket);
  /// The bucket to be emptied first, and its time.
  struct First {
    std::uint16_t bucket;
    std::uint64_t time;
  };
  [[nodiscard]] std::optional<First> first() const;

  Slab<Node> nodes_;
  std::array<std::uint32_t, kDue + 1> heads_;  // of the buckets, and of what is due
  std::array<std::uint64_t, kLevels> occupied_{};
  std::uint64_t current_ = 0;  // nothing is scheduled before it
};

}  // namespace linnet::server
