// SPDX-License-Identifier: Apache-2.0
// Pins how raw values of TLV, text and CBOR become typed; those of JSON are in senml_json_test.
#include <gtest/gtest.h>

#include <hex.hpp>
#include <limits>
#include <record_list.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::hex;
using Kind = RawValue::Kind;

constexpr DataType kTypes[] = {
    DataType::None,    DataType::String, DataType::Integer, DataType::Unsigned, DataType::Float,
    DataType::Boolean, DataType::Opaque, DataType::Time,    DataType::Objlnk,   DataType::Corelnk};

RawValue raw(Kind kind, ByteView bytes) {
  RawValue value;
  value.kind = kind;
  value.bytes = bytes;
  return value;
}
RawValue number(std::int64_t integer) {
  RawValue value;
  value.kind = Kind::Integer;
  value.integer = integer;
  return value;
}
RawValue real(double number) {
  RawValue value;
  value.kind = Kind::Float;
  value.real = number;
  return value;
}

Error error_of(const RawValue& value, DataType type) {
  std::uint8_t scratch[64];
  return convert(value, type, scratch).error();
}

Value text_as(std::string_view text, DataType type) {
  const Result<Value> value = convert(raw(Kind::Text, as_bytes(text)), type, {});
  EXPECT_TRUE(value.ok()) << text;
  return *value;
}

TEST(Convert, BytesNeedTheRightLength) {
  LINNET_REQ("DT-02");
  LINNET_REQ("DT-05");
  const std::vector<std::uint8_t> bytes(16);
  struct {
    DataType type;
    std::vector<std::size_t> sizes;
  } const rows[] = {{DataType::Integer, {1, 2, 4, 8}}, {DataType::Unsigned, {1, 2, 4, 8}},
                    {DataType::Time, {1, 2, 4, 8}},    {DataType::Float, {4, 8}},
                    {DataType::Boolean, {1}},          {DataType::Objlnk, {4}}};
  for (const auto& row : rows) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const bool fits = std::count(row.sizes.begin(), row.sizes.end(), size) != 0;
      EXPECT_EQ(error_of(raw(Kind::Bytes, ByteView(bytes).first(size)), row.type),
                fits ? Error::Ok : Error::Malformed)
          << describe(row.type) << size;
    }
  }
  EXPECT_EQ(error_of(raw(Kind::Bytes, hex("02")), DataType::Boolean), Error::Malformed);
  EXPECT_EQ(error_of(raw(Kind::Bytes, bytes), DataType::None), Error::Type);
}

TEST(Convert, BytesToNumbers) {
  LINNET_REQ("DT-03");
  const auto ff = hex("FF");
  EXPECT_EQ(*convert(raw(Kind::Bytes, ff), DataType::Integer, {}), Value::integer(-1));
  EXPECT_EQ(*convert(raw(Kind::Bytes, ff), DataType::Unsigned, {}), Value::unsigned_integer(255));
  EXPECT_EQ(*convert(raw(Kind::Bytes, hex("FFFF")), DataType::Unsigned, {}),
            Value::unsigned_integer(65535));
  EXPECT_EQ(*convert(raw(Kind::Bytes, hex("8000")), DataType::Time, {}), Value::time(-32768));
  EXPECT_EQ(*convert(raw(Kind::Bytes, hex("C0200000")), DataType::Float, {}),
            Value::floating(-2.5));
}

TEST(Convert, TextOfEachType) {
  LINNET_REQ("DT-02");
  LINNET_REQ("DT-04");
  LINNET_REQ("DT-05");
  LINNET_REQ("DT-07");
  LINNET_REQ("DT-08");
  EXPECT_EQ(text_as("-9223372036854775808", DataType::Integer), Value::integer(INT64_MIN));
  EXPECT_EQ(text_as("1367491215", DataType::Time), Value::time(1367491215));
  EXPECT_EQ(text_as("18446744073709551615", DataType::Unsigned),
            Value::unsigned_integer(UINT64_MAX));
  EXPECT_EQ(text_as("0.00000000006667", DataType::Float), Value::floating(6.667e-11));
  EXPECT_EQ(text_as("-1.5e3", DataType::Float), Value::floating(-1500));
  EXPECT_EQ(text_as("7", DataType::Float), Value::floating(7));
  EXPECT_EQ(text_as("0", DataType::Boolean), Value::boolean(false));
  EXPECT_EQ(text_as("1", DataType::Boolean), Value::boolean(true));
  EXPECT_EQ(text_as("66:0", DataType::Objlnk), Value::link({66, 0}));
  EXPECT_EQ(text_as("10:03", DataType::Objlnk), Value::link({10, 3}));
  EXPECT_EQ(text_as("65535:65535", DataType::Objlnk), Value::link({}));
  EXPECT_EQ(text_as("FFFF:FFFF", DataType::Objlnk), Value::link({}));
  EXPECT_EQ(text_as("", DataType::String), Value::string(""));
  EXPECT_EQ(text_as("</3>", DataType::Corelnk), Value::corelnk("</3>"));
}

