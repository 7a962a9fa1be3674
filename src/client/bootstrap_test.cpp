// SPDX-License-Identifier: Apache-2.0
// Pins the bootstrap session: when it begins, what it lets in, its time limit, its end, and that
// whatever goes wrong in it leaves the device as it was.
#include <client/bootstrap_device.hpp>

#include <linnet/lwm2m/configuration.hpp>

namespace linnet::client::test {
namespace {

namespace sec = lwm2m::objects::security;
namespace srv = lwm2m::objects::server;
using coap::Type;

constexpr Duration kExchangeLifetime = milliseconds(247'000);

// --- Asking ---

TEST_F(BootstrapTest, WithoutServerAccountsAsksForABootstrap) {
  LINNET_REQ("BS-01");
  LINNET_REQ("BS-08");
  LINNET_REQ("BS-16");
  LINNET_REQ("BS-21");
  LINNET_REQ("BS-22");
  add_bootstrap();
  start();
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.peer, kBootstrap);
  EXPECT_EQ(client->server_uri(request.peer), "coap://bootstrap");
  EXPECT_EQ(request.type(), Type::Con);
  EXPECT_EQ(request.code(), Code::Post);
  EXPECT_EQ(request.path(), "/bs");
  EXPECT_EQ(request.query(), "?ep=dev-1?pct=110");
  EXPECT_EQ(request.payload(), "");
  EXPECT_TRUE(bootstrap->silent());
}

TEST_F(BootstrapTest, ClientsOf10NameNoFormat) {
  LINNET_REQ("BS-22");
  config.version = lwm2m::kEnabler10;
  add_bootstrap();
  start();
  EXPECT_EQ(bootstrap->expect().query(), "?ep=dev-1");
}

TEST_F(BootstrapTest, WithoutPreferredFormatAsksAgain) {
  LINNET_REQ("BS-23");
  add_bootstrap();
  start();
  bootstrap->answer(bootstrap->expect(), {.code = Code::UnsupportedContentFormat});
  const Sent again = bootstrap->expect();
  EXPECT_EQ(again.query(), "?ep=dev-1");
  bootstrap->answer(again, {.code = Code::UnsupportedContentFormat});
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(bootstrap->last_event.code, Code::UnsupportedContentFormat);
}

TEST_F(BootstrapTest, WithServerAccountsRegistersInstead) {
  LINNET_REQ("BS-08");
  add_bootstrap();
  add_server(101);
  start();
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.peer, 0);
  EXPECT_EQ(request.path(), "/rd");
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Idle);
}

TEST_F(BootstrapTest, WaitsForTheHoldOffTime) {
  LINNET_REQ("BS-10");  // S25
  add_bootstrap(60);
  start();
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(59'999));
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(1));
  EXPECT_EQ(bootstrap->expect().path(), "/bs");
}

TEST_F(BootstrapTest, AServerThatMayTriggersOne) {
  LINNET_REQ("BS-30");
  add_bootstrap(5);
  add_server(101);
  ASSERT_TRUE(servers.set(1, srv::kBootstrapRequestTrigger, 0).ok());
  start();
  register_all();
  EXPECT_EQ(server[0]->ask({.code = Code::Post, .path = "/1/1/9"}).code(), Code::Changed);
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(4'999));
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(1));
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.peer, kBootstrap);
  EXPECT_TRUE(client->registered(0)) << "it stays registered meanwhile";
}

