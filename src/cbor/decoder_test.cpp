// SPDX-License-Identifier: Apache-2.0
// Pins that every well-formed item of RFC 8949 is read as what it is, and nothing else is read.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include <hex.hpp>
#include <linnet/cbor/decoder.hpp>
#include <requirement.hpp>

namespace linnet::cbor {
namespace {

using test::hex;
using Kind = Item::Kind;

std::string number(double value) {
  char storage[32];
  std::snprintf(storage, sizeof storage, "%.17g", value);
  return storage;
}

/// The items of `bytes` in a short notation, or the error.
std::string items(ByteView bytes) {
  Reader reader(bytes);
  std::string all;
  while (reader.ok() && !reader.empty()) {
    const Result<Item> item = Decoder(reader).next();
    if (!item.ok()) return describe(item.error());
    if (!all.empty()) all += ' ';
    const std::string count = item->indefinite ? "*" : std::to_string(item->number);
    switch (item->kind) {
      case Kind::Unsigned: all += count; break;
      case Kind::Negative: all += "-1-" + count; break;
      case Kind::Bytes: all += item->indefinite ? "h*" : "h" + test::to_hex(item->bytes); break;
      case Kind::Text: all += item->indefinite ? "'*" : "'" + std::string(item->text()); break;
      case Kind::Array: all += "[" + count; break;
      case Kind::Map: all += "{" + count; break;
      case Kind::Tag: all += "#" + count; break;
      case Kind::Boolean: all += item->number != 0 ? "true" : "false"; break;
      case Kind::Null: all += "null"; break;
      case Kind::Undefined: all += "undefined"; break;
      case Kind::Simple: all += "simple" + count; break;
      case Kind::Float: all += number(item->real); break;
      case Kind::Break: all += "."; break;
    }
  }
  return all;
}

struct Vector {
  const char* bytes;
  const char* items;
};

// RFC 8949 Appendix A.
const Vector kAppendixA[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"18 18", "24"},
    {"18 19", "25"},
    {"18 64", "100"},
    {"19 03e8", "1000"},
    {"1a 000f4240", "1000000"},
    {"1b 000000e8d4a51000", "1000000000000"},
    {"1b ffffffffffffffff", "18446744073709551615"},
    {"c2 49 010000000000000000", "#2 h010000000000000000"},
    {"3b ffffffffffffffff", "-1-18446744073709551615"},
    {"c3 49 010000000000000000", "#3 h010000000000000000"},
    {"20", "-1-0"},
    {"29", "-1-9"},
    {"38 63", "-1-99"},
    {"39 03e7", "-1-999"},
    {"f9 0000", "0"},
    {"f9 8000", "-0"},
    {"f9 3c00", "1"},
    {"fb 3ff199999999999a", "1.1000000000000001"},
    {"f9 3e00", "1.5"},
    {"f9 7bff", "65504"},
    {"fa 47c35000", "100000"},
    {"fa 7f7fffff", "3.4028234663852886e+38"},
    {"fb 7e37e43c8800759c", "1.0000000000000001e+300"},
    {"f9 0001", "5.9604644775390625e-08"},
    {"f9 0400", "6.103515625e-05"},
    {"f9 c400", "-4"},
    {"fb c010666666666666", "-4.0999999999999996"},
    {"f9 7c00", "inf"},
    {"f9 7e00", "nan"},
    {"f9 fc00", "-inf"},
    {"fa 7f800000", "inf"},
    {"fa 7fc00000", "nan"},
    {"fa ff800000", "-inf"},
    {"fb 7ff0000000000000", "inf"},
    {"fb 7ff8000000000000", "nan"},
    {"fb fff0000000000000", "-inf"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"f7", "undefined"},
    {"f0", "simple16"},
    {"f8 ff", "simple255"},
    {"c0 74 323031332d30332d32315432303a30343a30305a", "#0 '2013-03-21T20:04:00Z"},
    {"c1 1a 514b67b0", "#1 1363896240"},
    {"c1 fb 41d452d9ec200000", "#1 1363896240.5"},
    {"d7 44 01020304", "#23 h01020304"},
    {"d8 18 45 6449455446", "#24 h6449455446"},
    {"d8 20 76 687474703a2f2f7777772e6578616d706c652e636f6d", "#32 'http://www.example.com"},
    {"40", "h"},
    {"44 01020304", "h01020304"},
    {"60", "'"},
    {"61 61", "'a"},
    {"64 49455446", "'IETF"},
    {"62 225c", "'\"\\"},
    {"62 c3bc", "'\xc3\xbc"},
    {"63 e6b0b4", "'\xe6\xb0\xb4"},
    {"64 f0908591", "'\xf0\x90\x85\x91"},
    {"80", "[0"},
    {"83 01 02 03", "[3 1 2 3"},
    {"83 01 82 02 03 82 04 05", "[3 1 [2 2 3 [2 4 5"},
    {"98 19 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 18 18 19",
     "[25 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"},
    {"a0", "{0"},
    {"a2 01 02 03 04", "{2 1 2 3 4"},
    {"a2 61 61 01 61 62 82 02 03", "{2 'a 1 'b [2 2 3"},
    {"82 61 61 a1 61 62 61 63", "[2 'a {1 'b 'c"},
    {"a5 61 61 61 41 61 62 61 42 61 63 61 43 61 64 61 44 61 65 61 45",
     "{5 'a 'A 'b 'B 'c 'C 'd 'D 'e 'E"},
    {"5f 42 0102 43 030405 ff", "h* h0102 h030405 ."},
    {"7f 65 7374726561 64 6d696e67 ff", "'* 'strea 'ming ."},
    {"9f ff", "[* ."},
    {"9f 01 82 02 03 9f 04 05 ff ff", "[* 1 [2 2 3 [* 4 5 . ."},
    {"9f 01 82 02 03 82 04 05 ff", "[* 1 [2 2 3 [2 4 5 ."},
    {"83 01 82 02 03 9f 04 05 ff", "[3 1 [2 2 3 [* 4 5 ."},
    {"83 01 9f 02 03 ff 82 04 05", "[3 1 [* 2 3 . [2 4 5"},
    {"9f 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 18 18 19 ff",
     "[* 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 ."},
    {"bf 61 61 01 61 62 9f 02 03 ff ff", "{* 'a 1 'b [* 2 3 . ."},
    {"82 61 61 bf 61 62 61 63 ff", "[2 'a {* 'b 'c ."},
    {"bf 63 46756e f5 63 416d74 21 ff", "{* 'Fun true 'Amt -1-1 ."},
};

TEST(CborDecoder, ReadsAppendixA) {
  for (const Vector& v : kAppendixA) EXPECT_EQ(items(hex(v.bytes)), v.items) << v.bytes;
}

TEST(CborDecoder, SkipsAppendixAWholeAndRefusesEveryCut) {
  for (const Vector& v : kAppendixA) {
    const auto bytes = hex(v.bytes);
    Reader whole(bytes);
    EXPECT_TRUE(Decoder(whole).skip().ok()) << v.bytes;
    EXPECT_TRUE(whole.empty()) << v.bytes;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Reader cut(ByteView(bytes).first(size));
      const Error error = Decoder(cut).skip().error();
      // A count that the rest cannot hold is found before the end is.
      EXPECT_TRUE(error == Error::Truncated || error == Error::Malformed) << v.bytes << " " << size;
      EXPECT_EQ(cut.error(), error);
    }
  }
}

