// SPDX-License-Identifier: Apache-2.0
// Pins what becomes of notifications while a server is disabled or the client is offline: what is
// stored, for how much room, and how it is delivered afterwards.
#include <client/test_client.hpp>
#include <linnet/client/objects/device.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

const Path kIntegerPath(kEvery, 0, kInteger);
constexpr auto kJson = ContentFormat::SenmlJson;

class Store : public ClientTest {
 protected:
  void SetUp() override {
    config.access = &rights;
    ASSERT_TRUE(servers.set(0, account::kLifetime, 0).ok());  // no Updates in between
    server_rows[0].set(account::kDisableTimeout, 1000);
    start_registered();
  }
  Sent observe(std::string path, std::optional<ContentFormat> accept = kJson) {
    const Sent answer =
        server->ask({.code = Code::Get, .path = std::move(path), .accept = accept, .observe = 0});
    EXPECT_EQ(answer.code(), Code::Content);
    EXPECT_TRUE(answer.number(OptionNumber::Observe));
    token = server->last_token();
    return answer;
  }
  void attach(std::string path, std::vector<std::string> queries) {
    EXPECT_EQ(
        server->ask({.code = Code::Put, .path = std::move(path), .queries = std::move(queries)})
            .code(),
        Code::Changed);
  }
  /// The application sets a value, and the loop runs once.
  void set(const Path& path, const Value& value) {
    every.put(path, value);
    client->notify_changed(path);
    if (client->next_timeout() <= server->now) {
      EXPECT_TRUE(server->silent());
    }
  }
  void set_integer(std::int64_t number) { set(kIntegerPath, Value::integer(number)); }
  void go_offline() { client->set_offline(server->now, true); }
  /// Back, and the Update is answered.
  void come_back() {
    client->set_offline(server->now, false);
    const Sent update = server->expect();
    EXPECT_EQ(update.path(), "/rd/r1");
    EXPECT_TRUE(server->silent()) << "not before the server knows us again";
    server->answer(update, {.code = Code::Changed});
  }
  void be_disabled() {
    EXPECT_EQ(server->ask({.code = Code::Post, .path = "/1/0/4"}).code(), Code::Changed);
    server->answer(server->expect(), {.code = Code::Deleted});
  }
  /// The disable is over, and the Register is answered.
  void register_again() {
    client->enable(server->now, 0);
    const Sent request = server->expect();
    EXPECT_EQ(request.path(), "/rd");
    accept_register(request);
  }
  std::size_t dropped() {
    return server->events(EventType::NotificationsDropped) == 0 ? 0 : server->last_event.id;
  }

  coap::Token token;  // of the observation made last
};

// --- Offline ---

