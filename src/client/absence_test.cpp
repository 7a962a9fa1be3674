// SPDX-License-Identifier: Apache-2.0
// Pins what a client does, and does not do, while a server is disabled or it is offline itself, and
// how it comes back. What it stores meanwhile: notification_store_test.cpp.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

class Absence : public ClientTest {
 protected:
  /// Executes /1/<instance>/4 and answers the De-register that follows.
  void be_disabled(const std::string& instance = "0") {
    EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/" + instance + "/4"}).code(),
              Code::Changed);
    const Sent bye = server->expect();
    EXPECT_EQ(bye.code(), Code::Delete);
    server->answer(bye, {.code = Code::Deleted});
  }
  /// Nothing leaves until 1 ms before `end`, whatever comes in.
  void expect_silence_until(Instant end) {
    EXPECT_EQ(client->next_timeout(), end);
    hear_everything();
    server->at(end - milliseconds(1));
    hear_everything();
    server->at(end);
  }
  void hear_everything() {
    server->send({.code = Code::Get, .path = "/1000/0/1"});
    EXPECT_TRUE(server->silent()) << "a request";
    server->deliver(linnet::test::hex("40 00 12 34"));
    EXPECT_TRUE(server->silent()) << "a ping";
    server->deliver(linnet::test::hex("49 01 12 35"));
    EXPECT_TRUE(server->silent()) << "nonsense";
    server->send({.code = Code::Content, .payload = "x", .token = coap::Token::from_number(9, 4)});
    EXPECT_TRUE(server->silent()) << "a response";
  }
  void lose_everything_until(EventType type) {
    for (int i = 0; i < 20 && server->events(type) == 0; ++i) {
      while (server->poll()) {
      }
      server->at(client->next_timeout());
    }
  }
};

// --- Disable ---

TEST_F(Absence, ADisableIsAnsweredThenDeregistersThenSilenceThenRegisters) {
  LINNET_REQ("SRV-10");
  LINNET_REQ("SRV-11");
  server_rows[0].set(account::kDisableTimeout, 3);
  start_registered();
  server->send({.code = Code::Post, .path = "/1/0/4"});
  const Sent answer = server->expect();
  EXPECT_EQ(answer.type(), Type::Ack);
  EXPECT_EQ(answer.code(), Code::Changed);
  const Sent bye = server->expect();
  EXPECT_EQ(bye.type(), Type::Con);
  EXPECT_EQ(bye.code(), Code::Delete);
  EXPECT_EQ(bye.path(), "/rd/r1");
  EXPECT_EQ(server->events(EventType::DisableRequested), 1u);
  EXPECT_EQ(server->events(EventType::Disabled), 0u) << "the session is still needed";
  EXPECT_TRUE(client->disabled(0));
  server->pass(seconds(1));
  server->answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(server->events(EventType::Deregistered), 1u);
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  EXPECT_EQ(server->last_event.retry_at, server->now + seconds(3));
  expect_silence_until(server->now + seconds(3));
  const Sent again = server->expect();
  EXPECT_EQ(again.code(), Code::Post);
  EXPECT_EQ(again.path(), "/rd");
  EXPECT_FALSE(client->disabled(0));
  accept_register(again);
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).payload(), "42");
}

TEST_F(Absence, ADisableLastsADayIfNothingElseIsSaid) {
  LINNET_REQ("SRV-11");
  start_registered();
  be_disabled();
  expect_silence_until(server->now + seconds(86400));
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, TheTimeoutIsTheOneAtTheExecute) {
  LINNET_REQ("SRV-11");
  server_rows[0].set(account::kDisableTimeout, 10);
  start_registered();
  EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/0/4"}).code(), Code::Changed);
  server_rows[0].set(account::kDisableTimeout, 1000);
  server->answer(server->expect(), {.code = Code::Deleted});
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  EXPECT_EQ(server->last_event.retry_at, server->now + seconds(10));
}

