// SPDX-License-Identifier: Apache-2.0
// Pins queue mode of the server: how long a device is awake, what waits for it and when that
// starts, what happens to a request that nobody answers, and going on with it in another shard.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <requirement.hpp>

#include <functional>
#include <string>
#include <vector>

namespace linnet::server {
namespace {

using coap::Code;
using coap::OptionNumber;
using coap::Type;
using lwm2m::Path;
using test::Bench;
using test::FakeDevice;
using test::MessageBuilder;
using test::SentMessage;

constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }

Operation read(Path path) {
  return {.kind = OperationKind::Read, .path = path, .timeout = hours(1)};
}

Operation held(Path path) {
  return {.kind = OperationKind::Execute, .path = path, .timeout = hours(24), .hold = true};
}

class QueueModeTest : public ::testing::Test {
 protected:
  static constexpr const char* kQuery = "lwm2m=1.1&lt=86400&b=U&Q";

  RegistrationId registered(std::string_view query = kQuery) {
    location_ = device_.register_as("a", query);
    bench_.drop_events();
    return bench_.shard.find("a")->id;
  }
  RegistrationId asleep(std::string_view query = kQuery) {
    const RegistrationId id = registered(query);
    bench_.run_for(seconds(93));
    EXPECT_TRUE(bench_.event<Sleeping>());
    EXPECT_FALSE(bench_.shard.is_awake(id));
    return id;
  }
  OperationId submit(RegistrationId id, Operation operation) {
    const auto submitted = bench_.shard.submit(bench_.now, id, std::move(operation));
    EXPECT_TRUE(submitted.ok()) << describe(submitted.error());
    return submitted.ok() ? *submitted : OperationId{};
  }
  void update(Type type = Type::Con) {
    EXPECT_EQ(device_.code_of(device_.request(Code::Post, location_, type)), Code::Changed);
  }
  SentMessage asked() {
    auto message = device_.take();
    EXPECT_TRUE(message.has_value()) << "nothing was sent";
    if (!message) return SentMessage({0x70, 0, 0, 0});
    return std::move(*message);
  }
  OperationResult result() {
    auto found = bench_.event<OperationResult>();
    EXPECT_TRUE(found.has_value()) << "no result";
    return found ? *std::move(found) : OperationResult{};
  }
  /// Names of the events that wait.
  std::string events() {
    std::string names;
    while (const auto event = bench_.shard.poll_event()) {
      constexpr const char* kNames[] = {"registered", "updated",  "deregistered", "result",
                                        "notify",     "ended",    "refused",      "sent",
                                        "awake",      "sleeping", "started"};
      names.append(names.empty() ? "" : " ").append(kNames[event->index()]);
    }
    return names;
  }
  /// The request goes unanswered until the server gives it up.
  void lose_request() {
    const SentMessage first = asked();
    while (const auto copy = lost_copy()) EXPECT_EQ(copy->bytes(), first.bytes());
  }
  std::optional<SentMessage> lost_copy() {
    for (int i = 0; i < 100 && bench_.silent(); ++i) bench_.run_for(seconds(1));
    return device_.take();
  }

