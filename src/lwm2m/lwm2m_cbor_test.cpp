// SPDX-License-Identifier: Apache-2.0
// Pins LwM2M CBOR (11544): the examples of the standard, every split of keys, relative paths.
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
using test::hex;
using test::to_hex;
using test::types_of;

constexpr const char* kDevice =
    "A1 82 03 00 AD 00 74 4F70656E204D6F62696C6520416C6C69616E6365"
    "01 76 4C69676874776569676874204D324D20436C69656E74 02 69 333435303030313233 03 63 312E30"
    "06 A2 00 01 01 05 07 A2 00 19 0ED8 01 19 1388 08 A2 00 18 7D 01 19 0384 09 18 64 0A 0F"
    "0B A1 00 00 0D 1A 5182428F 0E 66 2B30323A3030 10 61 55";

void expect_read(const Path& base, const Entries& entries, const std::string& bytes) {
  Error error = Error::Ok;
  EXPECT_EQ(decode(kLwm2mCbor, hex(bytes), base, error, types_of(entries)), entries) << bytes;
  EXPECT_EQ(error, Error::Ok) << bytes;
}

void expect_both_ways(const Path& base, const Entries& entries, const std::string& bytes) {
  Error error = Error::Ok;
  EXPECT_EQ(to_hex(encode(kLwm2mCbor, base, entries, error)), to_hex(hex(bytes)));
  EXPECT_EQ(error, Error::Ok);
  expect_read(base, entries, bytes);
}

Error refusal(const std::string& bytes, const Path& base = Path()) {
  Error error = Error::Ok;
  decode(kLwm2mCbor, hex(bytes), base, error);
  return error;
}

TEST(Lwm2mCbor, ExampleSingleResource) {
  LINNET_REQ("FMT-25");
  const Entries entries = {Entry::of(Path(3, 0, 0), Value::string("Open Mobile Alliance"))};
  const std::string text = "74 4F70656E204D6F62696C6520416C6C69616E6365";
  EXPECT_EQ(hex("A1 83 03 00 00" + text).size(), 26u);
  expect_both_ways(Path(3, 0, 0), entries, "A1 83 03 00 00" + text);
  expect_read(Path(3, 0, 0), entries, "A1 03 A1 00 A1 00" + text);
}

TEST(Lwm2mCbor, ExampleMultipleResource) {
  expect_both_ways(Path(3, 0, 6),
                   {Entry::of(Path(3, 0, 6, 0), Value::integer(1)),
                    Entry::of(Path(3, 0, 6, 1), Value::integer(5))},
                   "A1 83 03 00 06 A2 00 01 01 05");
}

TEST(Lwm2mCbor, ExampleInstance) {
  LINNET_REQ("FMT-25");
  EXPECT_EQ(hex(kDevice).size(), 118u);
  expect_both_ways(Path(3, 0), test::example_device(), kDevice);
  expect_both_ways(Path(3), test::example_device(), kDevice);
}

TEST(Lwm2mCbor, ExampleObject) {
  const std::string bytes =
      "A1 01 A2 00 A7 00 18 65 01 1A 00015180 02 19 012C 03 19 1770 05 1A 00015180 06 F5 07 61 55"
      "01 A7 00 18 66 01 1A 00015180 02 19 0258 03 19 1770 05 1A 00015180 06 F4 07 61 55";
  EXPECT_EQ(hex(bytes).size(), 63u);
  expect_both_ways(Path(1), test::example_servers(), bytes);
}

TEST(Lwm2mCbor, ExampleComposite) {
  LINNET_REQ("FMT-29");
  // The standard has object 3 first; the writer goes in path order, to the same size.
  const std::string device = "82 03 00 A2 00 74 4F70656E204D6F62696C6520416C6C69616E6365 09 18 64";
  const std::string server = "83 01 00 01 1A 00015180";
  Entries entries = {Entry::of(Path(1, 0, 1), Value::integer(86400)),
                     Entry::of(Path(3, 0, 0), Value::string("Open Mobile Alliance")),
                     Entry::of(Path(3, 0, 9), Value::integer(100))};
  EXPECT_EQ(hex("A2" + server + device).size(), 39u);
  expect_both_ways(Path(), entries, "A2" + server + device);
  std::rotate(entries.begin(), entries.begin() + 1, entries.end());
  expect_read(Path(), entries, "A2" + device + server);
}

TEST(Lwm2mCbor, AnySplitOfKeys) {
  LINNET_REQ("FMT-27");
  const Entries entries = {Entry::of(Path(3, 0, 6, 0), Value::integer(1)),
                           Entry::of(Path(3, 0, 6, 1), Value::integer(5)),
                           Entry::of(Path(3, 0, 9), Value::integer(100))};
  for (const char* bytes : {
           "A1 03 A1 00 A2 06 A2 00 01 01 05 09 18 64",
           "A1 82 03 00 A2 06 A2 00 01 01 05 09 18 64",
           "A3 84 03 00 06 00 01 84 03 00 06 01 05 83 03 00 09 18 64",
           "A2 03 A2 83 00 06 00 01 83 00 06 01 05 83 03 00 09 18 64",
           "A2 83 03 00 06 A2 00 01 01 05 03 A1 82 00 09 18 64",
           "BF 9F 03 00 06 FF BF 00 01 81 01 05 FF 9F 03 FF BF 9F 00 09 FF 18 64 FF FF",
           "A1 81 03 BF 18 00 A2 19 0006 A2 1A 00000000 01 01 05 09 18 64 FF",
       }) {
    expect_read(Path(3, 0), entries, bytes);
    expect_read(Path(), entries, bytes);
  }
}