TEST_F(Store, WhatHappenedOfflineIsToldOnReturnOldestFirst) {
  LINNET_REQ("IR-43");
  LINNET_REQ("IR-44");
  LINNET_REQ("IR-45");
  LINNET_REQ("SRV-12");
  const Sent answer = observe("/1000/0/1");
  go_offline();
  server->pass(seconds(5));
  set_integer(43);
  server->pass(milliseconds(2500));
  set_integer(44);
  server->pass(seconds(10));
  EXPECT_TRUE(server->silent());
  come_back();
  EXPECT_LE(client->next_timeout(), server->now);
  const Sent told = server->expect();
  EXPECT_EQ(told.type(), Type::Non);
  EXPECT_EQ(told.code(), Code::Content);
  EXPECT_EQ(told.token(), token);
  EXPECT_EQ(told.view().content_format(), kJson);
  EXPECT_GT(told.number(OptionNumber::Observe), answer.number(OptionNumber::Observe));
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/1","bt":-12.5,"v":43},{"t":2.5,"v":44}])");
  // The last of them was the present value: nothing more, and changes are live again.
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
  every.put(kIntegerPath, Value::integer(45));
  client->notify_changed(kIntegerPath);
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","v":45}])");
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Store, ALaterChangeFollowsTheStoredOnes) {
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  client->set_offline(server->now, false);
  const Sent update = server->expect();
  // Between the return and the answer: it is not known yet that the server is there.
  every.put(kIntegerPath, Value::integer(44));
  client->notify_changed(kIntegerPath);
  EXPECT_TRUE(server->silent());
  server->pass(seconds(1));
  server->answer(update, {.code = Code::Changed});
  // And one more before anything left.
  every.put(kIntegerPath, Value::integer(45));
  client->notify_changed(kIntegerPath);
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-2,"v":43},{"t":1,"v":44}])");
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","v":45}])");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, TimesAreUnixTimesIfTheDeviceKnowsThem) {
  LINNET_REQ("IR-44");
  LINNET_REQ("FMT-18");
  const DeviceInfo info;
  DeviceObject device(info, lwm2m::objects::kDevice_1_1);
  std::array<Object*, 4> all{&security, &servers, &device, &every};
  client.emplace(config, rng, all);
  server.emplace(*client, PeerId{0});
  server->now = Instant{1000};
  client->start(server->now);
  accept_register(server->expect());
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(20));
  device.set_time(server->now, 1'700'000'020);
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":1700000000,"v":43}])");
  // A clock that was never set says nothing.
  go_offline();
  set_integer(44);
  server->pass(seconds(20));
  device.set_time(server->now, 50);
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-20,"v":44}])");
  client.reset();
}

TEST_F(Store, EveryKindOfValueComesBackAsItWas) {
  every.set(1, kOpaque, Value::opaque(as_bytes("\x01\x02")));
  every.set(1, kUnsigned, Value::unsigned_integer(0xFFFFFFFFFFFFFFFFu));
  every.set(1, kBoolean, Value::boolean(true));
  every.set(1, kFloat, Value::floating(20));
  every.set(1, kTime, Value::time(-5));
  every.set(1, kLink, Value::link({3, 65534}));
  every.set(1, kCorelnk, Value::corelnk("</3>"));
  every.put(Path(kEvery, 1, kNumbers, 3), Value::integer(-1));
  observe("/1000/1");
  go_offline();
  set(Path(kEvery, 1, kFloat), Value::floating(-0.5));
  server->pass(seconds(1));
  come_back();
  // More than a message holds; the second says again where its records belong.
  std::string told = server->expect().payload();
  told += server->expect().payload();
  EXPECT_TRUE(server->silent());
  const std::string seam = R"(][{"bn":"/1000/1/","bt":-1,)";
  const std::size_t at = told.find(seam);
  ASSERT_NE(at, std::string::npos) << told;
  EXPECT_GT(at, 128u) << "as many as fit";
  told.replace(at, seam.size(), ",{");
  EXPECT_EQ(told, R"([{"bn":"/1000/1/","bt":-1,"n":"2","v":18446744073709551615},)"
                  R"({"n":"3","v":-0.5},{"n":"4","vb":true},{"n":"5","vd":"AQI"},{"n":"6","v":-5},)"
                  R"({"n":"7","vlo":"3:65534"},{"n":"8","vs":"</3>"},{"n":"12/3","v":-1}])");
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Store, WhatHappensAtTheMomentOfTheReturnIsNow) {
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(5));
  set_integer(44);
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-5,"v":43},{"bt":0,"v":44}])");
  go_offline();
  set_integer(45);
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","v":45}])");
}

TEST_F(Store, TheMaximumPeriodMakesHistoryToo) {
  LINNET_REQ("IR-43");
  attach("/1000/0/1", {"pmin=5", "pmax=10"});
  observe("/1000/0/1");
  go_offline();
  EXPECT_EQ(client->next_timeout(), server->now + seconds(10));
  server->pass(seconds(10));
  EXPECT_TRUE(server->silent());
  // A change within pmin waits for its end.
  set_integer(50);
  EXPECT_EQ(client->next_timeout(), server->now + seconds(5));
  server->pass(seconds(5));
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(client->next_timeout(), server->now + seconds(10));
  server->pass(seconds(1));
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-6,"v":42},{"t":5,"v":50}])");
}

