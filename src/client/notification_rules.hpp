// SPDX-License-Identifier: Apache-2.0
#pragma once
// When a notification is due: the conditions of the notification attributes, without any I/O.
// Read Core 1.2 §7.3.2 and §6.4.2; [IR-01]..[IR-13]. Pure functions on values; any thread.
#include <optional>

#include <linnet/base/time.hpp>
#include <linnet/client/engine_tables.hpp>
#include <linnet/lwm2m/attributes.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

/// The periods that hold for `attributes`; nonsensical ones are as good as absent [IR-02] [IR-03]
/// [IR-06].
struct Periods {
  Duration pmin{};
  std::optional<Duration> pmax;
  Duration epmin{};
  std::optional<Duration> epmax;
};
[[nodiscard]] Periods periods(const lwm2m::Attributes& attributes);

/// The value as conditions see it: a number, a boolean as 0 or 1, otherwise nothing.
[[nodiscard]] std::optional<double> watched_number(const lwm2m::Value& value);

/// Whether going from what `watch` holds to `number` is a change that matters. With gt, lt, st or
/// edge that apply: each counts, crossings in both directions. Without: any difference.
[[nodiscard]] bool change_matters(const lwm2m::Attributes& attributes, const Watch& watch,
                                  lwm2m::DataType type, double number);

/// Looks at the node if it is time to: `value` is its present value, or empty if it has no single
/// one. Afterwards `watch.met` says whether a change condition holds.
void evaluate(const lwm2m::Attributes& attributes, Watch& watch, const lwm2m::Value& value,
              Instant now);

/// Whether a notification is due, given when the last one was sent [IR-10].
[[nodiscard]] bool is_due(const lwm2m::Attributes& attributes, const Watch& watch,
                          Instant notified_at, Instant now);

/// When `evaluate` and `is_due` can next give another answer, if nothing changes until then;
/// never() without any period.
[[nodiscard]] Instant next_look(const lwm2m::Attributes& attributes, const Watch& watch,
                                Instant notified_at);

/// A notification with `value` was sent: every condition starts anew [IR-12].
void restart(Watch& watch, const lwm2m::Value& value, Instant now);

}  // namespace linnet::client
