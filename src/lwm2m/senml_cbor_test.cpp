// SPDX-License-Identifier: Apache-2.0
// Pins SenML CBOR (112) and SenML-ETCH CBOR (322); the rules they share with JSON are pinned in
// senml_json_test.
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
using test::hex;
using test::to_hex;
using test::types_of;

constexpr const char* kDevice =
    "90a321652f332f302f00613003744f70656e204d6f62696c6520416c6c69616e6365a200613103764c696768747765"
    "69"
    "676874204d324d20436c69656e74a20061320369333435303030313233a200613303 63312e30a20063362f300201"
    "a20063362f310205a20063372f3002190ed8a20063372f3102191388a20063382f3002187da20063382f3102190384"
    "a2006139021864a200623130020fa2006431312f300200a20062313302 1a5182428fa200623134 "
    "03662b30323a3030"
    "a200623136036155";

void expect_read(const Path& base, const Entries& entries, const std::string& bytes,
                 const Format& format = kSenmlCbor) {
  Error error = Error::Ok;
  EXPECT_EQ(decode(format, hex(bytes), base, error, types_of(entries)), entries) << bytes;
  EXPECT_EQ(error, Error::Ok) << bytes;
}

void expect_both_ways(const Path& base, const Entries& entries, const std::string& bytes,
                      const Format& format = kSenmlCbor) {
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(format, base, entries, error)), to_hex(hex(bytes)));
  EXPECT_EQ(error, Error::Ok);
  expect_read(base, entries, bytes, format);
}

Error refusal(const std::string& bytes, const Format& format = kSenmlCbor) {
  Error error = Error::Ok;
  decode(format, hex(bytes), Path(), error);
  return error;
}

TEST(SenmlCbor, ExampleDevice) {
  LINNET_REQ("FMT-16");
  LINNET_REQ("FMT-19");
  EXPECT_EQ(hex(kDevice).size(), 196u);
  expect_both_ways(Path(3, 0), test::example_device(), kDevice);
}

TEST(SenmlCbor, EachTypeBothWays) {
  LINNET_REQ("DT-08");
  const Path path(9, 0, 1);
  const double inf = std::numeric_limits<double>::infinity();
  struct {
    Value value;
    const char* field;
  } const rows[] = {
      {Value::string("abc"), "03 63616263"},
      {Value::corelnk("</3>"), "03 643C2F333E"},
      {Value::integer(-1), "02 20"},
      {Value::time(1367491215), "02 1A5182428F"},
      {Value::unsigned_integer(UINT64_MAX), "02 1BFFFFFFFFFFFFFFFF"},
      {Value::floating(1.5), "02 F93E00"},
      {Value::floating(inf), "02 F97C00"},
      {Value::boolean(true), "04 F5"},
      {Value::link({66, 0}), "63766C6F 6436363A30"},
  };
  for (const auto& row : rows) {
    expect_both_ways(path, {Entry::of(path, row.value)},
                     std::string("81 A2 21 66 2F392F302F31") + row.field);
  }
  expect_both_ways(path, {Entry::of(path, Value::opaque(hex("0102")))},
                   "81 A2 21 66 2F392F302F31 08 420102");
}

TEST(SenmlCbor, AcceptsEveryShapeOfTheSame) {
  const Entries entries = {Entry::of(Path(3, 0, 9), Value::integer(1)),
                           Entry::of(Path(3, 0, 10), Value::integer(2))};
  for (
      const char* bytes : {
          "82 A3 21 652F332F302F 00 6139 02 01 A2 00 623130 02 02",                 // definite
          "9F BF 21 652F332F302F 00 6139 02 01 FF BF 00 623130 02 02 FF FF",        // indefinite
          "82 BF 02 01 00 6139 21 652F332F302F FF A2 02 02 00 623130",              // another order
          "9F A3 62626E 652F332F302F 616E 6139 6176 01 A2 616E 623130 6176 02 FF",  // text labels
          "82 A3 21 7F652F332F302FFF 00 6139 02 F93C00 A2 00 623130 02 C1 02",
          "82 A5 21 652F332F302F 00 6139 01 6343656C 02 01 0F 82A0F6 A2 00 623130 02 02",  // unknown
          "82 A4 20 0A 21 652F332F302F 00 6139 02 01 A2 00 623130 02 02",  // bver 10
      }) {
    expect_read(Path(3, 0), entries, bytes);
  }
  expect_read(Path(), {}, "80");
  expect_read(Path(), {}, "9FFF");
  expect_both_ways(Path(3, 0), {}, "80");
}

TEST(SenmlCbor, NamesOnly) {
  LINNET_REQ("FMT-21");
  expect_both_ways(Path(),
                   {Entry::of(Path(3, 0, 9), WriteKind::Name), Entry::of(Path(1), WriteKind::Name),
                    Entry::of(Path(), WriteKind::Name)},
                   "83 A1 00 66 2F332F302F39 A1 00 62 2F31 A1 00 61 2F");
}

