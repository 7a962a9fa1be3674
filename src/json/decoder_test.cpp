// SPDX-License-Identifier: Apache-2.0
// Pins the grammar of RFC 8259, token by token, and what the text of a string is.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include <linnet/json/decoder.hpp>
#include <requirement.hpp>

namespace linnet::json {
namespace {

using Kind = Token::Kind;

/// All tokens in a short notation, or the error that ends them.
std::string tokens(std::string_view text) {
  // A copy of exactly that size, so that a sanitizer sees a read past its end.
  const std::vector<std::uint8_t> copy(text.begin(), text.end());
  Decoder decoder{ByteView(copy)};
  std::string all;
  for (;;) {
    const Result<Token> token = decoder.next();
    if (!token.ok()) {
      EXPECT_EQ(decoder.next().error(), token.error()) << "an error stays";
      return describe(token.error());
    }
    const std::string raw(token->raw);
    const std::string mark = token->escaped ? "\\" : "";
    switch (token->kind) {
      case Kind::BeginObject: all += "{ "; break;
      case Kind::EndObject: all += "} "; break;
      case Kind::BeginArray: all += "[ "; break;
      case Kind::EndArray: all += "] "; break;
      case Kind::Key: all += mark + raw + ": "; break;
      case Kind::String: all += mark + "'" + raw + "' "; break;
      case Kind::Number: all += raw + " "; break;
      case Kind::True: all += "true "; break;
      case Kind::False: all += "false "; break;
      case Kind::Null: all += "null "; break;
      case Kind::End:
        EXPECT_EQ(decoder.next()->kind, Kind::End);
        EXPECT_EQ(decoder.position(), text.size());
        EXPECT_EQ(decoder.depth(), 0u);
        return all + ".";
    }
  }
}

struct Case {
  const char* text;
  const char* tokens;
};

TEST(JsonDecoder, ReadsWhatIsJson) {
  const Case cases[] = {
      {"0", "0 ."},
      {" \t\r\n1 \n", "1 ."},
      {"-0.5e+10", "-0.5e+10 ."},
      {"1E-2", "1E-2 ."},
      {"10.00", "10.00 ."},
      {"true", "true ."},
      {"false", "false ."},
      {"null", "null ."},
      {"\"\"", "'' ."},
      {"\"a/b\"", "'a/b' ."},
      {R"("\"\\\/\b\f\n\r\t\u0041\uaBcD")", R"(\'\"\\\/\b\f\n\r\t\u0041\uaBcD' .)"},
      {"\"\x7f\xc3\xa9\xe2\x82\xac\"", "'\x7f\xc3\xa9\xe2\x82\xac' ."},
      {"[]", "[ ] ."},
      {"{}", "{ } ."},
      {"[ ]", "[ ] ."},
      {"{ }", "{ } ."},
      {"[1,2 , 3]", "[ 1 2 3 ] ."},
      {R"({"a":1,"b" : [true , {}],"":null})", "{ a: 1 b: [ true { } ] : null } ."},
      {R"({"\u0061":"x"})", R"({ \\u0061: 'x' } .)"},
      {R"([{"bn":"/3/0/","n":"0","vs":"x"},{"n":"9","v":95}])",
       "[ { bn: '/3/0/' n: '0' vs: 'x' } { n: '9' v: 95 } ] ."},
      {"[[[[[[[[]]]]]]]]", "[ [ [ [ [ [ [ [ ] ] ] ] ] ] ] ] ."},
      {R"([{"a":[{"b":[{"c":[{}]}]}]}])", "[ { a: [ { b: [ { c: [ { } ] } ] } ] } ] ."},
      {"[[],[],{},[{}]]", "[ [ ] [ ] { } [ { } ] ] ."},
      {"[1e400,123456789012345678901234567890]", "[ 1e400 123456789012345678901234567890 ] ."},
  };
  for (const Case& c : cases) EXPECT_EQ(tokens(c.text), c.tokens) << c.text;
}

TEST(JsonDecoder, RefusesWhatIsNotJson) {
  const char* const cases[] = {
      "]",
      "}",
      ",",
      ":",
      "[1,]",
      "[,1]",
      "[,]",
      "[1,,2]",
      "[1 2]",
      "[1:2]",
      "[1}",
      "{1:2}",
      "{\"a\"}",
      "{\"a\",1}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{,}",
      "{\"a\":1 \"b\":2}",
      "{\"a\"::1}",
      "{\"a\":1]",
      "{a:1}",
      "{'a':1}",
      "{null:1}",
      "{\"a\":1,2}",
      "{[]:1}",
      "1 2",
      "[] []",
      "{}}",
      "[]]",
      "1,",
      "01",
      "-01",
      "00",
      "+1",
      ".5",
      "1.e3",
      "[1.]",
      "[-]",
      "[1e]",
      "[1e+]",
      "[1.5.5]",
      "0x10",
      "1a",
      "--1",
      "1-",
      "[1e5.5]",
      "NaN",
      "Infinity",
      "-Infinity",
      "True",
      "nul1",
      "tru]",
      "truex",
      "nullnull",
      "'a'",
      "\"\t\"",
      "\"\n\"",
      "\"\x01\"",
      "\"\x1f\"",
      "\"\\x41\"",
      "\"\\a\"",
      "\"\\'\"",
      "\"\\u12g4\"",
      "\"\\u\"12\"",
      "\"\\U0041\"",
      "\"\\u-123\"",
      "\"\\ \"",
      "\"\"\"",
      "/**/1",
      "[1]//",
      "\xef\xbb\xbf[]",
      "\xff",
      "\f1",
      "\v1",
      "\u00a01",
      "[\"a\" \"b\"]",
      "[tru]",
      "[\"\\u00\"]",
      "{\"a\":1,\"b\"}",
      "[{]}",
      "[1,{\"a\":[}]",
      "#",
      "[@]",
      "\\u0031",
  };
  for (const char* text : cases) EXPECT_EQ(tokens(text), "malformed") << text;
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("1\0", 2), std::string_view("\"\0\"", 3),
        std::string_view("[\0]", 3), std::string_view("\"\\\0\"", 4), std::string_view("tru\0", 4),
        std::string_view("{\"a\":1\0}", 8)}) {
    EXPECT_EQ(tokens(text), "malformed") << text;
  }
}

