// SPDX-License-Identifier: Apache-2.0
// Pins queue mode of a client: how long it is reachable, what it says before it sleeps and when it
// wakes, and when an application may switch its radio off.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

const Path kIntegerPath(kEvery, 0, kInteger);
constexpr Duration kAwake = seconds(93);

class QueueMode : public ClientTest {
 protected:
  QueueMode() {
    config.queue_mode = true;
    config.version = lwm2m::kEnabler12;
    config.access = &rights;
    (void)servers.set(0, account::kLifetime, 86400);
    (void)servers.set(0, account::kMuteSend, 0);
  }
  void observe(std::vector<std::string> queries = {}) {
    EXPECT_EQ(server
                  ->ask({.code = Code::Get,
                         .path = "/1000/0/1",
                         .queries = std::move(queries),
                         .observe = 0})
                  .code(),
              Code::Content);
    token = server->last_token();
  }
  void set_integer(std::int64_t number) {
    every.put(kIntegerPath, Value::integer(number));
    client->notify_changed(kIntegerPath);
  }
  void expect_needed_until(Instant until) {
    const RadioState radio = client->radio(server->now);
    EXPECT_TRUE(radio.needed);
    EXPECT_EQ(radio.until, until);
  }
  void expect_asleep_until(Instant until) {
    const RadioState radio = client->radio(server->now);
    EXPECT_FALSE(radio.needed);
    EXPECT_EQ(radio.until, until);
  }
  void fall_asleep() {
    EXPECT_TRUE(server->silent());
    server->pass(kAwake);
    EXPECT_TRUE(server->silent());
    EXPECT_FALSE(client->radio(server->now).needed);
  }
  Sent expect_update() {
    const Sent update = server->expect();
    EXPECT_EQ(update.type(), Type::Con);
    EXPECT_EQ(update.code(), Code::Post);
    EXPECT_EQ(update.path(), "/rd/r1");
    EXPECT_EQ(update.query(), "");
    EXPECT_EQ(update.payload(), "");
    return update;
  }

  coap::Token token;
};

TEST_F(QueueMode, IsReachableForMaxTransmitWaitAfterTheLastMessageEitherWay) {
  LINNET_REQ("QM-05");
  start();
  EXPECT_TRUE(client->radio(server->now).needed) << "a Register is on its way";
  const Sent request = server->expect();
  EXPECT_TRUE(client->radio(server->now).needed);
  EXPECT_TRUE(client->radio(server->now).until.is_never()) << "there is no telling";
  server->pass(seconds(1));
  accept_register(request);
  const Instant registered = server->now;
  expect_needed_until(registered + kAwake);
  server->at(registered + seconds(90));
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).payload(), "42");
  expect_needed_until(registered + seconds(90) + kAwake);
  server->pass(kAwake - milliseconds(1));
  expect_needed_until(registered + seconds(90) + kAwake);
  server->pass(milliseconds(1));
  const RadioState radio = client->radio(server->now);
  EXPECT_FALSE(radio.needed);
  EXPECT_EQ(radio.until, client->next_timeout()) << "the next Update";
  EXPECT_GT(radio.until, server->now + seconds(80'000));
  EXPECT_LT(radio.until, server->now + seconds(86400));
}

TEST_F(QueueMode, WakesForItsUpdateWhenThatIsDue) {
  LINNET_REQ("QM-04");
  start_registered();
  fall_asleep();
  const Instant due = client->radio(server->now).until;
  server->at(due - milliseconds(1));
  EXPECT_TRUE(server->silent());
  server->at(due);
  const Sent update = expect_update();
  EXPECT_TRUE(client->radio(server->now).needed);
  server->answer(update, {.code = Code::Changed});
  expect_needed_until(server->now + kAwake);
}

TEST_F(QueueMode, AfterSleepAnUpdateGoesBeforeANotification) {
  LINNET_REQ("QM-04");
  start_registered();
  observe();
  set_integer(43);
  EXPECT_EQ(server->expect().payload(), "43") << "awake, it needs none";
  fall_asleep();
  set_integer(44);
  EXPECT_LE(client->next_timeout(), server->now);
  const Sent update = expect_update();
  const Sent notification = server->expect();
  EXPECT_EQ(notification.type(), Type::Non);
  EXPECT_EQ(notification.token(), token);
  EXPECT_EQ(notification.payload(), "44");
  server->answer(update, {.code = Code::Changed});
  expect_needed_until(server->now + kAwake);
  set_integer(45);
  EXPECT_EQ(server->expect().payload(), "45");
  EXPECT_TRUE(server->silent());
}

TEST_F(QueueMode, ANotificationThatMustBeConfirmedWaitsForTheUpdate) {
  LINNET_REQ("QM-04");
  start_registered();
  observe({"con=1"});
  fall_asleep();
  set_integer(44);
  const Sent update = expect_update();
  EXPECT_TRUE(server->silent());
  server->answer(update, {.code = Code::Changed});
  const Sent notification = server->expect();
  EXPECT_EQ(notification.type(), Type::Con);
  EXPECT_EQ(notification.payload(), "44");
}

TEST_F(QueueMode, AfterSleepAnUpdateGoesBeforeASend) {
  LINNET_REQ("QM-04");
  start_registered();
  fall_asleep();
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}}};
  EXPECT_TRUE(client->send(server->now, 0, samples).ok());
  server->answer(expect_update(), {.code = Code::Changed});
  EXPECT_EQ(server->expect().path(), "/dp");
}

