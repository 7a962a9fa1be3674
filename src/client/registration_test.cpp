// SPDX-License-Identifier: Apache-2.0
// Pins the registration of a client, datagram by datagram and to the millisecond: what Register,
// Update and De-register carry, when they are sent, and what follows each failure.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

/// The beginning of every object list of this client.
const std::string kRoot = "</>;rt=\"oma.lwm2m\";ct=\"110 112 11542\",";

class Registration : public ClientTest {
 protected:
  void set_lifetime(std::uint32_t lifetime) {
    ASSERT_TRUE(servers.set(0, account::kLifetime, lifetime).ok());
  }
  /// Until the engine has given up its present CON; what it sends meanwhile is lost.
  void lose_everything_until(EventType type) {
    for (int i = 0; i < 20 && server->events(type) == 0; ++i) {
      while (server->poll()) {
      }
      server->at(client->next_timeout());
    }
  }
};

TEST_F(Registration, RegistersWithWhatTheStandardAsksFor) {
  LINNET_REQ("REG-01");
  LINNET_REQ("REG-03");
  LINNET_REQ("REG-05");
  LINNET_REQ("REG-06");
  start();
  const Sent request = server->expect();
  EXPECT_EQ(request.type(), Type::Con);
  EXPECT_EQ(request.code(), Code::Post);
  EXPECT_EQ(request.path(), "/rd");
  EXPECT_EQ(request.query(), "?ep=dev-1?lt=300?lwm2m=1.1?b=U");
  EXPECT_EQ(request.view().content_format(), ContentFormat::LinkFormat);
  EXPECT_EQ(request.payload(), kRoot + "</1>;ver=1.2,</1/0>,</1000>;ver=2.1,</1000/0>");
  EXPECT_TRUE(server->silent());
  EXPECT_FALSE(client->registered(0));
}