TEST_F(BootstrapTest, RefusedOrUnansweredRequestsAreRepeatedWithGrowingPauses) {
  LINNET_REQ("BS-29");
  config.retry_timer_s = 60;
  add_bootstrap();
  start();
  bootstrap->answer(bootstrap->expect(), {.code = Code::BadRequest});
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(bootstrap->last_event.code, Code::BadRequest);
  EXPECT_EQ(bootstrap->last_event.retry_at - now, seconds(60));
  pass(milliseconds(59'999));
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(1));
  bootstrap->answer(bootstrap->expect(), {.code = Code::BadRequest});
  EXPECT_EQ(events(EventType::BootstrapFailed), 2u);
  EXPECT_EQ(bootstrap->last_event.retry_at - now, seconds(120));
  pass(seconds(120));
  for (int i = 0; i < 60; ++i) {
    (void)bootstrap->poll();
    pass(seconds(2));
  }
  EXPECT_EQ(events(EventType::BootstrapFailed), 3u);
  EXPECT_EQ(bootstrap->last_event.error, Error::Timeout);
  EXPECT_EQ(store.images, 0) << "flash wears out: where no session was there is nothing to write";
}

TEST_F(BootstrapTest, TheApplicationAsksForOne) {
  start();
  EXPECT_EQ(client->bootstrap(now).error(), Error::NotFound) << "no account";
  EXPECT_TRUE(bootstrap->silent());
}

TEST_F(BootstrapTest, TheAccountThatAppearsLaterIsUsed) {
  LINNET_REQ("BS-07");
  start();
  add_bootstrap();
  client->reload_accounts(now);
  EXPECT_EQ(bootstrap->expect().path(), "/bs");
  EXPECT_EQ(client->bootstrap(now).error(), Error::Busy);
}

// --- The session ---

TEST_F(BootstrapTest, AWholeBootstrapEndsInARegistration) {
  LINNET_REQ("BS-48");
  LINNET_REQ("BS-56");
  LINNET_REQ("BS-05");
  add_bootstrap();
  start();
  open();
  EXPECT_EQ(events(EventType::BootstrapStarted), 1u);
  write_account(101, 300);
  EXPECT_TRUE(bootstrap->silent()) << "no Register before Finish";
  EXPECT_EQ(finish().code(), Code::Changed);
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.peer, 0);
  EXPECT_EQ(request.path(), "/rd");
  EXPECT_NE(request.query().find("lt=300"), std::string::npos) << request.query();
  EXPECT_EQ(client->server_uri(0), "coap://server101");
  EXPECT_EQ(events(EventType::BootstrapDone), 1u);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Idle);
}

TEST_F(BootstrapTest, TheServerMayBeginBeforeItsAnswerArrives) {
  LINNET_REQ("BS-24");
  add_bootstrap();
  start();
  const Sent request = bootstrap->expect();
  write_account(101);
  bootstrap->answer(request, {.code = Code::Changed});
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Open);
  EXPECT_EQ(finish().code(), Code::Changed);
}

TEST_F(BootstrapTest, ACopyOfFinishGetsTheSameAnswer) {
  LINNET_REQ("BS-48");
  add_bootstrap();
  start();
  open();
  write_account(101);
  const auto datagram = bootstrap->encode({.code = Code::Post, .path = "/bs"});
  bootstrap->deliver(datagram);
  const Sent first = bootstrap->expect();
  EXPECT_EQ(first.code(), Code::Changed);
  (void)bootstrap->expect();  // Register
  bootstrap->deliver(datagram);
  const Sent second = bootstrap->expect();
  EXPECT_EQ(second.peer, kBootstrap);
  EXPECT_EQ(second.bytes, first.bytes);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Idle);
}

TEST_F(BootstrapTest, OthersWaitUntilItIsOver) {
  LINNET_REQ("BS-11");
  LINNET_REQ("BS-13");
  LINNET_REQ("DM-02");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  EXPECT_EQ(server[0]->ask({.code = Code::Put, .path = "/0/0"}).code(), Code::Unauthorized);
  EXPECT_EQ(server[0]->ask({.code = Code::Post, .path = "/bs"}).code(), Code::NotFound);
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  server[0]->send({.code = Code::Get, .path = "/1/1/1", .accept = ContentFormat::Text});
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(finish().code(), Code::Changed) << "nothing is compulsory [BS-15]";
  LINNET_REQ("BS-15");
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(server[0]
                ->ask({.code = Code::Get, .path = "/1/1/1", .accept = ContentFormat::Text})
                .payload(),
            "86400");
}

TEST_F(BootstrapTest, BeforeItBeginsTheBootstrapServerIsNotHeard) {
  LINNET_REQ("BS-13");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  bootstrap->send({.code = Code::Delete, .path = "/"});
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_NE(security.find(1), nullptr);
}