  test::CoreDefinitions definitions_;
  Bench bench_{{}, nullptr, &definitions_};
  FakeDevice device_{bench_, 5683};
  std::string location_;
};

TEST_F(QueueModeTest, IsAwakeForMaxTransmitWaitAfterTheLastMessage) {
  LINNET_REQ("QM-01");
  for (const char* query : {"lwm2m=1.0&b=UQ", "lwm2m=1.1&b=U&Q", "lwm2m=1.2&Q"}) {
    const RegistrationId id = registered(query);
    EXPECT_TRUE(bench_.shard.is_awake(id));
    EXPECT_TRUE(bench_.shard.find(id)->awake);
    bench_.run_for(seconds(50));
    update();
    EXPECT_EQ(events(), "updated");
    bench_.run_for(milliseconds(92'999));
    EXPECT_EQ(events(), "");
    EXPECT_TRUE(bench_.shard.is_awake(id));
    bench_.run_for(milliseconds(1));
    EXPECT_EQ(events(), "sleeping");
    EXPECT_FALSE(bench_.shard.is_awake(id));
    EXPECT_FALSE(bench_.shard.find(id)->awake);
    EXPECT_EQ(bench_.shard.counters().asleep, 1u);
    bench_.run_for(seconds(3600));
    EXPECT_EQ(events(), "") << "once";
    update();
    EXPECT_EQ(events(), "awake updated");
    EXPECT_TRUE(bench_.shard.is_awake(id));
    EXPECT_EQ(bench_.shard.counters().awake, 1u);
    EXPECT_EQ(bench_.shard.counters().asleep, 0u);
    bench_.run_for(seconds(93));
    EXPECT_EQ(events(), "sleeping");
  }
}

TEST_F(QueueModeTest, WithoutQueueModeNobodySleeps) {
  const RegistrationId id = registered("lwm2m=1.1&lt=86400&b=U");
  bench_.run_for(hours(1));
  EXPECT_EQ(events(), "");
  EXPECT_TRUE(bench_.shard.is_awake(id));
  EXPECT_EQ(bench_.shard.counters().awake, 0u);
  submit(id, read(Path(3, 0, 9)));
  EXPECT_EQ(asked().code(), Code::Get);
  EXPECT_FALSE(bench_.shard.is_awake(RegistrationId{1})) << "nobody";
}

TEST_F(QueueModeTest, AUpdateTurnsItOffAndOnFor10) {
  const RegistrationId id = asleep("lwm2m=1.0&lt=86400&b=UQ");
  const auto change = [&](const char* query) {
    EXPECT_EQ(device_.code_of(device_.request(Code::Post, location_).query(query)), Code::Changed);
  };
  change("b=U");
  EXPECT_EQ(events(), "awake updated");
  bench_.run_for(hours(1));
  EXPECT_EQ(events(), "");
  EXPECT_TRUE(bench_.shard.is_awake(id));
  change("b=UQ");
  EXPECT_EQ(events(), "updated") << "it is awake";
  bench_.run_for(seconds(93));
  EXPECT_EQ(events(), "sleeping");
}

TEST_F(QueueModeTest, ALongerTimeAwakeIsASetting) {
  ShardConfig config;
  config.awake_for = seconds(10);
  Bench bench{config};
  FakeDevice device{bench, 1};
  device.register_as("b", kQuery);
  bench.drop_events();
  bench.run_for(milliseconds(9'999));
  EXPECT_FALSE(bench.event<Sleeping>());
  bench.run_for(milliseconds(1));
  EXPECT_TRUE(bench.event<Sleeping>());
}

TEST_F(QueueModeTest, WhatIsAskedOfASleepingDeviceWaitsAndStartsInOrder) {
  LINNET_REQ("QM-03");
  LINNET_REQ("QM-06");
  const RegistrationId id = asleep();
  const OperationId first = submit(id, held(Path(3, 0, 4)));
  const OperationId second = submit(id, held(Path(1, 0, 8)));
  const OperationId third = submit(id, held(Path(3, 0, 5)));
  bench_.run_for(hours(1));
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(bench_.shard.pending(id), 3u);
  device_.send(device_.request(Code::Post, location_));
  EXPECT_EQ(asked().code(), Code::Changed) << "the answer first";
  EXPECT_EQ(events(), "awake updated");
  for (const auto& [path, operation] :
       {std::pair{"/3/0/4", first}, {"/1/0/8", second}, {"/3/0/5", third}}) {
    const SentMessage request = asked();
    EXPECT_EQ(request.path(), path);
    EXPECT_TRUE(bench_.silent()) << "one at a time";
    device_.send(device_.reply(request, Code::Changed));
    EXPECT_EQ(result().operation, operation);
  }
  EXPECT_TRUE(bench_.silent());
}

TEST_F(QueueModeTest, ADeviceAwakeIsAskedAtOnce) {
  const RegistrationId id = registered();
  bench_.run_for(seconds(92));
  submit(id, read(Path(3, 0, 9)));
  const SentMessage request = asked();
  // Being asked keeps it awake, until it has answered or cannot have heard it.
  bench_.run_for(seconds(1));
  EXPECT_EQ(events(), "");
  device_.send(device_.reply(request, Code::Content).format(0).payload("80"));
  EXPECT_EQ(events(), "result");
  bench_.run_for(milliseconds(92'900));
  EXPECT_EQ(events(), "");
  bench_.run_for(milliseconds(100));
  EXPECT_EQ(events(), "sleeping") << "within 64 ms";
}

TEST_F(QueueModeTest, EveryMessageWakes) {
  LINNET_REQ("QM-03");
  const RegistrationId id = registered();
  submit(id, {.kind = OperationKind::Observe, .path = Path(3303, 0, 5700)});
  const SentMessage observe = asked();
  device_.send(device_.reply(observe, Code::Content).observe(1).format(0).payload("20"));
  std::uint32_t sequence = 2;
  const std::vector<std::pair<const char*, std::function<void()>>> ways = {
      {"notify",
       [&] {
         device_.send(device_.later(observe, Code::Content, Type::Non)
                          .observe(sequence++)
                          .format(0)
                          .payload("21"));
       }},
      {"confirmable notify",
       [&] {
         device_.send(
             device_.later(observe, Code::Content).observe(sequence++).format(0).payload("22"));
         EXPECT_EQ(asked()->type(), Type::Ack);
       }},
      {"send",
       [&] {
         const auto send = device_.request(Code::Post, "/dp")
                               .format(110)
                               .payload(R"([{"n":"/3303/0/5700","v":21}])");
         EXPECT_EQ(device_.code_of(send), Code::Changed);
       }},
      {"a Send that is refused",
       [&] { EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/dp")), Code::BadRequest); }},
      {"ping",
       [&] {
         device_.send(coap::empty_message(Type::Con, 7));
         EXPECT_EQ(asked()->type(), Type::Rst);
       }},
      {"discovery",
       [&] {
         EXPECT_EQ(device_.code_of(device_.request(Code::Get, "/.well-known/core")), Code::Content);
       }},
      {"an Update that is refused",
       [&] {
         EXPECT_EQ(device_.code_of(device_.request(Code::Post, location_).query("lt=x")),
                   Code::BadRequest);
       }},
      {"a response nobody waits for",
       [&] {
         device_.send(MessageBuilder(Type::Non, Code::Content, 9, coap::Token::from_number(1, 8)));
       }},
  };
  for (const auto& [name, wake] : ways) {
    bench_.run_for(seconds(93));
    EXPECT_TRUE(bench_.event<Sleeping>()) << name;
    submit(id, read(Path(3, 0, 9)));
    EXPECT_TRUE(bench_.silent()) << name;
    wake();
    const SentMessage request = asked();
    EXPECT_EQ(request.code(), Code::Get) << name;
    EXPECT_TRUE(bench_.event<Awake>()) << name;
    device_.send(device_.reply(request, Code::Content).format(0).payload("80"));
    bench_.drop_events();
  }
}

TEST_F(QueueModeTest, AMessageFromOneOfSeveralBehindAnAddressWakesOnlyWhomItNames) {
  const RegistrationId id = asleep();
  FakeDevice other{bench_, 5683};
  for (int i = 0; i < 50; ++i) (void)other.request(Code::Get, "/");  // other message ids
  other.register_as("b", kQuery);
  bench_.drop_events();
  device_.send(coap::empty_message(Type::Con, 7));
  EXPECT_EQ(asked()->type(), Type::Rst);
  EXPECT_EQ(events(), "");
  update();
  EXPECT_EQ(events(), "awake updated");
  EXPECT_TRUE(bench_.shard.is_awake(id));
}

TEST_F(QueueModeTest, TheDeadlineEndsWhatWaitsAndSaysWhy) {
  LINNET_REQ("QM-03");
  const RegistrationId id = asleep();
  Operation operation = read(Path(3, 0, 9));
  operation.timeout = hours(5);
  submit(id, operation);
  bench_.run_for(hours(5) - milliseconds(1));
  EXPECT_EQ(events(), "");
  bench_.run_for(milliseconds(1));
  const OperationResult ended = result();
  EXPECT_EQ(ended.outcome, Outcome::Expired);
  EXPECT_EQ(ended.reason, "the device slept until the deadline");
  update();
  EXPECT_TRUE(bench_.silent());
}

TEST_F(QueueModeTest, WhoDoesNotAnswerIsPresumedAsleep) {
  LINNET_REQ("QM-07");
  const RegistrationId id = registered();
  submit(id, read(Path(3, 0, 9)));
  submit(id, read(Path(3, 0, 0)));
  lose_request();
  EXPECT_EQ(events(), "sleeping result");
  EXPECT_FALSE(bench_.shard.is_awake(id));
  EXPECT_EQ(bench_.shard.pending(id), 1u) << "the second was not even tried";
  update();
  EXPECT_EQ(asked().path(), "/3/0/0");
}

TEST_F(QueueModeTest, WhatIsHeldIsTheSameMessageWithinExchangeLifetime) {
  LINNET_REQ("QM-07");
  LINNET_REQ("TR-08");
  const RegistrationId id = registered();
  submit(id, held(Path(3, 0, 4)));
  submit(id, held(Path(3, 0, 5)));
  const SentMessage first = asked();
  while (const auto copy = lost_copy()) EXPECT_EQ(copy->bytes(), first.bytes());
  EXPECT_EQ(events(), "sleeping");
  EXPECT_EQ(bench_.shard.pending(id), 2u);
  bench_.run_for(seconds(30));
  update();
  EXPECT_EQ(asked().bytes(), first.bytes());
  while (const auto copy = lost_copy()) EXPECT_EQ(copy->bytes(), first.bytes());
  EXPECT_EQ(events(), "awake updated sleeping");
  bench_.run_for(seconds(247));
  update();
  const SentMessage later = asked();
  EXPECT_EQ(later.path(), "/3/0/4");
  EXPECT_NE(later->message_id(), first->message_id());
  EXPECT_FALSE(later->token() == first->token());
  device_.send(device_.reply(later, Code::Changed));
  EXPECT_TRUE(result().success());
  EXPECT_EQ(asked().path(), "/3/0/5") << "in order";
}

TEST_F(QueueModeTest, AnAnswerThatComesLateIsAnAnswer) {
  const RegistrationId id = registered();
  submit(id, held(Path(3, 0, 4)));
  const SentMessage request = asked();
  while (lost_copy()) {
  }
  EXPECT_EQ(events(), "sleeping");
  device_.send(device_.later(request, Code::Changed));
  EXPECT_EQ(asked()->type(), Type::Ack);
  EXPECT_EQ(events(), "awake result");
  EXPECT_TRUE(bench_.silent()) << "it is not sent again";
  EXPECT_EQ(bench_.shard.pending(id), 0u);
}

TEST_F(QueueModeTest, WhatIsHeldEndsAtItsDeadline) {
  const RegistrationId id = registered();
  submit(id, held(Path(3, 0, 4)));
  lose_request();
  bench_.drop_events();
  bench_.run_for(hours(24));
  const OperationResult ended = result();
  EXPECT_EQ(ended.outcome, Outcome::NotAcknowledged);
  EXPECT_EQ(ended.reason, "the device did not acknowledge it, and slept until the deadline");
}

TEST_F(QueueModeTest, OnceAcknowledgedTheResponseHasTheOperationTimeout) {
  const RegistrationId id = registered();
  submit(id, held(Path(3, 0, 4)));
  const SentMessage request = asked();
  device_.acknowledge(request);
  bench_.run_for(milliseconds(119'999));
  EXPECT_EQ(events(), "sleeping");
  bench_.run_for(milliseconds(1));
  EXPECT_EQ(result().outcome, Outcome::NoResponse);
}

TEST_F(QueueModeTest, WithoutQueueModeWhatIsHeldIsTriedNowAndThen) {
  const RegistrationId id = registered("lwm2m=1.1&lt=86400");
  submit(id, held(Path(3, 0, 4)));
  lose_request();
  EXPECT_EQ(events(), "");
  EXPECT_TRUE(bench_.shard.is_awake(id)) << "it does not sleep, it does not answer";
  update();
  lose_request();
  bench_.drop_events();
  submit(id, read(Path(3, 0, 9)));
  EXPECT_TRUE(bench_.silent()) << "in order";
  const Instant before = bench_.now;
  while (bench_.silent()) bench_.run_for(seconds(1));
  EXPECT_LE(bench_.now - before, seconds(300));
  const SentMessage again = asked();
  EXPECT_EQ(again.path(), "/3/0/4");
  device_.send(device_.reply(again, Code::Changed));
  EXPECT_TRUE(result().success());
  EXPECT_EQ(asked().path(), "/3/0/9");
}

TEST_F(QueueModeTest, AKeptObservationIsMadeAgainWhenTheDeviceWakes) {
  LINNET_REQ("REG-18");
  const RegistrationId id = registered();
  submit(id, {.kind = OperationKind::Observe, .path = Path(3303, 0, 5700), .keep = true});
  device_.send(device_.reply(asked(), Code::Content).observe(1).format(0).payload("20"));
  bench_.drop_events();
  device_.register_as("a", kQuery);
  lose_request();
  EXPECT_EQ(events(), "deregistered registered sleeping");
  bench_.run_for(hours(3));
  EXPECT_EQ(events(), "");
  location_ = "/rd/" + std::string(format(bench_.shard.find("a")->id).data(), kRegistrationIdText);
  update();
  const SentMessage observe = asked();
  EXPECT_EQ(observe.path(), "/3303/0/5700");
  device_.send(device_.reply(observe, Code::Content).observe(1).format(0).payload("20"));
  EXPECT_EQ(events(), "awake updated notify");
}

TEST_F(QueueModeTest, ThousandsWaitInOrderAndMayBeCancelledAnywhere) {
  ShardConfig config;
  config.max_operations_per_device = 0xFFFF;
  Bench bench{config};
  FakeDevice device{bench, 1};
  const std::string location = device.register_as("b", kQuery);
  bench.run_for(seconds(93));
  bench.drop_events();
  const RegistrationId id = bench.shard.find("b")->id;
  constexpr int kCount = 5000;
  std::vector<OperationId> waiting;
  for (int i = 0; i < kCount; ++i) {
    const auto submitted = bench.shard.submit(bench.now, id, held(Path(3, 0, 4)));
    ASSERT_TRUE(submitted.ok());
    waiting.push_back(*submitted);
  }
  EXPECT_EQ(bench.shard.pending(id), kCount);
  // First, last and every third.
  std::vector<OperationId> wanted;
  for (int i = 0; i < kCount; ++i) {
    if (i == 0 || i == kCount - 1 || i % 3 == 1) {
      EXPECT_TRUE(bench.shard.cancel(bench.now, waiting[static_cast<std::size_t>(i)]));
    } else {
      wanted.push_back(waiting[static_cast<std::size_t>(i)]);
    }
  }
  EXPECT_EQ(bench.shard.pending(id), wanted.size());
  bench.drop_events();
  EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::Changed);
  for (const OperationId operation : wanted) {
    const auto request = device.take();
    ASSERT_TRUE(request.has_value());
    device.send(device.reply(*request, Code::Changed));
    const auto done = bench.event<OperationResult>();
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->operation, operation);
  }
  EXPECT_EQ(bench.shard.pending(id), 0u);
}

/// A shard that goes on where another left off, with the devices it had.
struct Successor {
  explicit Successor(Bench& before) : bench{config(before), nullptr, nullptr} {
    bench.now = before.now;
    std::uint32_t cursor = 0;
    while (const auto device = before.shard.next_registration(cursor)) {
      EXPECT_TRUE(bench.shard.restore(bench.now, *device).ok());
    }
  }
  static ShardConfig config(const Bench& before) {
    ShardConfig config;
    config.id_key = before.shard.id_key();
    return config;
  }
  Bench bench;
};

TEST_F(QueueModeTest, ARestartTellsAgainWhoSleeps) {
  const RegistrationId id = registered();
  bench_.run_for(seconds(60));
  device_.send(coap::empty_message(Type::Con, 7));  // only that; no Update
  bench_.run_for(seconds(60));
  {
    Successor after(bench_);
    EXPECT_TRUE(after.bench.shard.is_awake(id));
    after.bench.run_for(seconds(33));
    EXPECT_TRUE(after.bench.event<Sleeping>());
  }
  bench_.run_for(seconds(40));
  Successor after(bench_);
  EXPECT_FALSE(after.bench.shard.is_awake(id));
  EXPECT_FALSE(after.bench.shard.poll_event()) << "as before";
  EXPECT_EQ(after.bench.shard.counters().asleep, 1u);
  // Due while nobody was there.
  bench_.run_for(hours(1));
  RegistrationView view = *bench_.shard.find(id);
  EXPECT_FALSE(view.awake);
}

TEST_F(QueueModeTest, ARequestUnderWayGoesOnInAnotherShard) {
  const RegistrationId id = registered();
  Operation operation = held(Path(3, 0, 4));
  operation.report_start = true;
  const OperationId number = submit(id, operation);
  const auto started = bench_.event<OperationStarted>();
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(started->operation, number);
  EXPECT_EQ(started->attempt, 1);
  const auto record = bench_.shard.record(number);  // before anything was sent
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->resumable);
  const SentMessage request = asked();
  EXPECT_EQ(record->message_id, request->message_id());
  EXPECT_TRUE(record->token == request->token());
  operation.resume = *record;

  const auto first_of = [&](Duration later, bool asleep) {
    Successor after(bench_);
    FakeDevice device{after.bench, device_.address()};
    after.bench.run_for(later);
    EXPECT_EQ(after.bench.shard.is_awake(id), !asleep);
    EXPECT_TRUE(after.bench.shard.submit(after.bench.now, id, operation).ok());
    auto sent = device.take();
    if (!sent) return std::vector<std::uint8_t>();
    device.send(device.reply(*sent, Code::Changed));
    const auto done = after.bench.event<OperationResult>();
    EXPECT_TRUE(done && done->success());
    // The next message does not get the same id.
    EXPECT_TRUE(after.bench.shard.submit(after.bench.now, id, read(Path(3, 0, 9))).ok());
    const auto next = device.take();
    EXPECT_TRUE(next && (*next)->message_id() != sent->view().message_id());
    return sent->bytes();
  };
  EXPECT_EQ(first_of(seconds(1), false), request.bytes());
  EXPECT_EQ(first_of(seconds(200), true), request.bytes()) << "to one that sleeps too";
  EXPECT_TRUE(first_of(seconds(247), true).empty()) << "it waits for the device";
  operation.resume->resumable = false;
  EXPECT_NE(first_of(seconds(1), false), request.bytes());
}

TEST_F(QueueModeTest, ABlockwiseRequestOrAnObservationBeginsAnew) {
  const RegistrationId id = registered();
  Operation large{.kind = OperationKind::Write, .path = Path(5, 0, 0)};
  const std::vector<std::uint8_t> package(3000);
  large.values = {{Path(5, 0, 0), lwm2m::Value::opaque(package), {}}};
  const OperationId write = submit(id, large);
  ASSERT_TRUE(bench_.shard.record(write).has_value());
  EXPECT_FALSE(bench_.shard.record(write)->resumable);
  const OperationId waiting = submit(id, read(Path(3, 0, 9)));
  EXPECT_FALSE(bench_.shard.record(waiting).has_value()) << "not begun";
  bench_.shard.cancel(bench_.now, write);
  EXPECT_TRUE(bench_.shard.record(waiting)->resumable);
  bench_.shard.cancel(bench_.now, waiting);
  const OperationId observe =
      submit(id, {.kind = OperationKind::Observe, .path = Path(3303, 0, 5700)});
  EXPECT_FALSE(bench_.shard.record(observe)->resumable);
  EXPECT_FALSE(bench_.shard.record(OperationId{}).has_value());
}

struct Tap final : MessageTap {
  void on_message(Instant, const SocketAddress& peer, Direction direction, ByteView message,
                  RegistrationId registration, std::string_view endpoint) override {
    const auto view = coap::MessageView::parse(message);
    ASSERT_TRUE(view.ok());
    seen.push_back(std::string(direction == Direction::In ? "in " : "out ") + code(view->code()) +
                   " " + std::string(endpoint) + (registration.valid() ? "" : "?"));
    EXPECT_EQ(peer.port, 5683);
  }
  static std::string code(Code code) {
    return std::to_string(static_cast<unsigned>(code) >> 5) + "." +
           std::to_string(static_cast<unsigned>(code) & 31);
  }
  std::vector<std::string> seen;
};

TEST_F(QueueModeTest, ATapSeesWhatDevicesAndTheServerSay) {
  Tap tap;
  device_.send(device_.request(Code::Get, "/.well-known/core"));
  (void)device_.take();
  bench_.shard.set_tap(&tap);
  FakeDevice(bench_, SocketAddress::v4(192, 0, 2, 1, 5683))
      .send(device_.request(Code::Get, "/.well-known/core"));
  EXPECT_TRUE(tap.seen.empty()) << "nobody";
  (void)device_.take();
  EXPECT_EQ(device_.code_of(device_.registration("ep=a&lwm2m=2.0")), Code::PreconditionFailed);
  const RegistrationId id = registered();
  update();
  submit(id, read(Path(3, 0, 9)));
  device_.send(device_.reply(asked(), Code::Content).format(0).payload("80"));
  EXPECT_EQ(device_.code_of(device_.request(Code::Delete, location_)), Code::Deleted);
  const std::vector<std::string> expected = {"in 0.2 a?", "out 4.12 a?", "in 0.2 a?", "out 2.1 a",
                                             "in 0.2 a",  "out 2.4 a",   "out 0.1 a", "in 2.5 a",
                                             "in 0.4 a",  "out 2.2 a?"};
  EXPECT_EQ(tap.seen, expected);
  bench_.shard.set_tap(nullptr);
  registered();
  EXPECT_EQ(tap.seen.size(), expected.size());
}

}  // namespace
}  // namespace linnet::server