TEST_F(Registration, KeepsTheLocationAndUpdatesThere) {
  LINNET_REQ("REG-32");
  LINNET_REQ("REG-34");
  LINNET_REQ("REG-36");
  start();
  server->answer(server->expect(), {.code = Code::Created, .location = "/rd/5a3f/x"});
  EXPECT_EQ(server->events(EventType::Registered), 1u);
  const Instant due = client->next_timeout();
  const Duration wait = due - server->now;
  EXPECT_LE(wait.ms, 207'000);  // 300 s - 93 s
  EXPECT_GE(wait.ms, 207'000 * 15 / 16);
  server->at(due - milliseconds(1));
  EXPECT_TRUE(server->silent());
  server->at(due);
  const Sent update = server->expect();
  EXPECT_EQ(update.code(), Code::Post);
  EXPECT_EQ(update.type(), Type::Con);
  EXPECT_EQ(update.path(), "/rd/5a3f/x");
  EXPECT_EQ(update.query(), "");
  EXPECT_EQ(update.payload(), "");
  EXPECT_FALSE(update.view().content_format());
  server->answer(update, {.code = Code::Changed});
  EXPECT_EQ(server->events(EventType::Updated), 1u);
  EXPECT_GT(client->next_timeout(), server->now + seconds(190));
}

TEST_F(Registration, UpdatesAShortLifetimeAtItsHalf) {
  set_lifetime(60);
  start_registered();
  const Duration wait = client->next_timeout() - server->now;
  EXPECT_LE(wait.ms, 30'000);
  EXPECT_GE(wait.ms, 30'000 * 15 / 16);
}

TEST_F(Registration, NeverUpdatesAnInfiniteLifetime) {
  LINNET_REQ("REG-44");
  set_lifetime(0);
  start();
  const Sent request = server->expect();
  EXPECT_NE(request.query().find("?lt=0?"), std::string::npos);
  accept_register(request);
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Registration, TellsItsBindingAsItsEnablerDoes) {
  LINNET_REQ("REG-08");
  LINNET_REQ("REG-09");
  LINNET_REQ("REG-10");
  config.queue_mode = true;
  config.binding = "UT";
  config.sms = "4912345";
  start();
  EXPECT_EQ(server->expect().query(), "?ep=dev-1?lt=300?lwm2m=1.1?b=UT?Q?sms=4912345");
  config.version = lwm2m::kEnabler10;
  ASSERT_TRUE(server_rows[0].set_binding("UQ"));
  start();
  EXPECT_EQ(server->expect().query(), "?ep=dev-1?lt=300?lwm2m=1.0?b=UQ?sms=4912345");
}

TEST_F(Registration, RetransmitsLikeAnyConfirmableMessage) {
  start();
  const Sent first = server->expect();
  const Instant due = client->next_timeout();
  EXPECT_GE((due - server->now).ms, 2000);
  EXPECT_LE((due - server->now).ms, 3000);
  server->at(due - milliseconds(1));
  EXPECT_TRUE(server->silent());
  server->at(due);
  EXPECT_EQ(server->expect().bytes, first.bytes);
}

TEST_F(Registration, BacksOffAfterEachFailureAndPausesAfterASequence) {
  LINNET_REQ("SRV-05");
  LINNET_REQ("SRV-06");
  LINNET_REQ("REG-21");
  start();
  const std::int64_t waits[] = {60, 120, 240, 480, 86400, 60};
  for (const std::int64_t wait : waits) {
    server->answer(server->expect(), {.code = Code::Forbidden});
    ASSERT_EQ(server->events(EventType::RegistrationFailed), 1u);
    EXPECT_EQ(server->last_event.code, Code::Forbidden);
    EXPECT_EQ((server->last_event.retry_at - server->now).ms, wait * 1000);
    server->forget_events();
    EXPECT_EQ(client->next_timeout(), server->now + seconds(wait));
    server->pass(seconds(wait) - milliseconds(1));
    EXPECT_TRUE(server->silent());
    server->pass(milliseconds(1));
  }
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Registration, TakesRetriesFromTheServerObjectAndGivesUp) {
  LINNET_REQ("SRV-05");
  server_rows[0].set(account::kCommunicationRetryCount, 2);
  server_rows[0].set(account::kCommunicationRetryTimer, 7);
  config.retry_for_ever = false;
  start();
  server->answer(server->expect(), {.code = Code::BadRequest});
  EXPECT_EQ(client->next_timeout(), server->now + seconds(7));
  server->pass(seconds(7));
  server->answer(server->expect(), {.code = Code::BadRequest});
  EXPECT_TRUE(client->next_timeout().is_never());
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 2u);
  EXPECT_TRUE(server->last_event.retry_at.is_never());
}

TEST_F(Registration, ReportsSilenceAndTriesAgain) {
  LINNET_REQ("REG-21");
  start();
  lose_everything_until(EventType::RegistrationFailed);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_EQ(client->next_timeout(), server->now + seconds(60));
}

TEST_F(Registration, RegistersAgainWhenAnUpdateFails) {
  LINNET_REQ("REG-39");
  for (const Code code : {Code::NotFound, Code::BadRequest, Code::InternalServerError}) {
    start_registered();
    client->update_registration(server->now, 0);
    server->answer(server->expect(), {.code = code});
    EXPECT_EQ(server->events(EventType::RegistrationLost), 1u);
    EXPECT_EQ(server->last_event.code, code);
    EXPECT_FALSE(client->registered(0));
    const Sent again = server->expect();
    EXPECT_EQ(again.path(), "/rd");
    EXPECT_NE(again.payload(), "");
    EXPECT_TRUE(server->silent());
  }
}

TEST_F(Registration, RegistersAgainWhenAnUpdateIsNotAnswered) {
  LINNET_REQ("REG-39");
  start_registered();
  client->update_registration(server->now, 0);
  lose_everything_until(EventType::RegistrationLost);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Registration, TakesASeparateResponse) {
  start();
  const Sent request = server->expect();
  server->ack(request);
  server->pass(seconds(10));
  EXPECT_TRUE(server->silent());
  const Message response{.code = Code::Created,
                         .location = "/rd/1",
                         .token = request.token(),
                         .id = std::uint16_t{77}};
  const Sent ack = server->ask(response);
  EXPECT_EQ(ack.type(), Type::Ack);
  EXPECT_EQ(ack.id(), 77);
  EXPECT_TRUE(client->registered(0));
  // Our acknowledgement was lost.
  EXPECT_EQ(server->ask(response).bytes, ack.bytes);
}

TEST_F(Registration, RefusesACreatedWithoutAUsableLocation) {
  LINNET_REQ("REG-02");
  start();
  server->answer(server->expect(), {.code = Code::Created});
  EXPECT_FALSE(client->registered(0));
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 1u);
  EXPECT_EQ(server->last_event.error, Error::Malformed);
  server->pass(seconds(60));
  server->answer(server->expect(),
                 {.code = Code::Created, .location = "/rd/" + std::string(100, 'x')});
  EXPECT_FALSE(client->registered(0));
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 2u);
}

TEST_F(Registration, UpdatesAtOnceWithOnlyWhatChanged) {
  LINNET_REQ("REG-33");
  LINNET_REQ("REG-35");
  LINNET_REQ("REG-38");
  start_registered();
  // By the application: the object tells it.
  set_lifetime(500);
  EXPECT_LE(client->next_timeout(), server->now);
  Sent update = server->expect();
  EXPECT_EQ(update.query(), "?lt=500");
  EXPECT_EQ(update.payload(), "");
  server->answer(update, {.code = Code::Changed});
  // By the server, to the same value and to another.
  EXPECT_EQ(server
                ->ask({.code = Code::Put,
                       .path = "/1/0/1",
                       .payload = "500",
                       .format = ContentFormat::Text})
                .code(),
            Code::Changed);
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(server
                ->ask({.code = Code::Put,
                       .path = "/1/0/1",
                       .payload = "900",
                       .format = ContentFormat::Text})
                .code(),
            Code::Changed);
  update = server->expect();
  EXPECT_EQ(update.query(), "?lt=900");
  server->answer(update, {.code = Code::Changed});
  EXPECT_GT(client->next_timeout() - server->now, seconds(700));
  // Objects: the whole list, and nothing else.
  EXPECT_EQ(server->ask({.code = Code::Delete, .path = "/1000/0"}).code(), Code::Deleted);
  update = server->expect();
  EXPECT_EQ(update.query(), "");
  EXPECT_EQ(update.payload(), kRoot + "</1>;ver=1.2,</1/0>,</1000>;ver=2.1");
  EXPECT_EQ(update.view().content_format(), ContentFormat::LinkFormat);
}

TEST_F(Registration, UpdatesAgainForAChangeDuringAnUpdate) {
  LINNET_REQ("REG-33");
  start_registered();
  client->update_registration(server->now, 0);
  const Sent update = server->expect();
  set_lifetime(500);
  EXPECT_TRUE(server->silent());  // NSTART 1
  server->answer(update, {.code = Code::Changed});
  EXPECT_EQ(server->expect().query(), "?lt=500");
}

TEST_F(Registration, UpdatesWhenTriggered) {
  LINNET_REQ("REG-37");
  start_registered();
  const Sent answer = server->ask({.code = Code::Post, .path = "/1/0/8"});
  EXPECT_EQ(answer.code(), Code::Changed);
  EXPECT_EQ(answer.type(), Type::Ack);
  const Sent update = server->expect();
  EXPECT_EQ(update.path(), "/rd/r1");
  EXPECT_EQ(update.query(), "");
  EXPECT_EQ(server->events(EventType::UpdateTriggered), 1u);
}

TEST_F(Registration, IgnoresRequestsBeforeItIsRegistered) {
  LINNET_REQ("REG-19");
  start();
  const Sent request = server->expect();
  server->send({.code = Code::Get, .path = "/1000/0/1"});
  EXPECT_TRUE(server->silent());
  accept_register(request);
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).code(), Code::Content);
}

