// SPDX-License-Identifier: Apache-2.0
#include <client/notification_rules.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;
using lwm2m::DataType;

/// Whether a value can be compared; of others only their owner knows that they changed.
bool is_watched(const lwm2m::Value& value) {
  return value.is_numeric() || value.type() == DataType::Boolean;
}

}  // namespace

Periods periods(const Attributes& attributes) {
  Periods p{
      attributes.integer_or_zero(Attribute::Pmin), attributes.integer_or_zero(Attribute::Pmax),
      attributes.integer_or_zero(Attribute::Epmin), attributes.integer_or_zero(Attribute::Epmax)};
  if (p.pmax < p.pmin) p.pmax = 0;      // [IR-03]
  if (p.epmax <= p.epmin) p.epmax = 0;  // [IR-06]
  return p;
}

bool change_matters(const Attributes& attributes, const Watch& watch, const lwm2m::Value& now,
                    const ChangeConditions* conditions) {
  if (conditions != nullptr) {
    if (const auto met = conditions->met(attributes, watch, now)) return *met;
  }
  return watch.evaluated != now.bits();
}

Outlook look_at(const Attributes& attributes, Watch& watch, const lwm2m::Value& value,
                Instant notified_at, Instant now, const ChangeConditions* conditions) {
  const Periods p = periods(attributes);
  Outlook outlook;
  // Whether the end of a period has come; otherwise it is when to look again.
  const auto over = [&](Instant since, std::uint32_t period) {
    const Instant end = since + seconds(period);
    if (end <= now) return true;
    outlook.next = earlier(outlook.next, end);
    return false;
  };
  if ((watch.changed && over(watch.evaluated_at, p.epmin)) ||
      (p.epmax != 0 && over(watch.evaluated_at, p.epmax))) {
    if (is_watched(value)) {
      if (change_matters(attributes, watch, value, conditions)) watch.met = true;
      watch.evaluated = value.bits();
    } else if (watch.changed) {
      watch.met = true;
    }
    watch.evaluated_at = now;
    watch.changed = false;
    if (p.epmax != 0) (void)over(now, p.epmax);
  }
  outlook.due =
      (watch.met && over(notified_at, p.pmin)) || (p.pmax != 0 && over(notified_at, p.pmax));
  return outlook;
}

void restart(Watch& watch, const lwm2m::Value& value, Instant now) {
  const std::uint64_t bits = is_watched(value) ? value.bits() : 0;
  watch = {bits, bits, now, false, false};
}

}  // namespace linnet::client
