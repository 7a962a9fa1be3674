// SPDX-License-Identifier: Apache-2.0
// Pins that the encoder writes JSON with its commas, escapes and numbers.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <linnet/json/decoder.hpp>
#include <linnet/json/encoder.hpp>
#include <linnet/text/base64.hpp>
#include <requirement.hpp>

namespace linnet::json {
namespace {

void write_pack(Writer& writer) {
  Encoder json(writer);
  json.begin_array();
  json.begin_object();
  json.key("bn");
  json.string("/3/0/");
  json.key("n");
  json.string("0");
  json.key("vs");
  json.string("a\"b\\c\n\x01\x1f\x7f\xc3\xa9/");
  json.end_object();
  json.begin_object();
  json.key("v");
  json.integer(-95);
  json.key("t");
  json.real(1.5);
  json.end_object();
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
  json.boolean(true);
  json.boolean(false);
  json.null();
  json.literal("[1]");
  json.begin_array();
  json.end_array();
  json.end_array();
  json.end_array();
}

constexpr std::string_view kPack =
    "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"a\\\"b\\\\c\\u000a\\u0001\\u001f\x7f\xc3\xa9/\"},"
    "{\"v\":-95,\"t\":1.5},{},[18446744073709551615,true,false,null,[1],[]]]";

TEST(JsonEncoder, PutsCommasColonsAndEscapes) {
  std::array<std::uint8_t, 256> storage{};
  Writer writer(storage);
  write_pack(writer);
  EXPECT_EQ(as_text(writer.written()), kPack);
}

TEST(JsonEncoder, FailsAtEveryOutputSizeThatIsTooSmall) {
  Writer counter;
  write_pack(counter);
  ASSERT_EQ(counter.size(), kPack.size());
  std::array<std::uint8_t, kPack.size()> storage{};
  for (std::size_t size = 1; size <= storage.size(); ++size) {
    Writer writer(MutableBytes(storage).first(size));
    write_pack(writer);
    EXPECT_EQ(writer.ok(), size == storage.size()) << size;
  }
}

TEST(JsonEncoder, WritesStringsInPieces) {
  std::array<std::uint8_t, 64> storage{};
  Writer writer(storage);
  Encoder json(writer);
  json.begin_object();
  json.key("vd");
  json.begin_string();
  text::base64_encode(json.output(), as_bytes("foob"), text::Base64::Url);
  json.escaped("\"");
  json.end_string();
  json.key("x");
  json.null();
  json.end_object();
  EXPECT_EQ(as_text(writer.written()), R"({"vd":"Zm9vYg\"","x":null})");
}

TEST(JsonEncoder, GoesOnWhereAnotherStopped) {
  std::array<std::uint8_t, 64> storage{};
  Writer writer(storage);
  bool comma = false;
  {
    Encoder json(writer);
    json.begin_array();
    comma = json.needs_comma();
  }
  for (int i = 0; i < 3; ++i) {
    Encoder json(writer, comma);
    json.integer(i);
    comma = json.needs_comma();
  }
  Encoder(writer, comma).end_array();
  EXPECT_EQ(as_text(writer.written()), "[0,1,2]");
}

TEST(JsonEncoder, RefusesWhatJsonCannotSay) {
  for (const double number : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    Writer writer;
    Encoder(writer).real(number);
    EXPECT_EQ(writer.error(), Error::Range);
  }
  for (const char* text : {"\x80", "\xed\xa0\x80", "a\xc3"}) {
    Writer writer;
    Encoder(writer).string(text);
    EXPECT_EQ(writer.error(), Error::Malformed);
    Writer key;
    Encoder(key).key(text);
    EXPECT_EQ(key.error(), Error::Malformed);
  }
}

TEST(JsonEncoder, WritesEveryByteThatTheDecoderReadsBack) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  std::array<std::uint8_t, 512> storage{};
  Writer writer(storage);
  Encoder(writer).string(all);
  Decoder decoder(ByteView(writer.written()));
  const Result<Token> token = decoder.next();
  ASSERT_TRUE(token.ok() && token->escaped);
  std::array<std::uint8_t, 512> text{};
  EXPECT_EQ(*unescape(token->raw, text), all);
  EXPECT_TRUE(equal_unescaped(token->raw, all));
}

}  // namespace
}  // namespace linnet::json
