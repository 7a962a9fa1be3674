// SPDX-License-Identifier: Apache-2.0
// Pins the CoAP message format: vectors, every rule that makes a message malformed, which options
// count, and that what is written is read back.
#include <gtest/gtest.h>

#include <hex.hpp>
#include <linnet/coap/message.hpp>
#include <requirement.hpp>
#include <string>
#include <vector>

namespace linnet::coap {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

TEST(Message, ReadsTheExampleOfRfc7252AppendixA) {
  // Figure 16: CON GET /temperature, and its piggybacked 2.05 "22.3 C".
  const Bytes request = hex("40 01 7d 34 bb 74 65 6d 70 65 72 61 74 75 72 65");
  const auto get = MessageView::parse(request);
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(get->header(), (Header{Type::Con, Code::Get, 0x7D34, {}}));
  EXPECT_EQ(as_text(*get->find(OptionNumber::UriPath)), "temperature");
  EXPECT_TRUE(get->payload().empty());

  const Bytes response = hex("60 45 7d 34 ff 32 32 2e 33 20 43");
  const auto content = MessageView::parse(response);
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content->type(), Type::Ack);
  EXPECT_EQ(content->code(), Code::Content);
  EXPECT_EQ(as_text(content->payload()), "22.3 C");
  EXPECT_TRUE(content->options().empty());
}

TEST(Message, ReadsTheExampleWithAToken) {
  // RFC 7252 Figure 17: token 0x20.
  const Bytes request = hex("41 01 7d 35 20 bb 74 65 6d 70 65 72 61 74 75 72 65");
  const auto get = MessageView::parse(request);
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(get->token(), Token::from_number(0x20, 1));
  EXPECT_EQ(get->message_id(), 0x7D35);
}

// A LwM2M registration: POST /rd?ep=dev&lt=60&b=U, Content-Format 40, payload "</1/0>".
const char kRegister[] =
    "44 02 12 34 a1 a2 a3 a4  b2 72 64  11 28  36 65 70 3d 64 65 76  05 6c 74 3d 36 30 "
    "03 62 3d 55  ff 3c 2f 31 2f 30 3e";

TEST(Message, ReadsARegistration) {
  const Bytes bytes = hex(kRegister);
  const auto message = MessageView::parse(bytes);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->token(), *Token::from(hex("a1a2a3a4")));
  EXPECT_EQ(message->token().number(), 0xA1A2A3A4u);
  EXPECT_EQ(message->content_format(), ContentFormat::LinkFormat);
  EXPECT_FALSE(message->accept().has_value());
  EXPECT_EQ(as_text(message->payload()), "</1/0>");

  std::string seen;
  for (const OptionView& option : message->options()) {
    seen += std::to_string(to_number(option.number)) + ":" + to_hex(option.value) + " ";
  }
  EXPECT_EQ(seen, "11:7264 12:28 15:65703d646576 15:6c743d3630 15:623d55 ");
  std::string queries;
  for (const OptionView& option : message->options(OptionNumber::UriQuery)) {
    queries += std::string(option.text()) + " ";
  }
  EXPECT_EQ(queries, "ep=dev lt=60 b=U ");
}

TEST(Message, EachQueryParameterIsItsOwnOption) {
  LINNET_REQ("TR-09");
  Bytes storage(64);
  Writer out(storage);
  MessageWriter writer(out, {Type::Con, Code::Post, 1, {}});
  writer.add_path("/rd");
  writer.add_query("ep", "a&b?c");
  writer.add_query("lt", "60");
  writer.add_option(OptionNumber::UriQuery, "Q");
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(to_hex(out.written()),
            "40020001"
            "b27264"
            "4865703d6126623f63"
            "056c743d3630"
            "0151");
  const auto message = MessageView::parse(out.written());
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->query("ep"), "a&b?c");
  EXPECT_EQ(message->query("lt"), "60");
  EXPECT_EQ(message->query("Q"), "");
  EXPECT_FALSE(message->query("l").has_value());
  EXPECT_FALSE(message->query("lta").has_value());
}

TEST(Message, WritesTheRegistrationAtEveryOutputSize) {
  const Bytes expected = hex(kRegister);
  const auto write = [](Writer& out) {
    MessageWriter message(out, {Type::Con, Code::Post, 0x1234, *Token::from(hex("a1a2a3a4"))});
    message.add_path("rd");
    message.add_content_format(ContentFormat::LinkFormat);
    message.add_query("ep", "dev");
    message.add_query("lt", "60");
    message.add_query("b", "U");
    message.begin_payload();
    out.text("</1/0>");
    return message.finish();
  };
  Writer counter;
  ASSERT_TRUE(write(counter).ok());
  EXPECT_EQ(counter.size(), expected.size());
  for (std::size_t size = 1; size <= expected.size(); ++size) {
    Bytes storage(size);
    Writer out(storage);
    const Status status = write(out);
    if (size < expected.size()) {
      EXPECT_EQ(status.error(), Error::NoSpace) << size;
    } else {
      ASSERT_TRUE(status.ok());
      EXPECT_EQ(to_hex(out.written()), to_hex(expected));
    }
  }
}

