// SPDX-License-Identifier: Apache-2.0
// Pins when a notification is due for every notification attribute: a table of changes, and the
// periods one millisecond before and at their end.
#include <gtest/gtest.h>

#include <limits>

#include <client/notification_rules.hpp>
#include <requirement.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;
using lwm2m::DataType;
using lwm2m::Value;

struct Set {
  Attribute attribute;
  double value;
};

Attributes with(std::initializer_list<Set> sets) {
  Attributes attributes;
  for (const Set& set : sets) attributes.set(set.attribute, set.value);
  return attributes;
}

struct ChangeCase {
  const char* name;
  Attributes attributes;
  DataType type;
  double notified;
  double evaluated;
  double now;
  bool matters;
};

constexpr Attribute gt = Attribute::Gt;
constexpr Attribute lt = Attribute::Lt;
constexpr Attribute st = Attribute::St;
constexpr Attribute edge = Attribute::Edge;
const double nan = std::numeric_limits<double>::quiet_NaN();

const ChangeCase kChanges[] = {
    {"any change", {}, DataType::Integer, 1, 1, 2, true},
    {"no change", {}, DataType::Integer, 1, 1, 1, false},
    {"gt upwards", with({{gt, 10}}), DataType::Float, 9, 9, 10.5, true},
    {"gt reached but not crossed", with({{gt, 10}}), DataType::Float, 9, 9, 10, false},
    {"gt downwards", with({{gt, 10}}), DataType::Float, 11, 11, 9, true},
    {"gt downwards to the threshold", with({{gt, 10}}), DataType::Float, 11, 11, 10, true},
    {"gt stays above", with({{gt, 10}}), DataType::Float, 11, 11, 50, false},
    {"gt stays below", with({{gt, 10}}), DataType::Float, 1, 1, 9, false},
    {"gt crossed since the last look", with({{gt, 10}}), DataType::Float, 11, 9, 12, true},
    {"lt downwards", with({{lt, 10}}), DataType::Integer, 11, 11, 9, true},
    {"lt reached but not crossed", with({{lt, 10}}), DataType::Integer, 11, 11, 10, false},
    {"lt upwards", with({{lt, 10}}), DataType::Integer, 9, 9, 11, true},
    {"lt stays below", with({{lt, 10}}), DataType::Integer, 9, 9, 1, false},
    {"st reached upwards", with({{st, 5}}), DataType::Integer, 10, 14, 15, true},
    {"st reached downwards", with({{st, 5}}), DataType::Integer, 10, 10, 5, true},
    {"st not reached", with({{st, 5}}), DataType::Float, 10, 10, 14.9, false},
    {"st counts from the last notification", with({{st, 5}}), DataType::Integer, 10, 14, 9, false},
    {"gt or st: st", with({{gt, 100}, {st, 5}}), DataType::Integer, 10, 10, 15, true},
    {"gt or st: gt", with({{gt, 12}, {st, 5}}), DataType::Integer, 10, 10, 13, true},
    {"gt, lt, st: none", with({{gt, 20}, {lt, 1}, {st, 5}}), DataType::Integer, 10, 10, 14, false},
    {"lt >= gt is not applied", with({{gt, 10}, {lt, 10}}), DataType::Integer, 1, 1, 2, true},
    {"lt + 2 st >= gt is not applied", with({{gt, 20}, {lt, 10}, {st, 5}}), DataType::Integer, 1, 1,
     2, true},
    {"time", with({{gt, 10}}), DataType::Time, 9, 9, 11, true},
    {"unsigned", with({{st, 2}}), DataType::Unsigned, 9, 9, 10, false},
    {"rising edge rises", with({{edge, 1}}), DataType::Boolean, 0, 0, 1, true},
    {"rising edge falls", with({{edge, 1}}), DataType::Boolean, 1, 1, 0, false},
    {"falling edge falls", with({{edge, 0}}), DataType::Boolean, 1, 1, 0, true},
    {"falling edge rises", with({{edge, 0}}), DataType::Boolean, 0, 0, 1, false},
    {"edge without change", with({{edge, 1}}), DataType::Boolean, 0, 1, 1, false},
    {"edge says nothing about numbers", with({{edge, 1}}), DataType::Integer, 5, 5, 6, true},
    {"gt says nothing about booleans", with({{gt, 5}}), DataType::Boolean, 0, 0, 1, true},
    {"to NaN", {}, DataType::Float, 1, 1, nan, true},
};

