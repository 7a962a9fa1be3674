// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which devices with queue mode are awake, and until when (Transport 1.2 §6.5) [QM-03] [QM-05]: one
// is presumed asleep when nothing came from it for `ShardConfig::awake_for`, or a request went
// unanswered. Costs no timer of its own: the one of the lifetime fires early while a device is
// awake. Thread rule: that of the shard.
#include <linnet/server/shard.hpp>
#include "server/registry.hpp"
#include "server/ring_buffer.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

class Presence {
 public:
  /// All arguments outlive it.
  Presence(const ShardConfig& config, Registry& registry, TimerWheel& lifetimes,
           RingBuffer<Event>& events)
      : config_(config), registry_(registry), lifetimes_(lifetimes), events_(events) {}

  /// A message came from the device. True if nothing was expected of it before: what waits for it
  /// is to be started.
  [[nodiscard]] bool heard(Instant now, Slot device);
  /// A request went unanswered. `waits`: something will be sent again when the device shows up.
  void unanswered(Slot device, bool waits);
  /// Whether nothing came from it for so long that it is asleep; `fall_asleep` says so.
  [[nodiscard]] bool sleep_due(Instant now, Slot device) const;
  void fall_asleep(Slot device);
  /// Takes up a restored registration: what it is presumed to be, without an event.
  void restore(Instant now, Slot device);
  /// Sets the timer for what ends first: the registration, or the time it is awake.
  void schedule(Slot device, Instant not_before = {});

 private:
  [[nodiscard]] Instant sleeps_at(Slot device) const {
    return registry_.heard(device) + config_.awake_for;
  }
  [[nodiscard]] bool may_fall_asleep(Slot device) const {
    return registry_.queue_mode(device) && !registry_.quiet(device);
  }

  const ShardConfig& config_;
  Registry& registry_;
  TimerWheel& lifetimes_;
  RingBuffer<Event>& events_;
};

}  // namespace linnet::server
