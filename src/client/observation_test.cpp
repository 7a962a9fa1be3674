// SPDX-License-Identifier: Apache-2.0
// Pins observations from the first answer to the last notification: when notifications leave, what
// they carry, whether they are confirmed, and what ends them.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;
using coap::BlockOption;

const Path kIntegerPath(kEvery, 0, kInteger);
const Path kFloatPath(kEvery, 0, kFloat);

class Observations : public ClientTest {
 protected:
  void SetUp() override {
    config.access = &rights;
    ASSERT_TRUE(servers.set(0, account::kLifetime, 0).ok());  // no Updates in between
    start_registered();
  }
  Sent observe(std::string path, std::vector<std::string> queries = {}) {
    const Sent answer = server->ask(
        {.code = Code::Get, .path = std::move(path), .queries = std::move(queries), .observe = 0});
    token = server->last_token();
    return answer;
  }
  void attach(std::string path, std::vector<std::string> queries) {
    EXPECT_EQ(
        server->ask({.code = Code::Put, .path = std::move(path), .queries = std::move(queries)})
            .code(),
        Code::Changed);
  }
  void set(const Path& path, const Value& value) {
    every.put(path, value);
    client->notify_changed(path);
  }
  void set_integer(std::int64_t number) { set(kIntegerPath, Value::integer(number)); }
  void set_float(double number) { set(kFloatPath, Value::floating(number)); }
  /// Nothing leaves 1 ms before `wait` is over, and something does at its end.
  Sent expect_after(Duration wait) {
    EXPECT_TRUE(server->silent());
    EXPECT_EQ(client->next_timeout(), server->now + wait);
    server->pass(wait - milliseconds(1));
    EXPECT_TRUE(server->silent());
    server->pass(milliseconds(1));
    return server->expect();
  }

  coap::Token token;  // of the observation made last
};

TEST_F(Observations, AnswersAndNotifiesWithOneTokenAndARisingSequence) {
  LINNET_REQ("IR-17");
  LINNET_REQ("IR-24");
  LINNET_REQ("IR-26");
  const Sent answer = observe("/1000/0/1");
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_EQ(answer.payload(), "42");
  const auto first = answer.number(OptionNumber::Observe);
  ASSERT_TRUE(first);
  EXPECT_EQ(server->events(EventType::ObservationStarted), 1u);
  EXPECT_EQ(server->last_event.path, kIntegerPath);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());

  set_integer(43);
  EXPECT_LE(client->next_timeout(), server->now);
  const Sent second = server->expect();
  EXPECT_EQ(second.type(), Type::Non);
  EXPECT_EQ(second.code(), Code::Content);
  EXPECT_EQ(second.token(), token);
  EXPECT_EQ(second.payload(), "43");
  EXPECT_EQ(second.view().content_format(), ContentFormat::Text);
  EXPECT_GT(second.number(OptionNumber::Observe), first);
  set_integer(44);
  const Sent third = server->expect();
  EXPECT_GT(third.number(OptionNumber::Observe), second.number(OptionNumber::Observe));
  EXPECT_NE(third.id(), second.id());
  EXPECT_TRUE(server->silent());
  // Said to have changed, but did not.
  set_integer(44);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Observations, NotifiesEveryObserverOfAWrite) {
  LINNET_REQ("DM-37");
  add_account(1, 102, 0);
  start_registered();
  CoapPeer other(*client, 1);
  other.now = server->now;
  other.answer(server->expect(), {.code = Code::Created, .location = "/rd/2"});
  (void)other.ask({.code = Code::Get, .path = "/1000/0/1", .observe = 0});
  const coap::Token theirs = other.last_token();
  EXPECT_EQ(server
                ->ask({.code = Code::Put,
                       .path = "/1000/0/1",
                       .payload = "5",
                       .format = ContentFormat::Text})
                .code(),
            Code::Changed);
  const Sent notification = server->expect();
  EXPECT_EQ(notification.peer, 1);
  EXPECT_EQ(notification.token(), theirs);
  EXPECT_EQ(notification.payload(), "5");
}