Value value_of(DataType type, double number) {
  switch (type) {
    case DataType::Float: return Value::floating(number);
    case DataType::Unsigned: return Value::unsigned_integer(static_cast<std::uint64_t>(number));
    case DataType::Time: return Value::time(static_cast<std::int64_t>(number));
    case DataType::Boolean: return Value::boolean(number != 0);
    default: return Value::integer(static_cast<std::int64_t>(number));
  }
}

TEST(NotificationRules, ChangesThatMatter) {
  LINNET_REQ("IR-04");
  LINNET_REQ("IR-05");
  LINNET_REQ("IR-07");
  LINNET_REQ("IR-10");
  LINNET_REQ("IR-11");
  for (const ChangeCase& c : kChanges) {
    Watch watch;
    watch.notified = value_of(c.type, c.notified).bits();
    watch.evaluated = value_of(c.type, c.evaluated).bits();
    EXPECT_EQ(change_matters(c.attributes, watch, value_of(c.type, c.now), &kChangeConditions),
              c.matters)
        << c.name;
  }
}

TEST(NotificationRules, WithoutConditionsEveryDifferenceMatters) {
  LINNET_REQ("IR-10");
  for (const ChangeCase& c : kChanges) {
    Watch watch;
    watch.evaluated = value_of(c.type, c.evaluated).bits();
    const Value now = value_of(c.type, c.now);
    EXPECT_EQ(change_matters(c.attributes, watch, now, nullptr), watch.evaluated != now.bits())
        << c.name;
  }
}

constexpr Attribute pmin = Attribute::Pmin;
constexpr Attribute pmax = Attribute::Pmax;
constexpr Attribute epmin = Attribute::Epmin;
constexpr Attribute epmax = Attribute::Epmax;

TEST(NotificationRules, NonsensePeriodsDoNotCount) {
  LINNET_REQ("IR-02");
  LINNET_REQ("IR-03");
  EXPECT_EQ(periods(with({{pmax, 0}})).pmax, 0u);
  EXPECT_EQ(periods(with({{pmin, 10}, {pmax, 9}})).pmax, 0u);
  EXPECT_EQ(periods(with({{pmin, 10}, {pmax, 10}})).pmax, 10u);
  EXPECT_EQ(periods(with({{pmin, 10}, {pmax, 9}})).pmin, 10u);
  EXPECT_EQ(periods(with({{epmin, 10}, {epmax, 10}})).epmax, 0u);
  EXPECT_EQ(periods(with({{epmax, 0}})).epmax, 0u);
  EXPECT_EQ(periods(with({{epmin, 10}, {epmax, 11}})).epmax, 11u);
  EXPECT_EQ(periods({}).pmin, 0u);
}