TEST(Message, CutAtEveryLengthIsNeverMisread) {
  const Bytes whole = hex(kRegister);
  const auto message = MessageView::parse(whole);
  ASSERT_TRUE(message.ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto parsed = MessageView::parse(cut);
    if (size < 8) {
      EXPECT_EQ(parsed.error(), Error::Malformed) << size;
    }
    if (!parsed.ok()) continue;
    // What is well formed is a true prefix: the same options, ended earlier.
    auto full = message->options().begin();
    for (const OptionView& option : parsed->options()) {
      EXPECT_EQ(option.number, full->number);
      EXPECT_TRUE(equal(option.value, full->value));
      ++full;
    }
    EXPECT_TRUE(equal(parsed->payload(), message->payload().first(parsed->payload().size())));
  }
}

struct Bad {
  const char* name;
  const char* bytes;
};

TEST(Message, RejectsWhatTheStandardTellsToReject) {
  const Bad table[] = {
      {"nothing", ""},
      {"three bytes", "40 01 00"},
      {"version 0", "00 01 00 01"},
      {"version 2", "80 01 00 01"},
      {"version 3", "c0 01 00 01"},
      {"token length 9", "49 01 00 01 01 02 03 04 05 06 07 08 09"},
      {"token length 15", "4f 01 00 01 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"},
      {"token cut", "44 01 00 01 01 02 03"},
      {"empty with token", "41 00 00 01 20"},
      {"empty with option", "40 00 00 01 b0"},
      {"empty with payload", "60 00 00 01 ff 01"},
      {"empty NON", "50 00 00 01"},
      {"ACK with a request", "60 01 00 01"},
      {"RST with a request", "70 01 00 01"},
      {"RST with a response", "70 45 00 01"},
      {"class 1", "40 21 00 01"},
      {"class 6", "40 c0 00 01"},
      {"class 7", "40 e1 00 01"},
      {"marker without payload", "40 01 00 01 ff"},
      {"option delta 15", "40 01 00 01 f0"},
      {"option length 15", "40 01 00 01 0f"},
      {"extended delta cut", "40 01 00 01 d0"},
      {"two-byte delta cut", "40 01 00 01 e0 00"},
      {"extended length cut", "40 01 00 01 0d"},
      {"two-byte length cut", "40 01 00 01 0e 00"},
      {"option value cut", "40 01 00 01 b3 61 62"},
      {"number above 65535", "40 01 00 01 e0 ff ff"},
      {"number above 65535 in two steps", "40 01 00 01 e0 fe f2 10"},
  };
  for (const Bad& bad : table) {
    EXPECT_EQ(MessageView::parse(hex(bad.bytes)).error(), Error::Malformed) << bad.name;
  }
  // The neighbours of these that are right.
  for (const char* good :
       {"48 01 00 01 01 02 03 04 05 06 07 08", "40 00 00 01", "60 00 00 01", "70 00 00 01",
        "60 45 00 01", "50 45 00 01", "40 1f 00 01", "40 01 00 01 ff 00", "40 01 00 01 e0 fe f2",
        "40 01 00 01 e0 fe f1 10"}) {
    EXPECT_TRUE(MessageView::parse(hex(good)).ok()) << good;
  }
}

TEST(Message, ExtendedDeltasAndLengthsAtTheirLimits) {
  for (const unsigned number : {1u, 12u, 13u, 14u, 268u, 269u, 270u, 65535u}) {
    for (const std::size_t size : {0u, 12u, 13u, 268u, 269u, 270u, 65804u}) {
      Bytes storage(70000);
      Writer out(storage);
      MessageWriter writer(out, {Type::Non, Code::Get, 7, {}});
      const Bytes value(size, 0xAB);
      writer.add_option(static_cast<OptionNumber>(number), value);
      ASSERT_TRUE(writer.finish().ok());
      const auto message = MessageView::parse(out.written());
      ASSERT_TRUE(message.ok()) << number << " " << size;
      auto option = message->options().begin();
      EXPECT_EQ(to_number(option->number), number);
      EXPECT_EQ(option->value.size(), size);
      EXPECT_EQ(++option, message->options().end());
    }
  }
  Bytes storage(70000);
  Writer out(storage);
  MessageWriter writer(out);
  writer.add_option(OptionNumber::IfMatch, Bytes(65805));
  EXPECT_EQ(writer.finish().error(), Error::Range);
}