TEST_F(QueueMode, AConditionThatIsOnlyLookedAtWakesNobody) {
  start_registered();
  observe({"pmin=600"});
  set_integer(43);
  fall_asleep();
  // At the end of pmin it is due, not before.
  const RadioState radio = client->radio(server->now);
  EXPECT_FALSE(radio.needed);
  EXPECT_EQ(radio.until, server->now - kAwake + seconds(600));
  server->at(radio.until);
  (void)expect_update();
  EXPECT_EQ(server->expect().payload(), "43");
}

TEST_F(QueueMode, ALostUpdateIsSentAgainWhileTheRadioStaysOn) {
  LINNET_REQ("QM-04");
  start_registered();
  fall_asleep();
  client->update_registration(server->now, 0);
  const Sent update = expect_update();
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(client->radio(server->now).needed);
    server->at(client->next_timeout());
    EXPECT_EQ(server->expect().bytes, update.bytes);
  }
  server->answer(update, {.code = Code::Changed});
  expect_needed_until(server->now + kAwake);
}

TEST_F(QueueMode, ALongerOrShorterTimeIsASetting) {
  config.awake_s = 10;
  start_registered();
  server->pass(milliseconds(9'999));
  EXPECT_TRUE(client->radio(server->now).needed);
  server->pass(milliseconds(1));
  EXPECT_FALSE(client->radio(server->now).needed);
}

TEST_F(QueueMode, In10TheBindingSaysIt) {
  LINNET_REQ("QM-02");
  config.version = lwm2m::kEnabler10;
  config.queue_mode = false;
  ASSERT_TRUE(server_rows[0].set_binding("UQ"));
  start_registered();
  observe();
  fall_asleep();
  set_integer(44);
  EXPECT_EQ(server->expect().path(), "/rd/r1");
  ASSERT_TRUE(server_rows[0].set_binding("U"));
  start_registered();
  server->pass(kAwake);
  EXPECT_TRUE(client->radio(server->now).needed);
}

TEST_F(QueueMode, WithoutQueueModeTheRadioStaysOn) {
  config.queue_mode = false;
  start_registered();
  observe();
  server->pass(kAwake);
  expect_needed_until(Instant::never());
  set_integer(43);
  EXPECT_EQ(server->expect().payload(), "43") << "and nothing goes before a notification";
}

TEST_F(QueueMode, WithoutTheFeatureItSendsAsEver) {
  config.features.queue = nullptr;
  start_registered();
  observe();
  fall_asleep();
  set_integer(43);
  EXPECT_EQ(server->expect().payload(), "43");
}

TEST_F(QueueMode, EveryServerIsToldByAnUpdateOfItsOwn) {
  LINNET_REQ("QM-04");
  add_account(1, 102, 86400);
  (void)servers.set(1, account::kMuteSend, 0);
  start();
  CoapPeer second(*client, 1);
  second.now = server->now;
  accept_register(server->expect());
  second.answer(server->expect(), {.code = Code::Created, .location = "/rd/r2"});
  ASSERT_TRUE(client->registered(1));
  fall_asleep();
  second.now = server->now;
  const Sample samples[] = {{kIntegerPath, Value::integer(1), {}}};
  EXPECT_TRUE(client->send(server->now, 1, samples).ok());
  const Sent update = server->expect();
  EXPECT_EQ(update.peer, 1);
  EXPECT_EQ(update.path(), "/rd/r2");
  EXPECT_TRUE(server->silent()) << "nothing to say to the first";
}

TEST_F(QueueMode, BetweenTriesToRegisterTheRadioMayRest) {
  start();
  server->answer(server->expect(), {.code = Code::ServiceUnavailable});
  const RadioState radio = client->radio(server->now);
  EXPECT_FALSE(radio.needed);
  EXPECT_EQ(radio.until, server->now + seconds(60));
}

TEST_F(QueueMode, OfflineTheRadioIsOff) {
  start_registered();
  client->set_offline(server->now, true);
  expect_asleep_until(Instant::never());
  client->set_offline(server->now, false);
  EXPECT_TRUE(client->radio(server->now).needed);
}

}  // namespace
}  // namespace linnet::client::test