TEST_F(Store, IsOffIfTheServerObjectSaysSo) {
  LINNET_REQ("IR-43");
  ASSERT_TRUE(servers.set(0, account::kNotificationStoringWhenDisabledOrOffline, 0).ok());
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  come_back();
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(client->dropped_notifications(0), 0u);
  // The observation goes on.
  every.put(kIntegerPath, Value::integer(44));
  client->notify_changed(kIntegerPath);
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","v":44}])");
}

TEST_F(Store, FormatsWithoutTimeReportThePresentValueOnce) {
  LINNET_REQ("IR-46");
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Tlv}) {
    every.put(kIntegerPath, Value::integer(1));
    start_registered();
    observe("/1000/0/1", format);
    go_offline();
    set_integer(43);
    server->pass(seconds(1));
    set_integer(44);
    server->pass(seconds(1));
    EXPECT_TRUE(client->next_timeout().is_never());
    come_back();
    const Sent told = server->expect();
    EXPECT_EQ(told.payload(), format == ContentFormat::Text ? "44" : "\xC1\x01\x2C");
    EXPECT_EQ(told.token(), token);
    EXPECT_TRUE(server->silent());
    EXPECT_TRUE(client->next_timeout().is_never());
  }
}

TEST_F(Store, AClientWithoutStoreReportsThePresentValueOnce) {
  constexpr Limits kNone{.servers = 2, .stored_notifications = 0};
  Client<kNone> bare(config, rng, objects);
  CoapPeer peer(bare, 0);
  peer.now = Instant{5};
  bare.start(peer.now);
  peer.answer(peer.expect(), {.code = Code::Created, .location = "/rd/1"});
  (void)peer.ask({.code = Code::Get, .path = "/1000/0/1", .accept = kJson, .observe = 0});
  bare.set_offline(peer.now, true);
  for (const int number : {43, 44}) {
    every.put(kIntegerPath, Value::integer(number));
    bare.notify_changed(kIntegerPath);
    EXPECT_TRUE(peer.silent());
    peer.pass(seconds(1));
  }
  bare.set_offline(peer.now, false);
  peer.answer(peer.expect(), {.code = Code::Changed});
  EXPECT_EQ(peer.expect().payload(), R"([{"bn":"/1000/0/1","v":44}])");
  EXPECT_TRUE(peer.silent());
}

TEST_F(Store, KeepsTheNewestAndCountsWhatItDrops) {
  LINNET_REQ("IR-43");
  observe("/1000/0/1");
  go_offline();
  for (int i = 1; i <= 20; ++i) set_integer(100 + i);
  server->pass(seconds(1));
  EXPECT_EQ(client->dropped_notifications(0), 4u);
  come_back();
  EXPECT_EQ(dropped(), 4u);
  std::string all;
  while (const auto told = server->poll()) all += told->payload();
  EXPECT_EQ(all.find("\"v\":104"), std::string::npos);
  for (int i = 5; i <= 20; ++i) {
    EXPECT_NE(all.find("\"v\":" + std::to_string(100 + i)), std::string::npos) << i;
    if (i > 5) {
      EXPECT_LT(all.find("\"v\":" + std::to_string(99 + i)),
                all.find("\"v\":" + std::to_string(100 + i)));
    }
  }
  EXPECT_EQ(client->dropped_notifications(0), 4u);
  // By bytes.
  server->forget_events();
  observe("/1000/0/0");
  go_offline();
  for (int i = 0; i < 16; ++i) {
    set(Path(kEvery, 0, kText), Value::string(std::string(20, static_cast<char>('a' + i))));
  }
  come_back();
  EXPECT_EQ(dropped(), 3u);  // 512 / (19 + 20) is 13
  std::string letters;
  while (const auto told = server->poll()) {
    for (int i = 0; i < 16; ++i) {
      const std::string text(20, static_cast<char>('a' + i));
      if (told->payload().find(text) != std::string::npos) letters += static_cast<char>('a' + i);
    }
  }
  EXPECT_EQ(letters, "defghijklmnop");
}

