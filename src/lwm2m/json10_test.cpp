// SPDX-License-Identifier: Apache-2.0
// Pins the JSON of LwM2M 1.0 (11543), which 1.1 and 1.2 servers still have to read.
#include <gtest/gtest.h>

#include <example_device.hpp>
#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::decode;
using test::encode;
using test::Entries;
using test::Entry;
using test::types_of;

constexpr const char* kDevice =
    R"({"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"},{"n":"1","sv":"Lightweight M2M Client"},)"
    R"({"n":"2","sv":"345000123"},{"n":"3","sv":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},)"
    R"({"n":"7/0","v":3800},{"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},)"
    R"({"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},{"n":"13","v":1367491215},)"
    R"({"n":"14","sv":"+02:00"},{"n":"16","sv":"U"}]})";

void expect_read(const Path& base, std::string_view json, const Entries& entries) {
  Error error = Error::Ok;
  EXPECT_EQ(decode(kJson10, as_bytes(json), base, error, types_of(entries)), entries) << json;
  EXPECT_EQ(error, Error::Ok) << json;
}

void expect_both_ways(const Path& base, const Entries& entries, const std::string& json) {
  Error error = Error::Ok;
  EXPECT_EQ(as_text(encode(kJson10, base, entries, error)), json);
  EXPECT_EQ(error, Error::Ok);
  expect_read(base, json, entries);
}

Error refusal(std::string_view json) {
  Error error = Error::Ok;
  decode(kJson10, as_bytes(json), Path(3, 0), error);
  return error;
}

TEST(Json10, ExampleDevice) {
  LINNET_REQ("FMT-15");
  expect_both_ways(Path(3, 0), test::example_device(), kDevice);
}

TEST(Json10, TargetsOfEachDepth) {
  const Entries one = {Entry::of(Path(3, 0, 9), Value::integer(100))};
  const Entries multiple = {Entry::of(Path(3, 0, 6, 1), Value::integer(5))};
  expect_both_ways(Path(), one, R"({"bn":"/","e":[{"n":"3/0/9","v":100}]})");
  expect_both_ways(Path(3), one, R"({"bn":"/3/","e":[{"n":"0/9","v":100}]})");
  expect_both_ways(Path(3, 0, 9), one, R"({"bn":"/3/0/","e":[{"n":"9","v":100}]})");
  expect_both_ways(Path(3, 0, 6), multiple, R"({"bn":"/3/0/","e":[{"n":"6/1","v":5}]})");
  expect_both_ways(Path(3, 0, 6, 1), multiple, R"({"bn":"/3/0/","e":[{"n":"6/1","v":5}]})");
  expect_both_ways(Path(3, 0), {}, R"({"bn":"/3/0/","e":[]})");
}

TEST(Json10, EachTypeBothWays) {
  LINNET_REQ("FMT-15");
  const std::uint8_t bytes[] = {0xFB, 0xFF, 0x00, 0x01};
  struct {
    Value value;
    const char* field;
  } const rows[] = {
      {Value::string("a\"b"), R"("sv":"a\"b")"},
      {Value::corelnk("</3>"), R"("sv":"</3>")"},
      {Value::integer(INT64_MIN), R"("v":-9223372036854775808)"},
      {Value::time(5), R"("v":5)"},
      {Value::unsigned_integer(UINT64_MAX), R"("v":18446744073709551615)"},
      {Value::floating(-2.5), R"("v":-2.5)"},
      {Value::boolean(true), R"("bv":true)"},
      {Value::opaque(bytes), R"("sv":"+/8AAQ==")"},
      {Value::link({66, 1}), R"("ov":"66:1")"},
  };
  for (const auto& row : rows) {
    expect_both_ways(Path(9, 0), {Entry::of(Path(9, 0, 1), row.value)},
                     std::string(R"({"bn":"/9/0/","e":[{"n":"1",)") + row.field + "}]}");
  }
  expect_read(Path(9, 0), R"({"e":[{"n":"1","sv":"+\/8AAQ=="}]})",
              {Entry::of(Path(9, 0, 1), Value::opaque(bytes))});
}

