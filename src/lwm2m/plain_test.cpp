// SPDX-License-Identifier: Apache-2.0
// Pins the formats of a single value: text (0), opaque (42) and CBOR (60).
#include <gtest/gtest.h>

#include <hex.hpp>
#include <limits>
#include <record_list.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::decode;
using test::encode;
using test::Entries;
using test::Entry;
using test::hex;
using test::to_hex;
using test::types_of;

const Path kResource(3, 0, 9);

void expect_both_ways(const Format& format, const Value& value, ByteView bytes) {
  const Entries entries = {Entry::of(kResource, value)};
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(format, kResource, entries, error)), to_hex(bytes));
  EXPECT_EQ(error, Error::Ok);
  EXPECT_EQ(decode(format, bytes, kResource, error, types_of(entries)), entries);
  EXPECT_EQ(error, Error::Ok);
}

TEST(Text, EachTypeBothWays) {
  LINNET_REQ("DT-01");
  LINNET_REQ("DT-02");
  LINNET_REQ("DT-03");
  LINNET_REQ("DT-04");
  LINNET_REQ("DT-05");
  LINNET_REQ("DT-06");
  LINNET_REQ("DT-07");
  LINNET_REQ("DT-08");
  LINNET_REQ("DT-09");
  const std::uint8_t bytes[] = {0, 1, 2, 255};
  struct {
    Value value;
    const char* text;
  } const rows[] = {
      {Value::string("Open Mobile Alliance"), "Open Mobile Alliance"},
      {Value::string(""), ""},
      {Value::corelnk("</3>"), "</3>"},
      {Value::integer(INT64_MIN), "-9223372036854775808"},
      {Value::time(1367491215), "1367491215"},
      {Value::unsigned_integer(UINT64_MAX), "18446744073709551615"},
      {Value::floating(6.667e-11), "0.00000000006667"},
      {Value::floating(-2.5), "-2.5"},
      {Value::boolean(true), "1"},
      {Value::boolean(false), "0"},
      {Value::opaque(bytes), "AAEC/w=="},
      {Value::link({66, 1}), "66:1"},
      {Value::link({}), "65535:65535"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    expect_both_ways(kText, row.value, as_bytes(row.text));
  }
  Error error = Error::Ok;
  encode(kText, kResource,
         {Entry::of(kResource, Value::floating(std::numeric_limits<double>::infinity()))}, error);
  EXPECT_EQ(error, Error::Range);
}

TEST(BasicText, IsTextWithoutFloatOpaqueAndLinks) {
  LINNET_REQ("FMT-03");
  expect_both_ways(kBasicText, Value::string("abc"), as_bytes("abc"));
  expect_both_ways(kBasicText, Value::corelnk("</3>"), as_bytes("</3>"));
  expect_both_ways(kBasicText, Value::integer(-12), as_bytes("-12"));
  expect_both_ways(kBasicText, Value::time(7), as_bytes("7"));
  expect_both_ways(kBasicText, Value::unsigned_integer(UINT64_MAX),
                   as_bytes("18446744073709551615"));
  expect_both_ways(kBasicText, Value::boolean(true), as_bytes("1"));
  for (const Value& value : {Value::floating(1), Value::opaque({}), Value::link({})}) {
    Error error = Error::Ok;
    encode(kBasicText, kResource, {Entry::of(kResource, value)}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    RawValue raw;
    raw.kind = RawValue::Kind::Text;
    EXPECT_EQ(kBasicText.convert(raw, value.type(), {}).error(), Error::Format);
  }
}

TEST(Opaque, IsRaw) {
  LINNET_REQ("FMT-04");
  expect_both_ways(kOpaque, Value::opaque(hex("00FF10")), hex("00FF10"));
  expect_both_ways(kOpaque, Value::opaque({}), {});
  Error error = Error::Ok;
  encode(kOpaque, kResource, {Entry::of(kResource, Value::integer(1))}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
  // Raw bytes are no number.
  const Entries integer = {Entry::of(kResource, Value::integer(1))};
  decode(kOpaque, hex("01"), kResource, error, types_of(integer));
  EXPECT_EQ(error, Error::Type);
}

TEST(Cbor, EachTypeBothWays) {
  LINNET_REQ("DT-01");
  LINNET_REQ("DT-03");
  LINNET_REQ("DT-04");
  LINNET_REQ("DT-05");
  LINNET_REQ("DT-06");
  LINNET_REQ("DT-07");
  LINNET_REQ("DT-08");
  const double inf = std::numeric_limits<double>::infinity();
  const std::uint8_t opaque[] = {1, 2};
  struct {
    Value value;
    const char* bytes;
  } const rows[] = {
      {Value::string("abc"), "63616263"},
      {Value::corelnk("</3>"), "643C2F333E"},
      {Value::integer(100), "1864"},
      {Value::integer(-1), "20"},
      {Value::integer(INT64_MIN), "3B7FFFFFFFFFFFFFFF"},
      {Value::integer(INT64_MAX), "1B7FFFFFFFFFFFFFFF"},
      {Value::unsigned_integer(UINT64_MAX), "1BFFFFFFFFFFFFFFFF"},
      {Value::time(1367491215), "1A5182428F"},
      {Value::floating(1.5), "F93E00"},
      {Value::floating(inf), "F97C00"},
      {Value::floating(100000), "FA47C35000"},
      {Value::floating(0.1), "FB3FB999999999999A"},
      {Value::boolean(true), "F5"},
      {Value::boolean(false), "F4"},
      {Value::opaque(opaque), "420102"},
      {Value::link({66, 0}), "6436363A30"},
      {Value::link({}), "6B36353533353A3635353335"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.bytes);
    expect_both_ways(kCbor, row.value, hex(row.bytes));
  }
}

TEST(Cbor, AcceptsTagsFloatsForIntegersAndIndefiniteStrings) {
  LINNET_REQ("DT-07");
  struct {
    const char* bytes;
    Value value;
  } const rows[] = {
      {"C11A5182428F", Value::time(1367491215)},
      {"C1FB41D46090A3C00000", Value::time(1367491215)},
      {"D9D9F7C101", Value::integer(1)},
      {"F94500", Value::integer(5)},
      {"05", Value::floating(5)},
      {"7F63616263FF", Value::string("abc")},
      {"7FFF", Value::string("")},
  };
  for (const auto& row : rows) {
    const Entries entries = {Entry::of(kResource, row.value)};
    Error error = Error::Ok;
    EXPECT_EQ(decode(kCbor, hex(row.bytes), kResource, error, types_of(entries)), entries)
        << row.bytes;
    EXPECT_EQ(error, Error::Ok) << row.bytes;
  }
}

TEST(Cbor, RefusesWhatNoResourceIs) {
  struct {
    const char* bytes;
    Error error;
  } const rows[] = {
      {"", Error::Truncated},
      {"18", Error::Truncated},
      {"C1", Error::Truncated},
      {"0101", Error::Malformed},                      // two values
      {"F6", Error::Malformed},                        // null
      {"F7", Error::Malformed},                        // undefined
      {"E0", Error::Malformed},                        // a simple value
      {"80", Error::Malformed},                        // an array
      {"A0", Error::Malformed},                        // a map
      {"FF", Error::Malformed},                        // a break
      {"C249010000000000000000", Error::Unsupported},  // a big number
      {"C4820115", Error::Unsupported},                // a decimal fraction
      {"7F61616162FF", Error::Unsupported},            // in two pieces
      {"3B8000000000000000", Error::Range},
      {"61FF", Error::Malformed},  // not UTF-8
  };
  for (const auto& row : rows) {
    Error error = Error::Ok;
    decode(kCbor, hex(row.bytes), kResource, error);
    EXPECT_EQ(error, row.error) << row.bytes;
  }
}

TEST(Cbor, CutAnywhereIsAnError) {
  const auto whole = hex("C16D4F70656E204D6F62696C652041");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Error error = Error::Ok;
    decode(kCbor, std::vector(whole.begin(), whole.begin() + static_cast<long>(size)), kResource,
           error);
    EXPECT_EQ(error, Error::Truncated) << size;
  }
}

TEST(Plain, OneValueOfTheTargetOnly) {
  LINNET_REQ("FMT-03");
  LINNET_REQ("FMT-05");
  const Value value = Value::opaque({});
  for (const Format* format : {&kText, &kOpaque, &kCbor}) {
    Error error = Error::Ok;
    EXPECT_TRUE(format->single);
    // A request for more than a value has no such body.
    for (const Path& base : {Path(), Path(3), Path(3, 0)}) {
      decode(*format, hex("40"), base, error);
      EXPECT_EQ(error, Error::Format);
      encode(*format, base, {Entry::of(Path(3, 0, 9), value)}, error);
      EXPECT_EQ(error, Error::NotAcceptable);
    }
    // A multiple resource, with one instance or two or none.
    encode(*format, kResource, {Entry::of(Path(3, 0, 9, 0), value)}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    encode(*format, kResource, {Entry::of(kResource, value), Entry::of(kResource, value)}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    encode(*format, kResource, {Entry::of(kResource, WriteKind::Container)}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    encode(*format, kResource, {Entry::of(kResource, WriteKind::Name)}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    encode(*format, kResource, {}, error);
    EXPECT_EQ(error, Error::NotAcceptable);
    // A resource instance is a target like any other.
    const Path one(3, 0, 9, 4);
    EXPECT_FALSE(encode(*format, one, {Entry::of(one, Value::opaque(hex("AABB")))}, error).empty());
    EXPECT_EQ(error, Error::Ok);
  }
}

TEST(Plain, EveryOutputSizeAndCounting) {
  const Entries entries = {Entry::of(kResource, Value::opaque(hex("0001020304050607")))};
  for (const Format* format : {&kText, &kOpaque, &kCbor}) {
    Writer counter;
    ASSERT_TRUE(encode(*format, kResource, entries, counter).ok());
    for (std::size_t size = 1; size <= counter.size(); ++size) {
      std::vector<std::uint8_t> storage(size);
      Writer out(storage);
      EXPECT_EQ(encode(*format, kResource, entries, out).error(),
                size < counter.size() ? Error::NoSpace : Error::Ok);
    }
  }
}

}  // namespace
}  // namespace linnet::lwm2m
