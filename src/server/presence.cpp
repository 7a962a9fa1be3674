// SPDX-License-Identifier: Apache-2.0
#include "server/presence.hpp"

#include <algorithm>

namespace linnet::server {

// [QM-03]
bool Presence::heard(Instant now, Slot device) {
  if (!registry_.watched(device)) return false;
  registry_.set_heard(now, device);
  if (!registry_.quiet(device)) return false;
  registry_.set_quiet(device, false);
  if (registry_.queue_mode(device)) {
    events_.push(Awake{registry_.id(device)});
    schedule(device);
  }
  return true;
}

void Presence::unanswered(Slot device, bool waits) {
  if (registry_.queue_mode(device)) {
    fall_asleep(device);
  } else if (waits) {
    registry_.set_quiet(device, true);
  }
}

bool Presence::sleep_due(Instant now, Slot device) const {
  return may_fall_asleep(device) && sleeps_at(device) <= now;
}

void Presence::fall_asleep(Slot device) {
  if (!may_fall_asleep(device)) return;
  registry_.set_quiet(device, true);
  events_.push(Sleeping{registry_.id(device)});
}

void Presence::restore(Instant now, Slot device) {
  registry_.set_quiet(device, sleep_due(now, device));
  // What is due already still waits for `on_timeout`: nothing ends while others are put back.
  schedule(device, now);
}

void Presence::schedule(Slot device, Instant not_before) {
  Instant next = registry_.expires(device);
  if (may_fall_asleep(device)) next = earlier(next, sleeps_at(device));
  lifetimes_.schedule(device, std::max(not_before, next));
}

}  // namespace linnet::server
