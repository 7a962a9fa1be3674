// SPDX-License-Identifier: Apache-2.0
// Pins how the client answers requests as a CoAP server: reliability, duplicates, options it does
// not know, pings and rubbish. What the operations do is the dispatcher's test.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

class Requests : public ClientTest {
 protected:
  void SetUp() override { start_registered(); }
  Message get(std::string path) { return {.code = Code::Get, .path = std::move(path)}; }
};

TEST_F(Requests, AnswersPiggybackedWithTheTokenAndFormat) {
  LINNET_REQ("DM-06");
  LINNET_REQ("DM-13");
  const Sent answer = server->ask(get("/1000/0/1"));
  EXPECT_EQ(answer.type(), Type::Ack);
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_EQ(answer.id(), server->last_id());
  EXPECT_EQ(answer.token(), server->last_token());
  EXPECT_EQ(answer.view().content_format(), ContentFormat::Text);
  EXPECT_EQ(answer.payload(), "42");
  EXPECT_TRUE(server->silent());
}

TEST_F(Requests, AnswersANonConfirmableByAnother) {
  Message request = get("/1000/0/1");
  request.type = Type::Non;
  const Sent answer = server->ask(request);
  EXPECT_EQ(answer.type(), Type::Non);
  EXPECT_EQ(answer.token(), server->last_token());
  EXPECT_EQ(answer.payload(), "42");
  EXPECT_NE(server->ask(request).id(), answer.id());
}

TEST_F(Requests, NeverRunsACopyTwiceAndRepeatsTheAnswer) {
  LINNET_REQ("TR-08");
  Message execute{.code = Code::Post, .path = "/1000/0/9", .id = std::uint16_t{7}};
  execute.token = coap::Token::from_number(1, 1);
  const Sent first = server->ask(execute);
  EXPECT_EQ(first.code(), Code::Changed);
  server->pass(seconds(20));
  EXPECT_EQ(server->ask(execute).bytes, first.bytes);
  EXPECT_EQ(every.executed.size(), 1u);
  // A Create whose answer names the new instance.
  Message create{.code = Code::Post, .path = "/1000", .id = std::uint16_t{8}};
  create.payload = std::string("\xC1\x00x", 3);  // mandatory resource 0: "x"
  create.format = ContentFormat::Tlv;
  create.token = execute.token;
  const Sent created = server->ask(create);
  EXPECT_EQ(created.code(), Code::Created);
  EXPECT_EQ(created.location(), "/1000/1");
  const Sent update = server->expect();
  EXPECT_EQ(update.path(), "/rd/r1");
  server->answer(update, {.code = Code::Changed});
  EXPECT_EQ(server->ask(create).bytes, created.bytes);
  EXPECT_EQ(every.instances.size(), 2u);
}