TEST_F(Store, WhatIsLargerThanTheStoreIsReportedAsItIsNow) {
  every.set(0, kOpaque, Value::opaque(as_bytes(std::string(600, 'x'))));
  observe("/1000/0");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  come_back();
  const Sent told = server->expect();
  EXPECT_EQ(told.payload().find("\"t\""), std::string::npos);
  EXPECT_EQ(told.token(), token);
}

TEST_F(Store, HqmaxSaysWhatIsStoredAndHowMuchOfIt) {
  LINNET_REQ("IR-09");
  LINNET_REQ("IR-45");
  attach("/1000/0/1", {"hqmax=2"});
  observe("/1000/0");
  const coap::Token instance = token;
  observe("/1000/0/11");
  go_offline();
  for (int i = 1; i <= 4; ++i) {
    set_integer(50 + i);
    server->pass(seconds(1));
  }
  set(Path(kEvery, 0, kCounter), Value::integer(8));
  server->pass(seconds(1));
  EXPECT_EQ(client->dropped_notifications(0), 0u) << "the server wanted no more";
  come_back();
  const Sent told = server->expect();
  EXPECT_EQ(told.token(), instance);
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/","bt":-2,"n":"1","v":54},{"n":"1","t":1,"v":54}])");
  // No hqmax there, but none in effect either: all of it.
  const Sent other = server->expect();
  EXPECT_EQ(other.token(), token);
  EXPECT_EQ(other.payload(), R"([{"bn":"/1000/0/11","bt":-1,"v":8}])");
  EXPECT_TRUE(server->silent());
  attach("/1000/0/11", {"hqmax=0"});
  go_offline();
  set(Path(kEvery, 0, kCounter), Value::integer(9));
  set(Path(kEvery, 0, kCounter), Value::integer(10));
  server->pass(seconds(1));
  come_back();
  bool present = false;
  while (const auto sent = server->poll()) {
    if (sent->token() == token) {
      EXPECT_EQ(sent->payload(), R"([{"bn":"/1000/0/11","v":10}])");
      present = true;
    }
  }
  EXPECT_TRUE(present);
}

TEST_F(Store, RightsAreCheckedWhenItIsTold) {
  LINNET_REQ("ACL-17");
  every.set(1, kInteger, Value::integer(1));
  every.set(1, kText, Value::string("x"));
  observe("/1000");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  come_back();
  const Sent told = server->expect();
  EXPECT_EQ(told.payload().find("43"), std::string::npos);
  EXPECT_NE(told.payload().find("{\"n\":\"1/1\",\"v\":1}"), std::string::npos) << told.payload();
  rights.denied.clear();
  // Nothing at all is left to tell.
  observe("/1000/0/1");
  go_offline();
  set_integer(44);
  server->pass(seconds(1));
  rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  rights.denied[{Path(kEvery, 1), Right::Read}] = true;
  come_back();
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, ACompositeIsStoredOnceForAllItsPaths) {
  config.version = lwm2m::kEnabler12;
  start_registered();
  (void)server->ask({.code = Code::Fetch,
                     .payload = R"([{"n":"/1000/0/1"},{"n":"/1000/0/11"},{"n":"/1000/0/1"}])",
                     .format = kJson,
                     .accept = kJson,
                     .observe = 0});
  go_offline();
  set_integer(43);
  server->pass(seconds(3));
  come_back();
  EXPECT_EQ(server->expect().payload(),
            R"([{"bt":-3,"n":"/1000/0/1","v":43},{"n":"/1000/0/11","v":7}])");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, AConfirmableOneStaysStoredUntilItIsAcknowledged) {
  attach("/1000/0/1", {"con=1"});
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  come_back();
  const Sent lost = server->expect();
  EXPECT_EQ(lost.type(), Type::Con);
  EXPECT_TRUE(server->silent());
  EXPECT_GT(client->next_timeout(), server->now) << "nothing to do but wait";
  go_offline();
  set_integer(44);
  server->pass(seconds(1));
  come_back();
  const Sent told = server->expect();
  EXPECT_EQ(told.type(), Type::Con);
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/1","bt":-2,"v":43},{"t":1,"v":44}])");
  server->ack(told);
  EXPECT_EQ(server->events(EventType::NotificationDelivered), 1u);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Store, ALiveOneCutOffByGoingOfflineIsReportedAgain) {
  attach("/1000/0/1", {"con=1"});
  observe("/1000/0/1");
  every.put(kIntegerPath, Value::integer(43));
  client->notify_changed(kIntegerPath);
  EXPECT_EQ(server->expect().type(), Type::Con);
  go_offline();
  EXPECT_TRUE(server->silent());
  server->pass(seconds(7));
  come_back();
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-7,"v":43}])");
}

