// SPDX-License-Identifier: Apache-2.0
// Pins SenML JSON (110) and SenML-ETCH JSON (320), and how their values become typed.
#include <gtest/gtest.h>

#include <example_device.hpp>
#include <hex.hpp>
#include <limits>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::decode;
using test::encode;
using test::Entries;
using test::Entry;
using test::types_of;

std::string encoded(const Format& format, const Path& base, const Entries& entries,
                    Error expected = Error::Ok) {
  Error error = Error::Ok;
  const auto bytes = encode(format, base, entries, error);
  EXPECT_EQ(error, expected);
  return std::string(as_text(bytes));
}

void expect_both_ways(const Format& format, const Path& base, const Entries& entries,
                      const std::string& json) {
  EXPECT_EQ(encoded(format, base, entries), json);
  Error error = Error::Ok;
  EXPECT_EQ(decode(format, as_bytes(json), base, error, types_of(entries)), entries) << json;
  EXPECT_EQ(error, Error::Ok) << json;
}

void expect_read(std::string_view json, const Entries& entries, const Format& format = kSenmlJson) {
  Error error = Error::Ok;
  EXPECT_EQ(decode(format, as_bytes(json), Path(), error, types_of(entries)), entries) << json;
  EXPECT_EQ(error, Error::Ok) << json;
}

Error refusal(std::string_view json, const Format& format = kSenmlJson) {
  Error error = Error::Ok;
  decode(format, as_bytes(json), Path(), error);
  return error;
}

constexpr const char* kDevice =
    R"([{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},{"n":"1","vs":"Lightweight M2M Client"},)"
    R"({"n":"2","vs":"345000123"},{"n":"3","vs":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},)"
    R"({"n":"7/0","v":3800},{"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},)"
    R"({"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},{"n":"13","v":1367491215},)"
    R"({"n":"14","vs":"+02:00"},{"n":"16","vs":"U"}])";

TEST(SenmlJson, ExampleDevice) {
  LINNET_REQ("FMT-16");
  EXPECT_EQ(std::string(kDevice).size() + 15, 399u);  // the standard counts its line breaks
  expect_both_ways(kSenmlJson, Path(3, 0), test::example_device(), kDevice);
}

TEST(SenmlJson, ExampleSingleResource) {
  LINNET_REQ("FMT-17");
  expect_both_ways(kSenmlJson, Path(3, 0, 0),
                   {Entry::of(Path(3, 0, 0), Value::string("Open Mobile Alliance"))},
                   R"([{"bn":"/3/0/0","vs":"Open Mobile Alliance"}])");
  expect_both_ways(kSenmlJson, Path(3, 0, 6),
                   {Entry::of(Path(3, 0, 6, 0), Value::integer(1)),
                    Entry::of(Path(3, 0, 6, 1), Value::integer(5))},
                   R"([{"bn":"/3/0/6/","n":"0","v":1},{"n":"1","v":5}])");
  expect_both_ways(kSenmlJson, Path(3, 0, 6, 1), {Entry::of(Path(3, 0, 6, 1), Value::integer(5))},
                   R"([{"bn":"/3/0/6/1","v":5}])");
}

TEST(SenmlJson, ExampleComposite) {
  LINNET_REQ("FMT-21");
  expect_both_ways(
      kSenmlJson, Path(),
      {Entry::of(Path(3, 0, 0), WriteKind::Name), Entry::of(Path(3, 0, 9), WriteKind::Name),
       Entry::of(Path(1, 0, 1), WriteKind::Name)},
      R"([{"n":"/3/0/0"},{"n":"/3/0/9"},{"n":"/1/0/1"}])");
  expect_both_ways(kSenmlJson, Path(),
                   {Entry::of(Path(3, 0, 0), Value::string("Open Mobile Alliance")),
                    Entry::of(Path(3, 0, 9), Value::integer(95)),
                    Entry::of(Path(1, 0, 1), Value::integer(86400))},
                   R"([{"n":"/3/0/0","vs":"Open Mobile Alliance"},{"n":"/3/0/9","v":95},)"
                   R"({"n":"/1/0/1","v":86400}])");
  expect_both_ways(kSenmlJson, Path(), {Entry::of(Path(), WriteKind::Name)}, R"([{"n":"/"}])");
  expect_read(R"([{"bn":"/4/0/", "n":"0", "t":5}, {"n":"1"}, {"n":"2"}, {"bn":"/6/", "n":"0"}])",
              {Entry::of(Path(4, 0, 0), WriteKind::Name), Entry::of(Path(4, 0, 1), WriteKind::Name),
               Entry::of(Path(4, 0, 2), WriteKind::Name), Entry::of(Path(6, 0), WriteKind::Name)});
}