TEST(Message, OptionsOutOfOrderAreRefusedWhenWriting) {
  Bytes storage(64);
  Writer out(storage);
  MessageWriter writer(out, {Type::Con, Code::Get, 1, {}});
  writer.add_unsigned(OptionNumber::Accept, 60);
  writer.add_path("a");
  EXPECT_EQ(writer.finish().error(), Error::Order);

  Writer second(storage);
  MessageWriter after(second, {Type::Con, Code::Get, 1, {}});
  after.payload(hex("01"));
  after.add_unsigned(OptionNumber::Accept, 60);
  EXPECT_EQ(after.finish().error(), Error::Order);
}

TEST(Message, AnEmptyPayloadLeavesNoMarker) {
  Bytes storage(64);
  Writer out(storage);
  MessageWriter writer(out, {Type::Ack, Code::Changed, 1, {}});
  writer.begin_payload();
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(to_hex(out.written()), "60440001");
}

TEST(Message, PathsBecomeOneOptionForEachPart) {
  const auto path = [](std::string_view text) {
    Bytes storage(64);
    Writer out(storage);
    MessageWriter writer(out, {Type::Con, Code::Get, 1, {}});
    writer.add_path(text);
    EXPECT_TRUE(writer.finish().ok());
    return to_hex(ByteView(out.written()).subspan(4));
  };
  EXPECT_EQ(path(""), "");
  EXPECT_EQ(path("/"), "");
  EXPECT_EQ(path("3"), "b133");
  EXPECT_EQ(path("/3/0/"), "b1330130");
  EXPECT_EQ(path("rd/5a3f"), "b272640435613366");
}

// An If-Match of nine bytes, a Content-Format of three, a second Uri-Host, an unknown pair.
TEST(Message, OptionsThatBreakTheirRuleCountAsUnknown) {
  const OptionNumber understood[] = {OptionNumber::IfMatch, OptionNumber::UriHost,
                                     OptionNumber::UriPath, OptionNumber::Accept,
                                     OptionNumber::ContentFormat};
  const auto unknown = [&](const char* text) {
    const Bytes bytes = hex(text);
    const auto message = MessageView::parse(bytes);
    EXPECT_TRUE(message.ok()) << text;
    return message->first_unknown_critical(understood);
  };
  EXPECT_EQ(unknown("40 01 00 01 11 00 23 61 62 63"), std::nullopt);
  EXPECT_EQ(unknown("40 01 00 01 19 01 02 03 04 05 06 07 08 09"), OptionNumber::IfMatch);
  EXPECT_EQ(unknown("40 01 00 01 30"), OptionNumber::UriHost);              // below its minimum
  EXPECT_EQ(unknown("40 01 00 01 31 61 01 62"), OptionNumber::UriHost);     // twice
  EXPECT_EQ(unknown("40 01 00 01 b1 61 01 62"), std::nullopt);              // Uri-Path may be
  EXPECT_EQ(unknown("40 01 00 01 c3 01 02 03"), std::nullopt);              // elective
  EXPECT_EQ(unknown("40 01 00 01 d0 fc"), static_cast<OptionNumber>(265));  // 13 + 252
  EXPECT_EQ(unknown("40 01 00 01 d0 fb"), std::nullopt);                    // 264, elective
  EXPECT_EQ(unknown("40 01 00 01 d1 04 3c 01 3c"), OptionNumber::Accept);   // twice
  EXPECT_EQ(unknown("40 01 00 01 50"), OptionNumber::IfNoneMatch);          // not understood
  EXPECT_EQ(unknown("40 01 00 01 00"), std::nullopt);                       // number 0, elective
}

TEST(Message, LookUpsDoNotSeeOptionsThatBreakTheirRule) {
  const Bytes bytes = hex("40 01 00 01 c3 01 02 03 21 05 01 06");
  const auto message = MessageView::parse(bytes);  // Content-Format too long, Max-Age twice
  ASSERT_TRUE(message.ok());
  EXPECT_FALSE(message->content_format().has_value());
  EXPECT_EQ(message->unsigned_option(OptionNumber::MaxAge), 5u);
  EXPECT_FALSE(message->has(OptionNumber::UriQuery));

  // ETag may be repeated: the first of a right length counts.
  const Bytes tags = hex("60 45 00 01 40 01 aa");
  const auto response = MessageView::parse(tags);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(to_hex(*response->find(OptionNumber::ETag)), "aa");

  // Max-Age may not: what stands first counts, also when it is unusable.
  const Bytes ages = hex("60 45 00 01 d5 01 01 02 03 04 05 01 06");
  const auto aged = MessageView::parse(ages);
  ASSERT_TRUE(aged.ok());
  EXPECT_FALSE(aged->unsigned_option(OptionNumber::MaxAge).has_value());
}

