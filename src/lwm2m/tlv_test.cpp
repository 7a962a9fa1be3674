// SPDX-License-Identifier: Apache-2.0
// Pins TLV byte by byte: the examples of the standard, every form of header, what is refused.
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

// The model number is printed with a letter missing in the standard; here it is whole.
constexpr const char* kDevice =
    "C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65"
    "C8 01 16 4C 69 67 68 74 77 65 69 67 68 74 20 4D 32 4D 20 43 6C 69 65 6E 74"
    "C8 02 09 33 34 35 30 30 30 31 32 33 C3 03 31 2E 30 86 06 41 00 01 41 01 05"
    "88 07 08 42 00 0E D8 42 01 13 88 87 08 41 00 7D 42 01 03 84 C1 09 64 C1 0A 0F"
    "83 0B 41 00 00 C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C1 10 55";

void expect_both_ways(const Path& base, const Entries& entries, const std::string& bytes) {
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(kTlv, base, entries, error)), to_hex(hex(bytes)));
  EXPECT_EQ(error, Error::Ok);
  EXPECT_EQ(decode(kTlv, hex(bytes), base, error, types_of(entries)), entries);
  EXPECT_EQ(error, Error::Ok);
}

TEST(Tlv, ExampleSingleInstance) {
  LINNET_REQ("FMT-06");
  LINNET_REQ("FMT-07");
  EXPECT_EQ(hex(kDevice).size(), 121u);
  expect_both_ways(Path(3, 0), test::example_device(), kDevice);
}

TEST(BasicTlv, IsTlvWithoutFloat) {
  LINNET_REQ("FMT-06");
  const Path base(3, 0);
  const Entries entries = test::example_device();
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(kBasicTlv, base, entries, error)), to_hex(hex(kDevice)));
  EXPECT_EQ(error, Error::Ok);
  EXPECT_EQ(decode(kBasicTlv, hex(kDevice), base, error, types_of(entries)), entries);
  EXPECT_EQ(error, Error::Ok);
  encode(kBasicTlv, base, {Entry::of(Path(3, 0, 1), Value::floating(1))}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
  RawValue raw;
  raw.kind = RawValue::Kind::Bytes;
  EXPECT_EQ(kBasicTlv.convert(raw, DataType::Float, {}).error(), Error::Format);
}

TEST(Tlv, ExampleObjectWithOneInstance) {
  LINNET_REQ("FMT-10");
  LINNET_REQ("DM-17");
  expect_both_ways(Path(3), test::example_device(), std::string("08 00 79") + kDevice);
}

TEST(Tlv, ExampleAccessControl) {
  LINNET_REQ("FMT-08");
  LINNET_REQ("FMT-09");
  expect_both_ways(
      Path(2),
      {Entry::of(Path(2, 0, 0), Value::integer(1)), Entry::of(Path(2, 0, 1), Value::integer(0)),
       Entry::of(Path(2, 0, 2, 127), Value::integer(7)),
       Entry::of(Path(2, 0, 3), Value::integer(127)), Entry::of(Path(2, 2, 0), Value::integer(3)),
       Entry::of(Path(2, 2, 1), Value::integer(0)),
       Entry::of(Path(2, 2, 2, 127), Value::integer(7)),
       Entry::of(Path(2, 2, 2, 310), Value::integer(1)),
       Entry::of(Path(2, 2, 3), Value::integer(127))},
      "08 00 0E C1 00 01 C1 01 00 83 02 41 7F 07 C1 03 7F 08 02 12 C1 00 03 C1 01 00"
      "87 02 41 7F 07 61 01 36 01 C1 03 7F");
}

TEST(Tlv, ExampleServer) {  // its outer length is printed two short in the standard
  expect_both_ways(
      Path(1),
      {Entry::of(Path(1, 0, 0), Value::integer(1)), Entry::of(Path(1, 0, 1), Value::integer(86400)),
       Entry::of(Path(1, 0, 6), Value::boolean(true)),
       Entry::of(Path(1, 0, 7), Value::string("U"))},
      "08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55");
}