TEST(Lwm2mCbor, KeysMayStartAtTheTarget) {
  LINNET_REQ("FMT-26");
  const Entries entries = {Entry::of(Path(3, 0, 9), Value::integer(1)),
                           Entry::of(Path(3, 0, 10), Value::integer(2))};
  expect_read(Path(3, 0), entries, "A2 09 01 0A 02");
  expect_read(Path(3, 0), entries, "A1 82 03 00 A2 09 01 0A 02");
  expect_read(Path(3), entries, "A1 00 A2 09 01 0A 02");
  expect_read(Path(3, 0, 6), {Entry::of(Path(3, 0, 6, 3), Value::integer(5))}, "A1 03 05");
  expect_read(Path(3, 0, 6), {Entry::of(Path(3, 0, 6, 3), Value::integer(5))},
              "A1 84 03 00 06 03 05");
  // Resource 3 of the target, though object 3 has the same number.
  expect_read(Path(3, 0),
              {Entry::of(Path(3, 0, 3, 0), Value::integer(1)),
               Entry::of(Path(3, 0, 3, 1), Value::integer(2))},
              "A1 03 A2 00 01 01 02");
  // What the first record is, all are: no way to smuggle in a path elsewhere.
  Error error = Error::Ok;
  const Entries mixed = decode(kLwm2mCbor, hex("A2 83 03 00 09 01 82 05 00 02"), Path(3, 0), error);
  EXPECT_EQ(mixed.size(), 1u);
  EXPECT_EQ(error, Error::Malformed);
  // An absolute path elsewhere is told as it is, or refused, never bent to the target.
  EXPECT_EQ(refusal("A1 83 05 00 01 01", Path(3, 0)), Error::Malformed);
}

TEST(Lwm2mCbor, CreateWithoutInstanceIdIsToldApart) {
  LINNET_REQ("DM-50");
  EXPECT_EQ(refusal("A2 09 01 0A 02", Path(3)), Error::NotFound);
  expect_read(
      Path(3, 4),
      {Entry::of(Path(3, 4, 9), Value::integer(1)), Entry::of(Path(3, 4, 10), Value::integer(2))},
      "A2 09 01 0A 02");
}

TEST(Lwm2mCbor, EmptyContainersGoBothWays) {
  expect_both_ways(Path(3), {Entry::of(Path(3, 0), WriteKind::Container)}, "A1 82 03 00 A0");
  expect_both_ways(Path(3), {Entry::of(Path(3), WriteKind::Container)}, "A1 03 A0");
  expect_both_ways(Path(3, 0), {Entry::of(Path(3, 0, 6), WriteKind::Container)},
                   "A1 83 03 00 06 A0");
  expect_both_ways(
      Path(3),
      {Entry::of(Path(3, 0), WriteKind::Container), Entry::of(Path(3, 1, 6), WriteKind::Container),
       Entry::of(Path(3, 1, 9), Value::integer(1))},
      "A1 03 A2 00 A0 01 A2 06 A0 09 01");
  expect_both_ways(Path(3), {}, "A0");
  expect_read(Path(3), {Entry::of(Path(3, 0), WriteKind::Container)}, "BF 03 BF 00 BF FF FF FF");
  expect_read(Path(3), {}, "BF FF");
}

TEST(Lwm2mCbor, OneInstanceOfAMultipleResourceKeepsItsMap) {
  expect_both_ways(Path(3, 0, 11), {Entry::of(Path(3, 0, 11, 0), Value::integer(0))},
                   "A1 83 03 00 0B A1 00 00");
  expect_both_ways(Path(3, 0, 11, 7), {Entry::of(Path(3, 0, 11, 7), Value::integer(0))},
                   "A1 83 03 00 0B A1 07 00");
}

TEST(Lwm2mCbor, WideIdentifiersAndManyElements) {
  Entries entries;
  for (Id id = 0; id < 300; ++id) {
    entries.push_back(Entry::of(Path(65534, 1000, static_cast<Id>(id * 200)), Value::integer(id)));
  }
  for (const auto& list : {entries, Entries{entries[299]}, Entries{entries[0]}}) {
    Error error = Error::Ok;
    const auto bytes = encode(kLwm2mCbor, Path(), list, error);
    ASSERT_EQ(error, Error::Ok);
    EXPECT_EQ(decode(kLwm2mCbor, bytes, Path(), error, types_of(list)), list);
    EXPECT_EQ(error, Error::Ok);
    Writer counter;
    ASSERT_TRUE(encode(kLwm2mCbor, Path(), list, counter).ok());
    EXPECT_EQ(counter.size(), bytes.size());
  }
}

