// SPDX-License-Identifier: Apache-2.0
// Pins observations on the wire: established, notified in order, cancelled both ways, made again
// after a registration, and gone without a trace when they should be.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <requirement.hpp>

#include <string>

namespace linnet::server {
namespace {

using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using coap::Type;
using lwm2m::Path;
using lwm2m::Value;
using test::Bench;
using test::FakeDevice;
using test::SentMessage;

const Path kTemperature(3303, 0, 5700);

class ObservationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    location_ = device_.register_as("a", "lwm2m=1.2&lt=86400");
    id_ = bench_.shard.find("a")->id;
    bench_.drop_events();
  }
  Operation observe(bool keep = false) {
    return {.kind = OperationKind::Observe, .path = kTemperature, .keep = keep};
  }
  OperationId submit(Operation operation) {
    const auto submitted = bench_.shard.submit(bench_.now, id_, std::move(operation));
    EXPECT_TRUE(submitted.ok()) << describe(submitted.error());
    return submitted.ok() ? *submitted : OperationId{};
  }
  SentMessage asked() {
    auto message = device_.take();
    EXPECT_TRUE(message.has_value()) << "nothing was sent";
    if (!message) return SentMessage({0x70, 0, 0, 0});
    return std::move(*message);
  }
  /// Establishes an observation of the temperature and returns the request that did.
  SentMessage established(bool keep = false) {
    submit(observe(keep));
    auto get = asked();
    device_.send(device_.reply(get, Code::Content).observe(1).format(0).payload("20"));
    const auto done = bench_.event<OperationResult>();
    EXPECT_TRUE(done.has_value());
    if (done) observation_ = done->observation;
    EXPECT_TRUE(observation_.valid());
    return get;
  }
  test::MessageBuilder notification(const SentMessage& get, std::uint32_t sequence,
                                    std::string_view value, Type type = Type::Non) {
    return device_.later(get, Code::Content, type).observe(sequence).format(0).payload(value);
  }
  double notified() {
    const auto event = bench_.event<Notification>();
    return event && event->values.size() == 1 ? event->values[0].value.view().as_float() : -1;
  }

  test::CoreDefinitions definitions_;
  Bench bench_{{}, nullptr, &definitions_};
  FakeDevice device_{bench_, 5683};
  std::string location_;
  RegistrationId id_;
  ObservationId observation_;
};

TEST_F(ObservationTest, ObserveIsAGetWithObserveAndItsAnswerIsTheFirstValue) {
  LINNET_REQ("IR-17");
  LINNET_REQ("TR-02");
  submit(observe());
  const auto get = asked();
  EXPECT_EQ(get.code(), Code::Get);
  EXPECT_EQ(get.path(), "/3303/0/5700");
  EXPECT_EQ(get->unsigned_option(OptionNumber::Observe), 0u);
  EXPECT_EQ(get->token().size(), 8u);
  device_.send(device_.reply(get, Code::Content).observe(1).format(0).payload("20.5"));
  const auto done = bench_.event<OperationResult>();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->values.at(0).value, OwnedValue(Value::floating(20.5)));
  const auto view = bench_.shard.find(done->observation);
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(view->established);
  EXPECT_EQ(view->paths[0], kTemperature);
  EXPECT_EQ(view->registration, id_);
  int seen = 0;
  bench_.shard.for_each_observation(id_, [&](const ObservationView& v) {
    EXPECT_EQ(v.id, done->observation);
    ++seen;
  });
  EXPECT_EQ(seen, 1);
}

TEST_F(ObservationTest, ObserveCarriesAttributesFrom12On) {
  LINNET_REQ("IR-22");
  auto operation = observe();
  ASSERT_TRUE(operation.attributes.parse("pmin=5").ok());
  ASSERT_TRUE(operation.attributes.parse("con=1").ok());
  submit(operation);
  EXPECT_EQ(asked().query(), "pmin=5&con=1");
  FakeDevice older(bench_, 5684);
  older.register_as("b", "lwm2m=1.1");
  EXPECT_EQ(bench_.shard.submit(bench_.now, bench_.shard.find("b")->id, operation).error(),
            Error::Unsupported);
}

