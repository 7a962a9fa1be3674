// SPDX-License-Identifier: Apache-2.0
// Pins bodies in several messages: writes assembled within a limit or streamed into an object, and
// long answers cut from a snapshot, made anew, or streamed out of an object.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

using coap::BlockOption;

class Blocks : public ClientTest {
 protected:
  void SetUp() override { start_registered(); }

  /// Sends `body` in blocks until a final answer.
  Sent write(std::string path, ContentFormat format, const std::string& body, std::uint8_t szx) {
    const std::size_t size = std::size_t{16} << szx;
    for (std::uint32_t n = 0;; ++n) {
      const bool more = (n + 1) * size < body.size();
      const Sent answer = server->ask({.code = Code::Put,
                                       .path = path,
                                       .payload = body.substr(n * size, size),
                                       .format = format,
                                       .block1 = BlockOption{n, more, szx}});
      if (answer.code() != Code::Continue) return answer;
      EXPECT_EQ(answer.block(OptionNumber::Block1)->number, n);
      EXPECT_TRUE(answer.block(OptionNumber::Block1)->more);
    }
  }
  /// Reads all blocks. The answers agree in their entity tag.
  std::string read(const std::string& path, std::optional<BlockOption> block = {},
                   std::optional<ContentFormat> accept = {}) {
    std::string body;
    std::optional<std::uint32_t> etag;
    for (int i = 0; i < 10000; ++i) {
      const Sent answer =
          server->ask({.code = Code::Get, .path = path, .accept = accept, .block2 = block});
      EXPECT_EQ(answer.code(), Code::Content);
      if (answer.code() != Code::Content) return body;
      body += answer.payload();
      const auto got = answer.block(OptionNumber::Block2);
      if (!got) return body;
      if (i == 0) etag = answer.number(OptionNumber::ETag);
      EXPECT_EQ(answer.number(OptionNumber::ETag), etag);
      EXPECT_EQ(got->number, static_cast<std::uint32_t>(i));
      if (!got->more) return body;
      block = BlockOption{got->number + 1, false, got->szx};
    }
    return body;
  }
  static std::string long_text(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
  }
};

TEST_F(Blocks, AssemblesAWrite) {
  LINNET_REQ("DM-36");
  LINNET_REQ("TR-03");
  const std::string body = long_text(100);
  const Sent answer = write("/1000/0/5", ContentFormat::Opaque, body, 1);
  EXPECT_EQ(answer.code(), Code::Changed);
  EXPECT_EQ(answer.block(OptionNumber::Block1), (BlockOption{3, false, 1}));
  EXPECT_EQ(as_text(every.at(Path(kEvery, 0, kOpaque)).as_opaque()), body);
}

TEST_F(Blocks, TakesASingleBlockAsAnOrdinaryWrite) {
  EXPECT_EQ(write("/1000/0/5", ContentFormat::Opaque, "abc", 6).code(), Code::Changed);
}

TEST_F(Blocks, RefusesABlockOutOfOrder) {
  LINNET_REQ("DM-36");
  const Message middle{.code = Code::Put,
                       .path = "/1000/0/5",
                       .payload = long_text(16),
                       .format = ContentFormat::Opaque,
                       .block1 = BlockOption{1, true, 0}};
  EXPECT_EQ(server->ask(middle).code(), Code::RequestEntityIncomplete);
  Message first = middle;
  first.block1 = BlockOption{0, true, 0};
  EXPECT_EQ(server->ask(first).code(), Code::Continue);
  Message third = middle;
  third.block1 = BlockOption{2, true, 0};
  EXPECT_EQ(server->ask(third).code(), Code::RequestEntityIncomplete);
  EXPECT_EQ(server->ask(middle).code(), Code::Continue);
  EXPECT_EQ(every.has(Path(kEvery, 0, kOpaque)), false);
}

TEST_F(Blocks, RefusesABodyAboveTheLimitAndSaysIt) {
  LINNET_REQ("DM-36");
  Message first{.code = Code::Put,
                .path = "/1000/0/5",
                .payload = long_text(64),
                .format = ContentFormat::Opaque,
                .block1 = BlockOption{0, true, 2},
                .size1 = std::uint32_t{2049}};
  const Sent early = server->ask(first);
  EXPECT_EQ(early.code(), Code::RequestEntityTooLarge);
  EXPECT_EQ(early.number(OptionNumber::Size1), 2048u);
  const Sent late = write("/1000/0/5", ContentFormat::Opaque, long_text(2049), 2);
  EXPECT_EQ(late.code(), Code::RequestEntityTooLarge);
  EXPECT_EQ(late.number(OptionNumber::Size1), 2048u);
}