TEST(SenmlJson, ExampleObjectLinks) {
  LINNET_REQ("DT-08");
  expect_read(R"([{"bn":"/","n":"65/0/0/0","vlo":"66:0"},{"n":"65/0/1","vs":"8613800755500"},)"
              R"({"n":"66/1/2","vlo":"FFFF:FFFF"}])",
              {Entry::of(Path(65, 0, 0, 0), Value::link({66, 0})),
               Entry::of(Path(65, 0, 1), Value::string("8613800755500")),
               Entry::of(Path(66, 1, 2), Value::link({}))});
  expect_both_ways(kSenmlJson, Path(65, 0, 0), {Entry::of(Path(65, 0, 0), Value::link({}))},
                   R"([{"bn":"/65/0/0","vlo":"65535:65535"}])");
}

TEST(SenmlJson, ExampleHistory) {
  LINNET_REQ("FMT-18");
  expect_read(
      R"([{"bn":"/72/","bt":25462634,"n":"1/2","v":22.4,"t":-5},{"n":"1/2","v":22.9,"t":-30},)"
      R"({"n":"1/2","v":24.1,"t":-50}])",
      {Entry::of(Path(72, 1, 2), Value::floating(22.4), 25462629),
       Entry::of(Path(72, 1, 2), Value::floating(22.9), 25462604),
       Entry::of(Path(72, 1, 2), Value::floating(24.1), 25462584)});
}

TEST(SenmlJson, TimesBothWays) {
  LINNET_REQ("FMT-18");
  expect_both_ways(kSenmlJson, Path(72, 1, 2),
                   {Entry::of(Path(72, 1, 2), Value::floating(22.5), 1700000000.5),
                    Entry::of(Path(72, 1, 2), Value::floating(22.25), 1699999990),
                    Entry::of(Path(72, 1, 2), Value::floating(22), 1700000000.5),
                    Entry::of(Path(72, 1, 2), Value::floating(21)),
                    Entry::of(Path(72, 1, 2), Value::floating(20), -5)},
                   R"([{"bn":"/72/1/2","bt":1700000000.5,"v":22.5},{"t":-10.5,"v":22.25},{"v":22},)"
                   R"({"bt":0,"v":21},{"bt":-5,"v":20}])");
  // A difference that would not add up to the same double starts a new base time.
  expect_both_ways(kSenmlJson, Path(72, 1, 2),
                   {Entry::of(Path(72, 1, 2), Value::integer(1), 1e18),
                    Entry::of(Path(72, 1, 2), Value::integer(2), 0.1)},
                   R"([{"bn":"/72/1/2","bt":1000000000000000000,"v":1},{"bt":0.1,"v":2}])");
  expect_read(
      R"([{"n":"/3/0/9","t":0,"v":1},{"n":"/3/0/9","bt":5,"t":-5,"v":1}])",
      {Entry::of(Path(3, 0, 9), Value::integer(1)), Entry::of(Path(3, 0, 9), Value::integer(1))});
}

