// SPDX-License-Identifier: Apache-2.0
#include <client/notification_rules.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;
using lwm2m::DataType;

std::optional<Duration> period(const Attributes& attributes, Attribute attribute) {
  const auto value = attributes.integer(attribute);
  if (!value) return std::nullopt;
  return seconds(*value);
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

bool may_look(const Periods& p, const Watch& watch, Instant now) {
  if (watch.changed && now >= watch.evaluated_at + p.epmin) return true;
  return p.epmax && now >= watch.evaluated_at + *p.epmax;
}

}  // namespace

Periods periods(const Attributes& attributes) {
  Periods p;
  p.pmin = period(attributes, Attribute::Pmin).value_or(Duration{});
  p.pmax = period(attributes, Attribute::Pmax);
  // [IR-02] [IR-03]
  if (p.pmax && (p.pmax->ms == 0 || *p.pmax < p.pmin)) p.pmax.reset();
  p.epmin = period(attributes, Attribute::Epmin).value_or(Duration{});
  p.epmax = period(attributes, Attribute::Epmax);
  // [IR-06]
  if (p.epmax && (p.epmax->ms == 0 || *p.epmax <= p.epmin)) p.epmax.reset();
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
      const double step = number > watch.notified ? number - watch.notified
                                                  : watch.notified - number;
      return crosses(gt, watch.evaluated, number, true) ||
             crosses(lt, watch.evaluated, number, false) || (st && step >= *st);
    }
  }
  return watch.evaluated != number;
}

void evaluate(const Attributes& attributes, Watch& watch, const lwm2m::Value& value, Instant now) {
  if (!may_look(periods(attributes), watch, now)) return;
  if (const auto number = watched_number(value)) {
    if (change_matters(attributes, watch, value.type(), *number)) watch.met = true;
    watch.evaluated = *number;
  } else if (watch.changed) {
    watch.met = true;
  }
  watch.evaluated_at = now;
  watch.changed = false;
}

bool is_due(const Attributes& attributes, const Watch& watch, Instant notified_at, Instant now) {
  const Periods p = periods(attributes);
  return (watch.met && now >= notified_at + p.pmin) || (p.pmax && now >= notified_at + *p.pmax);
}

Instant next_look(const Attributes& attributes, const Watch& watch, Instant notified_at) {
  const Periods p = periods(attributes);
  Instant next = Instant::never();
  if (watch.changed) next = earlier(next, watch.evaluated_at + p.epmin);
  if (watch.met) next = earlier(next, notified_at + p.pmin);
  if (p.epmax) next = earlier(next, watch.evaluated_at + *p.epmax);
  if (p.pmax) next = earlier(next, notified_at + *p.pmax);
  return next;
}

void restart(Watch& watch, const lwm2m::Value& value, Instant now) {
  const double number = watched_number(value).value_or(0);
  watch = {number, number, now, false, false};
}

}  // namespace linnet::client