TEST_F(ObservationTest, RefusesAttributesThatCannotWork) {
  LINNET_REQ("IR-34");
  LINNET_REQ("IR-35");
  const auto refused = [&](Operation operation, std::initializer_list<const char*> queries) {
    for (const char* query : queries) EXPECT_TRUE(operation.attributes.parse(query).ok());
    return bench_.shard.submit(bench_.now, id_, std::move(operation)).error();
  };
  const Operation composite{.kind = OperationKind::ObserveComposite,
                            .paths = {kTemperature, Path(3)}};
  EXPECT_EQ(refused(composite, {"gt=1"}), Error::Malformed);
  EXPECT_EQ(refused(composite, {"pmin=10", "pmax=5"}), Error::Malformed);
  EXPECT_EQ(refused(observe(), {"pmin=10", "pmax=5"}), Error::Malformed);
  EXPECT_EQ(refused(observe(), {"gt=1", "lt=2"}), Error::Malformed);
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(refused(composite, {"pmin=5", "pmax=10", "con=1"}), Error::Ok);
}

TEST_F(ObservationTest, NotificationsAreEventsConfirmableOnesAreAcknowledged) {
  LINNET_REQ("IR-26");
  const auto get = established();
  device_.send(notification(get, 2, "21"));
  EXPECT_TRUE(bench_.silent());
  const auto event = bench_.event<Notification>();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->observation, observation_);
  EXPECT_EQ(event->registration, id_);
  EXPECT_EQ(event->sequence, 2u);
  EXPECT_EQ(event->format, ContentFormat::Text);
  EXPECT_EQ(event->values.at(0), (ResourceValue{kTemperature, Value::floating(21), {}}));
  const auto confirmable = notification(get, 3, "22", Type::Con).bytes();
  for (int copy = 0; copy < 2; ++copy) {
    device_.send(confirmable);
    EXPECT_EQ(asked()->type(), Type::Ack);
  }
  EXPECT_EQ(notified(), 22);
  EXPECT_FALSE(bench_.shard.poll_event().has_value()) << "the copy is no news";
  EXPECT_EQ(bench_.shard.find(observation_)->notifications, 2u);
}