TEST(SenmlJson, NamesAreTheBaseNameAndTheNameTogether) {
  LINNET_REQ("FMT-16");
  const Entries both = {Entry::of(Path(3, 0, 11), Value::integer(1)),
                        Entry::of(Path(3, 0, 12), Value::integer(2))};
  expect_read(R"([{"bn":"/3/0/1","n":"1","v":1},{"n":"2","v":2}])", both);
  expect_read(R"([{"bn":"","n":"/3/0/11","v":1},{"bn":"/3/0/12","v":2}])", both);
  expect_read(R"([{"v":1,"n":"0/11","bn":"/3/"},{"v":2,"n":"12","bn":"/3/0/"}])", both);
  expect_read(R"([{"b\u006e":"\/3\/0/","n":"\u0031\u0031","v":1},{"n":"12","v":2}])", both);
  for (const char* json : {R"([{"v":1}])", R"([{"n":"","v":1}])", R"([{"bn":"/3/0/","v":1}])",
                           R"([{"n":"/3/0/x","v":1}])", R"([{"bn":"/3","n":"/0//9","v":1}])",
                           R"([{"n":"/3/0/09","v":1}])", R"([{"n":"/3/0","v":1}])",
                           R"([{"bn":"urn:dev:1","n":"/3/0/9","v":1}])", R"([{"n":3,"v":1}])",
                           R"([{"n":"/3/0/9/1/1","v":1}])", R"([{"n":"/3/0/9\ud800","v":1}])"}) {
    EXPECT_EQ(refusal(json), Error::Malformed) << json;
  }
  EXPECT_EQ(refusal(R"([{"n":"/3/0/65535","v":1}])"), Error::Range);
}

TEST(SenmlJson, OneValueARecord) {
  LINNET_REQ("FMT-16");
  for (const char* json :
       {R"([{"n":"/3/0/9","v":1,"vs":"x"}])", R"([{"n":"/3/0/9","vb":true,"vlo":"1:1"}])",
        R"([{"n":"/3/0/9","v":1,"v":1}])", R"([{"n":"/3/0/9","n":"/3/0/9","v":1}])",
        R"([{"bn":"/","bn":"/","n":"3/0/9","v":1}])", R"([{"n":"/3/0/9","v":"1"}])",
        R"([{"n":"/3/0/9","v":true}])", R"([{"n":"/3/0/9","vs":1}])", R"([{"n":"/3/0/9","vb":1}])",
        R"([{"n":"/3/0/9","vb":"true"}])", R"([{"n":"/3/0/9","vd":1}])",
        R"([{"n":"/3/0/9","vlo":1}])", R"([{"n":"/3/0/9","v":[1]}])", R"([{"n":"/3/0/9","v":{}}])",
        R"([{"n":"/3/0/9","t":"1","v":1}])"}) {
    EXPECT_EQ(refusal(json), Error::Malformed) << json;
  }
}

TEST(SenmlJson, UnknownFieldsAreIgnoredUnlessTheyForbidIt) {
  LINNET_REQ("FMT-23");
  const Entries entries = {Entry::of(Path(3, 0, 9), Value::integer(1))};
  expect_read(
      R"([{"n":"/3/0/9","x":[{"y":[1,{}]}],"v":1,"u":"Cel","bu":"V","ut":3,"s":1,"":null}])",
      entries);
  EXPECT_EQ(refusal(R"([{"n":"/3/0/9","x_":1,"v":1}])"), Error::Unsupported);
  EXPECT_EQ(refusal(R"([{"n":"/3/0/9","long name_":1,"v":1}])"), Error::Unsupported);
  EXPECT_EQ(refusal(R"([{"n":"/3/0/9","x\u005f":1,"v":1}])"), Error::Unsupported);
  EXPECT_EQ(refusal(R"([{"n":"/3/0/9","bv":5,"v":1}])"), Error::Unsupported);
}

TEST(SenmlJson, VersionMustBeKnown) {
  expect_read(R"([{"bver":10,"n":"/3/0/9","v":1}])", {Entry::of(Path(3, 0, 9), Value::integer(1))});
  EXPECT_EQ(refusal(R"([{"bver":11,"n":"/3/0/9","v":1}])"), Error::Unsupported);
  EXPECT_EQ(refusal(R"([{"bver":"10","n":"/3/0/9","v":1}])"), Error::Malformed);
}

TEST(SenmlJson, RefusesOtherJson) {
  for (const char* json :
       {"{}", "1", "[1]", "[[]]", "[{}]x", "[{\"n\":\"/\"},]", "null", "[null]"}) {
    EXPECT_EQ(refusal(json), Error::Malformed) << json;
  }
  expect_read("[]", {});
  expect_read(" [ ] ", {});
  expect_both_ways(kSenmlJson, Path(3, 0), {}, "[]");
}

TEST(SenmlJson, CutAnywhereIsAnError) {
  const std::string whole = kDevice;
  const Entries entries = test::example_device();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    Error error = Error::Ok;
    const Entries read = decode(kSenmlJson, as_bytes(cut), Path(3, 0), error, types_of(entries));
    EXPECT_EQ(error, Error::Truncated) << cut;
    ASSERT_LT(read.size(), entries.size() + 1);
    for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], entries[i]);
  }
}