TEST_F(Absence, ADeregisterThatNobodyAnswersIsGivenUp) {
  LINNET_REQ("SRV-10");
  server_rows[0].set(account::kDisableTimeout, 60);
  start_registered();
  EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/0/4"}).code(), Code::Changed);
  lose_everything_until(EventType::Deregistered);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  expect_silence_until(server->now + seconds(60));
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, AFailedRegisterAfterwardsIsTriedAgainAsAlways) {
  server_rows[0].set(account::kDisableTimeout, 60);
  start_registered();
  be_disabled();
  server->pass(seconds(60));
  server->answer(server->expect(), {.code = Code::ServiceUnavailable});
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 1u);
  EXPECT_EQ(client->next_timeout(), server->now + seconds(60));
  server->pass(seconds(60));
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, ADisableConcernsTheServerOfItsInstanceOnly) {
  LINNET_REQ("SRV-10");
  add_account(1, 102, 300);
  server_rows[1].set(account::kDisableTimeout, 5);
  start_registered();
  CoapPeer other(*client, 1);
  other.now = server->now;
  other.answer(server->expect(), {.code = Code::Created, .location = "/rd/other"});
  ASSERT_TRUE(client->registered(1));
  // Server 101 disables 102.
  EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/1/4"}).code(), Code::Changed);
  const Sent bye = server->expect();
  EXPECT_EQ(bye.peer, 1);
  EXPECT_EQ(bye.path(), "/rd/other");
  other.answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  EXPECT_EQ(server->last_event.peer, 1);
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).payload(), "42");
  other.send({.code = Code::Get, .path = "/1000/0/1"});
  EXPECT_TRUE(server->silent());
  server->pass(seconds(5));
  EXPECT_EQ(server->expect().peer, 1);
}

TEST_F(Absence, TheApplicationDisablesAndEnablesToo) {
  start_registered();
  client->disable(server->now, 0, milliseconds(1500));
  server->answer(server->expect(), {.code = Code::Deleted});
  expect_silence_until(server->now + milliseconds(1500));
  const Sent request = server->expect();
  EXPECT_EQ(request.path(), "/rd");
  // While it registers: the attempt is taken back, and the time begins at once.
  client->disable(server->now, 0, seconds(10));
  EXPECT_EQ(server->events(EventType::Disabled), 2u);
  server->answer(request, {.code = Code::Created, .location = "/rd/late"});
  EXPECT_FALSE(client->registered(0));
  server->pass(seconds(4));
  EXPECT_TRUE(server->silent());
  // Once more: a new duration.
  client->disable(server->now, 0, seconds(10));
  expect_silence_until(server->now + seconds(10));
  EXPECT_EQ(server->expect().path(), "/rd");
  client->disable(server->now, 0, seconds(10));
  server->pass(seconds(1));
  EXPECT_TRUE(server->silent());
  client->enable(server->now, 0);
  EXPECT_LE(client->next_timeout(), server->now);
  accept_register(server->expect());
  client->enable(server->now, 0);
  EXPECT_TRUE(server->silent()) << "not disabled";
}

TEST_F(Absence, AnEnableDuringTheDeregisterRegistersRightAfterIt) {
  start_registered();
  client->disable(server->now, 0, seconds(10));
  const Sent bye = server->expect();
  client->enable(server->now, 0);
  EXPECT_TRUE(server->silent());
  server->answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, ADisabledClientStopsAtOnce) {
  start_registered();
  be_disabled();
  client->stop(server->now);
  EXPECT_TRUE(client->stopped());
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
  // And if the De-register is on its way, with its end.
  start_registered();
  EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/0/4"}).code(), Code::Changed);
  const Sent bye = server->expect();
  client->stop(server->now);
  EXPECT_FALSE(client->stopped());
  server->answer(bye, {.code = Code::Deleted});
  EXPECT_TRUE(client->stopped());
  EXPECT_EQ(server->events(EventType::Disabled), 0u);
}