TEST(Tlv, ExampleObjectLinks) {
  LINNET_REQ("DT-08");
  expect_both_ways(Path(65, 0),
                   {Entry::of(Path(65, 0, 0, 0), Value::link({66, 0})),
                    Entry::of(Path(65, 0, 0, 1), Value::link({66, 1})),
                    Entry::of(Path(65, 0, 1), Value::string("8613800755500")),
                    Entry::of(Path(65, 0, 2), Value::integer(0x12345678))},
                   "88 00 0C 44 00 00 42 00 00 44 01 00 42 00 01"
                   "C8 01 0D 38 36 31 33 38 30 30 37 35 35 35 30 30 C4 02 12 34 56 78");
  // The instances' lengths are printed three short in the standard.
  expect_both_ways(Path(66),
                   {Entry::of(Path(66, 0, 0), Value::string("myService 1")),
                    Entry::of(Path(66, 0, 1), Value::string("Internet.15.234")),
                    Entry::of(Path(66, 0, 2), Value::link({67, 0})),
                    Entry::of(Path(66, 1, 0), Value::string("myService 2")),
                    Entry::of(Path(66, 1, 1), Value::string("Internet.15.235")),
                    Entry::of(Path(66, 1, 2), Value::link({}))},
                   "08 00 26 C8 00 0B 6D 79 53 65 72 76 69 63 65 20 31"
                   "C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 34 C4 02 00 43 00 00"
                   "08 01 26 C8 00 0B 6D 79 53 65 72 76 69 63 65 20 32"
                   "C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 35 C4 02 FF FF FF FF");
}

TEST(Tlv, ExamplesAsPrintedAreRefusedOrDiffer) {
  Error error = Error::Ok;
  decode(kTlv, hex("08 00 0D C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55"), Path(1), error);
  EXPECT_EQ(error, Error::Malformed);
  decode(kTlv, hex("C8 01 16 4C 69 67 68 74 77 65 69 67 74 20 4D 32 4D 20 43 6C 69 65 6E 74"),
         Path(3, 0), error);
  EXPECT_EQ(error, Error::Truncated);
}

TEST(Tlv, ResourceAndResourceInstanceAsTarget) {
  LINNET_REQ("FMT-11");
  expect_both_ways(Path(3, 0, 9), {Entry::of(Path(3, 0, 9), Value::integer(100))}, "C1 09 64");
  const Entries both = {Entry::of(Path(3, 0, 6, 0), Value::integer(1)),
                        Entry::of(Path(3, 0, 6, 1), Value::integer(5))};
  expect_both_ways(Path(3, 0, 6), both, "86 06 41 00 01 41 01 05");
  expect_both_ways(Path(3, 0, 6, 1), {both[1]}, "41 01 05");
  // Other ways to say the same.
  Error error = Error::Ok;
  EXPECT_EQ(decode(kTlv, hex("41 00 01 41 01 05"), Path(3, 0, 6), error, types_of(both)), both);
  EXPECT_EQ(error, Error::Ok);
  EXPECT_EQ(decode(kTlv, hex("83 06 41 01 05"), Path(3, 0, 6, 1), error, types_of({both[1]})),
            Entries{both[1]});
  EXPECT_EQ(error, Error::Ok);
}

TEST(Tlv, InstanceMayBeWrappedThoughTheTargetNamesIt) {
  LINNET_REQ("FMT-10");
  Error error = Error::Ok;
  const Entries entries = test::example_device();
  EXPECT_EQ(
      decode(kTlv, hex(std::string("08 00 79") + kDevice), Path(3, 0), error, types_of(entries)),
      entries);
  EXPECT_EQ(error, Error::Ok);
  // Another instance is told as it is: the caller refuses it.
  EXPECT_EQ(decode(kTlv, hex("03 01 C1 09 64"), Path(3, 0), error).at(0).path, Path(3, 1, 9));
}

TEST(Tlv, CreateWithoutInstanceIdIsToldApart) {
  LINNET_REQ("DM-50");
  Error error = Error::Ok;
  EXPECT_TRUE(decode(kTlv, hex("C1 09 64"), Path(3), error).empty());
  EXPECT_EQ(error, Error::NotFound);
  EXPECT_EQ(decode(kTlv, hex("C1 09 64"), Path(3, 7), error).at(0).path, Path(3, 7, 9));
  EXPECT_EQ(error, Error::Ok);
}