TEST(SenmlJson, EveryOutputSizeAndCounting) {
  const Entries entries = test::example_device();
  Writer counter;
  ASSERT_TRUE(encode(kSenmlJson, Path(3, 0), entries, counter).ok());
  EXPECT_EQ(counter.size(), 384u);
  for (std::size_t size = 1; size <= 384; ++size) {
    std::vector<std::uint8_t> storage(size);
    Writer out(storage);
    EXPECT_EQ(encode(kSenmlJson, Path(3, 0), entries, out).error(),
              size < 384 ? Error::NoSpace : Error::Ok);
  }
}

TEST(SenmlJson, NullDeletesInEtchOnly) {
  LINNET_REQ("FMT-24");
  expect_both_ways(
      kEtchJson, Path(),
      {Entry::of(Path(3, 0, 6, 1), WriteKind::Null), Entry::of(Path(3, 0, 6, 2), Value::integer(5)),
       Entry::of(Path(3, 0, 9), WriteKind::Name)},
      R"([{"n":"/3/0/6/1","v":null},{"n":"/3/0/6/2","v":5},{"n":"/3/0/9"}])");
  expect_read(R"([{"n":"/3/0/6/1","vs":null}])", {Entry::of(Path(3, 0, 6, 1), WriteKind::Null)},
              kEtchJson);
  EXPECT_EQ(refusal(R"([{"n":"/3/0/6/1","v":null}])"), Error::Malformed);
  encoded(kSenmlJson, Path(), {Entry::of(Path(3, 0, 6, 1), WriteKind::Null)}, Error::NotAcceptable);
}

TEST(SenmlJson, EachTypeBothWays) {
  LINNET_REQ("DT-01");
  LINNET_REQ("DT-05");
  LINNET_REQ("DT-06");
  const Path path(9, 0, 1);
  const std::uint8_t bytes[] = {0xFB, 0xFF, 0x00, 0x01};
  struct {
    Value value;
    const char* field;
  } const rows[] = {
      {Value::string("a\"b\\c\n\xc3\xa4"), R"("vs":"a\"b\\c\u000a)"
                                           "\xc3\xa4\""},
      {Value::corelnk("</3>;a=\"b\""), R"("vs":"</3>;a=\"b\"")"},
      {Value::integer(INT64_MIN), R"("v":-9223372036854775808)"},
      {Value::time(1367491215), R"("v":1367491215)"},
      {Value::unsigned_integer(UINT64_MAX), R"("v":18446744073709551615)"},
      {Value::floating(-2.5), R"("v":-2.5)"},
      {Value::floating(5e-324), R"("v":5e-324)"},
      {Value::boolean(true), R"("vb":true)"},
      {Value::boolean(false), R"("vb":false)"},
      {Value::opaque(bytes), R"("vd":"-_8AAQ")"},
      {Value::opaque({}), R"("vd":"")"},
      {Value::link({66, 1}), R"("vlo":"66:1")"},
  };
  for (const auto& row : rows) {
    expect_both_ways(kSenmlJson, path, {Entry::of(path, row.value)},
                     std::string(R"([{"bn":"/9/0/1",)") + row.field + "}]");
  }
  encoded(kSenmlJson, path,
          {Entry::of(path, Value::floating(std::numeric_limits<double>::infinity()))},
          Error::Range);
  encoded(kSenmlJson, path, {Entry::of(path, Value::string("\xff"))}, Error::Malformed);
}

Result<Value> converted(const std::string& field, DataType type, std::uint8_t (&scratch)[64]) {
  const std::string json = R"([{"n":"/9/0/1",)" + field + "}]";
  RecordReader reader(kSenmlJson, as_bytes(json), Path());
  Record record;
  EXPECT_TRUE(reader.next(record).ok()) << json;
  return convert(record.value, type, scratch);
}