TEST(JsonDecoder, CallsEveryCutTruncated) {
  const std::string_view text =
      R"( {"e\n":[-10.25e+3 , true,false, null,"a\u00e9\\b"] , "bn" : "/x/", "o":{}} )";
  ASSERT_NE(tokens(text), "malformed");
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_EQ(tokens(text.substr(0, size)), "truncated") << text.substr(0, size);
  }
  EXPECT_TRUE(tokens(text.substr(0, text.size() - 1)).ends_with("."));
  for (const char* cut : {"", " ", "-", "1.", "1e", "1e-", "t", "nul", "\"", "\"\\", "\"\\u00"}) {
    EXPECT_EQ(tokens(cut), "truncated") << cut;
  }
}

TEST(JsonDecoder, BoundsNesting) {
  EXPECT_EQ(tokens("[[[[[[[[["), "too large");
  EXPECT_EQ(tokens(R"([[[[[[[[{"a":1}]]]]]]]])"), "too large");
  EXPECT_EQ(tokens(std::string(100'000, '[')), "too large");
  EXPECT_TRUE(tokens("[[[[[[[[],[]],[]]]]]]]").ends_with("."));
}

TEST(JsonDecoder, SkipsValues) {
  Decoder decoder(std::string_view(
      R"({"a":{"x":[1,{"y":"]}"}],"z":{}},"b":[[],[2]],"c":3,"d":"\"}","e":null,"f":7})"));
  EXPECT_EQ(decoder.next()->kind, Kind::BeginObject);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(decoder.next()->raw, name);
    EXPECT_TRUE(decoder.skip_value().ok()) << name;
    EXPECT_EQ(decoder.depth(), 1u);
  }
  EXPECT_EQ(decoder.next()->raw, "f");
  EXPECT_EQ(decoder.next()->raw, "7");
  EXPECT_EQ(decoder.skip_value().error(), Error::State);  // the end of the object
  EXPECT_EQ(decoder.next()->kind, Kind::End);
}

TEST(JsonDecoder, SkipsTheRestOfAContainerAndReportsItsErrors) {
  Decoder decoder(std::string_view(R"([[1,[2]],{"a":{}},3])"));
  EXPECT_TRUE(decoder.next().ok());
  Token inner = *decoder.next();
  EXPECT_TRUE(decoder.next().ok());
  // Only what the last token began can be skipped: here that is nothing.
  EXPECT_TRUE(decoder.skip(*decoder.next()).ok());
  EXPECT_EQ(decoder.depth(), 2u);
  EXPECT_EQ(inner.kind, Kind::BeginArray);
  EXPECT_EQ(decoder.next()->kind, Kind::EndArray);
  EXPECT_TRUE(decoder.skip(*decoder.next()).ok());
  EXPECT_EQ(decoder.next()->raw, "3");

  Decoder wrong(std::string_view(R"({"a":[1,]})"));
  EXPECT_EQ(wrong.skip(*wrong.next()).error(), Error::Malformed);
  Decoder cut(std::string_view(R"({"a":[1)"));
  EXPECT_EQ(cut.skip(*cut.next()).error(), Error::Truncated);
}

TEST(JsonDecoder, ACopyIsABookmark) {
  Decoder decoder(std::string_view(R"({"e":[1],"bt":5})"));
  EXPECT_TRUE(decoder.next().ok());
  Decoder bookmark = decoder;
  EXPECT_TRUE(decoder.next().ok() && decoder.skip_value().ok());
  EXPECT_EQ(decoder.next()->raw, "bt");
  EXPECT_EQ(bookmark.next()->raw, "e");
}

std::string text_of(std::string_view raw) {
  std::array<std::uint8_t, 64> storage{};
  const Result<std::string_view> text = unescape(raw, storage);
  if (!text.ok()) return describe(text.error());
  EXPECT_TRUE(equal_unescaped(raw, *text)) << raw;
  EXPECT_FALSE(equal_unescaped(raw, std::string(*text) + "x")) << raw;
  if (!text->empty()) {
    EXPECT_FALSE(equal_unescaped(raw, text->substr(1))) << raw;
    EXPECT_FALSE(equal_unescaped(raw, text->substr(0, text->size() - 1))) << raw;
  }
  return std::string(*text);
}

TEST(JsonString, ResolvesEveryEscape) {
  LINNET_REQ("DT-01");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of("plain"), "plain");
  EXPECT_EQ(text_of(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_of(R"(\/3\/0)"), "/3/0");
  EXPECT_EQ(text_of(R"(\u0041\u00e9\u20AC)"), "A\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(text_of(R"(\ud83d\ude00)"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(text_of(R"(\uDBFF\uDFFF)"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(text_of(R"(a\u0000b)"), std::string("a\0b", 3));
  EXPECT_EQ(text_of("\xc3\xa9\x7f"), "\xc3\xa9\x7f");
}

TEST(JsonString, RefusesWhatIsNoText) {
  const char* const cases[] = {
      R"(\ud83d)",
      R"(\ude00)",
      R"(\ud83dx)",
      R"(\ud83d\n)",
      R"(\ud83d\u0041)",
      R"(\ud83d\ud83d)",
      R"(\ude00\ud83d)",
      R"(\)",
      R"(\u)",
      R"(\u12)",
      R"(\u12g4)",
      R"(\x)",
      R"(\ud83d\u12)",
      "a\nb",
      "\x1f",
      "a\"b",
      "\x80",
      "\xc3",
      "\xc3\\n",
      "\xed\xa0\x80",
      "\xc0\x80",
      "\xf8",
  };
  for (const char* raw : cases) EXPECT_EQ(text_of(raw), "malformed") << raw;
  EXPECT_FALSE(equal_unescaped(R"(a\ud83d)", "a"));
  EXPECT_FALSE(equal_unescaped("a\n", "a"));
}

TEST(JsonString, UnescapesInPlaceAndIntoExactSpace) {
  std::string text = R"(\u0041\ud83d\ude00\/)";
  const std::string expected = "A\xf0\x9f\x98\x80/";
  std::array<std::uint8_t, 6> storage{};
  for (std::size_t size = 0; size < storage.size(); ++size) {
    EXPECT_EQ(unescape(text, MutableBytes(storage).first(size)).error(), Error::NoSpace);
  }
  EXPECT_EQ(*unescape(text, storage), expected);
  const MutableBytes same(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  EXPECT_EQ(*unescape(text, same), expected);
}

}  // namespace
}  // namespace linnet::json