TEST(Lwm2mCbor, NullsDeleteAndName) {
  expect_both_ways(Path(), {Entry::of(Path(3, 0, 6, 1), WriteKind::Null)},
                   "A1 83 03 00 06 A1 01 F6");
  Error error = Error::Ok;
  EXPECT_EQ(
      to_hex(encode(kLwm2mCbor, Path(),
                    {Entry::of(Path(1), WriteKind::Name), Entry::of(Path(3, 0), WriteKind::Name),
                     Entry::of(Path(4, 0, 1), WriteKind::Name)},
                    error)),
      "a301f6820300f683040001f6");
  expect_read(Path(),
              {Entry::of(Path(1), WriteKind::Null), Entry::of(Path(3, 0), WriteKind::Null),
               Entry::of(Path(4, 0, 1), WriteKind::Null)},
              "A3 01 F6 82 03 00 F6 83 04 00 01 F6");
  encode(kLwm2mCbor, Path(), {Entry::of(Path(), WriteKind::Name)}, error);
  EXPECT_EQ(error, Error::NotAcceptable);
}

TEST(Lwm2mCbor, Refuses) {
  struct {
    const char* bytes;
    Error error;
  } const rows[] = {
      {"", Error::Truncated},
      {"80", Error::Malformed},
      {"A0 00", Error::Malformed},       // something behind it
      {"A1 20 01", Error::Malformed},    // a negative identifier
      {"A1 6133 01", Error::Malformed},  // a text as key
      {"A1 80 01", Error::Malformed},    // an empty key
      {"A1 9F FF 01", Error::Malformed},
      {"A1 C1 03 01", Error::Malformed},              // a tagged key
      {"A1 85 03 00 06 01 02 01", Error::Malformed},  // too long a key
      {"A2 82 03 00 F6 84 03 00 06 01 A0", Error::Malformed},
      {"A1 84 03 00 06 01 A0", Error::Malformed},  // a map below a resource instance
      {"A1 84 03 00 06 01 A1 00 01", Error::Malformed},
      {"A1 83 03 00 19 FFFF 01", Error::Range},
      {"A1 83 03 00 1A 00010000 01", Error::Range},
      {"A1 82 03 00 01", Error::Malformed},     // a value where an instance should be
      {"A1 83 03 00 09 80", Error::Malformed},  // an array as value
      {"A1 83 03 00 09 F7", Error::Malformed},
      {"A2 83 03 00 09 01", Error::Truncated},
      {"BA FFFFFFFF 03 01", Error::Malformed},  // more announced than can be there
      {"BF 83 03 00 09 01", Error::Truncated},
      {"BF 83 03 00 09 FF", Error::Malformed},  // a key without value
  };
  for (const auto& row : rows) EXPECT_EQ(refusal(row.bytes), row.error) << row.bytes;
}

TEST(Lwm2mCbor, CutAnywhereIsAnError) {
  const auto whole = hex(kDevice);
  const Entries entries = test::example_device();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Error error = Error::Ok;
    const Entries read =
        decode(kLwm2mCbor, std::vector(whole.begin(), whole.begin() + static_cast<long>(size)),
               Path(3, 0), error, types_of(entries));
    EXPECT_NE(error, Error::Ok) << size;
    for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], entries[i]);
  }
}

TEST(Lwm2mCbor, EveryOutputSizeAndCounting) {
  const Entries entries = test::example_device();
  Writer counter;
  ASSERT_TRUE(encode(kLwm2mCbor, Path(3, 0), entries, counter).ok());
  EXPECT_EQ(counter.size(), 118u);
  for (std::size_t size = 1; size <= 118; ++size) {
    std::vector<std::uint8_t> storage(size);
    Writer out(storage);
    EXPECT_EQ(encode(kLwm2mCbor, Path(3, 0), entries, out).error(),
              size < 118 ? Error::NoSpace : Error::Ok);
  }
}

TEST(Lwm2mCbor, WriterRefuses) {
  LINNET_REQ("FMT-28");
  std::uint8_t storage[64];
  Writer out(storage);
  RecordWriter writer(kLwm2mCbor, out, Path(3, 0));
  EXPECT_EQ(writer.add(Path(3, 0, 9), Value::integer(1), 5.0).error(), Error::NotAcceptable);
  EXPECT_EQ(writer.add_container(Path(3, 0, 6, 1)).error(), Error::NotAcceptable);
  EXPECT_TRUE(writer.add(Path(3, 0, 9), Value::integer(1)).ok());
  EXPECT_EQ(writer.add(Path(3, 0, 9), Value::integer(1)).error(), Error::Order);
  EXPECT_EQ(writer.add(Path(3, 0, 8), Value::integer(1)).error(), Error::Order);
  EXPECT_TRUE(writer.finish().ok());
  EXPECT_EQ(to_hex(out.written()), "a18303000901");
}

}  // namespace
}  // namespace linnet::lwm2m