TEST_F(ObservationTest, OlderNotificationsAreDropped) {
  LINNET_REQ("IR-26");
  const auto get = established();
  device_.send(notification(get, 10, "30"));
  device_.send(notification(get, 9, "29"));
  device_.send(notification(get, 10, "30"));
  device_.send(notification(get, 11, "31"));
  EXPECT_EQ(notified(), 30);
  EXPECT_EQ(notified(), 31);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  // 24 bits wrap; after 128 s anything is news (RFC 7641 §3.4).
  device_.send(notification(get, 0xFFFFFF, "1"));
  EXPECT_EQ(notified(), -1);
  bench_.run_for(milliseconds(128'001));
  device_.send(notification(get, 5, "40"));
  EXPECT_EQ(notified(), 40);
}

TEST_F(ObservationTest, UnknownTokensAreReset) {
  const auto get = established();
  for (const Type type : {Type::Con, Type::Non}) {
    device_.send(test::MessageBuilder(type, Code::Content, 900, coap::Token::from_number(7, 8))
                     .observe(3)
                     .format(0)
                     .payload("1"));
    const auto reset = asked();
    EXPECT_EQ(reset->type(), Type::Rst);
    EXPECT_EQ(reset->message_id(), 900);
  }
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(ObservationTest, PassiveCancelResetsTheNextNotification) {
  LINNET_REQ("IR-20");
  const auto get = established();
  EXPECT_TRUE(bench_.shard.cancel_observation(bench_.now, observation_));
  EXPECT_FALSE(bench_.shard.cancel_observation(bench_.now, observation_));
  EXPECT_TRUE(bench_.silent());
  const auto ended = bench_.event<ObservationEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, ObservationEnded::Reason::Cancelled);
  device_.send(notification(get, 2, "21"));
  EXPECT_EQ(asked()->type(), Type::Rst);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(ObservationTest, ActiveCancelAsksTheDeviceUnderTheSameToken) {
  LINNET_REQ("IR-20");
  const auto get = established();
  submit({.kind = OperationKind::CancelObservation, .observation = observation_});
  const auto cancel = asked();
  EXPECT_EQ(cancel.code(), Code::Get);
  EXPECT_EQ(cancel.path(), get.path());
  EXPECT_EQ(cancel->token(), get->token());
  EXPECT_EQ(cancel->unsigned_option(OptionNumber::Observe), 1u);
  // A notification already on its way is not the answer.
  device_.send(notification(get, 2, "21"));
  EXPECT_EQ(notified(), 21);
  device_.send(device_.reply(cancel, Code::Content).format(0).payload("22"));
  const auto ended = bench_.event<ObservationEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, ObservationEnded::Reason::Cancelled);
  const auto done = bench_.event<OperationResult>();
  ASSERT_TRUE(done.has_value());
  EXPECT_TRUE(done->success());
  EXPECT_EQ(done->values.at(0).value, OwnedValue(Value::floating(22)));
  EXPECT_FALSE(bench_.shard.find(observation_).has_value());
}

TEST_F(ObservationTest, AnUnansweredActiveCancelStillEndsIt) {
  const auto get = established();
  submit({.kind = OperationKind::CancelObservation, .observation = observation_});
  (void)asked();
  bench_.run_for(seconds(200));
  EXPECT_TRUE(bench_.event<ObservationEnded>().has_value());
  EXPECT_EQ(bench_.event<OperationResult>()->outcome, Outcome::NotAcknowledged);
  while (device_.take()) {
  }
  device_.send(notification(get, 2, "21"));
  EXPECT_EQ(asked()->type(), Type::Rst);
}

TEST_F(ObservationTest, ADeviceThatDoesNotObserveJustAnswers) {
  submit(observe());
  device_.send(device_.reply(asked(), Code::Content).format(0).payload("20"));
  const auto done = bench_.event<OperationResult>();
  ASSERT_TRUE(done.has_value());
  EXPECT_TRUE(done->success());
  EXPECT_FALSE(done->observation.valid());
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(ObservationTest, ARefusedOrLostObserveLeavesNothingBehind) {
  submit(observe());
  device_.send(device_.reply(asked(), Code::MethodNotAllowed));
  EXPECT_EQ(bench_.event<OperationResult>()->code, Code::MethodNotAllowed);
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
  submit(observe());
  (void)asked();
  bench_.run_for(seconds(200));
  EXPECT_EQ(bench_.event<OperationResult>()->outcome, Outcome::NotAcknowledged);
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
  const OperationId operation = submit(observe());
  EXPECT_EQ(bench_.shard.counters().observations, 1u);
  EXPECT_TRUE(bench_.shard.cancel(bench_.now, operation));
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(ObservationTest, ObservingTheSameAgainRefreshesIt) {
  const auto get = established();
  const ObservationId before = observation_;
  const auto again = established();
  EXPECT_EQ(observation_, before);
  EXPECT_EQ(again->token(), get->token());
  EXPECT_EQ(bench_.shard.counters().observations, 1u);
  submit(observe());
  EXPECT_EQ(bench_.shard.submit(bench_.now, id_, observe()).error(), Error::Busy);
  device_.send(device_.reply(asked(), Code::NotFound));
  EXPECT_EQ(bench_.event<ObservationEnded>()->reason, ObservationEnded::Reason::Device);
}

TEST_F(ObservationTest, AnErrorNotificationEndsIt) {
  LINNET_REQ("IR-21");
  const auto get = established();
  const auto gone = device_.later(get, Code::NotFound).bytes();
  for (int copy = 0; copy < 2; ++copy) {
    device_.send(gone);
    EXPECT_EQ(asked()->type(), Type::Ack);
  }
  const auto ended = bench_.event<ObservationEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, ObservationEnded::Reason::Device);
  EXPECT_EQ(ended->code, Code::NotFound);
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(ObservationTest, ANotificationWithoutObserveIsTheLast) {
  const auto get = established();
  device_.send(device_.later(get, Code::Content, Type::Non).format(0).payload("23"));
  EXPECT_EQ(notified(), 23);
  EXPECT_TRUE(bench_.event<ObservationEnded>().has_value());
}

TEST_F(ObservationTest, ABadNotificationIsReportedAndTheNextIsFine) {
  const auto get = established();
  device_.send(notification(get, 2, "warm", Type::Con));
  EXPECT_EQ(asked()->type(), Type::Ack);
  const auto refused = bench_.event<NotificationRefused>();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->reason, "/3303/0/5700: malformed, float expected");
  device_.send(notification(get, 3, "24"));
  EXPECT_EQ(notified(), 24);
}

TEST_F(ObservationTest, DeregisteringDropsObservationsAndLateAnswersLeaveNothing) {
  LINNET_REQ("REG-43");
  const auto get = established(true);
  EXPECT_EQ(
      bench_.shard.submit(bench_.now, id_, {.kind = OperationKind::Observe, .path = Path(3, 0, 9)})
          .ok(),
      true);
  const auto late = asked();
  EXPECT_EQ(device_.code_of(device_.request(Code::Delete, location_)), Code::Deleted);
  EXPECT_EQ(bench_.event<ObservationEnded>()->reason, ObservationEnded::Reason::RegistrationGone);
  device_.send(device_.later(late, Code::Content).observe(1).format(0).payload("9"));
  EXPECT_EQ(asked()->type(), Type::Rst);
  device_.send(notification(get, 2, "21", Type::Con));
  EXPECT_EQ(asked()->type(), Type::Rst);
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
  bench_.drop_events();
  // "keep" is for devices that register again, not for those that leave.
  device_.register_as("a");
  EXPECT_TRUE(bench_.silent());
}

TEST_F(ObservationTest, RegisteringAgainVoidsOrRestores) {
  LINNET_REQ("REG-17");
  LINNET_REQ("REG-18");
  LINNET_REQ("REG-19");
  submit({.kind = OperationKind::Observe, .path = Path(3, 0, 9)});
  device_.send(device_.reply(asked(), Code::Content).observe(1).format(0).payload("9"));
  const ObservationId plain = bench_.event<OperationResult>()->observation;
  const auto get = established(true);

  device_.send(device_.registration("ep=a&lwm2m=1.2"));
  EXPECT_EQ(asked().code(), Code::Created) << "first the answer";
  const auto ended = bench_.event<ObservationEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->observation, plain);
  EXPECT_EQ(ended->registration, id_);
  EXPECT_EQ(ended->reason, ObservationEnded::Reason::RegistrationGone);
  const auto again = asked();
  EXPECT_EQ(again->unsigned_option(OptionNumber::Observe), 0u);
  EXPECT_EQ(again.path(), get.path());
  EXPECT_NE(again->token(), get->token());
  const RegistrationId renewed = bench_.event<Registered>()->id;
  EXPECT_FALSE(bench_.shard.find(observation_)->established);
  // What the device stored while it was away comes under the old token.
  LINNET_REQ("IR-47");
  device_.send(notification(get, 5, "24", Type::Con));
  EXPECT_EQ(asked()->type(), Type::Ack);
  const auto stored = bench_.event<Notification>();
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->observation, observation_);
  EXPECT_EQ(stored->registration, renewed);
  EXPECT_FALSE(bench_.shard.find(observation_)->established);
  device_.send(device_.reply(again, Code::Content).observe(7).format(0).payload("25"));
  const auto value = bench_.event<Notification>();
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->observation, observation_);
  EXPECT_EQ(value->registration, renewed);
  EXPECT_TRUE(bench_.shard.find(observation_)->established);
  // The old token is unknown.
  device_.send(notification(get, 8, "26", Type::Con));
  EXPECT_EQ(asked()->type(), Type::Rst);
  device_.send(notification(again, 8, "26"));
  EXPECT_EQ(notified(), 26);
}

