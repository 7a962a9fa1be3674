// SPDX-License-Identifier: Apache-2.0
// Pins object URNs, the forms of RangeEnumeration we understand, and what codecs are given of them.
#include <gtest/gtest.h>

#include <limits>
#include <requirement.hpp>

#include <linnet/lwm2m/model/object_model.hpp>

namespace linnet::lwm2m {
namespace {

using Kind = ValueRange::Kind;
using Intervals = std::vector<ValueRange::Interval>;

TEST(ObjectUrn, ReadsOwnerIdentifierAndVersion) {
  LINNET_REQ("ID-05");
  const auto core = ObjectUrn::parse("urn:oma:lwm2m:oma:3:1.2");
  ASSERT_TRUE(core);
  EXPECT_EQ(*core, (ObjectUrn{ObjectUrn::Owner::Oma, 3, {1, 2}}));
  const auto ext = ObjectUrn::parse("urn:oma:lwm2m:ext:3303");
  ASSERT_TRUE(ext);
  EXPECT_EQ(*ext, (ObjectUrn{ObjectUrn::Owner::Ext, 3303, {1, 0}})) << "no version is 1.0";
  const auto x = ObjectUrn::parse("urn:oma:lwm2m:x:65534:2.10");
  ASSERT_TRUE(x);
  EXPECT_EQ(*x, (ObjectUrn{ObjectUrn::Owner::X, 65534, {2, 10}}));
}

TEST(ObjectUrn, WritesWhatItReads) {
  LINNET_REQ("ID-05");
  for (const char* text : {"urn:oma:lwm2m:oma:0", "urn:oma:lwm2m:oma:5:1.1",
                           "urn:oma:lwm2m:ext:3303:1.1", "urn:oma:lwm2m:x:10241:255.255"}) {
    const auto urn = ObjectUrn::parse(text);
    ASSERT_TRUE(urn) << text;
    EXPECT_EQ(format(*urn), text);
  }
}

TEST(ObjectUrn, RefusesOtherShapes) {
  const std::string good = "urn:oma:lwm2m:oma:3:1.2";
  for (std::size_t size = 0; size < good.size(); ++size) {
    const bool complete = good.substr(0, size) == "urn:oma:lwm2m:oma:3";
    EXPECT_EQ(ObjectUrn::parse(good.substr(0, size)).ok(), complete) << size;
  }
  for (const char* text :
       {"urn:oma:lwm2m:omb:3", "urn:oma:lwm2m:oma:03", "urn:oma:lwm2m:oma:-3",
        "urn:oma:lwm2m:oma:3x", "urn:oma:lwm2m:oma:3:", "urn:oma:lwm2m:oma:3:a.b",
        " urn:oma:lwm2m:oma:3", "urn:oma:lwm2m:oma:3:1.2:3"}) {
    EXPECT_EQ(ObjectUrn::parse(text).error(), Error::Malformed) << text;
  }
  EXPECT_EQ(ObjectUrn::parse("urn:oma:lwm2m:x:65535").error(), Error::Range);
  EXPECT_EQ(ObjectUrn::parse("urn:oma:lwm2m:x:65536").error(), Error::Range);
}

struct RangeCase {
  const char* text;
  DataType type;
  Kind kind;
  Intervals intervals;
};

TEST(ValueRange, ReadsTheFormsInUse) {
  const RangeCase cases[] = {
      {"", DataType::Integer, Kind::None, {}},
      {" \n", DataType::String, Kind::None, {}},
      {"0..255", DataType::Integer, Kind::Values, {{0, 255}}},
      {"0-50", DataType::Integer, Kind::Values, {{0, 50}}},
      {"1...15", DataType::Integer, Kind::Values, {{1, 15}}},
      {"-128..-3", DataType::Integer, Kind::Values, {{-128, -3}}},
      {"-100.0..100.5", DataType::Float, Kind::Values, {{-100, 100.5}}},
      {"0,1,2", DataType::Integer, Kind::Values, {{0, 0}, {1, 1}, {2, 2}}},
      {"0..3, 99", DataType::Unsigned, Kind::Values, {{0, 3}, {99, 99}}},
      {"0; 3.8..20.5", DataType::Float, Kind::Values, {{0, 0}, {3.8, 20.5}}},
      {"1: normal\n\t2: remote, 3: local",
       DataType::Integer,
       Kind::Values,
       {{1, 1}, {2, 2}, {3, 3}}},
      {"0..64 bytes", DataType::String, Kind::Lengths, {{0, 64}}},
      {"0..255", DataType::String, Kind::Lengths, {{0, 255}}},
      {"32 Bytes", DataType::String, Kind::Lengths, {{0, 32}}},
      {"6", DataType::Opaque, Kind::Lengths, {{0, 6}}},
      {"10 or 26 Bytes", DataType::String, Kind::Lengths, {{10, 10}, {26, 26}}},
      {"16-32-48 bytes", DataType::Opaque, Kind::Lengths, {{16, 16}, {32, 32}, {48, 48}}},
      {"16,32,48", DataType::Opaque, Kind::Lengths, {{16, 16}, {32, 32}, {48, 48}}},
      // What could be meant in two ways, or is for people.
      {"255", DataType::Integer, Kind::Text, {}},
      {"10,26", DataType::String, Kind::Text, {}},
      {"8 bit", DataType::Integer, Kind::Text, {}},
      {"2 bytes", DataType::Integer, Kind::Text, {}},
      {"ON;OFF", DataType::Float, Kind::Text, {}},
      {"9..1", DataType::Integer, Kind::Text, {}},
      {"0..", DataType::Integer, Kind::Text, {}},
      {"0..1 V", DataType::Integer, Kind::Text, {}},
      {"1,", DataType::Integer, Kind::Text, {}},
      {"0,1", DataType::Boolean, Kind::Text, {}},
  };
  for (const RangeCase& c : cases) {
    const ValueRange range = ValueRange::parse(c.text, c.type);
    EXPECT_EQ(range.kind, c.kind) << c.text;
    EXPECT_EQ(range.intervals, c.intervals) << c.text;
  }
}

TEST(ResourceModel, GivesCodecsTheOuterBoundsIfTheyAreWholeNumbersOf32Bits) {
  ResourceModel resource{
      .id = 5, .operations = kReadWrite, .mandatory = true, .type = DataType::Integer};
  EXPECT_FALSE(resource.definition().bounded());
  const auto bounds = [&](DataType type, const char* text) {
    resource.type = type;
    resource.range = ValueRange::parse(text, type);
    const ResourceDefinition definition = resource.definition();
    return std::pair{definition.minimum, definition.maximum};
  };
  const std::pair<std::int32_t, std::int32_t> none{0, -1};
  EXPECT_EQ(bounds(DataType::Integer, "0..247, 255"), (std::pair{0, 255}));
  EXPECT_EQ(bounds(DataType::Integer, "5..9, -2..3"), (std::pair{-2, 9}));
  EXPECT_EQ(bounds(DataType::String, "1..32 bytes"), (std::pair{1, 32}));
  EXPECT_EQ(bounds(DataType::Integer, "-2147483648..2147483647"),
            (std::pair{std::numeric_limits<std::int32_t>::min(),
                       std::numeric_limits<std::int32_t>::max()}));
  EXPECT_EQ(bounds(DataType::Unsigned, "0..2147483648"), none);
  EXPECT_EQ(bounds(DataType::Integer, "0.5..3"), none);
  EXPECT_EQ(bounds(DataType::Float, "0..1"), none);
  const ResourceDefinition definition = resource.definition();
  EXPECT_EQ(definition.id, 5);
  EXPECT_TRUE(definition.readable() && definition.writable() && definition.mandatory);
  EXPECT_FALSE(definition.multiple);
}

}  // namespace
}  // namespace linnet::lwm2m