TEST_F(Absence, WhatIsUnderWayEndsWithADisable) {
  server_rows[0].set(account::kMuteSend, 0);
  start_registered();
  const Sample samples[] = {{Path(kEvery, 0, kInteger), Value(), {}}};
  ASSERT_TRUE(client->send(server->now, 0, samples, ContentFormat::SenmlJson).ok());
  ASSERT_TRUE(client->send(server->now, 0, samples, ContentFormat::SenmlJson).ok());
  EXPECT_EQ(server->expect().path(), "/dp");
  be_disabled();
  EXPECT_EQ(server->events(EventType::SendDone), 2u);
  EXPECT_EQ(server->last_event.error, Error::Cancelled);
  EXPECT_EQ(client->send(server->now, 0, samples, ContentFormat::SenmlJson).error(), Error::State);
}

TEST_F(Absence, WithoutTheFeatureADisableIsForTheApplication) {
  config.features.servers = nullptr;
  start_registered();
  EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/0/4"}).code(), Code::Changed);
  EXPECT_EQ(server->events(EventType::DisableRequested), 1u);
  client->disable(server->now, 0, seconds(1));
  client->set_offline(server->now, true);
  EXPECT_FALSE(client->offline());
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->registered(0));
}

// --- Offline ---

TEST_F(Absence, OfflineNothingIsSentAndNothingHeard) {
  LINNET_REQ("IR-45");
  start_registered();
  client->update_registration(server->now, 0);
  const Sent update = server->expect();
  server->send({.code = Code::Get, .path = "/1000/0/1"});
  client->set_offline(server->now, true);
  EXPECT_TRUE(client->offline());
  EXPECT_TRUE(server->silent()) << "the answer that waited is lost";
  EXPECT_TRUE(client->next_timeout().is_never());
  server->answer(update, {.code = Code::NotFound});
  hear_everything();
  server->pass(seconds(299) - milliseconds(1));
  hear_everything();
  EXPECT_FALSE(client->registered(0));
  EXPECT_EQ(server->events(EventType::RegistrationLost), 0u);
  client->set_offline(server->now, false);
  EXPECT_LE(client->next_timeout(), server->now);
  const Sent again = server->expect();
  EXPECT_EQ(again.path(), "/rd/r1");
  EXPECT_TRUE(client->registered(0));
  server->answer(again, {.code = Code::Changed});
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(server->ask({.code = Code::Get, .path = "/1000/0/1"}).payload(), "42");
}

TEST_F(Absence, BackOnlineItRegistersIfTheLifetimeIsOver) {
  LINNET_REQ("REG-39");
  for (const bool over : {false, true}) {
    start_registered();
    client->set_offline(server->now, true);
    server->pass(seconds(300) - milliseconds(over ? 0 : 1));
    client->set_offline(server->now, false);
    EXPECT_EQ(server->expect().path(), over ? "/rd" : "/rd/r1");
  }
}

TEST_F(Absence, AnAttemptCutOffByGoingOfflineHasNotFailed) {
  start();
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(server->expect().path(), "/rd");
    client->set_offline(server->now, true);
    server->pass(seconds(100));
    EXPECT_TRUE(server->silent());
    client->set_offline(server->now, false);
  }
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 0u);
  server->answer(server->expect(), {.code = Code::ServiceUnavailable});
  EXPECT_EQ(server->events(EventType::RegistrationFailed), 1u);
  EXPECT_EQ(server->last_event.retry_at, server->now + seconds(60)) << "the first of a sequence";
  // The pause between attempts ends with the return.
  client->set_offline(server->now, true);
  server->pass(seconds(1));
  client->set_offline(server->now, false);
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, OfflineSendsWaitUnlessTheyHadBegun) {
  server_rows[0].set(account::kMuteSend, 0);
  start_registered();
  const Sample samples[] = {{Path(kEvery, 0, kInteger), Value(), {}}};
  const auto first = client->send(server->now, 0, samples, ContentFormat::SenmlJson);
  EXPECT_EQ(server->expect().path(), "/dp");
  const auto second = client->send(server->now, 0, samples, ContentFormat::SenmlJson);
  client->set_offline(server->now, true);
  EXPECT_EQ(server->events(EventType::SendDone), 1u);
  EXPECT_EQ(server->last_event.id, *first);
  EXPECT_EQ(server->last_event.error, Error::Cancelled);
  EXPECT_EQ(client->send(server->now, 0, samples, ContentFormat::SenmlJson).error(), Error::State);
  EXPECT_TRUE(server->silent());
  client->set_offline(server->now, false);
  server->answer(server->expect(), {.code = Code::Changed});
  server->answer(server->expect(), {.code = Code::Changed});
  EXPECT_EQ(server->events(EventType::SendDone), 2u);
  EXPECT_EQ(server->last_event.id, *second);
  EXPECT_EQ(server->last_event.code, Code::Changed);
}