TEST_F(Observations, KeepsTheDefaultPeriodsOfItsServer) {
  LINNET_REQ("IR-01");
  LINNET_REQ("IR-02");
  LINNET_REQ("SRV-25");
  server_rows[0].set(account::kDefaultMinimumPeriod, 10);
  server_rows[0].set(account::kDefaultMaximumPeriod, 60);
  (void)observe("/1000/0/1");
  EXPECT_EQ(expect_after(seconds(60)).payload(), "42");
  set_integer(50);
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(expect_after(seconds(10)).payload(), "50");
  server->pass(seconds(20));
  set_integer(51);
  EXPECT_EQ(server->expect().payload(), "51");  // pmin is long over
}

TEST_F(Observations, TakesAttributesWrittenMeanwhileAtOnce) {
  LINNET_REQ("IR-29");
  attach("/1000/0/1", {"pmin=0", "pmax=60"});
  (void)observe("/1000/0/1");
  server->pass(seconds(20));
  // Counted from the last notification, as if it had been there from the beginning.
  attach("/1000/0/1", {"pmax=30"});
  EXPECT_EQ(expect_after(seconds(10)).payload(), "42");
  server->pass(seconds(5));
  attach("/1000/0/1", {"pmin=20"});
  set_integer(50);
  EXPECT_TRUE(server->silent());
  EXPECT_EQ(expect_after(seconds(15)).payload(), "50");
  // What is over already leads to a notification at once.
  server->pass(seconds(10));
  attach("/1000/0/1", {"pmin=0", "pmax=5"});
  EXPECT_EQ(server->expect().payload(), "50");
}

TEST_F(Observations, SendsTheValueOfTheMomentPminEnds) {
  LINNET_REQ("IR-01");
  attach("/1000/0/1", {"pmin=10"});
  (void)observe("/1000/0/1");
  server->pass(seconds(1));
  set_integer(50);
  EXPECT_TRUE(server->silent());
  server->pass(seconds(1));
  set_integer(51);
  EXPECT_EQ(expect_after(seconds(8)).payload(), "51");
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, TakesEachAttributeFromTheDeepestLevel) {
  LINNET_REQ("IR-13");
  server_rows[0].set(account::kDefaultMaximumPeriod, 1000);
  attach("/1000", {"pmin=1", "pmax=500"});
  attach("/1000/0", {"pmax=100"});
  attach("/1000/0/1", {"pmin=20"});
  (void)observe("/1000/0/1");
  set_integer(50);
  EXPECT_EQ(expect_after(seconds(20)).payload(), "50");
  EXPECT_EQ(expect_after(seconds(100)).payload(), "50");
}

TEST_F(Observations, NotifiesWhenThresholdsAreCrossed) {
  LINNET_REQ("IR-04");
  LINNET_REQ("IR-05");
  attach("/1000/0/3", {"gt=30", "lt=10"});
  (void)observe("/1000/0/3");
  for (const auto& [value, notified] : std::initializer_list<std::pair<double, bool>>{{29, false},
                                                                                      {30, false},
                                                                                      {30.5, true},
                                                                                      {40, false},
                                                                                      {29, true},
                                                                                      {9, true},
                                                                                      {5, false},
                                                                                      {11, true}}) {
    set_float(value);
    EXPECT_EQ(server->poll().has_value(), notified) << value;
  }
  attach("/1000/0/3", {"gt", "lt", "st=5"});
  for (const auto& [value, notified] : std::initializer_list<std::pair<double, bool>>{
           {15.5, false}, {16, true}, {20, false}, {11, true}}) {
    set_float(value);
    EXPECT_EQ(server->poll().has_value(), notified) << value;
  }
}

TEST_F(Observations, NotifiesOfTheEdgeAskedFor) {
  LINNET_REQ("IR-07");
  attach("/1000/0/4", {"edge=1"});
  (void)observe("/1000/0/4");
  const Path path(kEvery, 0, kBoolean);
  set(path, Value::boolean(true));
  EXPECT_EQ(server->expect().payload(), "1");
  set(path, Value::boolean(false));
  EXPECT_TRUE(server->silent());
  set(path, Value::boolean(true));
  EXPECT_EQ(server->expect().payload(), "1");
}