TEST_F(BootstrapTest, In10ItMayBeginByItself) {
  LINNET_REQ("BS-31");
  LINNET_REQ("BS-10");
  config.version = lwm2m::kEnabler10;
  add_bootstrap(60);
  start();
  EXPECT_TRUE(bootstrap->silent());
  pass(seconds(10));
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
  pass(seconds(100));
  EXPECT_EQ(events(EventType::BootstrapStarted), 1u) << "the request of its own is not needed";
}

TEST_F(BootstrapTest, BeforeTheFactoryDataAreReadNobodyIsHeard) {
  LINNET_REQ("BS-09");
  config.version = lwm2m::kEnabler10;
  add_bootstrap();
  client.emplace(config, rng, objects);
  bootstrap.emplace(*client, kBootstrap);
  bootstrap->now = Instant{1000};
  bootstrap->send({.code = Code::Delete, .path = "/"});
  EXPECT_TRUE(bootstrap->silent());
}

TEST_F(BootstrapTest, EndsWhenTheNextRequestDoesNotCome) {
  LINNET_REQ("BS-27");
  add_bootstrap();
  start();
  open();
  pass(kExchangeLifetime - milliseconds(1));
  EXPECT_EQ(write("/0/1", account_json(101)).code(), Code::Changed) << "restarts the time";
  pass(kExchangeLifetime - milliseconds(1));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Open);
  pass(milliseconds(1));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(bootstrap->last_event.error, Error::Timeout);
}

// --- What fails is taken back ---

TEST_F(BootstrapTest, AFailedOneLeavesEverythingAsItWas) {
  LINNET_REQ("BS-28");
  add_bootstrap();
  add_server(101);
  add_server(102);
  rule(Path(1000, 0), 101, {{101, 15}});
  rule(Path(1000, 1), 102, {{101, 3}});
  every.set(0, kText, Value::string("mine"));
  every.set(0, kInteger, Value::integer(7));
  every.set(1, kText, Value::string("ours"));
  every.put(Path(1000, 1, kNumbers, 4), Value::integer(44));
  clock.zone = "Europe/Vienna";
  start();
  register_all();
  EXPECT_EQ(server[0]->ask({.code = Code::Put, .path = "/1000/0", .queries = {"pmin=7"}}).code(),
            Code::Changed);
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(remove("/").code(), Code::Deleted);
  write_account(103);
  EXPECT_EQ(
      write("/0/0", R"([{"bn":"/0/0/","n":"0","vs":"coap://elsewhere"},{"n":"1","vb":true},)"
                    R"({"n":"2","v":3},{"n":"3","vd":""},{"n":"4","vd":""},{"n":"5","vd":""}])")
          .code(),
      Code::Changed);
  EXPECT_EQ(write("/1000/2", R"([{"n":"/1000/2/0","vs":"new"}])").code(), Code::Changed);
  EXPECT_EQ(write("/3/0/15", R"([{"n":"/3/0/15","vs":"Mars"}])").code(), Code::Changed);
  EXPECT_EQ(clock.zone, "Mars");
  EXPECT_EQ(every.instances.size(), 1u);
  pass(kExchangeLifetime);
  const auto told = bootstrap->poll();
  EXPECT_FALSE(told) << "and nobody is told of what did not happen: " << told->path();
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);

  EXPECT_EQ(client->server_uri(kBootstrap), "coap://bootstrap");
  EXPECT_NE(servers.find_server(101), nullptr);
  EXPECT_NE(servers.find_server(102), nullptr);
  EXPECT_EQ(servers.find_server(103), nullptr);
  EXPECT_NE(security.find_server(102), nullptr);
  EXPECT_EQ(clock.zone, "Europe/Vienna");
  EXPECT_EQ(every.instances.size(), 2u);
  EXPECT_EQ(every.at(Path(1000, 0, kText)).as_string(), "mine");
  EXPECT_EQ(every.at(Path(1000, 0, kInteger)).as_integer(), 7);
  EXPECT_EQ(every.at(Path(1000, 1, kNumbers, 4)).as_integer(), 44);
  ASSERT_NE(access.governing(Path(1000, 0)), nullptr);
  EXPECT_EQ(access.governing(Path(1000, 0))->owner, 101);
  EXPECT_TRUE(client->registered(0) && client->registered(1)) << "registrations were never touched";
  const Sent list =
      server[0]->ask({.code = Code::Get, .path = "/1000/0", .accept = ContentFormat::LinkFormat});
  EXPECT_NE(list.payload().find("pmin=7"), std::string::npos) << list.payload();
}

