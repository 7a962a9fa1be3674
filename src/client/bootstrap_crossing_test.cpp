// SPDX-License-Identifier: Apache-2.0
// Pins what happens when a bootstrap meets something else: a stop, a Disable, being offline, the
// purge of its account, a server that is still leaving, a store that fails at the end.
#include <client/bootstrap_device.hpp>

namespace linnet::client::test {
namespace {

namespace sec = lwm2m::objects::security;
namespace srv = lwm2m::objects::server;

class CrossingTest : public BootstrapTest {
 protected:
  static constexpr Duration kExchangeLifetime = milliseconds(247'000);

  /// Asks for a bootstrap and lets it begin.
  void begin() {
    ASSERT_TRUE(client->bootstrap(now).ok());
    open();
  }
  /// The application takes an account away.
  void take_away(ShortServerId ssid) {
    const auto instance = static_cast<Id>(ssid - 100);
    ASSERT_TRUE(security.remove(instance).ok());
    ASSERT_TRUE(servers.remove(instance).ok());
  }
};

TEST_F(CrossingTest, AStopBeforeTheAnswerToFinishKeepsWhatWasFinished) {
  LINNET_REQ("BS-54");
  add_bootstrap(0, 100);
  start();
  open();
  write_account(101);
  bootstrap->send({.code = Code::Post, .path = "/bs"});
  ASSERT_EQ(client->bootstrap_state(), BootstrapState::Closing);
  client->stop(now);
  EXPECT_EQ(bootstrap->expect().code(), Code::Changed);
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_TRUE(client->stopped());
  EXPECT_EQ(events(EventType::BootstrapDone), 1u);
  client->start(now);
  register_all();
  EXPECT_TRUE(client->registered(0));
  pass(seconds(100));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapAccountGone), 1u);
}

TEST_F(CrossingTest, TheAccountIsNotPurgedWhileItIsInUse) {
  LINNET_REQ("BS-54");
  add_bootstrap(0, 100);
  start();
  open();
  write_account(101, 86400);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  pass(seconds(90));
  begin();
  pass(seconds(10));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapAccountGone), 0u);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  // The time begins anew.
  pass(milliseconds(99'999));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapAccountGone), 0u);
  pass(milliseconds(1));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapAccountGone), 1u);
}

TEST_F(CrossingTest, AServerThatIsLeavingDoesNotMakeTheOthersLeave) {
  LINNET_REQ("BS-28");
  add_bootstrap();
  add_server(101);
  add_server(102);
  start();
  register_all();
  take_away(102);
  client->reload_accounts(now);
  const Sent bye = server[1]->expect();
  EXPECT_EQ(bye.code(), Code::Delete);
  begin();
  EXPECT_EQ(remove("").code(), Code::Deleted);
  // What is half written is no configuration.
  server[1]->answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(events(EventType::ServerRemoved), 1u);
  client->reload_accounts(now);
  EXPECT_EQ(events(EventType::ServerRemoved), 1u);
  EXPECT_EQ(client->peer_of(101), 0);
  pass(kExchangeLifetime);
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_TRUE(client->registered(0));
  EXPECT_EQ(events(EventType::Deregistered), 1u);
}

TEST_F(CrossingTest, AnAccountThatTheApplicationAddsDuringASessionCountsAfterIt) {
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  begin();
  add_server(102);
  client->reload_accounts(now);
  client->set_offline(now, true);
  client->set_offline(now, false);
  EXPECT_EQ(client->peer_of(102), 1);
}

TEST_F(CrossingTest, AFinishThatCouldNotBeKeptMayBeRepeatedAfterTheAccountWasReplaced) {
  LINNET_REQ("BS-53");
  add_bootstrap();
  start();
  open();
  write_account(101);
  EXPECT_EQ(
      write("/0/4", R"([{"bn":"/0/4/","n":"0","vs":"coap://other"},{"n":"1","vb":true},)"
                    R"({"n":"2","v":3},{"n":"3","vd":""},{"n":"4","vd":""},{"n":"5","vd":""}])")
          .code(),
      Code::Changed);
  store.broken = true;
  EXPECT_EQ(finish().code(), Code::InternalServerError);
  store.broken = false;
  // Whichever it is now, a Delete spares it.
  EXPECT_EQ(remove("/0").code(), Code::Deleted);
  EXPECT_EQ(security.next_instance(kNoId), 4);
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  EXPECT_TRUE(client->registered(0));
  EXPECT_EQ(client->server_uri(kBootstrap), "coap://other");
}