TEST_F(Observations, EvaluatesNoMoreOftenThanAskedFor) {
  LINNET_REQ("IR-06");
  attach("/1000/0/1", {"epmin=5"});
  (void)observe("/1000/0/1");
  set_integer(1);
  EXPECT_EQ(expect_after(seconds(5)).payload(), "1");
  attach("/1000/0/1", {"epmin", "epmax=8"});
  every.put(kIntegerPath, Value::integer(2));  // nobody tells
  server->pass(milliseconds(7'999));
  EXPECT_TRUE(server->silent());
  server->pass(milliseconds(1));
  EXPECT_EQ(server->expect().payload(), "2");
}

TEST_F(Observations, EndsWithACancelRequest) {
  LINNET_REQ("IR-20");
  (void)observe("/1000/0/1");
  const Sent answer =
      server->ask({.code = Code::Get, .path = "/1000/0/1", .observe = 1, .token = token});
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_FALSE(answer.number(OptionNumber::Observe));
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  set_integer(1);
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, EndsWithAResetToANotification) {
  LINNET_REQ("IR-20");
  (void)observe("/1000/0/1");
  set_integer(1);
  server->reset(server->expect());
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  set_integer(2);
  EXPECT_TRUE(server->silent());
  // And to a confirmable one.
  attach("/1000/0/1", {"con=1"});
  (void)observe("/1000/0/1");
  set_integer(3);
  server->reset(server->expect());
  EXPECT_EQ(server->events(EventType::ObservationEnded), 2u);
  EXPECT_EQ(server->events(EventType::NotificationLost), 1u);
  EXPECT_EQ(server->last_event.error, Error::Reset);
}

TEST_F(Observations, ReplacesAnObservationOfTheSame) {
  (void)observe("/1000/0/1");
  (void)observe("/1000/0/1");
  set_integer(1);
  EXPECT_EQ(server->expect().token(), token);
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, ConfirmsWhenAskedToAndTellsTheApplication) {
  LINNET_REQ("IR-08");
  attach("/1000/0/1", {"con=1"});
  (void)observe("/1000/0/1");
  set_integer(1);
  const Sent notification = server->expect();
  EXPECT_EQ(notification.type(), Type::Con);
  EXPECT_EQ(notification.token(), token);
  const Instant due = client->next_timeout();
  EXPECT_GE((due - server->now).ms, 2000);
  server->at(due - milliseconds(1));
  EXPECT_TRUE(server->silent());
  server->at(due);
  EXPECT_EQ(server->expect().bytes, notification.bytes);
  EXPECT_EQ(server->events(EventType::NotificationDelivered), 0u);
  server->ack(notification);
  EXPECT_EQ(server->events(EventType::NotificationDelivered), 1u);
  EXPECT_EQ(server->last_event.path, kIntegerPath);
  EXPECT_TRUE(client->next_timeout().is_never());
}

TEST_F(Observations, ConfirmsTheWholeIfAnyPartAsksForIt) {
  LINNET_REQ("IR-08");
  attach("/1000/0/1", {"con=1"});
  (void)observe("/1000/0");
  set_float(1);
  const Sent notification = server->expect();
  EXPECT_EQ(notification.type(), Type::Con);
  server->ack(notification);
}

TEST_F(Observations, ConfirmsByDefaultIfTheServerObjectSaysSo) {
  LINNET_REQ("SRV-23");
  server_rows[0].set(account::kDefaultNotificationMode, 1);
  (void)observe("/1000/0/1");
  set_integer(1);
  const Sent notification = server->expect();
  EXPECT_EQ(notification.type(), Type::Con);
  server->ack(notification);
  attach("/1000/0/1", {"con=0"});
  set_integer(2);
  EXPECT_EQ(server->expect().type(), Type::Non);
}

TEST_F(Observations, SendsOnlyTheLatestAfterAnUnconfirmedOne) {
  attach("/1000/0/1", {"con=1"});
  attach("/1000/0/3", {"con=1"});
  (void)observe("/1000/0/1");
  (void)observe("/1000/0/3");
  set_integer(1);
  const Sent first = server->expect();
  set_integer(2);
  set_integer(3);
  set_float(5);
  EXPECT_TRUE(server->silent());  // NSTART 1
  EXPECT_GT(client->next_timeout(), server->now);
  server->ack(first);
  const Sent second = server->expect();
  EXPECT_EQ(second.payload(), "3");
  EXPECT_TRUE(server->silent());
  server->ack(second);
  EXPECT_EQ(server->expect().payload(), "5");
}

TEST_F(Observations, EndsWhenNobodyConfirms) {
  LINNET_REQ("IR-28");
  attach("/1000/0/1", {"con=1"});
  (void)observe("/1000/0/1");
  set_integer(1);
  int sent = 0;
  while (server->events(EventType::NotificationLost) == 0) {
    while (server->poll()) ++sent;
    server->at(client->next_timeout());
  }
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(server->last_event.error, Error::Timeout);
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  set_integer(2);
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, ConfirmsOnceInADay) {
  LINNET_REQ("IR-28");
  (void)observe("/1000/0/1");
  const Instant begun = server->now;
  server->at(begun + seconds(86'400) - milliseconds(1));
  set_integer(1);
  EXPECT_EQ(server->expect().type(), Type::Non);
  server->at(begun + seconds(86'400));
  set_integer(2);
  const Sent confirmable = server->expect();
  EXPECT_EQ(confirmable.type(), Type::Con);
  server->ack(confirmable);
  set_integer(3);
  EXPECT_EQ(server->expect().type(), Type::Non);
}

TEST_F(Observations, SaysThatANodeIsGoneAndEnds) {
  LINNET_REQ("IR-21");
  attach("/1000/0/1", {"pmin=5"});
  (void)observe("/1000/0/1");
  every.instances.clear();
  client->notify_changed({Path(kEvery, 0), Change::Kind::Removed});
  const Sent update = server->expect();
  EXPECT_EQ(update.path(), "/rd/r1");
  server->answer(update, {.code = Code::Changed});
  server->pass(seconds(5));
  const Sent last = server->expect();
  EXPECT_EQ(last.code(), Code::NotFound);
  EXPECT_EQ(last.token(), token);
  EXPECT_FALSE(last.number(OptionNumber::Observe));
  EXPECT_EQ(server->events(EventType::ObservationEnded), 1u);
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, ReportsAnObjectWithItsInstances) {
  LINNET_REQ("IR-25");
  LINNET_REQ("IR-30");
  const Sent answer = observe("/1000");
  every.set(1, kText, Value::string("new"));
  client->notify_changed({Path(kEvery, 1), Change::Kind::Created});
  const Sent update = server->expect();
  server->answer(update, {.code = Code::Changed});
  const Sent notification = server->expect();
  EXPECT_EQ(notification.code(), Code::Content);
  EXPECT_TRUE(notification.payload().starts_with(answer.payload()));
  EXPECT_TRUE(notification.payload().ends_with("new"));
}

TEST_F(Observations, SendsNothingWithoutTheRightToRead) {
  LINNET_REQ("IR-27");
  (void)observe("/1000/0/1");
  rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  set_integer(1);
  EXPECT_TRUE(server->silent());
  EXPECT_TRUE(client->next_timeout().is_never());
  rights.denied.clear();
  set_integer(2);
  EXPECT_EQ(server->expect().payload(), "2");
}

TEST_F(Observations, NeedsAReadableNode) {
  LINNET_REQ("IR-18");
  EXPECT_EQ(observe("/1000/0/10").code(), Code::MethodNotAllowed);
  EXPECT_EQ(observe("/1000/7").code(), Code::NotFound);
  EXPECT_EQ(server->events(EventType::ObservationStarted), 0u);
}

TEST_F(Observations, AnswersPlainlyWhenItCanHoldNoMore) {
  for (const char* path : {"/1000/0/1", "/1000/0/2", "/1000/0/3"}) {
    every.set(0, kUnsigned, Value::unsigned_integer(1));
    EXPECT_TRUE(observe(path).number(OptionNumber::Observe)) << path;
  }
  const Sent answer = observe("/1000/0/4");
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_FALSE(answer.number(OptionNumber::Observe));
}

TEST_F(Observations, EndWithANewRegistration) {
  LINNET_REQ("IR-19");
  (void)observe("/1000/0/1");
  client->update_registration(server->now, 0);
  server->answer(server->expect(), {.code = Code::NotFound});
  accept_register(server->expect());
  set_integer(1);
  EXPECT_TRUE(server->silent());
}

TEST_F(Observations, TakesAttributesFromTheObserveItself) {
  LINNET_REQ("IR-22");
  config.version = lwm2m::kEnabler12;
  start_registered();
  attach("/1000/0/1", {"pmin=100", "gt=1000"});
  (void)observe("/1000/0/1", {"pmin=2", "pmax=9"});
  set_integer(1);  // no gt: any change
  EXPECT_EQ(expect_after(seconds(2)).payload(), "1");
  EXPECT_EQ(expect_after(seconds(9)).payload(), "1");
  EXPECT_EQ(observe("/1000/0/1", {"pmin=x"}).code(), Code::BadRequest);
  EXPECT_EQ(observe("/1000/0/1", {"colour=2"}).code(), Code::BadRequest);
  EXPECT_EQ(observe("/1000/0", {"gt=2"}).code(), Code::BadRequest);
  // One row for them is all there is.
  const Sent plain = observe("/1000/0/3", {"con=1"});
  EXPECT_EQ(plain.code(), Code::Content);
  EXPECT_FALSE(plain.number(OptionNumber::Observe));
  const Sent discover =
      server->ask({.code = Code::Get, .path = "/1000/0/1", .accept = ContentFormat::LinkFormat});
  EXPECT_EQ(discover.payload(), "</1000/0/1>;pmin=100;gt=1000");
}

TEST_F(Observations, IgnoresAttributesInTheObserveOfOlderEnablers) {
  LINNET_REQ("IR-23");
  EXPECT_EQ(observe("/1000/0/1", {"pmin=100"}).code(), Code::Content);
  set_integer(1);
  EXPECT_EQ(server->expect().payload(), "1");
}

TEST_F(Observations, RefusesAttributesInTheObserveItCannotKeep) {
  LINNET_REQ("IR-23");
  config.version = lwm2m::kEnabler12;
  Client<Limits{.own_attributes = 0}> small(config, rng, objects);
  CoapPeer peer(small, 0);
  small.start(peer.now);
  peer.answer(peer.expect(), {.code = Code::Created, .location = "/rd/1"});
  Message request{.code = Code::Get, .path = "/1000/0/1", .queries = {"pmin=5"}, .observe = 0};
  EXPECT_EQ(peer.ask(request).code(), Code::BadRequest);
  request.queries.clear();
  EXPECT_TRUE(peer.ask(request).number(OptionNumber::Observe));
}

TEST_F(Observations, ShowsTheFirstBlockOfALongNotification) {
  every.max_instances = 100;
  for (Id i = 0; i < 30; ++i) every.set(i, kText, Value::string("twenty characters ok"));
  const Sent answer = observe("/1000");
  EXPECT_TRUE(answer.block(OptionNumber::Block2)->more);
  every.set(29, kText, Value::string("the end of the list!"));
  client->notify_changed(Path(kEvery, 29));
  const Sent notification = server->expect();
  const auto block = notification.block(OptionNumber::Block2);
  ASSERT_TRUE(block);
  EXPECT_EQ(*block, (BlockOption{0, true, 3}));
  std::string body = notification.payload();
  for (std::uint32_t n = 1;; ++n) {
    const Sent next =
        server->ask({.code = Code::Get, .path = "/1000", .block2 = BlockOption{n, false, 3}});
    ASSERT_EQ(next.code(), Code::Content);
    EXPECT_EQ(next.number(OptionNumber::ETag), notification.number(OptionNumber::ETag));
    body += next.payload();
    if (!next.block(OptionNumber::Block2)->more) break;
  }
  EXPECT_EQ(body.size(), notification.number(OptionNumber::Size2));
  EXPECT_TRUE(body.ends_with("the end of the list!"));
}

class CompositeObservations : public Observations {
 protected:
  static std::string names(std::initializer_list<Path> paths) {
    std::array<std::uint8_t, 200> bytes{};
    Writer out(bytes);
    lwm2m::RecordWriter writer(lwm2m::kSenmlCbor, out, Path{});
    for (const Path& path : paths) EXPECT_TRUE(writer.add_name(path).ok());
    EXPECT_TRUE(writer.finish().ok());
    return std::string(as_text(out.written()));
  }
  Message fetch(std::initializer_list<Path> paths, std::uint32_t option,
                std::vector<std::string> queries = {}) {
    return {.code = Code::Fetch,
            .payload = names(paths),
            .queries = std::move(queries),
            .format = ContentFormat::SenmlCbor,
            .accept = ContentFormat::SenmlCbor,
            .observe = option};
  }
  static std::size_t records(const Sent& sent) {
    const std::string payload = sent.payload();
    lwm2m::RecordReader reader(lwm2m::kSenmlCbor, as_bytes(payload), Path{});
    lwm2m::Record record;
    std::size_t count = 0;
    while (reader.next(record).value_or(false)) ++count;
    return count;
  }
};

TEST_F(CompositeObservations, NotifiesAllOfThemForAnyOfThem) {
  LINNET_REQ("IR-31");
  LINNET_REQ("IR-32");
  const Sent answer = server->ask(fetch({kIntegerPath, kFloatPath}, 0));
  const coap::Token composite = server->last_token();
  ASSERT_EQ(answer.code(), Code::Content);
  EXPECT_TRUE(answer.number(OptionNumber::Observe));
  EXPECT_EQ(records(answer), 2u);
  set_float(1);
  set_integer(1);
  const Sent notification = server->expect();
  EXPECT_EQ(notification.token(), composite);
  EXPECT_EQ(notification.view().content_format(), ContentFormat::SenmlCbor);
  EXPECT_EQ(records(notification), 2u);
  EXPECT_TRUE(server->silent());
  set(Path(kEvery, 0, kBoolean), Value::boolean(true));
  EXPECT_TRUE(server->silent());
}

TEST_F(CompositeObservations, EndsWithAFetchOfTheSamePaths) {
  LINNET_REQ("IR-33");
  (void)server->ask(fetch({kIntegerPath, kFloatPath}, 0));
  (void)server->ask(fetch({kIntegerPath}, 1));
  set_integer(1);
  EXPECT_FALSE(server->silent());
  const Sent answer = server->ask(fetch({kIntegerPath, kFloatPath}, 1));
  EXPECT_EQ(answer.code(), Code::Content);
  EXPECT_FALSE(answer.number(OptionNumber::Observe));
  set_integer(2);
  EXPECT_TRUE(server->silent());
}

TEST_F(CompositeObservations, TakesSomeAttributesFromTheObserve) {
  LINNET_REQ("IR-34");
  config.version = lwm2m::kEnabler12;
  start_registered();
  attach("/1000/0/3", {"st=5", "pmin=100"});
  EXPECT_EQ(server->ask(fetch({kFloatPath}, 0, {"gt=1"})).code(), Code::BadRequest);
  ASSERT_EQ(server->ask(fetch({kFloatPath, kIntegerPath}, 0, {"pmin=3"})).code(), Code::Content);
  set_float(24);  // st still holds
  EXPECT_TRUE(server->silent());
  set_float(25);
  EXPECT_EQ(records(expect_after(seconds(3))), 2u);
}

TEST_F(CompositeObservations, NeedsAPlaceForEachPath) {
  LINNET_REQ("IR-36");
  const Path number(kEvery, 0, kNumbers, 0);
  EXPECT_TRUE(
      server->ask(fetch({kIntegerPath, kFloatPath, number}, 0)).number(OptionNumber::Observe));
  const Sent plain = server->ask(fetch({kIntegerPath, kFloatPath, Path(kEvery, 0, kText)}, 0));
  EXPECT_EQ(plain.code(), Code::Content);
  EXPECT_FALSE(plain.number(OptionNumber::Observe));
  rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(server->ask(fetch({kIntegerPath}, 0)).code(), Code::Unauthorized);
}

}  // namespace
}  // namespace linnet::client::test