TEST(Tlv, LongerFormsThanNeededAreAccepted) {
  LINNET_REQ("FMT-13");
  const Entries entries = {Entry::of(Path(3, 0, 9), Value::integer(100))};
  for (const char* bytes :
       {"C1 09 64", "E1 00 09 64", "C8 09 01 64", "CF 09 01 64", "D0 09 00 01 64",
        "D8 09 00 00 01 64", "F8 00 09 00 00 01 64", "E8 00 09 01 64"}) {
    Error error = Error::Ok;
    EXPECT_EQ(decode(kTlv, hex(bytes), Path(3, 0), error, types_of(entries)), entries) << bytes;
    EXPECT_EQ(error, Error::Ok) << bytes;
  }
}

TEST(Tlv, LengthAndIdTakeTheShortestForm) {
  LINNET_REQ("FMT-13");
  const auto head = [](std::size_t size, Id id) {
    Error error = Error::Ok;
    const std::string text(size, 'x');
    const auto bytes =
        encode(kTlv, Path(3, 0), {Entry::of(Path(3, 0, id), Value::string(text))}, error);
    return to_hex(ByteView(bytes).first(bytes.size() - size));
  };
  EXPECT_EQ(head(0, 255), "c0ff");
  EXPECT_EQ(head(7, 256), "e70100");
  EXPECT_EQ(head(8, 1), "c80108");
  EXPECT_EQ(head(255, 1), "c801ff");
  EXPECT_EQ(head(256, 1), "d0010100");
  EXPECT_EQ(head(60000, 65534), "f0fffeea60");

  std::vector<std::uint8_t> large(65536);
  std::vector<std::uint8_t> storage(large.size() + 6);
  Writer out(storage);
  RecordWriter writer(kTlv, out, Path(5, 0));
  ASSERT_TRUE(writer.add(Path(5, 0, 0), Value::opaque(large)).ok());
  EXPECT_EQ(to_hex(out.written().first(5)), "d800010000");
}

TEST(Tlv, RefusesAValueAbove24BitsOfLength) {
  const std::vector<std::uint8_t> large(0x1000000);
  Writer counter;
  RecordWriter writer(kTlv, counter, Path(5, 0));
  EXPECT_EQ(writer.add(Path(5, 0, 0), Value::opaque(large)).error(), Error::TooLarge);
  Writer again;
  EXPECT_TRUE(RecordWriter(kTlv, again, Path(5, 0))
                  .add(Path(5, 0, 0), Value::opaque(ByteView(large).first(0xFFFFFF)))
                  .ok());
}

TEST(Tlv, EmptyContainersGoBothWays) {
  expect_both_ways(Path(3), {Entry::of(Path(3, 0), WriteKind::Container)}, "00 00");
  expect_both_ways(Path(3, 0), {Entry::of(Path(3, 0, 6), WriteKind::Container)}, "80 06");
  expect_both_ways(
      Path(3),
      {Entry::of(Path(3, 0), WriteKind::Container), Entry::of(Path(3, 1, 6), WriteKind::Container),
       Entry::of(Path(3, 1, 9), Value::integer(1)), Entry::of(Path(3, 2), WriteKind::Container)},
      "00 00 05 01 80 06 C1 09 01 00 02");
  expect_both_ways(Path(3), {}, "");
  expect_both_ways(Path(3, 0), {}, "");
  // A container that turns out to have content is the one that is opened for it.
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(kTlv, Path(3),
                          {Entry::of(Path(3, 0), WriteKind::Container),
                           Entry::of(Path(3, 0, 6), WriteKind::Container),
                           Entry::of(Path(3, 0, 6, 1), Value::integer(5))},
                          error)),
            "050083064101"
            "05");
}