TEST_F(Absence, ADisableGoesOnWhileOffline) {
  LINNET_REQ("SRV-11");
  start_registered();
  client->disable(server->now, 0, seconds(10));
  const Instant end = server->now + seconds(10);
  // Nobody will answer the De-register.
  EXPECT_EQ(server->expect().code(), Code::Delete);
  client->set_offline(server->now, true);
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  EXPECT_TRUE(client->disabled(0));
  server->pass(seconds(4));
  client->set_offline(server->now, false);
  expect_silence_until(end);
  accept_register(server->expect());
  // Disabled while offline, and until after the return.
  client->set_offline(server->now, true);
  client->disable(server->now, 0, seconds(10));
  EXPECT_EQ(server->events(EventType::Disabled), 1u);
  server->pass(seconds(20));
  EXPECT_TRUE(server->silent());
  client->set_offline(server->now, false);
  EXPECT_EQ(server->expect().path(), "/rd");
}

TEST_F(Absence, AnAccountThatComesWhileOfflineWaits) {
  start_registered();
  client->set_offline(server->now, true);
  add_account(1, 102, 300);
  client->reload_accounts(server->now);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
  client->stop(server->now);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->stopped());
  client->start(server->now);
  EXPECT_TRUE(server->silent());
  client->set_offline(server->now, false);
  EXPECT_EQ(server->expect().path(), "/rd");
  EXPECT_EQ(server->expect().path(), "/rd");
}

// --- The trigger and the binding ---

TEST_F(Absence, AnUpdateTriggerGivesExactlyOneUpdate) {
  LINNET_REQ("REG-37");
  LINNET_REQ("SRV-13");
  LINNET_REQ("SRV-18");
  start_registered();
  // A binding that we do not have changes nothing; nor does a new value of /1/0/7.
  for (const char* arguments : {"", "0='T'", "0='S'", "0='U'"}) {
    EXPECT_EQ(server
                  ->ask({.code = Code::Post,
                         .path = "/1/0/8",
                         .payload = arguments,
                         .format = ContentFormat::Text})
                  .code(),
              Code::Changed);
    const Sent update = server->expect();
    EXPECT_EQ(update.path(), "/rd/r1");
    EXPECT_EQ(update.query(), "");
    EXPECT_TRUE(server->silent());
    server->answer(update, {.code = Code::Changed});
    EXPECT_TRUE(server->silent());
  }
}

TEST_F(Absence, TheRegistrationOutlivesANewBinding) {
  LINNET_REQ("SRV-14");
  LINNET_REQ("SRV-16");
  start_registered();
  EXPECT_EQ(
      server
          ->ask(
              {.code = Code::Put, .path = "/1/0/7", .payload = "T", .format = ContentFormat::Text})
          .code(),
      Code::Changed);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->registered(0));
  // Later sessions too: UDP is taken for granted, and no other transport is possible.
  LINNET_REQ("SRV-15");
  server_rows[0].set(account::kPreferredTransport, 'T');
  client->session_replaced(server->now, 0);
  EXPECT_EQ(server->expect().query(), "?ep=dev-1?lt=300?lwm2m=1.1?b=U");
}

}  // namespace
}  // namespace linnet::client::test