TEST_F(BootstrapTest, WithoutAStoreThatWorksNothingIsTouched) {
  LINNET_REQ("BS-28");
  add_bootstrap();
  start();
  store.broken = true;
  const Sent request = bootstrap->expect();
  EXPECT_EQ(write("/0/1", account_json(101)).code(), Code::InternalServerError);
  EXPECT_EQ(security.find(1), nullptr);
  bootstrap->answer(request, {.code = Code::Changed});
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(bootstrap->last_event.error, Error::Io);
}

TEST_F(BootstrapTest, WhatCannotBeKeptIsNotFinished) {
  add_bootstrap();
  start();
  open();
  write_account(101);
  store.broken = true;
  EXPECT_EQ(finish().code(), Code::InternalServerError);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Open);
  store.broken = false;
  EXPECT_EQ(finish().code(), Code::Changed);
}

// --- Consistency ---

TEST_F(BootstrapTest, AnInconsistentConfigurationIsRefusedAndCanBeMended) {
  LINNET_REQ("BS-49");
  LINNET_REQ("BS-51");
  LINNET_REQ("BS-52");
  add_bootstrap();
  start();
  open();
  EXPECT_EQ(finish().code(), Code::NotAcceptable);
  EXPECT_EQ(events(EventType::BootstrapRefused), 1u);
  EXPECT_EQ(bootstrap->last_event.id,
            static_cast<std::uint16_t>(lwm2m::ConfigurationRule::NoServerAccount));
  EXPECT_EQ(write("/0/1", account_json(101)).code(), Code::Changed);
  const Sent refusal = finish();
  EXPECT_EQ(refusal.code(), Code::NotAcceptable);
  EXPECT_EQ(refusal.payload(), "/0/1");
  EXPECT_EQ(events(EventType::BootstrapRefused), 2u);
  EXPECT_EQ(bootstrap->last_event.id,
            static_cast<std::uint16_t>(lwm2m::ConfigurationRule::SecurityWithoutServer));
  EXPECT_EQ(bootstrap->last_event.path.first(2), Path(0, 1));
  EXPECT_TRUE(bootstrap->silent());
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
}

TEST_F(BootstrapTest, MandatoryResourcesOfOtherObjectsAreMissedToo) {
  LINNET_REQ("BS-51");
  add_bootstrap();
  start();
  open();
  write_account(101);
  EXPECT_EQ(write("/1000/0", R"([{"n":"/1000/0/1","v":5}])").code(), Code::Changed);
  EXPECT_EQ(finish().code(), Code::NotAcceptable);
  EXPECT_EQ(events(EventType::BootstrapRefused), 1u);
  EXPECT_EQ(bootstrap->last_event.path, Path(1000, 0, kText));
  EXPECT_EQ(bootstrap->last_event.error, Error::NotFound);
}

// Wakaama's bootstrap server leaves out what an account without security does not use.
TEST_F(BootstrapTest, KeysThatAreLeftOutAreEmpty) {
  LINNET_REQ("BS-51");
  add_bootstrap();
  start();
  open();
  EXPECT_EQ(write("/0/1", R"([{"bn":"/0/1/","n":"0","vs":"coap://server101"},{"n":"1","vb":false},)"
                          R"({"n":"10","v":101}])")
                .code(),
            Code::Changed);
  write_server(101);
  EXPECT_EQ(finish().code(), Code::NotAcceptable) << "nobody said that there is no security";
  EXPECT_EQ(events(EventType::BootstrapRefused), 1u);
  EXPECT_EQ(bootstrap->last_event.path, Path(0, 1, 2));
  EXPECT_EQ(write("/0/1/2", R"([{"n":"/0/1/2","v":3}])").code(), Code::Changed);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
}