TEST_F(Registration, DeregistersOnStop) {
  LINNET_REQ("REG-42");
  start_registered();
  client->stop(server->now);
  EXPECT_FALSE(client->stopped());
  const Sent request = server->expect();
  EXPECT_EQ(request.code(), Code::Delete);
  EXPECT_EQ(request.path(), "/rd/r1");
  EXPECT_EQ(request.query(), "");
  server->answer(request, {.code = Code::Deleted});
  EXPECT_TRUE(client->stopped());
  EXPECT_EQ(server->events(EventType::Deregistered), 1u);
  EXPECT_TRUE(client->next_timeout().is_never());
  client->start(server->now);
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Registration, StopsEvenIfNobodyAnswers) {
  start_registered();
  client->stop(server->now);
  lose_everything_until(EventType::Deregistered);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_TRUE(client->stopped());
}

TEST_F(Registration, SendsALongListInBlocks) {
  LINNET_REQ("REG-31");
  every.max_instances = 100;
  for (Id i = 0; i < 30; ++i) every.set(i, kText, Value::string("x"));
  start();
  std::string list;
  Sent block = server->expect();
  const auto size = block.number(OptionNumber::Size1);
  for (int i = 0; i < 10; ++i) {
    const auto option = block.block(OptionNumber::Block1);
    ASSERT_TRUE(option);
    EXPECT_EQ(option->number, static_cast<std::uint32_t>(i));
    EXPECT_EQ(block.query(), "?ep=dev-1?lt=300?lwm2m=1.1?b=U");
    list += block.payload();
    if (!option->more) break;
    server->answer(block, {.code = Code::Continue, .block1 = *option});
    block = server->expect();
  }
  EXPECT_TRUE(list.starts_with(kRoot + "</1>;ver=1.2,</1/0>,</1000>;ver=2.1,</1000/0>"));
  EXPECT_TRUE(list.ends_with(",</1000/29>"));
  EXPECT_EQ(size, list.size());
  server->answer(
      block,
      {.code = Code::Created, .location = "/rd/1", .block1 = block.block(OptionNumber::Block1)});
  EXPECT_TRUE(client->registered(0));
}