TEST_F(ObservationTest, SaysWhenAKeptOneCannotBeRestored) {
  established(true);
  device_.send(device_.registration("ep=a&lwm2m=1.2"));
  (void)asked();
  device_.send(device_.reply(asked(), Code::NotFound));
  const auto ended = bench_.event<ObservationEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, ObservationEnded::Reason::NotRestored);
  EXPECT_EQ(ended->code, Code::NotFound);
}

TEST_F(ObservationTest, AKeptOneSurvivesRegistrationsInARow) {
  const auto get = established(true);
  for (int i = 0; i < 5; ++i) device_.send(device_.registration("ep=a&lwm2m=1.2"));
  std::optional<SentMessage> last;
  while (auto message = device_.take()) last = std::move(message);
  ASSERT_TRUE(last.has_value());
  bench_.drop_events();
  device_.send(device_.reply(*last, Code::Content).observe(1).format(0).payload("5"));
  EXPECT_EQ(notified(), 5);
  EXPECT_EQ(bench_.shard.counters().observations, 1u);
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
}

TEST_F(ObservationTest, AnotherAddressIsNeitherTakenNorRejected) {
  const auto get = established();
  FakeDevice moved(bench_, 7777);
  moved.send(notification(get, 2, "21", Type::Con));
  EXPECT_TRUE(bench_.silent());
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  device_.move_to(moved.address());
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location_)), Code::Changed);
  device_.send(notification(get, 2, "21", Type::Con));
  EXPECT_EQ(asked()->type(), Type::Ack);
  EXPECT_EQ(notified(), 21);
}