// --- The bootstrap account ---

TEST_F(BootstrapTest, ASecondBootstrapAccountReplacesTheFirst) {
  LINNET_REQ("BS-53");
  add_bootstrap();
  start();
  open();
  const std::string json =
      R"([{"bn":"/0/4/","n":"0","vs":"coap://other"},{"n":"1","vb":true},{"n":"2","v":3},)"
      R"({"n":"3","vd":""},{"n":"4","vd":""},{"n":"5","vd":""}])";
  EXPECT_EQ(write("/0/4", json).code(), Code::Changed);
  EXPECT_EQ(finish().code(), Code::NotAcceptable) << "no server account";
  EXPECT_NE(security.find(0), nullptr) << "so the old one is kept";
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(security.find(0), nullptr);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
  EXPECT_EQ(client->server_uri(kBootstrap), "coap://other");
}

// Leshan's and Wakaama's servers write one.
TEST_F(BootstrapTest, AShortServerIdInABootstrapAccountMeansNothing) {
  LINNET_REQ("BS-03");
  add_bootstrap();
  start();
  open();
  const std::string json =
      R"([{"bn":"/0/0/","n":"0","vs":"coap://other"},{"n":"1","vb":true},{"n":"2","v":3},)"
      R"({"n":"10","v":101}])";
  EXPECT_EQ(write("/0/0", json).code(), Code::Changed);
  write_account(101);
  EXPECT_EQ(discover("/0").payload(),
            R"(</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri="coap://server101")");
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
  EXPECT_EQ(client->server_uri(0), "coap://server101");
  EXPECT_EQ(client->server_uri(kBootstrap), "coap://other");
}

TEST_F(BootstrapTest, TheAccountIsPurgedInTime) {
  LINNET_REQ("BS-54");
  add_bootstrap(0, 100);
  start();
  open();
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  pass(milliseconds(99'999));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_NE(security.find(0), nullptr);
  pass(milliseconds(1));
  EXPECT_TRUE(bootstrap->silent()) << "servers cannot see it, so they are not told";
  EXPECT_EQ(security.find(0), nullptr);
  EXPECT_EQ(events(EventType::BootstrapAccountGone), 1u);
  EXPECT_EQ(client->bootstrap(now).error(), Error::NotFound);
  EXPECT_TRUE(client->registered(0));
}

TEST_F(BootstrapTest, WithoutATimeoutTheAccountStays) {
  LINNET_REQ("BS-54");
  add_bootstrap();
  start();
  open();
  write_account(101, 0);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  pass(seconds(400LL * 86400));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_NE(security.find(0), nullptr);
}

// --- Servers afterwards ---

TEST_F(BootstrapTest, ServersWhoseAccountStaysAreLeftAlone) {
  LINNET_REQ("BS-15");
  LINNET_REQ("BS-55");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(write("/0/1", account_json(101)).code(), Code::Changed) << "the same again";
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_TRUE(client->registered(0));
}

TEST_F(BootstrapTest, AnotherLifetimeIsAnUpdate) {
  LINNET_REQ("BS-55");
  add_bootstrap();
  add_server(101, 300);
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(write("/1/1/1", R"([{"n":"/1/1/1","v":900}])").code(), Code::Changed);
  EXPECT_EQ(finish().code(), Code::Changed);
  const Sent update = bootstrap->expect();
  EXPECT_EQ(update.path(), "/rd/0");
  EXPECT_EQ(update.query(), "?lt=900");
}

TEST_F(BootstrapTest, OtherKeysOrAnotherAddressAreANewRegistration) {
  LINNET_REQ("BS-14");
  LINNET_REQ("BS-55");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(write("/0/1", account_json(101, "moved")).code(), Code::Changed);
  EXPECT_EQ(finish().code(), Code::Changed);
  const Sent request = bootstrap->expect();
  EXPECT_EQ(request.path(), "/rd");
  EXPECT_EQ(client->server_uri(request.peer), "coap://moved");
}

}  // namespace
}  // namespace linnet::client::test