TEST(CborDecoder, RefusesReservedEncodings) {
  for (int initial = 0; initial < 256; ++initial) {
    const int major = initial >> 5;
    const int info = initial & 31;
    const bool reserved =
        (info >= 28 && info <= 30) || (info == 31 && (major == 0 || major == 1 || major == 6));
    std::vector<std::uint8_t> bytes(300, 0x40);  // long enough for every length of 8 bits
    bytes[0] = static_cast<std::uint8_t>(initial);
    Reader reader(bytes);
    const Result<Item> item = Decoder(reader).next();
    if (reserved) {
      EXPECT_EQ(item.error(), Error::Malformed) << initial;
    } else if (major >= 2 && major <= 5 && info >= 25 && info <= 27) {
      EXPECT_FALSE(item.ok()) << initial;  // 0x4040 and more bytes or items
    } else {
      EXPECT_TRUE(item.ok()) << initial;
    }
  }
  for (int value = 0; value < 256; ++value) {
    const std::uint8_t bytes[] = {0xf8, static_cast<std::uint8_t>(value)};
    Reader reader(bytes);
    EXPECT_EQ(Decoder(reader).next().ok(), value >= 32) << value;
  }
}

TEST(CborDecoder, RefusesCountsThatTheInputCannotHold) {
  struct Case {
    const char* bytes;
    Error error;
  };
  const Case cases[] = {
      {"9b ffffffffffffffff 00", Error::Malformed},
      {"bb ffffffffffffffff 00", Error::Malformed},
      {"bb 8000000000000000 00", Error::Malformed},
      {"9a 00000002 00", Error::Malformed},
      {"a1 00", Error::Malformed},
      {"5b ffffffffffffffff 00", Error::Truncated},
      {"7b 8000000000000000 00", Error::Truncated},
      {"5b 0000000100000000 00", Error::Truncated},
      {"9b 0000000100000000 00", Error::Malformed},
  };
  for (const Case& c : cases) {
    const auto bytes = hex(c.bytes);
    Reader reader(bytes);
    EXPECT_EQ(Decoder(reader).next().error(), c.error) << c.bytes;
    EXPECT_EQ(Decoder(reader).next().error(), c.error) << "an error stays";
  }
}