TEST(Convert, TextThatIsRefused) {
  LINNET_REQ("DT-01");
  struct {
    const char* text;
    DataType type;
    Error error;
  } const rows[] = {
      {"", DataType::Integer, Error::Malformed},
      {"1.0", DataType::Integer, Error::Malformed},
      {"0x1", DataType::Integer, Error::Malformed},
      {" 1", DataType::Integer, Error::Malformed},
      {"9223372036854775808", DataType::Integer, Error::Range},
      {"-1", DataType::Unsigned, Error::Malformed},
      {"1,5", DataType::Float, Error::Malformed},
      {"true", DataType::Boolean, Error::Malformed},
      {"2", DataType::Boolean, Error::Malformed},
      {"01", DataType::Boolean, Error::Malformed},
      {"66", DataType::Objlnk, Error::Malformed},
      {"66:", DataType::Objlnk, Error::Malformed},
      {":0", DataType::Objlnk, Error::Malformed},
      {"66:0:1", DataType::Objlnk, Error::Malformed},
      {"65536:0", DataType::Objlnk, Error::Range},
      {"FFFF:0", DataType::Objlnk, Error::Malformed},
      {"AAE", DataType::Opaque, Error::Malformed},
      {"A_8=", DataType::Opaque, Error::Malformed},
      {"\xff", DataType::String, Error::Malformed},
      {"\xed\xa0\x80", DataType::Corelnk, Error::Malformed},
      {"x", DataType::None, Error::Type},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(error_of(raw(Kind::Text, as_bytes(row.text)), row.type), row.error)
        << row.text << " as " << describe(row.type);
  }
}

TEST(Convert, OpaqueTextIsBase64) {
  LINNET_REQ("DT-06");
  LINNET_REQ("FMT-04");
  std::uint8_t scratch[8];
  const std::string_view text = "AAEC/w==";
  const Result<Value> value = convert(raw(Kind::Text, as_bytes(text)), DataType::Opaque, scratch);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(test::to_hex(value->as_opaque()), "000102ff");
  EXPECT_EQ(
      convert(raw(Kind::Text, as_bytes(text)), DataType::Opaque, MutableBytes(scratch, 3)).error(),
      Error::NoSpace);
}

TEST(Convert, NumbersThatAreWhole) {
  EXPECT_EQ(*convert(number(-5), DataType::Integer, {}), Value::integer(-5));
  EXPECT_EQ(*convert(number(-5), DataType::Float, {}), Value::floating(-5));
  EXPECT_EQ(*convert(number(5), DataType::Unsigned, {}), Value::unsigned_integer(5));
  EXPECT_EQ(*convert(number(5), DataType::Time, {}), Value::time(5));
  EXPECT_EQ(error_of(number(-5), DataType::Unsigned), Error::Range);
  EXPECT_EQ(error_of(number(1), DataType::Boolean), Error::Type);
  EXPECT_EQ(error_of(number(1), DataType::String), Error::Type);

  RawValue large;
  large.kind = Kind::Unsigned;
  large.integer = -1;
  EXPECT_EQ(*convert(large, DataType::Unsigned, {}), Value::unsigned_integer(UINT64_MAX));
  EXPECT_EQ(*convert(large, DataType::Float, {}), Value::floating(18446744073709551616.0));
  EXPECT_EQ(error_of(large, DataType::Integer), Error::Range);
  EXPECT_EQ(error_of(large, DataType::Time), Error::Range);
  EXPECT_EQ(error_of(large, DataType::Opaque), Error::Type);
}