TEST_F(Store, ARejectedOneEndsItsObservationAndAllThatIsStoredOfIt) {
  LINNET_REQ("IR-47");
  observe("/1000/0/1");
  go_offline();
  for (int i = 1; i <= 16; ++i) set_integer(60 + i);
  come_back();
  const Sent first = server->expect();
  EXPECT_EQ(first.token(), token);
  server->reset(first);
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  // What left before the Reset came in is the most there is.
  while (server->poll()) {
  }
  // A new one of the same target inherits nothing.
  observe("/1000/0/1");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, SilenceEndsTheObservationAndAllThatIsStoredOfIt) {
  attach("/1000/0/1", {"con=1"});
  observe("/1000/0/1");
  go_offline();
  for (int i = 1; i <= 16; ++i) set_integer(60 + i);
  come_back();
  for (int i = 0; i < 20 && server->events(EventType::NotificationLost) == 0; ++i) {
    while (server->poll()) {
    }
    server->at(client->next_timeout());
  }
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
}

// --- Disabled ---

TEST_F(Store, ObservationsOutliveADisableUnderTheirTokens) {
  LINNET_REQ("IR-47");
  LINNET_REQ("SRV-12");
  observe("/1000/0/1");
  be_disabled();
  set_integer(43);
  server->pass(seconds(10));
  EXPECT_EQ(server->events(EventType::ObservationEnded), 0u);
  register_again();
  // The server has two seconds to observe again.
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(client->next_timeout(), server->now + seconds(2));
  set_integer(44);
  server->pass(seconds(2) - milliseconds(1));
  EXPECT_TRUE(server->silent());
  server->pass(milliseconds(1));
  const Sent told = server->expect();
  EXPECT_EQ(told.token(), token);
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/1","bt":-12,"v":43}])");
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","v":44}])");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, GoingOfflineWithinTheGraceLosesNothing) {
  LINNET_REQ("IR-43");
  observe("/1000/0/1");
  be_disabled();
  set_integer(43);
  server->pass(seconds(10));
  register_again();
  set_integer(44);
  server->pass(seconds(1));
  go_offline();
  EXPECT_TRUE(server->silent());
  server->pass(seconds(1));
  set_integer(45);
  server->pass(seconds(1));
  come_back();
  EXPECT_EQ(server->expect().payload(),
            R"([{"bn":"/1000/0/1","bt":-13,"v":43},{"t":11,"v":44},{"t":12,"v":45}])");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, AServerThatObservesAgainGetsItUnderItsNewToken) {
  LINNET_REQ("IR-47");
  observe("/1000/0/1");
  const coap::Token old = token;
  be_disabled();
  set_integer(43);
  server->pass(seconds(10));
  register_again();
  server->pass(seconds(1));
  EXPECT_EQ(observe("/1000/0/1").payload(), R"([{"bn":"/1000/0/1","v":43}])");
  ASSERT_NE(token, old);
  server->pass(seconds(1));
  const Sent told = server->expect();
  EXPECT_EQ(told.token(), token);
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/1","bt":-12,"v":43}])");
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, AResetAfterADisableEndsTheObservation) {
  LINNET_REQ("IR-47");
  observe("/1000/0/1");
  be_disabled();
  set_integer(43);
  register_again();
  server->pass(seconds(2));
  const Sent told = server->expect();
  server->reset(told);
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  every.put(kIntegerPath, Value::integer(44));
  client->notify_changed(kIntegerPath);
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, ARegisterThatEndsNoAbsenceVoidsObservations) {
  LINNET_REQ("IR-19");
  observe("/1000/0/1");
  client->update_registration(server->now, 0);
  server->answer(server->expect(), {.code = Code::NotFound});
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  accept_register(server->expect());
  every.put(kIntegerPath, Value::integer(44));
  client->notify_changed(kIntegerPath);
  EXPECT_TRUE(server->silent());
}