TEST(SenmlJson, NumbersForWholeTypesAreExact) {
  LINNET_REQ("DT-02");
  std::uint8_t scratch[64];
  struct {
    const char* number;
    std::int64_t value;
  } const whole[] = {{"0", 0},
                     {"-0", 0},
                     {"-0.0e5", 0},
                     {"0e99999999999", 0},
                     {"5.0", 5},
                     {"1e3", 1000},
                     {"1E+3", 1000},
                     {"1.5e1", 15},
                     {"150e-1", 15},
                     {"-12300e-2", -123},
                     {"1.00000000000000000000000000000000000", 1},
                     {"9223372036854775807", INT64_MAX},
                     {"9223372036854775807.000", INT64_MAX},
                     {"922337203685477580.7e1", INT64_MAX},
                     {"-9223372036854775808", INT64_MIN},
                     {"9007199254740993", 9007199254740993}};
  for (const auto& row : whole) {
    const Result<Value> value =
        converted(std::string("\"v\":") + row.number, DataType::Integer, scratch);
    ASSERT_TRUE(value.ok()) << row.number;
    EXPECT_EQ(*value, Value::integer(row.value)) << row.number;
  }
  struct {
    const char* number;
    DataType type;
    Error error;
  } const refused[] = {
      {"5.5", DataType::Integer, Error::Type},
      {"1e-1", DataType::Integer, Error::Type},
      {"1e-99999999999", DataType::Time, Error::Type},
      {"9223372036854775808", DataType::Integer, Error::Range},
      {"-9223372036854775809", DataType::Integer, Error::Range},
      {"1e19", DataType::Integer, Error::Range},
      {"1e20", DataType::Unsigned, Error::Range},
      {"1e99999999999", DataType::Unsigned, Error::Range},
      {"18446744073709551616", DataType::Unsigned, Error::Range},
      {"-1", DataType::Unsigned, Error::Range},
      {"1e999", DataType::Float, Error::Range},
      {"1", DataType::Boolean, Error::Type},
      {"1", DataType::String, Error::Type},
      {"1", DataType::Opaque, Error::Type},
      {"1", DataType::Objlnk, Error::Type},
  };
  for (const auto& row : refused) {
    EXPECT_EQ(converted(std::string("\"v\":") + row.number, row.type, scratch).error(), row.error)
        << row.number << describe(row.type);
  }
  EXPECT_EQ(*converted("\"v\":5", DataType::Float, scratch), Value::floating(5));
  EXPECT_EQ(*converted("\"v\":18446744073709551615", DataType::Unsigned, scratch),
            Value::unsigned_integer(UINT64_MAX));
}

TEST(SenmlJson, StringsAreUnescapedIntoScratch) {
  std::uint8_t scratch[64];
  EXPECT_EQ(*converted(R"("vs":"a\u00e4\n")", DataType::String, scratch),
            Value::string("a\xc3\xa4\n"));
  EXPECT_EQ(converted(R"("vs":"\ud800")", DataType::String, scratch).error(), Error::Malformed);
  EXPECT_EQ(converted("\"vs\":\"\xff\"", DataType::String, scratch).error(), Error::Malformed);
  EXPECT_EQ(converted(R"("vs":"1")", DataType::Integer, scratch).error(), Error::Type);
  EXPECT_EQ(converted(R"("vs":"AAAA")", DataType::Opaque, scratch).error(), Error::Type);
  EXPECT_EQ(converted(R"("vb":true)", DataType::Integer, scratch).error(), Error::Type);
}

TEST(SenmlJson, OpaqueIsBase64InTheFormsPeersSend) {
  LINNET_REQ("DT-06");
  std::uint8_t scratch[64];
  for (const char* text : {"-_8AAQ", "-_8AAQ==", "+/8AAQ==", "+\\/8AAQ==", "\\u002d_8AAQ"}) {
    const Result<Value> value =
        converted(std::string("\"vd\":\"") + text + "\"", DataType::Opaque, scratch);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(test::to_hex(value->as_opaque()), "fbff0001") << text;
  }
  for (const char* text : {"A", "-_8AAQ=", "+_8AAQ==", "-_8 AAQ", "+/8AAQ"}) {
    EXPECT_EQ(converted(std::string("\"vd\":\"") + text + "\"", DataType::Opaque, scratch).error(),
              Error::Malformed)
        << text;
  }
  EXPECT_EQ(converted(R"("vd":"AAAA")", DataType::String, scratch).error(), Error::Type);
}

}  // namespace
}  // namespace linnet::lwm2m
