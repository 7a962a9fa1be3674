// SPDX-License-Identifier: Apache-2.0
// Pins what of a device's messages is kept, for how long, that keys are not, and how it reads.
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>
#include <fake_device.hpp>

#include "service/message_log.hpp"
#include "service/message_view.hpp"
#include "service/pcapng.hpp"
#include "service/problem.hpp"

namespace linnet::service {
namespace {

using coap::Code;
using coap::Type;
using test::MessageBuilder;

constexpr Instant kNow{1'000'000};
const SocketAddress kPeer = SocketAddress::v4(192, 0, 2, 7, 4000);

coap::Token token(std::string_view text) { return *coap::Token::from(as_bytes(text)); }

class MessageLogTest : public ::testing::Test {
 protected:
  void pass(bool in, const MessageBuilder& message, std::string_view endpoint = "lamp") {
    const auto direction = in ? server::Direction::In : server::Direction::Out;
    log_.on_message(now_, kPeer, direction, message.bytes(), {}, endpoint);
  }
  [[nodiscard]] std::vector<std::shared_ptr<const CapturedMessage>> all() const {
    return log_.read("lamp", 0, 100'000);
  }
  /// The last one as JSON.
  [[nodiscard]] boost::json::object last() const {
    const lwm2m::ModelStore models;
    return message_json(*all().back(), DeviceModel(models, nullptr));
  }

  Instant now_ = kNow;
  MessageLog log_{[](const SocketAddress& address) { return address; },
                  [] { return std::int64_t{1'764'000'000'000'000}; }};
};

TEST_F(MessageLogTest, KeepsNothingUntilAskedAndNothingOfOthers) {
  const MessageBuilder ping(Type::Con, Code::Empty, 1);
  pass(true, ping);
  EXPECT_FALSE(log_.ended(now_));
  EXPECT_TRUE(all().empty());
  log_.start("lamp", now_, seconds(60));
  EXPECT_FALSE(log_.ended(now_));
  pass(true, ping);
  pass(true, ping, "door");
  EXPECT_EQ(all().size(), 1u);
  EXPECT_EQ(log_.status("lamp", now_).messages, 1u);
  EXPECT_TRUE(log_.status("lamp", now_).enabled);
  EXPECT_FALSE(log_.status("door", now_).enabled);
}

TEST_F(MessageLogTest, EndsByItselfAndNeverLastsMoreThanAnHour) {
  const MessageBuilder ping(Type::Con, Code::Empty, 1);
  log_.start("lamp", now_, seconds(86400));
  now_ = kNow + seconds(3600) - milliseconds(1);
  pass(true, ping);
  now_ = kNow + seconds(3600);
  EXPECT_TRUE(log_.ended(now_));
  EXPECT_FALSE(log_.ended(now_)) << "once";
  pass(true, ping);
  EXPECT_EQ(all().size(), 1u) << "what was kept stays";
  EXPECT_FALSE(log_.status("lamp", now_).enabled);
  log_.start("lamp", now_, seconds(10));
  pass(true, ping);
  log_.start("door", now_, seconds(20));
  log_.stop("lamp");
  pass(true, ping);
  EXPECT_EQ(all().size(), 2u);
  EXPECT_FALSE(log_.ended(now_)) << "the other goes on";
  log_.stop("door");
  EXPECT_TRUE(log_.ended(now_));
}

TEST_F(MessageLogTest, IsBounded) {
  log_.start("lamp", now_, seconds(60));
  const MessageBuilder big =
      MessageBuilder(Type::Con, Code::Post, 1).path("/rd").payload(std::string(10'000, 'x'));
  for (int i = 0; i < 300; ++i) pass(true, big);
  const auto status = log_.status("lamp", now_);
  EXPECT_LE(status.bytes, MessageLog::kMaxBytes);
  EXPECT_GT(status.bytes, MessageLog::kMaxBytes / 2);
  EXPECT_EQ(all().back()->number, 300u);
  for (std::size_t i = 1; i < MessageLog::kMaxDevices; ++i) {
    log_.start("dev" + std::to_string(i), now_, seconds(60));
  }
  EXPECT_THROW(log_.start("one more", now_, seconds(60)), Problem);
  log_.stop("lamp");
  log_.start("one more", now_, seconds(60));
  EXPECT_TRUE(all().empty()) << "it gave its place";
}

TEST_F(MessageLogTest, PagesGoOnWhereTheLastOneEnded) {
  log_.start("lamp", now_, seconds(60));
  for (std::uint16_t i = 0; i < 10; ++i) pass(true, MessageBuilder(Type::Con, Code::Empty, i));
  EXPECT_EQ(log_.read("lamp", {}, 3).front()->number, 8u);
  EXPECT_EQ(log_.read("lamp", 4, 3).front()->number, 5u);
  EXPECT_EQ(log_.read("lamp", 4, 3).back()->number, 7u);
  EXPECT_TRUE(log_.read("lamp", 10, 3).empty());
  EXPECT_TRUE(log_.read("nobody", {}, 3).empty());
}

TEST_F(MessageLogTest, DecodesAnswersByWhatWasAsked) {
  log_.start("lamp", now_, seconds(60));
  pass(false, MessageBuilder(Type::Con, Code::Get, 7, token("t")).path("/3/0"));
  EXPECT_EQ(last().at("summary"), "/3/0");
  EXPECT_EQ(last().at("code"), "GET");
  EXPECT_EQ(last().at("direction"), "out");
  const std::uint8_t tlv[] = {0xC8, 0x00, 0x06, 'L', 'i', 'n', 'n', 'e', 't'};
  pass(true, MessageBuilder(Type::Ack, Code::Content, 7, token("t")).format(11542).payload(tlv));
  const auto json = last();
  EXPECT_EQ(json.at("code"), "2.05");
  EXPECT_EQ(json.at("summary"), "Content /3/0");
  EXPECT_EQ(json.at("format"), "tlv");
  ASSERT_EQ(json.at("values").as_array().size(), 1u) << boost::json::serialize(json);
  EXPECT_EQ(json.at("values").at(0).at("path"), "/3/0/0");
  EXPECT_EQ(json.at("token"), "74");
  EXPECT_EQ(json.at("options").at(0).at("name"), "Content-Format");
  EXPECT_EQ(json.at("options").at(0).at("value"), "11542 (application/vnd.oma.lwm2m+tlv)");
  // A token of the device's own is another one.
  pass(true, MessageBuilder(Type::Con, Code::Post, 9, token("t")).path("/rd").query("ep=lamp"));
  pass(false, MessageBuilder(Type::Ack, Code::Created, 9, token("t"))
                  .path("/rd/5a3f", coap::OptionNumber::LocationPath));
  EXPECT_EQ(last().at("summary"), "Created /rd/5a3f");
}

TEST_F(MessageLogTest, KnowsWhatObservationsFromBeforeAreAbout) {
  log_.start("lamp", now_, seconds(60));
  log_.expect("lamp", token("o"), lwm2m::Path(3303, 0, 5700));
  pass(
      true,
      MessageBuilder(Type::Non, Code::Content, 3, token("o")).observe(5).format(0).payload("21.5"));
  EXPECT_EQ(last().at("summary"), "Content /3303/0/5700, notification 5");
  EXPECT_EQ(last().at("payload"), "21.5");
  pass(true, MessageBuilder(Type::Non, Code::Content, 4, token("?"))
                 .observe(5)
                 .format(0)
                 .payload("secret"));
  EXPECT_TRUE(last().contains("leftOut"));
  EXPECT_EQ(all().back()->bytes.find("secret"), std::string::npos);
}

TEST_F(MessageLogTest, NeverKeepsAKey) {
  log_.start("lamp", now_, seconds(60));
  const std::string json_key = R"([{"bn":"/0/0/","n":"5","vd":"c2VjcmV0"}])";
  const std::string json_uri = R"([{"bn":"/0/0/","n":"0","vs":"coaps://x"}])";
  const auto kept = [&] { return all().back()->bytes.find("c2VjcmV0") != std::string::npos; };
  struct Case {
    const char* what;
    bool in;
    MessageBuilder message;
  };
  const Case cases[] = {
      {"a write of the object", false,
       MessageBuilder(Type::Con, Code::Put, 1, token("a"))
           .path("/0/0")
           .format(110)
           .payload(json_key)},
      {"a write of the resource", false,
       MessageBuilder(Type::Con, Code::Put, 2, token("b"))
           .path("/0/0/5")
           .format(0)
           .payload("c2VjcmV0")},
      {"a write of the SMS key", false,
       MessageBuilder(Type::Con, Code::Put, 13, token("m"))
           .path("/0/0/8")
           .format(0)
           .payload("c2VjcmV0")},
      {"a composite write", false,
       MessageBuilder(Type::Con, Code::IPatch, 3, token("c")).format(110).payload(json_key)},
      {"a send", true,
       MessageBuilder(Type::Con, Code::Post, 4, token("d"))
           .path("/dp")
           .format(110)
           .payload(json_key)},
      {"an answer of another path", true,
       MessageBuilder(Type::Ack, Code::Content, 5, token("e")).format(110).payload(json_key)},
      {"a piece", false,
       MessageBuilder(Type::Con, Code::Put, 6, token("f"))
           .path("/0/0")
           .format(110)
           .block1(1, true, 6)
           .payload(json_key)},
      {"a piece of a send", true,
       MessageBuilder(Type::Con, Code::Post, 7, token("g"))
           .path("/dp")
           .format(110)
           .block1(1, false, 6)
           .payload(json_key)},
      {"what nobody can read", false,
       MessageBuilder(Type::Con, Code::Put, 8, token("h"))
           .path("/0/0")
           .format(42)
           .payload("c2VjcmV0")},
      {"behind another root", false,
       MessageBuilder(Type::Con, Code::Put, 9, token("i"))
           .path("/lwm2m/0/0/5")
           .format(0)
           .payload("c2VjcmV0")},
      {"an OSCORE key", false,
       MessageBuilder(Type::Con, Code::Put, 10, token("j"))
           .path("/21/0/0")
           .format(0)
           .payload("c2VjcmV0")},
  };
  pass(false, MessageBuilder(Type::Con, Code::Get, 50, token("e")).path("/3/0"));
  for (const auto& item : cases) {
    pass(item.in, item.message);
    EXPECT_FALSE(kept()) << item.what;
    EXPECT_FALSE(all().back()->left_out.empty()) << item.what;
    EXPECT_EQ(all().back()->size, item.message.bytes().size()) << item.what;
    EXPECT_TRUE(coap::MessageView::parse(as_bytes(all().back()->bytes)).ok()) << item.what;
  }
  pass(false, MessageBuilder(Type::Con, Code::Put, 11, token("k"))
                  .path("/0/0")
                  .format(110)
                  .payload(json_uri));
  EXPECT_TRUE(all().back()->left_out.empty()) << "no key in it";
  pass(false, MessageBuilder(Type::Con, Code::Put, 12, token("l"))
                  .path("/3/0/14")
                  .format(0)
                  .payload("c2VjcmV0"));
  EXPECT_TRUE(kept()) << "no key: a text";
}

TEST_F(MessageLogTest, WhatIsNoMessageReadsAsThat) {
  log_.start("lamp", now_, seconds(60));
  const std::uint8_t junk[] = {0xFF, 1, 2};
  log_.on_message(now_, kPeer, server::Direction::In, junk, {}, "lamp");
  EXPECT_EQ(last().at("summary"), "malformed, shorter than a header: 3 bytes");
  EXPECT_EQ(last().at("hex"), "ff0102");
}

TEST(Pcapng, ABlockIsAsLongAsItSays) {
  PcapngWriter writer("linnet");
  const std::uint8_t ping[] = {0x40, 0, 0, 1};
  writer.add(1'764'000'000'123'456, kPeer, true, ping, "lamp");
  SocketAddress six;
  six.ip = {0x20, 0x01, 0x0d, 0xb8, 1};
  six.port = 5000;
  writer.add(0, six, false, ping, "");
  const std::string file = writer.take();
  std::size_t at = 0, blocks = 0;
  const auto u32 = [&](std::size_t place) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(file[place + i]);
    return value;
  };
  while (at + 12 <= file.size()) {
    const std::uint32_t size = u32(at + 4);
    ASSERT_EQ(size % 4, 0u);
    ASSERT_LE(at + size, file.size());
    EXPECT_EQ(u32(at + size - 4), size);
    at += size;
    ++blocks;
  }
  EXPECT_EQ(at, file.size());
  EXPECT_EQ(blocks, 4u);
}

}  // namespace
}  // namespace linnet::service
