// SPDX-License-Identifier: Apache-2.0
// Pins what a Value holds and when two are equal.
#include <linnet/lwm2m/value.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace linnet::lwm2m {
namespace {

TEST(Value, HoldsEachType) {
  const std::uint8_t bytes[] = {0, 1, 255};
  EXPECT_EQ(Value::string("x").as_string(), "x");
  EXPECT_EQ(Value::corelnk("</3>").as_string(), "</3>");
  EXPECT_TRUE(equal(Value::opaque(bytes).as_opaque(), bytes));
  EXPECT_EQ(Value::integer(INT64_MIN).as_integer(), INT64_MIN);
  EXPECT_EQ(Value::time(-1).as_integer(), -1);
  EXPECT_EQ(Value::unsigned_integer(UINT64_MAX).as_unsigned(), UINT64_MAX);
  EXPECT_EQ(Value::floating(0.1).as_float(), 0.1);
  EXPECT_TRUE(Value::boolean(true).as_boolean());
  EXPECT_EQ(Value::link({3, 0}).as_link(), (ObjectLink{3, 0}));
  EXPECT_TRUE(Value().empty());
}

TEST(Value, EqualsByTypeAndContent) {
  EXPECT_EQ(Value::integer(1), Value::integer(1));
  EXPECT_FALSE(Value::integer(1) == Value::integer(2));
  EXPECT_FALSE(Value::integer(1) == Value::time(1));
  EXPECT_FALSE(Value::integer(1) == Value::unsigned_integer(1));
  EXPECT_FALSE(Value::string("a") == Value::corelnk("a"));
  EXPECT_FALSE(Value::link({1, 2}) == Value::link({1, 3}));
  EXPECT_EQ(Value(), Value());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Value::floating(nan), Value::floating(nan));
  EXPECT_FALSE(Value::floating(0.0) == Value::floating(-0.0));
}

TEST(Value, NumbersAsDouble) {
  EXPECT_EQ(Value::integer(-5).number(), -5.0);
  EXPECT_EQ(Value::time(7).number(), 7.0);
  EXPECT_EQ(Value::unsigned_integer(UINT64_MAX).number(), 18446744073709551616.0);
  EXPECT_EQ(Value::floating(2.5).number(), 2.5);
  EXPECT_FALSE(Value::boolean(true).is_numeric());
  EXPECT_FALSE(Value::string("1").is_numeric());
}

TEST(Value, DescribesTypes) {
  EXPECT_STREQ(describe(DataType::Integer), "integer");
  EXPECT_STREQ(describe(DataType::Corelnk), "corelnk");
}

}  // namespace
}  // namespace linnet::lwm2m