TEST_F(Requests, ForgetsACopyAfterTheLifetimeOfItsExchange) {
  LINNET_REQ("TR-08");
  ASSERT_TRUE(servers.set(0, lwm2m::objects::server::kLifetime, 0).ok());
  start_registered();
  const Message execute{.code = Code::Post, .path = "/1000/0/9", .id = std::uint16_t{7}};
  (void)server->ask(execute);
  server->pass(milliseconds(246'999));
  (void)server->ask(execute);
  EXPECT_EQ(every.executed.size(), 1u);
  server->pass(milliseconds(1));
  (void)server->ask(execute);
  EXPECT_EQ(every.executed.size(), 2u);
}

TEST_F(Requests, RunsALongReadAgainInsteadOfKeepingItsAnswer) {
  every.set(0, kText, Value::string("twenty characters ok"));
  Message read = get("/1000/0");
  read.id = std::uint16_t{9};
  read.token = coap::Token::from_number(1, 1);
  const Sent first = server->ask(read);
  EXPECT_GT(first.bytes.size(), kTestLimits.remembered_answer_bytes);
  EXPECT_EQ(server->ask(read).bytes, first.bytes);
}

TEST_F(Requests, RefusesACriticalOptionItDoesNotKnow) {
  LINNET_REQ("TR-01");
  Message request = get("/1000/0/1");
  request.unknown_option = std::uint16_t{2049};
  EXPECT_EQ(server->ask(request).code(), Code::BadOption);
  request.unknown_option = std::uint16_t{2050};
  EXPECT_EQ(server->ask(request).code(), Code::Content);
}

TEST_F(Requests, AnswersAPingAndRubbishWithReset) {
  server->deliver(linnet::test::hex("40 00 12 34"));
  EXPECT_EQ(server->expect().bytes, linnet::test::hex("70 00 12 34"));
  server->deliver(linnet::test::hex("49 01 12 35 00"));  // token length 9
  EXPECT_EQ(server->expect().bytes, linnet::test::hex("70 00 12 35"));
  server->deliver(linnet::test::hex("40 01 12 36 ff"));  // marker without payload
  EXPECT_EQ(server->expect().bytes, linnet::test::hex("70 00 12 36"));
  server->deliver(linnet::test::hex("50 01 12 37 ff"));  // the same as NON
  EXPECT_TRUE(server->silent());
  server->deliver(linnet::test::hex("80"));
  server->deliver({});
  EXPECT_TRUE(server->silent());
}

TEST_F(Requests, RejectsAResponseNobodyAskedFor) {
  server->send({.code = Code::Content, .id = std::uint16_t{55}});
  const Sent reset = server->expect();
  EXPECT_EQ(reset.type(), Type::Rst);
  EXPECT_EQ(reset.id(), 55);
  server->send({.code = Code::Content, .type = Type::Non});
  server->send({.code = Code::Content, .type = Type::Ack});
  EXPECT_TRUE(server->silent());
}

TEST_F(Requests, IgnoresPeersItHasNoAccountFor) {
  client->receive(server->now, 1, server->encode(get("/1000/0/1")));
  client->receive(server->now, 7, server->encode(get("/1000/0/1")));
  client->receive(server->now, kNoPeer, server->encode(get("/1000/0/1")));
  EXPECT_TRUE(server->silent());
}

TEST_F(Requests, KeepsQuietWhenNoResponseIsWanted) {
  Message write{.code = Code::Put,
                .path = "/1000/0/1",
                .payload = "5",
                .format = ContentFormat::Text,
                .no_response = 2};
  const Sent ack = server->ask(write);
  EXPECT_EQ(ack.code(), Code::Empty);
  EXPECT_EQ(ack.type(), Type::Ack);
  EXPECT_EQ(every.at(Path(kEvery, 0, kInteger)), Value::integer(5));
  write.type = Type::Non;
  server->send(write);
  EXPECT_TRUE(server->silent());
  write.payload = "500";  // out of range: 4.00 is wanted
  EXPECT_EQ(server->ask(write).code(), Code::BadRequest);
}

TEST_F(Requests, RefusesIfNoneMatchOnWhatIsThere) {
  Message write{.code = Code::Put,
                .path = "/1000/0/1",
                .payload = "5",
                .format = ContentFormat::Text,
                .if_none_match = true};
  EXPECT_EQ(server->ask(write).code(), Code::PreconditionFailed);
  EXPECT_EQ(every.at(Path(kEvery, 0, kInteger)), Value::integer(42));
}

TEST_F(Requests, FindsNoPathOutsideTheModel) {
  LINNET_REQ("ID-06");
  for (const char* path : {"/1000/0/x", "/01000/0/1", "/1000/0/1/0/0", "/70000", "/1000/0/-1"}) {
    EXPECT_EQ(server->ask(get(path)).code(), Code::NotFound) << path;
  }
  EXPECT_EQ(server->ask(get("/4000")).code(), Code::NotFound);
  EXPECT_EQ(server->ask(get("/0/0/0")).code(), Code::Unauthorized);
}

TEST_F(Requests, ServesBelowItsRootPath) {
  LINNET_REQ("REG-26");
  config.root_path = "/a/b";
  start_registered();
  EXPECT_EQ(server->ask(get("/a/b/1000/0/1")).code(), Code::Content);
  EXPECT_EQ(server->ask(get("/1000/0/1")).code(), Code::NotFound);
  EXPECT_EQ(server->ask(get("/a/1000/0/1")).code(), Code::NotFound);
}

TEST_F(Requests, QueuesAnswersToRequestsThatCameTogether) {
  server->send(get("/1000/0/1"));
  const coap::Token first = server->last_token();
  server->deliver(linnet::test::hex("40 00 12 34"));
  server->deliver(linnet::test::hex("40 00 12 35"));
  EXPECT_LE(client->next_timeout(), server->now);
  EXPECT_EQ(server->expect().token(), first);
  EXPECT_EQ(server->expect().bytes, linnet::test::hex("70 00 12 34"));
  EXPECT_EQ(server->expect().bytes, linnet::test::hex("70 00 12 35"));
  EXPECT_TRUE(server->silent());
  // What finds no room is lost as if on the way, and not remembered.
  for (int i = 0; i < 20; ++i) server->send(get("/1000/0"));
  int answers = 0;
  while (server->poll()) ++answers;
  EXPECT_GE(answers, 1);
  EXPECT_LT(answers, 20);
}

TEST_F(Requests, TellsTheApplicationWhatServersDid) {
  (void)server->ask(
      {.code = Code::Put, .path = "/1000/0/1", .payload = "5", .format = ContentFormat::Text});
  ASSERT_EQ(server->events(EventType::ResourceWritten), 1u);
  EXPECT_EQ(server->last_event.path, Path(kEvery, 0, kInteger));
  EXPECT_EQ(server->last_event.peer, 0);
  (void)server->ask({.code = Code::Post, .path = "/1000/0/9"});
  ASSERT_EQ(server->events(EventType::ResourceExecuted), 1u);
  EXPECT_EQ(server->last_event.path, Path(kEvery, 0, kRun));
  (void)server->ask({.code = Code::Delete, .path = "/1000/0"});
  ASSERT_EQ(server->events(EventType::InstanceDeleted), 1u);
  EXPECT_EQ(server->last_event.path, Path(kEvery, 0));
  (void)server->ask({.code = Code::Post, .path = "/1/0/4"});
  EXPECT_EQ(server->events(EventType::DisableRequested), 1u);
}

TEST_F(Requests, CountsEventsNobodyPolled) {
  for (int i = 0; i < 40; ++i) (void)server->ask({.code = Code::Post, .path = "/1000/0/9"});
  const auto first = client->poll_event();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, EventType::EventsDropped);
  EXPECT_EQ(first->id, 40 - kTestLimits.events);
  EXPECT_EQ(server->events(EventType::ResourceExecuted), kTestLimits.events);
}

TEST(EventType, EveryOneHasAName) {
  for (int i = 0; i <= static_cast<int>(EventType::EventsDropped); ++i) {
    EXPECT_STRNE(describe(static_cast<EventType>(i)), "unknown event") << i;
  }
}

}  // namespace
}  // namespace linnet::client::test