TEST_F(Blocks, AnswersBusyWhenAllPlacesAreTaken) {
  Message first{.code = Code::Put,
                .path = "/1000/0/5",
                .payload = long_text(16),
                .format = ContentFormat::Opaque,
                .block1 = BlockOption{0, true, 0}};
  EXPECT_EQ(server->ask(first).code(), Code::Continue);
  Message other = first;
  other.path = "/1000/0";
  other.format = ContentFormat::Tlv;
  EXPECT_EQ(server->ask(other).code(), Code::ServiceUnavailable);
  // The place is free again when the sender did not come back.
  const Instant begun = server->now;
  server->at(begun + milliseconds(246'999));
  server->answer(server->expect(), {.code = Code::Changed});
  EXPECT_EQ(server->ask(other).code(), Code::ServiceUnavailable);
  server->at(begun + milliseconds(247'000));
  EXPECT_EQ(server->ask(other).code(), Code::Continue);
}

TEST_F(Blocks, StreamsALongWriteIntoItsObject) {
  const std::string image = long_text(100'000);
  const Sent answer = write("/1000/0/13", ContentFormat::Opaque, image, 2);
  EXPECT_EQ(answer.code(), Code::Changed);
  EXPECT_EQ(every.images.at(Path(kEvery, 0, kImage)), image);
}

TEST_F(Blocks, StreamsALongReadOutOfItsObject) {
  const std::string image = long_text(1'000'000);
  every.images[Path(kEvery, 0, kImage)] = image;
  EXPECT_EQ(read("/1000/0/13"), image);
  const std::string log = long_text(5'000);
  every.images[Path(kEvery, 0, kImage)] = log;
  EXPECT_EQ(read("/1000/0/13", BlockOption{0, false, 1}), log);
  every.images[Path(kEvery, 0, kImage)] = "short";
  EXPECT_EQ(read("/1000/0/13"), "short");
  EXPECT_EQ(
      server->ask({.code = Code::Get, .path = "/1000/0/13", .block2 = BlockOption{9, false, 2}})
          .code(),
      Code::BadRequest);
}

TEST_F(Blocks, CutsALongAnswerFromASnapshot) {
  every.max_instances = 100;
  for (Id i = 0; i < 40; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  Message request{.code = Code::Get, .path = "/1000"};
  Sent answer = server->ask(request);
  ASSERT_EQ(answer.code(), Code::Content);
  const auto total = answer.number(OptionNumber::Size2);
  const auto etag = answer.number(OptionNumber::ETag);
  std::string body = answer.payload();
  EXPECT_EQ(answer.block(OptionNumber::Block2), (BlockOption{0, true, 3}));
  // Changes on the way are not seen.
  every.set(39, kText, Value::string("other"));
  for (std::uint32_t n = 1; answer.block(OptionNumber::Block2)->more; ++n) {
    request.block2 = BlockOption{n, false, 3};
    answer = server->ask(request);
    ASSERT_EQ(answer.code(), Code::Content);
    EXPECT_EQ(answer.number(OptionNumber::ETag), etag);
    body += answer.payload();
  }
  EXPECT_EQ(total, body.size());
  EXPECT_TRUE(body.ends_with("twenty characters ok"));
  EXPECT_NE(read("/1000"), body);
}

TEST_F(Blocks, FurtherBlocksOfAFetchMayComeWithoutItsPayload) {
  every.max_instances = 100;
  for (Id i = 0; i < 40; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  Message request{.code = Code::Fetch,
                  .path = "",
                  .payload = R"([{"n":"/1000"}])",
                  .format = ContentFormat::SenmlJson,
                  .accept = ContentFormat::SenmlJson};
  Sent answer = server->ask(request);
  ASSERT_EQ(answer.code(), Code::Content);
  std::string body = answer.payload();
  request.payload.clear();
  for (std::uint32_t n = 1; answer.block(OptionNumber::Block2)->more; ++n) {
    request.block2 = BlockOption{n, false, 3};
    answer = server->ask(request);
    ASSERT_EQ(answer.code(), Code::Content);
    body += answer.payload();
  }
  EXPECT_TRUE(body.ends_with("ok\"}]")) << body;
}

TEST_F(Blocks, MakesTheBodyAnewWithoutASnapshot) {
  every.set(0, kText, Value::string("twenty characters ok"));
  // All places are taken by a write.
  EXPECT_EQ(server
                ->ask({.code = Code::Put,
                       .path = "/1000/0/5",
                       .payload = long_text(16),
                       .format = ContentFormat::Opaque,
                       .block1 = BlockOption{0, true, 0}})
                .code(),
            Code::Continue);
  const std::string whole = server->ask({.code = Code::Get, .path = "/1000/0"}).payload();
  ASSERT_GT(whole.size(), 32u);
  EXPECT_EQ(read("/1000/0", BlockOption{0, false, 0}), whole);
  // One that fits no message needs a place.
  every.max_instances = 100;
  for (Id i = 0; i < 40; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000"}).code(), Code::ServiceUnavailable);
}

TEST_F(Blocks, HasALimitForAnswersToo) {
  every.max_instances = 1000;
  for (Id i = 0; i < 100; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000"}).code(), Code::InternalServerError);
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).payload(), "42");
}

TEST_F(Blocks, RefusesABlockBehindTheEndAndABadOption) {
  EXPECT_EQ(
      server->ask({.code = Code::Get, .path = "/1000/0/0", .block2 = BlockOption{5, false, 0}})
          .code(),
      Code::BadRequest);
  // Size exponent 7 is reserved.
  EXPECT_EQ(
      server->ask({.code = Code::Get, .path = "/1000/0/0", .block2 = BlockOption{0, false, 7}})
          .code(),
      Code::BadRequest);
}

TEST_F(Blocks, KeepsTheBlocksOfTwoServersApart) {
  add_account(1, 102, 300);
  start_registered();
  CoapPeer other(*client, 1);
  other.now = server->now;
  other.answer(server->expect(), {.code = Code::Created, .location = "/rd/2"});
  const Message first{.code = Code::Put,
                      .path = "/1000/0/5",
                      .payload = long_text(16),
                      .format = ContentFormat::Opaque,
                      .block1 = BlockOption{0, true, 0}};
  Message last = first;
  last.block1 = BlockOption{1, false, 0};
  EXPECT_EQ(server->ask(first).code(), Code::Continue);
  EXPECT_EQ(other.ask(last).code(), Code::RequestEntityIncomplete);
  EXPECT_EQ(server->ask(last).code(), Code::Changed);
}

TEST_F(Blocks, CanBeLeftOutAndSendToo) {
  Client<Limits{.sends = 0, .transfers = 0, .message_bytes = 256}> small(config, rng, objects);
  CoapPeer peer(small, 0);
  small.start(peer.now);
  peer.answer(peer.expect(), {.code = Code::Created, .location = "/rd/1"});
  ASSERT_TRUE(small.registered(0));
  // Block1 and Block2 are critical: who does not know them says 4.02.
  EXPECT_EQ(peer.ask({.code = Code::Put,
                      .path = "/1000/0/5",
                      .payload = long_text(16),
                      .format = ContentFormat::Opaque,
                      .block1 = BlockOption{0, true, 0}})
                .code(),
            Code::BadOption);
  every.set(0, kText, Value::string("twenty characters ok"));
  EXPECT_EQ(
      peer.ask({.code = Code::Get, .path = "/1000/0/0", .block2 = BlockOption{1, false, 0}}).code(),
      Code::BadOption);
  EXPECT_EQ(peer.ask({.code = Code::Get, .path = "/1000/0/0"}).payload(), "twenty characters ok");
  every.max_instances = 100;
  for (Id i = 0; i < 40; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  EXPECT_EQ(peer.ask({.code = Code::Get, .path = "/1000"}).code(), Code::InternalServerError);
  ASSERT_TRUE(servers.set(0, lwm2m::objects::server::kMuteSend, 0).ok());
  const Sample samples[] = {{Path(kEvery, 0, kInteger), Value::integer(1), {}}};
  EXPECT_EQ(small.send(peer.now, 0, samples).error(), Error::Busy);
}

TEST_F(Blocks, LeftOutTheObjectListMustFitOneMessage) {
  every.max_instances = 100;
  for (Id i = 0; i < 40; ++i) every.set(i, kText, Value::string("x"));
  Client<Limits{.sends = 0, .transfers = 0, .message_bytes = 256}> small(config, rng, objects);
  CoapPeer peer(small, 0);
  small.start(peer.now);
  EXPECT_TRUE(peer.silent());
  const auto event = small.poll_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, EventType::RegistrationFailed);
  EXPECT_EQ(event->error, Error::NoSpace);
}

}  // namespace
}  // namespace linnet::client::test