TEST(Tlv, NumbersTakeOneTwoFourOrEightBytes) {
  LINNET_REQ("DT-02");
  LINNET_REQ("DT-03");
  LINNET_REQ("DT-04");
  LINNET_REQ("DT-07");
  LINNET_REQ("FMT-14");
  const double inf = std::numeric_limits<double>::infinity();
  struct {
    Value value;
    const char* bytes;
  } const rows[] = {
      {Value::integer(0), "C1 01 00"},
      {Value::integer(127), "C1 01 7F"},
      {Value::integer(128), "C2 01 00 80"},
      {Value::integer(200), "C2 01 00 C8"},
      {Value::integer(-1), "C1 01 FF"},
      {Value::integer(-128), "C1 01 80"},
      {Value::integer(-129), "C2 01 FF 7F"},
      {Value::integer(32767), "C2 01 7F FF"},
      {Value::integer(32768), "C4 01 00 00 80 00"},
      {Value::integer(-32769), "C4 01 FF FF 7F FF"},
      {Value::integer(2147483647), "C4 01 7F FF FF FF"},
      {Value::integer(2147483648), "C8 01 08 00 00 00 00 80 00 00 00"},
      {Value::integer(INT64_MIN), "C8 01 08 80 00 00 00 00 00 00 00"},
      {Value::integer(INT64_MAX), "C8 01 08 7F FF FF FF FF FF FF FF"},
      {Value::time(1367491215), "C4 01 51 82 42 8F"},
      {Value::time(-1), "C1 01 FF"},
      {Value::unsigned_integer(0), "C1 01 00"},
      {Value::unsigned_integer(255), "C1 01 FF"},
      {Value::unsigned_integer(256), "C2 01 01 00"},
      {Value::unsigned_integer(65536), "C4 01 00 01 00 00"},
      {Value::unsigned_integer(UINT64_MAX), "C8 01 08 FF FF FF FF FF FF FF FF"},
      {Value::floating(0), "C4 01 00 00 00 00"},
      {Value::floating(-2.5), "C4 01 C0 20 00 00"},
      {Value::floating(0.1), "C8 01 08 3F B9 99 99 99 99 99 9A"},
      {Value::floating(1e300), "C8 01 08 7E 37 E4 3C 88 00 75 9C"},
      {Value::floating(inf), "C4 01 7F 80 00 00"},
      {Value::floating(-inf), "C4 01 FF 80 00 00"},
      {Value::boolean(true), "C1 01 01"},
      {Value::boolean(false), "C1 01 00"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.bytes);
    expect_both_ways(Path(9, 0), {Entry::of(Path(9, 0, 1), row.value)}, row.bytes);
  }
  Error error = Error::Ok;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(
      to_hex(encode(kTlv, Path(9, 0), {Entry::of(Path(9, 0, 1), Value::floating(nan))}, error)),
      "c4017fc00000");
}

TEST(Tlv, RefusesBrokenNesting) {
  LINNET_REQ("FMT-08");
  struct {
    const char* bytes;
    Path base;
    Error error;
  } const rows[] = {
      {"03 00 00 01 00", Path(3), Error::Malformed},     // instance in instance
      {"03 00 41 00 01", Path(3), Error::Malformed},     // resource instance in instance
      {"83 06 C1 00 01", Path(3, 0), Error::Malformed},  // resource in multiple resource
      {"82 06 80 00", Path(3, 0), Error::Malformed},     // multiple in multiple
      {"41 00 01", Path(3, 0), Error::Malformed},        // resource instance without resource
      {"41 00 01", Path(3), Error::Malformed},
      {"03 00 C2 09 64 01", Path(3), Error::Malformed},  // the resource is longer than the instance
      {"08 00 06 83 06 42 00 01 02", Path(3), Error::Malformed},
      {"02 00 E1 00 09 64", Path(3), Error::Malformed},  // a header across the container's end
      {"03 00 C1 09", Path(3), Error::Truncated},        // the instance is longer than the payload
      {"C1", Path(3, 0), Error::Truncated},
      {"C8 00", Path(3, 0), Error::Truncated},
      {"E1 FF FF 01", Path(3, 0), Error::Range},  // 65535 names nothing
      {"", Path(), Error::Format},                // no TLV for the root
  };
  for (const auto& row : rows) {
    Error error = Error::Ok;
    const Entries read = decode(kTlv, hex(row.bytes), row.base, error);
    EXPECT_EQ(error, row.error) << row.bytes;
    EXPECT_TRUE(read.empty()) << row.bytes;
  }
}