TEST(Convert, FloatsToWholeNumbersOnlyIfExact) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  EXPECT_EQ(*convert(real(5.0), DataType::Integer, {}), Value::integer(5));
  EXPECT_EQ(*convert(real(-kTwoTo63), DataType::Integer, {}), Value::integer(INT64_MIN));
  EXPECT_EQ(*convert(real(kTwoTo63), DataType::Unsigned, {}), Value::unsigned_integer(1ull << 63));
  EXPECT_EQ(error_of(real(kTwoTo63), DataType::Integer), Error::Range);
  EXPECT_EQ(error_of(real(2 * kTwoTo63), DataType::Unsigned), Error::Range);
  EXPECT_EQ(error_of(real(-1e300), DataType::Integer), Error::Range);
  EXPECT_EQ(error_of(real(5.5), DataType::Integer), Error::Type);
  EXPECT_EQ(error_of(real(-0.5), DataType::Unsigned), Error::Type);
  EXPECT_EQ(error_of(real(std::numeric_limits<double>::quiet_NaN()), DataType::Integer),
            Error::Type);
  EXPECT_EQ(error_of(real(std::numeric_limits<double>::infinity()), DataType::Time), Error::Range);
  EXPECT_EQ(error_of(real(1), DataType::Boolean), Error::Type);
}

TEST(Convert, KindsKeepToTheirTypes) {
  LINNET_REQ("DT-10");
  const auto convertible = [](const RawValue& value) {
    std::vector<DataType> types;
    for (const DataType type : kTypes) {
      if (error_of(value, type) == Error::Ok) types.push_back(type);
    }
    return types;
  };
  using Types = std::vector<DataType>;
  EXPECT_EQ(convertible(RawValue()), Types());
  EXPECT_EQ(convertible(raw(Kind::Null, {})), Types());
  EXPECT_EQ(convertible(raw(Kind::String, as_bytes("x"))),
            (Types{DataType::String, DataType::Corelnk}));
  EXPECT_EQ(convertible(raw(Kind::String, as_bytes("1:2"))),
            (Types{DataType::String, DataType::Objlnk, DataType::Corelnk}));
  EXPECT_EQ(convertible(raw(Kind::Opaque, as_bytes("x"))), Types{DataType::Opaque});
  EXPECT_EQ(convertible(raw(Kind::Boolean, {})), Types{DataType::Boolean});
  EXPECT_EQ(convertible(raw(Kind::LinkText, as_bytes("1:2"))), Types{DataType::Objlnk});
  // Without the JSON reader that made them there is nothing to read them with.
  EXPECT_EQ(convertible(raw(Kind::Number, as_bytes("1"))), Types());
  EXPECT_EQ(convertible(raw(Kind::JsonText, as_bytes("1"))), Types());
  EXPECT_EQ(convertible(raw(Kind::Base64, as_bytes("AAAA"))), Types());
}

TEST(Convert, NaturalTypes) {
  const auto natural = [](Kind kind, const char* text) {
    return natural_type(raw(kind, as_bytes(text)));
  };
  EXPECT_EQ(natural(Kind::None, ""), DataType::None);
  EXPECT_EQ(natural(Kind::Null, ""), DataType::None);
  EXPECT_EQ(natural(Kind::Bytes, "1"), DataType::Opaque);
  EXPECT_EQ(natural(Kind::Text, "1"), DataType::String);
  EXPECT_EQ(natural(Kind::JsonText, "1"), DataType::String);
  EXPECT_EQ(natural(Kind::Base64, "AAAA"), DataType::Opaque);
  EXPECT_EQ(natural(Kind::Integer, ""), DataType::Integer);
  EXPECT_EQ(natural(Kind::Unsigned, ""), DataType::Unsigned);
  EXPECT_EQ(natural(Kind::Float, ""), DataType::Float);
  EXPECT_EQ(natural(Kind::Boolean, ""), DataType::Boolean);
  EXPECT_EQ(natural(Kind::String, "1:1"), DataType::String);
  EXPECT_EQ(natural(Kind::Opaque, ""), DataType::Opaque);
  EXPECT_EQ(natural(Kind::LinkText, "1:1"), DataType::Objlnk);
  EXPECT_EQ(natural(Kind::Number, "0"), DataType::Integer);
  EXPECT_EQ(natural(Kind::Number, "-9223372036854775808"), DataType::Integer);
  EXPECT_EQ(natural(Kind::Number, "-9223372036854775809"), DataType::Float);
  EXPECT_EQ(natural(Kind::Number, "9223372036854775807"), DataType::Integer);
  EXPECT_EQ(natural(Kind::Number, "9223372036854775808"), DataType::Unsigned);
  EXPECT_EQ(natural(Kind::Number, "18446744073709551615"), DataType::Unsigned);
  EXPECT_EQ(natural(Kind::Number, "18446744073709551616"), DataType::Float);
  EXPECT_EQ(natural(Kind::Number, "1.0"), DataType::Float);
  EXPECT_EQ(natural(Kind::Number, "1e3"), DataType::Float);
  EXPECT_EQ(natural(Kind::Number, "1E3"), DataType::Float);
}

}  // namespace
}  // namespace linnet::lwm2m