TEST_F(Store, AnUpdateRefusedAfterOfflineLeadsToARegisterThatKeepsThem) {
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  server->pass(seconds(1));
  client->set_offline(server->now, false);
  server->answer(server->expect(), {.code = Code::NotFound});
  EXPECT_EQ(server->events(EventType::ObservationEnded), 0u);
  accept_register(server->expect());
  server->pass(seconds(2));
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-3,"v":43}])");
}

TEST_F(Store, AStopWithinTheGraceLeavesNothingToDo) {
  observe("/1000/0/1");
  be_disabled();
  set_integer(43);
  register_again();
  client->stop(server->now);
  const Sent bye = server->expect();
  server->pass(seconds(2));
  server->answer(bye, {.code = Code::Deleted});
  EXPECT_TRUE(client->stopped());
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Store, AFailedRegisterAfterADisableLosesNothing) {
  observe("/1000/0/1");
  be_disabled();
  set_integer(43);
  client->enable(server->now, 0);
  server->answer(server->expect(), {.code = Code::ServiceUnavailable});
  server->pass(seconds(30));
  set_integer(44);
  server->pass(seconds(30));
  accept_register(server->expect());
  server->pass(seconds(2));
  EXPECT_EQ(server->expect().payload(), R"([{"bn":"/1000/0/1","bt":-62,"v":43},{"t":30,"v":44}])");
}

TEST_F(Store, EachServerHasItsOwn) {
  add_account(1, 102, 0);
  start_registered();
  CoapPeer other(*client, 1);
  other.now = server->now;
  other.answer(server->expect(), {.code = Code::Created, .location = "/rd/2"});
  (void)other.ask({.code = Code::Get, .path = "/1000/0/1", .accept = kJson, .observe = 0});
  observe("/1000/0/1");
  be_disabled();
  every.put(kIntegerPath, Value::integer(43));
  client->notify_changed(kIntegerPath);
  const Sent live = server->expect();
  EXPECT_EQ(live.peer, 1);
  EXPECT_EQ(live.payload(), R"([{"bn":"/1000/0/1","v":43}])");
  EXPECT_TRUE(server->silent());
  server->pass(seconds(1));
  register_again();
  server->pass(seconds(2));
  const Sent told = server->expect();
  EXPECT_EQ(told.peer, 0);
  EXPECT_EQ(told.payload(), R"([{"bn":"/1000/0/1","bt":-3,"v":43}])");
}

TEST_F(Store, WithAnAccountGoesWhatIsStoredForIt) {
  observe("/1000/0/1");
  go_offline();
  set_integer(43);
  ASSERT_TRUE(servers.remove(0).ok());
  client->reload_accounts(server->now);
  (void)servers.put(ServerInstance(0, 101, 0));
  client->reload_accounts(server->now);
  client->set_offline(server->now, false);
  accept_register(server->expect());
  server->pass(seconds(2));
  EXPECT_TRUE(server->silent());
}

}  // namespace
}  // namespace linnet::client::test
