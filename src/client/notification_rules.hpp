// SPDX-License-Identifier: Apache-2.0
#pragma once
// When a notification is due: the conditions of the notification attributes, without any I/O.
// Read Core 1.2 §7.3.2 and §6.4.2; [IR-01]..[IR-13]. Pure functions on values; any thread.
#include <client/change_conditions.hpp>
#include <linnet/base/time.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

/// The periods that hold for `attributes`, in seconds; 0 stands for none. Nonsensical ones are as
/// good as absent [IR-02] [IR-03] [IR-06].
struct Periods {
  std::uint32_t pmin = 0;
  std::uint32_t pmax = 0;
  std::uint32_t epmin = 0;
  std::uint32_t epmax = 0;
};
[[nodiscard]] Periods periods(const lwm2m::Attributes& attributes);

/// Whether going from what `watch` holds to `now`, a number or boolean, is a change that matters:
/// that a condition is met, or, if none applies or there are none, any difference.
[[nodiscard]] bool change_matters(const lwm2m::Attributes& attributes, const Watch& watch,
                                  const lwm2m::Value& now, const ChangeConditions* conditions);

/// What a look at a node found.
struct Outlook {
  bool due = false;  ///< a notification is due [IR-10]
  /// When to look again if nothing changes until then.
  Instant next = Instant::never();
};

/// Looks at a node and, if it is time to, evaluates its conditions. `value` is its present value,
/// or empty if it has no single one; the last notification was sent at `notified_at`.
Outlook look_at(const lwm2m::Attributes& attributes, Watch& watch, const lwm2m::Value& value,
                Instant notified_at, Instant now, const ChangeConditions* conditions);

/// A notification with `value` was sent: every condition starts anew [IR-12].
void restart(Watch& watch, const lwm2m::Value& value, Instant now);

}  // namespace linnet::client