TEST_F(CrossingTest, ADisabledServerStaysDisabled) {
  LINNET_REQ("SRV-11");
  LINNET_REQ("BS-55");
  add_bootstrap();
  add_server(101);
  add_server(102);
  start();
  register_all();
  client->disable(now, 0, seconds(600));
  const Sent bye = server[0]->expect();
  server[0]->answer(bye, {.code = Code::Deleted});
  ASSERT_TRUE(client->disabled(0));
  begin();
  EXPECT_EQ(finish().code(), Code::Changed);
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_TRUE(client->disabled(0));
  pass(milliseconds(599'999));
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(1));
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
}

TEST_F(CrossingTest, ADisableIsNotLostWithTheSession) {
  LINNET_REQ("SRV-11");
  add_server(101);
  add_bootstrap();
  start();
  register_all();
  client->disable(now, 0, seconds(600));
  EXPECT_EQ(server[0]->expect().code(), Code::Delete);
  client->session_replaced(now, 0);
  const Sent bye = server[0]->expect();
  EXPECT_EQ(bye.code(), Code::Delete);
  server[0]->answer(bye, {.code = Code::Deleted});
  EXPECT_TRUE(client->disabled(0));
  EXPECT_TRUE(bootstrap->silent());
}

TEST_F(CrossingTest, ARequestThatIsStillOpenDoesNotFailTheNextOne) {
  add_bootstrap();
  start();
  const Sent first = bootstrap->expect();
  bootstrap->ack(first);  // the answer is to come apart, and never does
  write_account(101);
  EXPECT_EQ(finish().code(), Code::Changed);
  register_all();
  pass(seconds(60));
  bootstrap->forget_events();
  ASSERT_TRUE(client->bootstrap(now).ok());
  const Sent second = bootstrap->expect();
  EXPECT_EQ(second.path(), "/bs");
  bootstrap->ack(second);
  pass(seconds(50));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(events(EventType::BootstrapFailed), 0u);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Requesting);
}

TEST_F(CrossingTest, ARowThatWasLeftWhileGoingOfflineServesTheNextAccount) {
  add_bootstrap();
  add_server(101);
  add_server(102);
  start();
  register_all();
  take_away(102);
  client->reload_accounts(now);
  EXPECT_EQ(server[1]->expect().code(), Code::Delete);
  client->set_offline(now, true);
  client->set_offline(now, false);
  register_all();
  add_server(103);
  client->reload_accounts(now);
  register_all();
  EXPECT_TRUE(client->registered(0));
  EXPECT_TRUE(client->registered(client->peer_of(103)));
}

TEST_F(CrossingTest, AServerMayLeaveBeforeItKnowsThatWeAreBack) {
  LINNET_REQ("UB-05");
  add_server(101);
  start();
  register_all();
  EXPECT_EQ(server[0]->ask({.code = Code::Get, .path = "/3/0/15", .observe = 0}).code(),
            Code::Content);
  client->set_offline(now, true);
  client->set_offline(now, false);
  take_away(101);
  client->reload_accounts(now);
  const Sent bye = bootstrap->expect();
  EXPECT_EQ(bye.code(), Code::Delete);
  server[0]->answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(client->short_server_id(0), 0);
}

TEST_F(CrossingTest, WhoIsLeavingHasNoPlaceInTheOrder) {
  LINNET_REQ("SRV-01");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  take_away(101);
  add_server(102);
  ASSERT_TRUE(servers.write(Path(1, 2, srv::kRegistrationPriorityOrder), Value::integer(7)).ok());
  client->reload_accounts(now);
  std::string sent;
  while (const auto message = bootstrap->poll()) sent += message->path() + " ";
  EXPECT_EQ(sent, "/rd/0 /rd ");
}

TEST_F(CrossingTest, WhoIsLeavingIsNotDisabled) {
  add_server(101);
  start();
  register_all();
  take_away(101);
  client->reload_accounts(now);
  const Sent bye = bootstrap->expect();
  client->disable(now, 0, seconds(1));
  EXPECT_FALSE(client->disabled(0));
  server[0]->answer(bye, {.code = Code::Deleted});
  EXPECT_EQ(client->short_server_id(0), 0);
}

