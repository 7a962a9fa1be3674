// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order of notifications. Read RFC 7641 §3.4 and §4.4. Values; one thread at a time.
#include <cstdint>

#include <linnet/base/time.hpp>

namespace linnet::coap {

/// Observe in a request: 0 asks for notifications, 1 ends them.
inline constexpr std::uint32_t kObserveRegister = 0;
inline constexpr std::uint32_t kObserveCancel = 1;

/// Whether a notification is newer than the one before; for one observation.
class NotificationOrder {
 public:
  /// True if the notification with this Observe value, received `now`, is the freshest so far;
  /// it is then remembered. The first always is. Only the low 24 bits of `sequence` count.
  [[nodiscard]] bool accept(Instant now, std::uint32_t sequence);

 private:
  Instant received_{};
  std::uint32_t sequence_ = kNone;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
};

/// The Observe values of what we notify: one generator serves any number of observations.
class ObserveSequence {
 public:
  constexpr explicit ObserveSequence(std::uint32_t last = 0) : last_(last & 0xFFFFFF) {}
  /// Strictly rising modulo 2^24.
  constexpr std::uint32_t next() { return last_ = (last_ + 1) & 0xFFFFFF; }
  /// To be kept over a restart, so that peers see later values as fresh.
  [[nodiscard]] constexpr std::uint32_t last() const { return last_; }

 private:
  std::uint32_t last_;
};

}  // namespace linnet::coap
