// SPDX-License-Identifier: Apache-2.0
#include <client/notification_rules.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;
using lwm2m::DataType;

std::uint32_t period(const Attributes& attributes, Attribute attribute) {
  return attributes.integer(attribute).value_or(0);
}

/// One threshold is crossed when the two numbers lie on different sides of it.
bool crosses(std::optional<double> threshold, double before, double now, bool upper) {
  if (!threshold) return false;
  return upper ? (before > *threshold) != (now > *threshold)
               : (before < *threshold) != (now < *threshold);
}

bool is_numeric(DataType type) {
  return type == DataType::Integer || type == DataType::Unsigned || type == DataType::Float ||
         type == DataType::Time;
}

}  // namespace

Periods periods(const Attributes& attributes) {
  Periods p{period(attributes, Attribute::Pmin), period(attributes, Attribute::Pmax),
            period(attributes, Attribute::Epmin), period(attributes, Attribute::Epmax)};
  if (p.pmax < p.pmin) p.pmax = 0;      // [IR-03]
  if (p.epmax <= p.epmin) p.epmax = 0;  // [IR-06]
  return p;
}

std::optional<double> watched_number(const lwm2m::Value& value) {
  if (value.type() == DataType::Boolean) return value.as_boolean() ? 1.0 : 0.0;
  if (value.is_numeric()) return value.number();
  return std::nullopt;
}

bool change_matters(const Attributes& attributes, const Watch& watch, DataType type,
                    double number) {
  if (type == DataType::Boolean) {
    // [IR-07]
    const auto edge = attributes.integer(Attribute::Edge);
    if (edge) return watch.evaluated != number && (number != 0) == (*edge != 0);
  } else if (is_numeric(type) && lwm2m::consistent(attributes)) {  // [IR-11]
    const auto gt = attributes.real(Attribute::Gt);
    const auto lt = attributes.real(Attribute::Lt);
    const auto st = attributes.real(Attribute::St);
    if (gt || lt || st) {
      // [IR-04] [IR-05]
      const double step =
          number > watch.notified ? number - watch.notified : watch.notified - number;
      return crosses(gt, watch.evaluated, number, true) ||
             crosses(lt, watch.evaluated, number, false) || (st && step >= *st);
    }
  }
  return watch.evaluated != number;
}

Outlook look_at(const Attributes& attributes, Watch& watch, const lwm2m::Value& value,
                Instant notified_at, Instant now) {
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
    if (const auto number = watched_number(value)) {
      if (change_matters(attributes, watch, value.type(), *number)) watch.met = true;
      watch.evaluated = *number;
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
  const double number = watched_number(value).value_or(0);
  watch = {number, number, now, false, false};
}

}  // namespace linnet::client
