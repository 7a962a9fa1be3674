// SPDX-License-Identifier: Apache-2.0
// Pins the numbers and classes of codes, the mapping from Error, and the option table.
#include <gtest/gtest.h>

#include <hex.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/coap/no_response.hpp>
#include <linnet/coap/option.hpp>
#include <linnet/coap/trace.hpp>
#include <string>

namespace linnet::coap {
namespace {

using test::hex;

TEST(Code, IsWrittenAsTheStandardDoes) {
  const auto text = [](Code code) {
    const auto digits = dotted(code);
    return std::string(digits.data(), digits.size());
  };
  EXPECT_EQ(text(Code::Created), "2.01");
  EXPECT_EQ(text(Code::Continue), "2.31");
  EXPECT_EQ(text(Code::NotFound), "4.04");
  EXPECT_EQ(text(Code::RequestEntityTooLarge), "4.13");
  EXPECT_EQ(text(Code::UnsupportedContentFormat), "4.15");
  EXPECT_EQ(text(Code::UnprocessableEntity), "4.22");
  EXPECT_EQ(text(Code::ProxyingNotSupported), "5.05");
  EXPECT_EQ(text(static_cast<Code>(0xFF)), "7.31");
  EXPECT_EQ(make_code(4, 4), Code::NotFound);
  EXPECT_EQ(make_code(0, 5), Code::Fetch);
}

TEST(Code, EveryByteHasOneClassAndDetail) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto code = static_cast<Code>(byte);
    EXPECT_EQ(make_code(code_class(code), code_detail(code)), code);
    EXPECT_EQ(is_request(code), byte >= 1 && byte < 32) << byte;
    EXPECT_EQ(is_response(code), byte >= 64 && byte < 192) << byte;
    EXPECT_LE(is_request(code) + is_response(code) + is_signaling(code), 1) << byte;
  }
  EXPECT_TRUE(is_idempotent(Code::Put));
  EXPECT_TRUE(is_idempotent(Code::IPatch));
  EXPECT_FALSE(is_idempotent(Code::Post));
  EXPECT_FALSE(is_idempotent(Code::Patch));
  EXPECT_FALSE(is_idempotent(Code::Content));
}

TEST(Code, EveryErrorHasAnErrorResponse) {
  for (int i = 0; i <= static_cast<int>(Error::Io); ++i) {
    const Code code = response_code(static_cast<Error>(i));
    EXPECT_GE(code_class(code), 4u) << i;
    EXPECT_FALSE(name(code).empty()) << i;
  }
  EXPECT_EQ(response_code(Error::NotFound), Code::NotFound);
  EXPECT_EQ(response_code(Error::NotAllowed), Code::MethodNotAllowed);
  EXPECT_EQ(response_code(Error::Format), Code::UnsupportedContentFormat);
  EXPECT_EQ(response_code(Error::TooLarge), Code::RequestEntityTooLarge);
  EXPECT_EQ(response_code(Error::Exists), Code::BadRequest);
}

TEST(Option, NumberTellsItsProperties) {
  EXPECT_TRUE(is_critical(OptionNumber::UriPath));
  EXPECT_TRUE(is_elective(OptionNumber::ContentFormat));
  EXPECT_TRUE(is_unsafe(OptionNumber::MaxAge));
  EXPECT_FALSE(is_unsafe(OptionNumber::ETag));
  EXPECT_TRUE(is_no_cache_key(OptionNumber::Size1));
  EXPECT_TRUE(is_no_cache_key(OptionNumber::Size2));
  EXPECT_FALSE(is_no_cache_key(OptionNumber::UriQuery));
}

TEST(Option, TableKnowsEveryNamedNumberAndNoOther) {
  unsigned known = 0;
  for (unsigned i = 0; i <= 0xFFFF; ++i) {
    const auto number = static_cast<OptionNumber>(i);
    const OptionRule* rule = find_rule(number);
    EXPECT_EQ(rule != nullptr, !name(number).empty()) << i;
    if (rule == nullptr) continue;
    EXPECT_EQ(rule->number, number);
    ++known;
  }
  EXPECT_EQ(known, 27u);
  EXPECT_FALSE(find_rule(OptionNumber::UriHost)->repeatable);
  EXPECT_EQ(find_rule(OptionNumber::ProxyUri)->max_size, 1034);
}

TEST(Option, DecodesUnsignedValues) {
  EXPECT_EQ(*decode_unsigned({}), 0u);
  EXPECT_EQ(*decode_unsigned(hex("00 00 01")), 1u);
  EXPECT_EQ(*decode_unsigned(hex("ff ff ff ff")), 0xFFFFFFFFu);
  EXPECT_EQ(decode_unsigned(hex("00 00 00 00 01")).error(), Error::Range);
  EXPECT_EQ(unsigned_size(0), 0u);
  EXPECT_EQ(unsigned_size(255), 1u);
  EXPECT_EQ(unsigned_size(256), 2u);
  EXPECT_EQ(unsigned_size(0xFFFF), 2u);
  EXPECT_EQ(unsigned_size(0x10000), 3u);
  EXPECT_EQ(unsigned_size(0x1000000), 4u);
}

TEST(NoResponse, SuppressesTheClassesAsked) {
  EXPECT_FALSE(is_suppressed(Code::Changed, 0));
  EXPECT_TRUE(is_suppressed(Code::Changed, 2));
  EXPECT_FALSE(is_suppressed(Code::NotFound, 2));
  EXPECT_TRUE(is_suppressed(Code::NotFound, 8));
  EXPECT_TRUE(is_suppressed(Code::NotImplemented, 16));
  EXPECT_FALSE(is_suppressed(Code::Changed, 24));
  EXPECT_TRUE(is_suppressed(Code::BadRequest, 26));
  EXPECT_FALSE(is_suppressed(Code::Get, 0xFF));
  // NON PUT with No-Response 26 (delta 258 = 13 + 245)
  const auto bytes = hex("50 03 00 01 d1 f5 1a");
  const auto request = MessageView::parse(bytes);
  ASSERT_TRUE(request.ok());
  EXPECT_TRUE(is_suppressed(Code::Changed, *request));
}

}  // namespace
}  // namespace linnet::coap