TEST(Message, AnUnknownCriticalOptionIsNamed) {
  const Bytes bytes = hex("40 01 00 01 d1 e8 01");  // 245
  const auto message = MessageView::parse(bytes);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->first_unknown_critical({}), static_cast<OptionNumber>(245));
}

TEST(Message, ResetRejectsOnlyConfirmables) {
  const auto reset = [](const char* text) -> std::string {
    const auto bytes = reset_for(hex(text));
    return bytes ? to_hex(*bytes) : "silence";
  };
  EXPECT_EQ(reset("40 00 ab cd"), "7000abcd");     // ping
  EXPECT_EQ(reset("49 01 ab cd 00"), "7000abcd");  // malformed, yet confirmable
  EXPECT_EQ(reset("40 01 ab cd ff"), "7000abcd");
  EXPECT_EQ(reset("50 01 ab cd ff"), "silence");  // NON
  EXPECT_EQ(reset("60 45 ab cd"), "silence");     // ACK
  EXPECT_EQ(reset("70 00 ab cd"), "silence");     // RST
  EXPECT_EQ(reset("00 01 ab cd"), "silence");     // other version
  EXPECT_EQ(reset("40 01 ab"), "silence");
  EXPECT_EQ(to_hex(empty_message(Type::Ack, 0x1234)), "60001234");
}

TEST(Message, BodiesOfOtherCarriersAreChecked) {
  const Bytes body = hex("b1 33 01 30 ff 05");
  const auto message = MessageView::parse_body({Type::Con, Code::Put, 0, {}}, body);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->code(), Code::Put);
  EXPECT_EQ(to_hex(message->payload()), "05");
  EXPECT_EQ(to_hex(message->raw_options()), "b1330130");
  EXPECT_EQ(MessageView::parse_body({}, hex("b1")).error(), Error::Malformed);
}

TEST(Token, ComparesWholeAndRefusesNine) {
  EXPECT_EQ(Token::from(Bytes(9)).error(), Error::Range);
  EXPECT_NE(Token::from_number(0, 1), Token::from_number(0, 2));
  EXPECT_NE(Token{}, Token::from_number(0, 1));
  EXPECT_EQ(Token::from_number(0x0102, 2), *Token::from(hex("0102")));
  SeededRng rng(3);
  const Token first = Token::random(rng, 8);
  EXPECT_EQ(first.size(), 8u);
  EXPECT_NE(first, Token::random(rng, 8));
}

TEST(Message, RandomMessagesComeBackAsWritten) {
  SeededRng rng(20240607);
  for (int round = 0; round < 2000; ++round) {
    Bytes storage(4096);
    Writer out(storage);
    const Header header{rng.below(2) == 0 ? Type::Con : Type::Non,
                        static_cast<Code>(1 + rng.below(31)),
                        static_cast<std::uint16_t>(rng.next()), Token::random(rng, rng.below(9))};
    MessageWriter writer(out, header);
    std::vector<std::pair<std::uint16_t, Bytes>> options;
    std::uint32_t number = 0;
    while (rng.below(6) != 0) {
      number += rng.below(3) == 0 ? rng.below(4000) : rng.below(20);
      if (number > 0xFFFF) break;
      Bytes value(rng.below(5) == 0 ? rng.below(300) : rng.below(15));
      rng.fill(value);
      writer.add_option(static_cast<OptionNumber>(number), value);
      options.emplace_back(static_cast<std::uint16_t>(number), value);
    }
    Bytes payload(rng.below(3) == 0 ? 0 : rng.below(64));
    rng.fill(payload);
    writer.payload(payload);
    if (!writer.finish().ok()) continue;  // more than the storage holds

    const auto message = MessageView::parse(out.written());
    ASSERT_TRUE(message.ok()) << round;
    EXPECT_EQ(message->header(), header) << round;
    EXPECT_TRUE(equal(message->payload(), payload)) << round;
    std::size_t i = 0;
    for (const OptionView& option : message->options()) {
      ASSERT_LT(i, options.size()) << round;
      EXPECT_EQ(to_number(option.number), options[i].first) << round;
      EXPECT_TRUE(equal(option.value, options[i].second)) << round;
      ++i;
    }
    EXPECT_EQ(i, options.size()) << round;
  }
}

}  // namespace
}  // namespace linnet::coap