TEST_F(Registration, BeginsTheListAgainWhenItChangesOnTheWay) {
  every.max_instances = 100;
  for (Id i = 0; i < 30; ++i) every.set(i, kText, Value::string("x"));
  start();
  Sent block = server->expect();
  server->answer(block, {.code = Code::Continue, .block1 = block.block(OptionNumber::Block1)});
  block = server->expect();
  EXPECT_EQ(block.block(OptionNumber::Block1)->number, 1u);
  every.set(30, kText, Value::string("x"));
  client->notify_changed({Path(kEvery, 30), Change::Kind::Created});
  server->answer(block, {.code = Code::Continue, .block1 = block.block(OptionNumber::Block1)});
  block = server->expect();
  EXPECT_EQ(block.block(OptionNumber::Block1)->number, 0u);
  // And a server that wants smaller blocks gets them.
  server->answer(block, {.code = Code::Continue, .block1 = coap::BlockOption{0, true, 1}});
  block = server->expect();
  EXPECT_EQ(block.block(OptionNumber::Block1)->szx, 1);
  EXPECT_EQ(block.payload().size(), 32u);
}

TEST_F(Registration, AReservedShortServerIdIsNoAccount) {
  LINNET_REQ("ID-02");
  for (const ShortServerId reserved : {ShortServerId{0}, ShortServerId{65535}}) {
    ASSERT_TRUE(servers.set(0, account::kShortServerId, reserved).ok());
    ASSERT_TRUE(security.write(Path(0, 0, 10), Value::integer(reserved)).ok());
    start();
    EXPECT_TRUE(server->silent()) << reserved;
    EXPECT_EQ(client->peer_of(reserved), kNoPeer);
  }
  ASSERT_TRUE(servers.set(0, account::kShortServerId, 65534).ok());
  ASSERT_TRUE(security.write(Path(0, 0, 10), Value::integer(65534)).ok());
  start();
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Registration, ServesSeveralServersIndependently) {
  add_account(1, 102, 1000);
  start();
  const Sent first = server->expect();
  const Sent second = server->expect();
  EXPECT_EQ(first.peer, 0);
  EXPECT_EQ(second.peer, 1);
  EXPECT_NE(second.query().find("?lt=1000?"), std::string::npos);
  CoapPeer other(*client, 1);
  other.now = server->now;
  other.answer(second, {.code = Code::Created, .location = "/rd/b"});
  EXPECT_FALSE(client->registered(0));
  EXPECT_TRUE(client->registered(1));
  EXPECT_EQ(client->peer_of(102), 1);
  EXPECT_EQ(client->short_server_id(1), 102);
  EXPECT_EQ(client->server_uri(1), "coap://server");
  // A response on the wrong session belongs to nobody.
  other.answer(first, {.code = Code::Created, .location = "/rd/a"});
  EXPECT_FALSE(client->registered(0));
  server->answer(first, {.code = Code::Created, .location = "/rd/a"});
  EXPECT_TRUE(client->registered(0));
  // A write by one server changes its own account only.
  EXPECT_EQ(server
                ->ask({.code = Code::Put,
                       .path = "/1/1/1",
                       .payload = "2000",
                       .format = ContentFormat::Text})
                .code(),
            Code::Changed);
  const Sent update = server->expect();
  EXPECT_EQ(update.peer, 1);
  EXPECT_EQ(update.path(), "/rd/b");
  EXPECT_TRUE(server->silent());
}

TEST_F(Registration, RegistersAgainInANewSession) {
  LINNET_REQ("REG-20");
  start_registered();
  client->session_replaced(server->now, 0);
  EXPECT_FALSE(client->registered(0));
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Registration, DropsAnAccountThatIsGone) {
  add_account(1, 102, 1000);
  start_registered();
  (void)server->expect();
  (void)servers.remove(0);
  client->reload_accounts(server->now);
  EXPECT_EQ(client->peer_of(101), kNoPeer);
  EXPECT_EQ(client->peer_of(102), 1);
  server->send({.code = Code::Get, .path = "/1000/0/1"});
  EXPECT_TRUE(server->silent());
}

TEST_F(Registration, ToleratesSpuriousTimeouts) {
  start_registered();
  const Instant due = client->next_timeout();
  for (int i = 0; i < 100; ++i) {
    client->on_timeout(server->now);
    EXPECT_TRUE(server->silent());
  }
  EXPECT_EQ(client->next_timeout(), due);
}

TEST_F(Registration, DoesNotUpdateTogetherWithAFleet) {
  FixedVector<std::int64_t, 16> waits;
  for (int i = 0; i < 16; ++i) {
    start_registered();
    ASSERT_TRUE(waits.push_back((client->next_timeout() - server->now).ms));
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_GT(waits.end()[-1] - waits.begin()[0], 5000);
}

}  // namespace
}  // namespace linnet::client::test