/// A node whose value is set by the test.
struct Node {
  Attributes attributes;
  Instant notified_at{100'000};
  Watch watch{};
  double value = 1;

  explicit Node(const Attributes& a) : attributes(a) {
    restart(watch, Value::floating(value), notified_at);
  }
  void change(double to) {
    value = to;
    watch.changed = true;
  }
  /// Looks `ms` after the last notification.
  bool due_after(std::int64_t ms) {
    const Outlook outlook = look_at(attributes, watch, Value::floating(value), notified_at,
                                    notified_at + milliseconds(ms), &kChangeConditions);
    next = outlook.next.is_never() ? -1 : (outlook.next - notified_at).ms;
    return outlook.due;
  }
  std::int64_t next = -1;  // as the last look said
};

TEST(NotificationRules, AChangeIsDueAtOnceWithoutPeriods) {
  Node node({});
  EXPECT_FALSE(node.due_after(5));
  EXPECT_EQ(node.next, -1);
  node.change(2);
  EXPECT_TRUE(node.due_after(6));
}

TEST(NotificationRules, AChangeWaitsForPmin) {
  LINNET_REQ("IR-01");
  Node node(with({{pmin, 10}}));
  node.change(2);
  EXPECT_FALSE(node.due_after(1000));
  EXPECT_EQ(node.next, 10'000);
  EXPECT_FALSE(node.due_after(9'999));
  EXPECT_TRUE(node.due_after(10'000));
  // Even if the value is what it was by then: it did change.
  Node back(with({{pmin, 10}}));
  back.change(2);
  EXPECT_FALSE(back.due_after(1000));
  back.change(1);
  EXPECT_FALSE(back.due_after(9'999));
  EXPECT_TRUE(back.due_after(10'000));
}

TEST(NotificationRules, PmaxIsDueWithoutAnyChange) {
  LINNET_REQ("IR-02");
  Node node(with({{pmin, 10}, {pmax, 60}}));
  EXPECT_FALSE(node.due_after(59'999));
  EXPECT_EQ(node.next, 60'000);
  EXPECT_TRUE(node.due_after(60'000));
}

TEST(NotificationRules, ACrossingInsidePminIsKeptAndPmaxOverridesConditions) {
  LINNET_REQ("IR-10");
  Node node(with({{pmin, 10}, {pmax, 60}, {gt, 5}}));
  node.change(3);
  EXPECT_FALSE(node.due_after(20'000));
  EXPECT_TRUE(node.due_after(60'000));
  Node crossed(with({{pmin, 10}, {gt, 5}}));
  crossed.change(6);
  EXPECT_FALSE(crossed.due_after(1000));
  EXPECT_TRUE(crossed.due_after(10'000));
}

TEST(NotificationRules, EvaluationKeepsItsPeriods) {
  LINNET_REQ("IR-06");
  Node node(with({{epmin, 4}}));
  node.change(2);
  EXPECT_FALSE(node.due_after(3'999));
  EXPECT_EQ(node.next, 4'000);
  EXPECT_TRUE(node.due_after(4'000));
  // epmax looks without having been told of a change.
  Node polled(with({{epmax, 8}}));
  polled.value = 2;
  EXPECT_FALSE(polled.due_after(7'999));
  EXPECT_EQ(polled.next, 8'000);
  EXPECT_TRUE(polled.due_after(8'000));
  Node quiet(with({{epmax, 8}}));
  EXPECT_FALSE(quiet.due_after(8'000));
  EXPECT_EQ(quiet.next, 16'000);
}

TEST(NotificationRules, EverythingStartsAnewWithANotification) {
  LINNET_REQ("IR-12");
  Node node(with({{pmin, 10}, {st, 5}}));
  node.change(7);
  EXPECT_TRUE(node.due_after(10'000));
  node.notified_at = node.notified_at + seconds(10);
  restart(node.watch, Value::floating(7), node.notified_at);
  EXPECT_FALSE(node.due_after(0));
  EXPECT_EQ(node.next, -1);
  node.change(11);
  EXPECT_FALSE(node.due_after(20'000));  // 4 since the last notification
  node.change(12);
  EXPECT_TRUE(node.due_after(20'000));
}

TEST(NotificationRules, WhatHasNoNumberChangesWhenItIsSaidTo) {
  Attributes attributes;
  Watch watch;
  restart(watch, Value::string("a"), Instant{0});
  (void)look_at(attributes, watch, Value::string("b"), Instant{0}, Instant{5}, &kChangeConditions);
  EXPECT_FALSE(watch.met);
  watch.changed = true;
  EXPECT_TRUE(
      look_at(attributes, watch, Value::string("b"), Instant{0}, Instant{6}, &kChangeConditions)
          .due);
  EXPECT_TRUE(watch.met);
  restart(watch, Value::boolean(true), Instant{0});
  EXPECT_EQ(watch.evaluated, 1u);
  restart(watch, Value::string("1"), Instant{0});
  EXPECT_EQ(watch.evaluated, 0u);
}

}  // namespace
}  // namespace linnet::client