TEST_F(ObservationTest, CompositesAreFetchedAndCancelledWithTheirPaths) {
  LINNET_REQ("IR-31");
  LINNET_REQ("IR-33");
  submit({.kind = OperationKind::ObserveComposite,
          .paths = {Path(3, 0, 9), kTemperature},
          .format = ContentFormat::SenmlJson});
  const auto fetch = asked();
  EXPECT_EQ(fetch.code(), Code::Fetch);
  EXPECT_EQ(fetch->unsigned_option(OptionNumber::Observe), 0u);
  const std::string answer = R"([{"n":"/3/0/9","v":1},{"n":"/3303/0/5700","v":2}])";
  device_.send(device_.reply(fetch, Code::Content).observe(1).format(110).payload(answer));
  const auto done = bench_.event<OperationResult>();
  ASSERT_EQ(done->values.size(), 2u) << done->reason;
  device_.send(
      device_.later(fetch, Code::Content, Type::Non).observe(2).format(110).payload(answer));
  EXPECT_EQ(bench_.event<Notification>()->values.size(), 2u);
  EXPECT_TRUE(bench_.shard.find(done->observation)->composite);
  submit({.kind = OperationKind::CancelObservation, .observation = done->observation});
  const auto cancel = asked();
  EXPECT_EQ(cancel.code(), Code::Fetch);
  EXPECT_EQ(cancel->unsigned_option(OptionNumber::Observe), 1u);
  EXPECT_EQ(cancel->token(), fetch->token());
  EXPECT_EQ(cancel.payload(), fetch.payload());
  device_.send(device_.reply(cancel, Code::Content).format(110).payload(answer));
  EXPECT_TRUE(bench_.event<ObservationEnded>().has_value());
}

TEST_F(ObservationTest, TheRestOfALongNotificationIsFetched) {
  LINNET_REQ("TR-03");
  submit({.kind = OperationKind::Observe, .path = Path(3303, 0)});
  const auto get = asked();
  const std::string first = R"([{"bn":"/3303/0/","n":"5700","v":21.5},{"n":"5701","vs":"Cel"}])";
  ASSERT_EQ(first.size(), 63u);
  device_.send(device_.reply(get, Code::Content).observe(1).format(110).payload(first));
  observation_ = bench_.event<OperationResult>()->observation;
  const auto begun = [&](std::uint32_t sequence, std::string_view etag) {
    device_.send(device_.later(get, Code::Content, Type::Con)
                     .observe(sequence)
                     .option(OptionNumber::ETag, etag)
                     .format(110)
                     .block2(0, true, 1)
                     .payload(first.substr(0, 32)));
    EXPECT_EQ(asked()->type(), Type::Ack);
  };
  begun(2, "A");
  auto rest = asked();
  EXPECT_EQ(rest.code(), Code::Get);
  EXPECT_EQ(rest.path(), "/3303/0");
  EXPECT_FALSE(rest->has(OptionNumber::Observe));
  EXPECT_NE(rest->token(), get->token());
  EXPECT_EQ(rest.block(OptionNumber::Block2), (coap::BlockOption{1, false, 1}));
  EXPECT_EQ(rest->accept(), ContentFormat::SenmlJson);
  // A newer one makes it pointless.
  begun(3, "B");
  rest = asked();
  device_.send(device_.reply(rest, Code::Content)
                   .option(OptionNumber::ETag, "B")
                   .format(110)
                   .block2(1, false, 1)
                   .payload(first.substr(32)));
  const auto event = bench_.event<Notification>();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->sequence, 3u);
  EXPECT_EQ(event->values.size(), 2u);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  // And if the rest does not come, that is said.
  begun(4, "C");
  device_.send(device_.reply(asked(), Code::NotFound));
  EXPECT_TRUE(bench_.event<NotificationRefused>().has_value());
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
  EXPECT_TRUE(bench_.shard.find(observation_).has_value());
}

TEST(ObservationLimits, AreHeld) {
  ShardConfig config;
  config.max_observations_per_device = 2;
  config.max_observations = 3;
  Bench bench(config);
  FakeDevice a(bench, 1);
  FakeDevice b(bench, 2);
  a.register_as("a");
  b.register_as("b");
  const auto observe = [&](const char* endpoint, lwm2m::Id resource) {
    return bench.shard.submit(bench.now, bench.shard.find(endpoint)->id,
                              {.kind = OperationKind::Observe, .path = Path(3, 0, resource)});
  };
  EXPECT_TRUE(observe("a", 0).ok());
  EXPECT_TRUE(observe("a", 1).ok());
  EXPECT_EQ(observe("a", 2).error(), Error::Busy);
  EXPECT_TRUE(observe("b", 0).ok());
  EXPECT_EQ(observe("b", 1).error(), Error::Busy);
  EXPECT_EQ(bench.shard.counters().observations, 3u);
  EXPECT_EQ(bench.shard.counters().pending_operations, 3u);
}

}  // namespace
}  // namespace linnet::server