TEST_F(CrossingTest, AnotherServerUnderTheSameNumberGetsNothingOfTheFirst) {
  LINNET_REQ("BS-55");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  EXPECT_EQ(server[0]->ask({.code = Code::Get, .path = "/3/0/15", .observe = 0}).code(),
            Code::Content);
  client->set_offline(now, true);
  ASSERT_TRUE(security.write(Path(0, 1, sec::kServerUri), Value::string("coap://stranger")).ok());
  client->reload_accounts(now);
  EXPECT_EQ(events(EventType::ObservationEnded), 1u);
  client->set_offline(now, false);
  EXPECT_EQ(bootstrap->expect().path(), "/rd");  // no Update of what the other one knows
}

/// Object 21 with one instance, 7.
class ContextObject final : public Object {
 public:
  bool there = true;
  const lwm2m::ObjectDefinition& definition() const override { return lwm2m::objects::kOscore; }
  Id next_instance(Id after) const override {
    return there && static_cast<Id>(after + 1) <= 7 ? Id{7} : kNoId;
  }
  bool has_resource(const Path&) const override { return false; }
  Result<Value> read(const Path&) override { return Error::NotFound; }
  Status remove(Id) override {
    there = false;
    return {};
  }
};

TEST_F(CrossingTest, ADepartureSparesTheContextOfTheBootstrapServer) {
  LINNET_REQ("BS-46");
  LINNET_REQ("UB-08");
  add_bootstrap();
  add_server(101);
  const Value context = Value::link({.object = 21, .instance = 7});
  ASSERT_TRUE(security.write(Path(0, 0, sec::kOscoreSecurityMode), context).ok());
  ASSERT_TRUE(security.write(Path(0, 1, sec::kOscoreSecurityMode), context).ok());
  ContextObject contexts;
  std::array<Object*, 6> all{&security, &servers, &access, &clock, &contexts, &every};
  client.emplace(config, rng, all);
  bootstrap.emplace(*client, kBootstrap);
  for (PeerId peer = 0; peer < 3; ++peer) server[peer].emplace(*client, peer);
  set_time(Instant{1000});
  client->start(now);
  register_all();
  begin();
  EXPECT_EQ(remove("/0/1").code(), Code::Deleted);
  EXPECT_TRUE(contexts.there);
}

TEST_F(CrossingTest, AskingAgainDoesNotPutItOff) {
  LINNET_REQ("BS-10");
  LINNET_REQ("BS-30");
  add_bootstrap(30);
  add_server(101);
  ASSERT_TRUE(servers.set(1, srv::kBootstrapRequestTrigger, 0).ok());
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  pass(seconds(20));
  EXPECT_EQ(server[0]->ask({.code = Code::Post, .path = "/1/1/9"}).code(), Code::Changed);
  pass(milliseconds(9'999));
  EXPECT_TRUE(bootstrap->silent());
  pass(milliseconds(1));
  EXPECT_EQ(bootstrap->expect().path(), "/bs");
}

TEST_F(CrossingTest, ARecordThatCannotBeReadNowIsThereForTheNextStart) {
  LINNET_REQ("BS-28");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  begin();
  EXPECT_EQ(remove("").code(), Code::Deleted);
  store.unreadable = true;
  pass(kExchangeLifetime);
  while (bootstrap->poll()) {
  }
  EXPECT_EQ(events(EventType::ConfigurationNotRestored), 1u);
  EXPECT_EQ(servers.next_instance(kNoId), kNoId);
  store.unreadable = false;
  start();
  EXPECT_EQ(servers.next_instance(kNoId), 1);
}

TEST_F(CrossingTest, OnlyItsOwnPathIsFinish) {
  add_bootstrap();
  start();
  open();
  write_account(101);
  EXPECT_EQ(bootstrap->ask({.code = Code::Post, .path = "/bs/0"}).code(), Code::NotFound);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::Open);
}

TEST_F(CrossingTest, StartedAgainBeforeItHadStoppedItRegisters) {
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  client->stop(now);
  const Sent bye = server[0]->expect();
  client->start(now);
  server[0]->answer(bye, {.code = Code::Deleted});
  register_all();
  EXPECT_TRUE(client->registered(0));
}

}  // namespace
}  // namespace linnet::client::test