TEST(SenmlCbor, TimesBothWays) {
  LINNET_REQ("FMT-18");
  const Path path(9, 0, 1);
  expect_both_ways(
      path,
      {Entry::of(path, Value::integer(1), 1367491215),
       Entry::of(path, Value::integer(2), 1367491205),
       Entry::of(path, Value::integer(3), 1367491215.5)},
      "83 A3 21 66 2F392F302F31 22 1A5182428F 02 01 A2 06 29 02 02 A2 06 F93800 02 03");
  EXPECT_EQ(refusal("81 A3 00 66 2F332F302F39 06 F97C00 02 01"), Error::Range);
  EXPECT_EQ(refusal("81 A3 00 66 2F332F302F39 06 F97E00 02 01"), Error::Range);
  EXPECT_EQ(refusal("81 A3 00 66 2F332F302F39 06 6131 02 01"), Error::Type);
}

TEST(SenmlCbor, NullDeletesInEtchOnly) {
  LINNET_REQ("FMT-24");
  expect_both_ways(Path(), {Entry::of(Path(3, 0, 6, 1), WriteKind::Null)},
                   "81 A2 00 68 2F332F302F362F31 02 F6", kEtchCbor);
  EXPECT_EQ(refusal("81 A2 00 68 2F332F302F362F31 02 F6"), Error::Malformed);
  Error error = Error::Ok;
  encode(kSenmlCbor, Path(), {Entry::of(Path(3, 0, 6, 1), WriteKind::Null)}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
}

TEST(SenmlCbor, Refuses) {
  LINNET_REQ("FMT-23");
  struct {
    const char* bytes;
    Error error;
  } const rows[] = {
      {"", Error::Truncated},
      {"A0", Error::Malformed},
      {"81 80", Error::Malformed},
      {"81 01", Error::Malformed},
      {"80 00", Error::Malformed},                           // something behind it
      {"81 A1 02 01", Error::Malformed},                     // no name
      {"81 A2 00 66 2F332F302F39 02 F5", Error::Malformed},  // a boolean as a number
      {"81 A2 00 66 2F332F302F39 02 6131", Error::Malformed},
      {"81 A2 00 66 2F332F302F39 03 01", Error::Malformed},
      {"81 A2 00 66 2F332F302F39 04 01", Error::Malformed},
      {"81 A2 00 66 2F332F302F39 08 6131", Error::Malformed},
      {"81 A2 00 66 2F332F302F39 63766C6F 01", Error::Malformed},
      {"81 A2 00 01 02 01", Error::Malformed},                       // a name that is no text
      {"81 A3 00 66 2F332F302F39 02 01 03 6131", Error::Malformed},  // two values
      {"81 A3 00 66 2F332F302F39 02 01 02 01", Error::Malformed},
      {"81 A3 00 66 2F332F302F39 02 01 6176 01", Error::Malformed},  // also by another label
      {"81 A3 00 66 2F332F302F39 02 01 62785F 01", Error::Unsupported},
      {"81 A3 00 66 2F332F302F39 02 01 24 01", Error::Unsupported},  // base value
      {"81 A3 00 66 2F332F302F39 02 01 20 0B", Error::Unsupported},  // version 11
      {"81 A2 00 66 2F332F302F39 F5 01", Error::Type},               // no label at all
      {"81 BF 00 66 2F332F302F39 02 FF", Error::Malformed},          // a label without value
      {"81 A1 00 66 2F33", Error::Truncated},
      {"9F A2 00 66 2F332F302F39 02 01", Error::Truncated},
  };
  for (const auto& row : rows) EXPECT_EQ(refusal(row.bytes), row.error) << row.bytes;
}

TEST(SenmlCbor, CutAnywhereIsAnError) {
  const auto whole = hex(kDevice);
  const Entries entries = test::example_device();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Error error = Error::Ok;
    const Entries read =
        decode(kSenmlCbor, std::vector(whole.begin(), whole.begin() + static_cast<long>(size)),
               Path(3, 0), error, types_of(entries));
    EXPECT_NE(error, Error::Ok) << size;
    for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], entries[i]);
  }
}

TEST(SenmlCbor, EveryOutputSizeAndCounting) {
  const Entries entries = test::example_device();
  Writer counter;
  ASSERT_TRUE(encode(kSenmlCbor, Path(3, 0), entries, counter).ok());
  EXPECT_EQ(counter.size(), 196u);
  for (std::size_t size = 1; size <= 196; ++size) {
    std::vector<std::uint8_t> storage(size);
    Writer out(storage);
    EXPECT_EQ(encode(kSenmlCbor, Path(3, 0), entries, out).error(),
              size < 196 ? Error::NoSpace : Error::Ok);
  }
}

}  // namespace
}  // namespace linnet::lwm2m