TEST(Json10, BaseNameAndTimeMayComeLast) {
  LINNET_REQ("FMT-15");
  const Entries entries = {Entry::of(Path(72, 1, 2), Value::floating(22.5), 25462629),
                           Entry::of(Path(72, 1, 2), Value::floating(22.25), 25462634)};
  expect_read(
      Path(72),
      R"({"e":[{"n":"1/2","v":22.5,"t":-5},{"n":"1/2","v":22.25}],"bt":25462634,"bn":"/72/"})",
      entries);
  expect_read(
      Path(72),
      R"({"bt":25462634,"bn":"\/72/","x":{"e":[1]},"e":[{"t":-5,"v":22.5,"n":"1\/2","y":[]},{"n":"1/2","v":22.25}]})",
      entries);
  expect_both_ways(Path(72, 1),
                   {Entry::of(Path(72, 1, 2), Value::floating(1), 1700000000.5),
                    Entry::of(Path(72, 1, 2), Value::floating(2))},
                   R"({"bn":"/72/1/","e":[{"n":"2","t":1700000000.5,"v":1},{"n":"2","v":2}]})");
}

TEST(Json10, NamesWithoutBaseNameStartAtTheTargetOrTheRoot) {
  const Entries entries = {Entry::of(Path(3, 0, 9), Value::integer(1))};
  expect_read(Path(3, 0), R"({"e":[{"n":"9","v":1}]})", entries);
  expect_read(Path(3, 0), R"({"e":[{"n":"/3/0/9","v":1}]})", entries);
  expect_read(Path(3, 0), R"({"e":[{"n":"\/3/0/9","v":1}]})", entries);
  expect_read(Path(3), R"({"e":[{"n":"0/9","v":1}]})", entries);
  expect_read(Path(3, 0, 9), R"({"e":[{"v":1}]})", entries);
  expect_read(Path(3, 0, 9), R"({"e":[{"n":"","v":1}]})", entries);
  expect_read(Path(3, 0, 9), R"({"bn":"/3/0/9","e":[{"v":1}]})", entries);
  expect_read(Path(), R"({"e":[{"n":"3/0/9","v":1}]})", entries);
}

TEST(Json10, Refuses) {
  for (const char* json : {"[]",
                           "{}",
                           "1",
                           R"({"bn":"/3/0/"})",
                           R"({"e":{}})",
                           R"({"e":[1]})",
                           R"({"e":[{}]})",
                           R"({"e":[{"n":"9"}]})",
                           R"({"e":[{"n":"9","v":null}]})",
                           R"({"e":[{"n":"9","v":"1"}]})",
                           R"({"e":[{"n":"9","v":1,"sv":"x"}]})",
                           R"({"e":[{"n":"9","n":"9","v":1}]})",
                           R"({"e":[{"n":"9","v":1,"t":1,"t":1}]})",
                           R"({"e":[],"e":[]})",
                           R"({"bn":"/","bn":"/","e":[]})",
                           R"({"bt":1,"bt":1,"e":[]})",
                           R"({"bn":1,"e":[]})",
                           R"({"bt":"1","e":[]})",
                           R"({"e":[]}x)",
                           R"({"e":[{"n":"x","v":1}]})",
                           R"({"e":[{"n":"","v":1}]})",
                           R"({"e":[{"n":"9","bv":1}]})",
                           R"({"e":[{"n":"9","ov":1}]})",
                           R"({"e":[{"n":9,"v":1}]})",
                           R"({"e":[{"n":"9","v":1}],"x":})"}) {
    EXPECT_EQ(refusal(json), Error::Malformed) << json;
  }
}

TEST(Json10, CutAnywhereIsAnErrorBeforeTheFirstRecord) {
  const std::string whole = kDevice;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    Error error = Error::Ok;
    EXPECT_TRUE(decode(kJson10, as_bytes(cut), Path(3, 0), error).empty());
    EXPECT_EQ(error, Error::Truncated) << cut;
  }
}

TEST(Json10, EveryOutputSizeAndCounting) {
  const Entries entries = test::example_device();
  Writer counter;
  ASSERT_TRUE(encode(kJson10, Path(3, 0), entries, counter).ok());
  EXPECT_EQ(counter.size(), std::string(kDevice).size());
  for (std::size_t size = 1; size <= counter.size(); ++size) {
    std::vector<std::uint8_t> storage(size);
    Writer out(storage);
    EXPECT_EQ(encode(kJson10, Path(3, 0), entries, out).error(),
              size < counter.size() ? Error::NoSpace : Error::Ok);
  }
}

TEST(Json10, WriterRefuses) {
  Error error = Error::Ok;
  encode(kJson10, Path(3, 0), {Entry::of(Path(3, 0, 9), WriteKind::Name)}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
  encode(kJson10, Path(3, 0), {Entry::of(Path(3, 0, 9), WriteKind::Null)}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
}

}  // namespace
}  // namespace linnet::lwm2m
