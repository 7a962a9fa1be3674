// SPDX-License-Identifier: Apache-2.0
// Pins versions, the look-up of resources, and what a definition allows.
#include <linnet/lwm2m/definition.hpp>

#include <gtest/gtest.h>

#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

TEST(Version, Parses) {
  EXPECT_EQ(*Version::parse("1.0"), (Version{1, 0}));
  EXPECT_EQ(*Version::parse("1.1.1"), (Version{1, 1}));
  EXPECT_EQ(*Version::parse("255.255"), (Version{255, 255}));
  for (const char* text : {"", "1", "1.", ".1", "1.0.", "1.0.0.0", "256.0", "1.256", "1.0.256",
                           "a.b", "1.0 ", " 1.0", "-1.0", "1,0", "99999999999.0"}) {
    EXPECT_EQ(Version::parse(text).error(), Error::Malformed) << text;
  }
}

TEST(Version, Orders) {
  EXPECT_LT((Version{1, 2}), (Version{1, 10}));
  EXPECT_LT((Version{1, 10}), (Version{2, 0}));
}

TEST(Version, OfCoreObjectsFollowsTheEnabler) {
  LINNET_REQ("OV-05");
  struct {
    Id object;
    Version v10, v11, v12;
  } const rows[] = {
      {0, {1, 0}, {1, 1}, {1, 2}},    {1, {1, 0}, {1, 1}, {1, 2}}, {2, {1, 0}, {1, 0}, {1, 1}},
      {3, {1, 0}, {1, 1}, {1, 2}},    {4, {1, 0}, {1, 2}, {1, 3}}, {5, {1, 0}, {1, 0}, {1, 1}},
      {6, {1, 0}, {1, 0}, {1, 0}},    {7, {1, 0}, {1, 0}, {1, 0}}, {21, {1, 0}, {1, 0}, {1, 1}},
      {3303, {1, 0}, {1, 0}, {1, 0}}, {8, {1, 0}, {1, 0}, {1, 0}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(default_object_version(row.object, kEnabler10), row.v10) << row.object;
    EXPECT_EQ(default_object_version(row.object, kEnabler11), row.v11) << row.object;
    EXPECT_EQ(default_object_version(row.object, kEnabler12), row.v12) << row.object;
    EXPECT_EQ(default_object_version(row.object, Version{1, 9}), row.v12) << row.object;
  }
}

constexpr ResourceDefinition kResources[] = {
    {.id = 0, .type = DataType::String, .minimum = 1, .maximum = 3},
    {.id = 1, .type = DataType::Integer, .minimum = -5, .maximum = 5},
    {.id = 2, .type = DataType::Unsigned, .minimum = 0, .maximum = 9},
    {.id = 7, .type = DataType::Opaque, .minimum = 0, .maximum = 2},
    {.id = 9, .type = DataType::Integer},
    {.id = 300, .type = DataType::Unsigned},
    {.id = 301, .type = DataType::Time, .minimum = 0, .maximum = 10},
    {.id = 302, .type = DataType::Float, .minimum = 0, .maximum = 1},
};
constexpr ObjectDefinition kObject = {.id = 77, .version = {1, 0}, .resources = kResources};

TEST(ObjectDefinition, FindsResources) {
  for (const ResourceDefinition& resource : kResources) {
    EXPECT_EQ(kObject.find(resource.id), &resource);
  }
  for (const Id id : {Id{3}, Id{6}, Id{8}, Id{299}, Id{303}, kNoId}) {
    EXPECT_EQ(kObject.find(id), nullptr) << id;
  }
  EXPECT_EQ(ObjectDefinition{}.find(0), nullptr);
}

Error checked(Id resource, const Value& value) {
  return check(*kObject.find(resource), value).error();
}

TEST(ResourceDefinition, ChecksType) {
  LINNET_REQ("DM-12");
  EXPECT_EQ(checked(1, Value::string("1")), Error::Type);
  EXPECT_EQ(checked(1, Value::time(1)), Error::Type);
  EXPECT_EQ(checked(1, Value()), Error::Type);
  EXPECT_EQ(checked(1, Value::integer(1)), Error::Ok);
}

TEST(ResourceDefinition, ChecksBounds) {
  EXPECT_EQ(checked(1, Value::integer(-5)), Error::Ok);
  EXPECT_EQ(checked(1, Value::integer(-6)), Error::Range);
  EXPECT_EQ(checked(1, Value::integer(5)), Error::Ok);
  EXPECT_EQ(checked(1, Value::integer(6)), Error::Range);
  EXPECT_EQ(checked(2, Value::unsigned_integer(9)), Error::Ok);
  EXPECT_EQ(checked(2, Value::unsigned_integer(10)), Error::Range);
  EXPECT_EQ(checked(2, Value::unsigned_integer(UINT64_MAX)), Error::Range);
  EXPECT_EQ(checked(301, Value::time(11)), Error::Range);
  EXPECT_EQ(checked(0, Value::string("")), Error::Range);
  EXPECT_EQ(checked(0, Value::string("abc")), Error::Ok);
  EXPECT_EQ(checked(0, Value::string("abcd")), Error::Range);
  const std::uint8_t bytes[3] = {};
  EXPECT_EQ(checked(7, Value::opaque({bytes, 2})), Error::Ok);
  EXPECT_EQ(checked(7, Value::opaque({bytes, 3})), Error::Range);
}

TEST(ResourceDefinition, ChecksNoBoundsWhereThereAreNone) {
  EXPECT_EQ(checked(9, Value::integer(INT64_MIN)), Error::Ok);
  EXPECT_EQ(checked(9, Value::integer(INT64_MAX)), Error::Ok);
  EXPECT_EQ(checked(300, Value::unsigned_integer(UINT64_MAX)), Error::Ok);
  EXPECT_EQ(checked(302, Value::floating(99)), Error::Ok);
}

TEST(ResourceDefinition, ChecksUtf8) {
  LINNET_REQ("DT-01");
  EXPECT_EQ(checked(0, Value::string("\xc3\xa4")), Error::Ok);
  EXPECT_EQ(checked(0, Value::string("\xff")), Error::Range);
}

}  // namespace
}  // namespace linnet::lwm2m