TEST(CborDecoder, SkipRefusesWhatIsNotWellFormed) {
  const char* const cases[] = {
      "ff",                 // a break of nothing
      "81 ff",              // ... of a definite array
      "82 00 ff",           //
      "a1 00 ff",           // ... of a definite map
      "a1 ff 00",           //
      "bf 00 ff",           // a key without value
      "bf 00 00 00 ff",     //
      "9f 81 ff ff",        //
      "c1 ff",              // a tag of nothing
      "9f c1 ff",           //
      "bf 00 c1 ff",        //
      "5f 61 61 ff",        // a chunk of another type
      "7f 41 61 ff",        //
      "5f 00 ff",           //
      "5f 5f 41 00 ff ff",  // an indefinite chunk
      "5f c1 41 00 ff",     // a tagged chunk
      "9f 1c ff",           // reserved, inside
      "81 f8 18",           //
  };
  for (const char* text : cases) {
    const auto bytes = hex(text);
    Reader reader(bytes);
    EXPECT_EQ(Decoder(reader).skip().error(), Error::Malformed) << text;
    EXPECT_EQ(reader.error(), Error::Malformed) << text;
  }
}

TEST(CborDecoder, SkipStopsAfterOneItem) {
  const auto bytes = hex("a2 01 9f c1 c2 02 bf ff 5f ff ff 61 61 80 18 2a");
  Reader reader(bytes);
  EXPECT_TRUE(Decoder(reader).skip().ok());
  const Result<Item> item = Decoder(reader).next();
  ASSERT_TRUE(item.ok());
  EXPECT_EQ(item->number, 42u);
}

TEST(CborDecoder, SkipFollowsToItsDepthAndNoDeeper) {
  for (const std::uint8_t open : {std::uint8_t{0x81}, std::uint8_t{0x9f}}) {
    std::vector<std::uint8_t> bytes(Decoder::kMaxDepth, open);
    bytes.push_back(0);
    if (open == 0x9f) bytes.insert(bytes.end(), Decoder::kMaxDepth, 0xff);
    Reader deep(bytes);
    EXPECT_TRUE(Decoder(deep).skip().ok());
    EXPECT_TRUE(deep.empty());
    bytes.insert(bytes.begin(), open);
    bytes.push_back(0xff);
    Reader deeper(bytes);
    EXPECT_EQ(Decoder(deeper).skip().error(), Error::TooLarge);
  }
  const std::vector<std::uint8_t> tags(100'000, 0xc1);
  Reader reader(tags);
  EXPECT_EQ(Decoder(reader).skip().error(), Error::Truncated);
}

TEST(CborDecoder, ReadsChunks) {
  const auto bytes = hex("7f 62 6162 60 61 63 ff 05");
  Reader reader(bytes);
  Decoder decoder(reader);
  const Result<Item> head = decoder.next();
  ASSERT_TRUE(head.ok() && head->indefinite && head->kind == Kind::Text);
  std::string text;
  ByteView chunk;
  for (bool more = true; more;) {
    const Result<bool> answer = decoder.next_chunk(Kind::Text, chunk);
    ASSERT_TRUE(answer.ok());
    more = *answer;
    if (more) text += as_text(chunk);
  }
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(decoder.next()->number, 5u);
  Reader wrong(ByteView(bytes).subspan(1));
  EXPECT_EQ(Decoder(wrong).next_chunk(Kind::Bytes, chunk).error(), Error::Malformed);
  EXPECT_EQ(wrong.error(), Error::Malformed);
}

TEST(CborDecoder, PeeksWithoutConsumingOrFailing) {
  const auto bytes = hex("18 2a 18");
  Reader reader(bytes);
  Decoder decoder(reader);
  EXPECT_EQ(decoder.peek()->number, 42u);
  EXPECT_EQ(reader.position(), 0u);
  EXPECT_EQ(decoder.next()->number, 42u);
  EXPECT_EQ(decoder.peek().error(), Error::Truncated);
  EXPECT_TRUE(reader.ok());
}

TEST(CborItem, GivesSignedIntegersThatFit) {
  const auto integer = [](const char* text) {
    const auto bytes = hex(text);
    Reader reader(bytes);
    return Decoder(reader).next()->integer();
  };
  EXPECT_EQ(*integer("1b 7fffffffffffffff"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*integer("3b 7fffffffffffffff"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*integer("20"), -1);
  EXPECT_EQ(integer("1b 8000000000000000").error(), Error::Range);
  EXPECT_EQ(integer("3b 8000000000000000").error(), Error::Range);
  EXPECT_EQ(integer("f9 3c00").error(), Error::Type);
  EXPECT_EQ(integer("61 31").error(), Error::Type);
}

}  // namespace
}  // namespace linnet::cbor