TEST(Tlv, CutAnywhereGivesAPrefixOrAnError) {
  LINNET_REQ("FMT-12");
  const std::vector<std::uint8_t> whole = hex(kDevice);
  const Entries entries = test::example_device();
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    Error error = Error::Ok;
    const Entries read = decode(kTlv, cut, Path(3, 0), error, types_of(entries));
    ASSERT_LE(read.size(), entries.size());
    for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], entries[i]);
    if (error == Error::Ok) ++accepted;  // between two elements: also a payload
  }
  EXPECT_EQ(accepted, 13u);

  const std::vector<std::uint8_t> wrapped = hex(std::string("08 00 79") + kDevice);
  for (std::size_t size = 1; size < wrapped.size(); ++size) {
    const std::vector<std::uint8_t> cut(wrapped.begin(), wrapped.begin() + static_cast<long>(size));
    Error error = Error::Ok;
    EXPECT_TRUE(decode(kTlv, cut, Path(3), error).empty());
    EXPECT_EQ(error, Error::Truncated) << size;
  }
}

TEST(Tlv, ErrorsStay) {
  const auto bytes = hex("C1 09 64 C1");
  RecordReader reader(kTlv, bytes, Path(3, 0));
  Record record;
  EXPECT_TRUE(*reader.next(record));
  EXPECT_EQ(reader.next(record).error(), Error::Truncated);
  EXPECT_EQ(reader.next(record).error(), Error::Truncated);
}

TEST(Tlv, EndStays) {
  const auto bytes = hex("C1 09 64");
  RecordReader reader(kTlv, bytes, Path(3, 0));
  Record record;
  EXPECT_TRUE(*reader.next(record));
  EXPECT_FALSE(*reader.next(record));
  EXPECT_FALSE(*reader.next(record));
}

TEST(Tlv, EveryOutputSizeAndCounting) {
  const Entries entries = test::example_device();
  Writer counter;
  ASSERT_TRUE(encode(kTlv, Path(3), entries, counter).ok());
  EXPECT_EQ(counter.size(), 124u);
  for (std::size_t size = 1; size <= 124; ++size) {
    std::vector<std::uint8_t> storage(size);
    Writer out(storage);
    EXPECT_EQ(encode(kTlv, Path(3), entries, out).error(), size < 124 ? Error::NoSpace : Error::Ok);
  }
}

TEST(Tlv, WriterRefusesWhatTlvCannotSay) {
  LINNET_REQ("FMT-28");
  std::uint8_t storage[64];
  Writer out(storage);
  RecordWriter writer(kTlv, out, Path(3, 0));
  EXPECT_EQ(writer.add(Path(3, 0, 9), Value::integer(1), 5.0).error(), Error::NotAcceptable);
  EXPECT_EQ(writer.add(Path(3, 0, 9), Value()).error(), Error::Type);
  EXPECT_EQ(writer.add(Path(3, 0), Value::integer(1)).error(), Error::Type);
  EXPECT_EQ(writer.add(Path(3, 1, 9), Value::integer(1)).error(), Error::Conflict);
  EXPECT_EQ(writer.add_name(Path(3, 0, 9)).error(), Error::NotAcceptable);
  EXPECT_EQ(writer.add_null(Path(3, 0, 9)).error(), Error::NotAcceptable);
  EXPECT_TRUE(writer.add(Path(3, 0, 9), Value::integer(1)).ok());
  EXPECT_EQ(writer.add(Path(3, 0, 9), Value::integer(1)).error(), Error::Order);
  EXPECT_EQ(writer.add(Path(3, 0, 6, 1), Value::integer(1)).error(), Error::Order);
  EXPECT_TRUE(writer.finish().ok());
  EXPECT_EQ(to_hex(out.written()), "c10901");
  Writer other(storage);
  EXPECT_EQ(RecordWriter(kTlv, other, Path()).add(Path(3, 0, 9), Value::integer(1)).error(),
            Error::NotAcceptable);
}

TEST(Tlv, AppendsBehindWhatIsThere) {
  std::uint8_t storage[16];
  Writer out(storage);
  out.u16(0xABCD);
  ASSERT_TRUE(encode(kTlv, Path(3), {Entry::of(Path(3, 0, 9), Value::integer(1))}, out).ok());
  EXPECT_EQ(to_hex(out.written()), "abcd0300c10901");
}

}  // namespace
}  // namespace linnet::lwm2m
