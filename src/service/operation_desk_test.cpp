// SPDX-License-Identifier: Apache-2.0
// Pins what becomes of operations: when they are sent, in which order, what a caller is told, how
// they end, and what a crash or a full disk makes of them.
#include <gtest/gtest.h>
#include <operation_world.hpp>
#include <requirement.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace linnet::service {
namespace {

using coap::Code;
using coap::OptionNumber;
using test::FakeDevice;
using test::Folder;
using test::kNoon;
using test::OperationWorld;
using test::Reply;
using test::SentMessage;

constexpr const char* kAwake = "lwm2m=1.1&lt=86400";
constexpr const char* kQueueMode = "lwm2m=1.1&lt=86400&Q";
constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }

const std::string kRead = R"({"op":"read","path":"/3/0/0"})";
const std::string kQueuedRead = R"({"op":"read","path":"/3/0/0","mode":"queue"})";
const std::string kQueuedExecute = R"({"op":"execute","path":"/3/0/4","mode":"queue"})";

std::string queued_write(int number) {
  return R"({"op":"write","path":"/3/0/15","mode":"queue","value":"z)" + std::to_string(number) +
         "\"}";
}

class OperationDeskTest : public ::testing::Test {
 protected:
  OperationDeskTest() { start(); }

  void start(OperationSettings settings = {}, server::ShardConfig config = {}) {
    const Instant begin = world_ ? Instant{world_->now.ms + 5'000'000} : Instant{1'000'000};
    const std::int64_t wall = world_ ? world_->unix_ms() : kNoon;
    world_.reset();
    world_ =
        std::make_unique<OperationWorld>(file_, ++seed_, begin, wall + down_.ms, settings, config);
    device_ = std::make_unique<FakeDevice>(*world_, std::uint16_t{5683});
    world_->settle();
  }
  /// As kill -9 does, and the server is gone for so long.
  void crash(Duration down = seconds(2)) {
    down_ = down;
    start();
    down_ = {};
  }
  void run_for_hours(std::int64_t n) {
    world_->tick = seconds(100);
    world_->run_for(hours(n));
    world_->tick = seconds(1);
    world_->run_for(seconds(100));
  }
  void fall_asleep() { world_->run_for(seconds(120)); }
  static std::string id(const std::shared_ptr<Reply>& reply) { return reply->text("id"); }
  void answer(const SentMessage& request, Code code, std::string_view payload = {}) {
    auto reply = device_->reply(request, code);
    if (!payload.empty()) reply.format(0).payload(payload);
    device_->send(reply);
  }
  /// The states it went through.
  std::string timeline(const std::string& operation) {
    std::string out;
    const auto shown = world_->show(operation);
    for (const auto& step : shown.at("timeline").as_array()) {
      out += (out.empty() ? "" : " ") + std::string(step.at("state").as_string());
    }
    return out;
  }
  std::string reason(const std::string& operation) {
    const auto shown = world_->show(operation);
    const auto* reason = shown.if_contains("reason");
    return reason != nullptr ? std::string(reason->as_string()) : "";
  }
  std::string update() {
    return std::string(device_->code_of(device_->request(Code::Post, location_)) == Code::Changed
                           ? "2.04"
                           : "refused");
  }

  Folder folder_;
  std::filesystem::path file_ = folder_ / "linnet.db";
  std::uint32_t seed_ = 0;
  Duration down_{0};
  std::unique_ptr<OperationWorld> world_;
  std::unique_ptr<FakeDevice> device_;
  std::string location_;
};

TEST_F(OperationDeskTest, WaitsForTheAnswerAndGivesItWithTheOperation) {
  device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kRead);
  const auto get = device_->take();
  ASSERT_TRUE(get);
  EXPECT_EQ(get->path(), "/3/0/0");
  EXPECT_EQ(reply->status(), 0u);
  world_->run_for(milliseconds(30));
  answer(*get, Code::Content, "Linnet");
  ASSERT_EQ(reply->status(), 200u);
  const auto body = reply->body();
  EXPECT_EQ(body.at("state"), "done");
  EXPECT_EQ(body.at("success"), true);
  EXPECT_EQ(body.at("code"), "2.05");
  EXPECT_EQ(body.at("elapsedMs"), 30);
  EXPECT_EQ(body.at("by"), "tester");
  EXPECT_EQ(body.at("values").as_array().at(0).at("value"), "Linnet");
  EXPECT_EQ(timeline(id(reply)), "queued sent done");
  EXPECT_EQ(world_->desk->waiting(), 0u);
}

TEST_F(OperationDeskTest, AnErrorOfTheDeviceIsAnAnswer) {
  device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kRead);
  answer(*device_->take(), Code::NotFound);
  EXPECT_EQ(reply->status(), 200u);
  EXPECT_EQ(reply->text("state"), "failed");
  EXPECT_EQ(reply->text("code"), "4.04");
}

TEST_F(OperationDeskTest, ADeviceThatIsNotThereYetGetsItWhenItRegistersInOrder) {
  LINNET_REQ("QM-06");
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto reply = world_->ask("a", queued_write(i));
    ASSERT_EQ(reply->status(), 202u);
    EXPECT_EQ(reply->response->headers.at(0).second, "/api/v1/operations/" + id(reply));
    EXPECT_EQ(reply->text("state"), "queued");
    ids.push_back(id(reply));
  }
  run_for_hours(10);
  EXPECT_TRUE(world_->silent());
  device_->register_as("a", kAwake);
  for (int i = 0; i < 3; ++i) {
    const auto put = device_->take();
    ASSERT_TRUE(put) << i;
    EXPECT_EQ(put->payload(), "z" + std::to_string(i));
    EXPECT_TRUE(world_->silent()) << "one at a time";
    EXPECT_EQ(world_->state(ids[static_cast<std::size_t>(i)]), "sent");
    answer(*put, Code::Changed);
    EXPECT_EQ(world_->state(ids[static_cast<std::size_t>(i)]), "done");
  }
}

TEST_F(OperationDeskTest, AThousandForASleepingDevice) {
  LINNET_REQ("QM-03");
  location_ = device_->register_as("a", kQueueMode);
  fall_asleep();
  constexpr int kMany = 1000;
  for (int i = 0; i < kMany; ++i) ASSERT_EQ(world_->ask("a", queued_write(i))->status(), 202u);
  EXPECT_TRUE(world_->silent());
  EXPECT_EQ(world_->desk->waiting(), 1000u);
  EXPECT_EQ(world_->the_shard().counters().pending_operations, 0u) << "they are in the store";
  EXPECT_EQ(update(), "2.04");
  for (int i = 0; i < kMany; ++i) {
    const auto put = device_->take();
    ASSERT_TRUE(put) << i;
    ASSERT_EQ(put->payload(), "z" + std::to_string(i));
    answer(*put, Code::Changed);
  }
  EXPECT_EQ(world_->desk->waiting(), 0u);
  EXPECT_TRUE(world_->silent());
}

TEST_F(OperationDeskTest, WhatASleepingDeviceDidNotAcknowledgeIsTheSameMessageWhenItWakes) {
  LINNET_REQ("QM-07");
  location_ = device_->register_as("a", kQueueMode);
  const auto reply = world_->ask("a", kQueuedExecute);
  const auto first = device_->take();
  ASSERT_TRUE(first);
  world_->run_for(seconds(100));
  while (device_->take()) {
  }
  EXPECT_EQ(world_->state(id(reply)), "queued");
  EXPECT_EQ(timeline(id(reply)), "queued sent queued");
  EXPECT_EQ(update(), "2.04");
  const auto again = device_->take();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes(), first->bytes());
  answer(*again, Code::Changed);
  EXPECT_EQ(timeline(id(reply)), "queued sent queued sent done");
}

TEST_F(OperationDeskTest, ADeviceWithoutQueueModeIsTriedAgainWhenItShowsUpOrLater) {
  location_ = device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kQueuedRead);
  world_->run_for(seconds(100));
  while (device_->take()) {
  }
  EXPECT_EQ(world_->state(id(reply)), "queued");
  EXPECT_EQ(update(), "2.04");
  ASSERT_TRUE(device_->take());
  world_->run_for(seconds(100));
  while (device_->take()) {
  }
  EXPECT_EQ(world_->state(id(reply)), "queued");
  world_->run_for(seconds(299));
  EXPECT_FALSE(world_->silent());
  const auto get = device_->take();
  answer(*get, Code::Content, "x");
  EXPECT_EQ(world_->state(id(reply)), "done");
}

TEST_F(OperationDeskTest, DeadlinesEndWithAReasonForPeople) {
  location_ = device_->register_as("sleeper", kQueueMode);
  fall_asleep();
  const auto slept =
      world_->ask("sleeper", R"({"op":"read","path":"/3","mode":"queue","deadline":60})");
  const auto absent =
      world_->ask("nobody", R"({"op":"read","path":"/3","mode":"queue","deadline":60})");
  const auto waited = world_->ask("sleeper", R"({"op":"read","path":"/3","deadline":60})");
  world_->run_for(seconds(59));
  EXPECT_EQ(world_->state(id(slept)), "queued");
  EXPECT_EQ(waited->status(), 0u);
  world_->run_for(seconds(2));
  EXPECT_EQ(world_->state(id(slept)), "expired");
  EXPECT_EQ(reason(id(slept)), "the device slept until the deadline");
  EXPECT_EQ(world_->state(id(absent)), "expired");
  EXPECT_EQ(reason(id(absent)), "no device \"nobody\" ever registered before the deadline");
  EXPECT_EQ(waited->status(), 504u);
  EXPECT_EQ(waited->text("detail"), "the device slept until the deadline");
  EXPECT_EQ(world_->desk->waiting(), 0u);
}

TEST_F(OperationDeskTest, DeadlinesPassWhileNoServerRuns) {
  const auto short_one =
      world_->ask("a", R"({"op":"read","path":"/3","mode":"queue","deadline":60})");
  const auto long_one =
      world_->ask("a", R"({"op":"read","path":"/3","mode":"queue","deadline":7200})");
  crash(seconds(3600));
  device_->register_as("a", kAwake);
  world_->run_for(seconds(2));
  EXPECT_EQ(world_->state(id(short_one)), "expired");
  EXPECT_EQ(world_->state(id(long_one)), "sent");
}

TEST_F(OperationDeskTest, NowMeansNow) {
  EXPECT_EQ(world_->ask("a", R"({"op":"read","path":"/3","mode":"now"})")->status(), 404u);
  location_ = device_->register_as("a", kQueueMode);
  fall_asleep();
  const auto asleep = world_->ask("a", R"({"op":"read","path":"/3","mode":"now"})");
  EXPECT_EQ(asleep->status(), 409u);
  EXPECT_EQ(asleep->text("type"), "urn:linnet:problem:asleep");
  EXPECT_EQ(update(), "2.04");
  const auto reply = world_->ask("a", R"({"op":"read","path":"/3/0/0","mode":"now"})");
  world_->run_for(seconds(100));
  EXPECT_EQ(reply->status(), 504u);
  EXPECT_EQ(world_->state(reply->text("operation")), "failed") << "it does not wait for the device";
}

TEST_F(OperationDeskTest, ANameThatNobodyHasIsOnlyWaitedForOnRequest) {
  EXPECT_EQ(world_->ask("tpyo", kRead)->status(), 404u);
  location_ = device_->register_as("a", kAwake);
  EXPECT_EQ(device_->code_of(device_->request(Code::Delete, location_)), Code::Deleted);
  const auto reply = world_->ask("a", kRead);
  EXPECT_EQ(reply->status(), 0u) << "this one was there, and may come back";
  device_->register_as("a", kAwake);
  answer(*device_->take(), Code::Content, "x");
  EXPECT_EQ(reply->status(), 200u);
}

TEST_F(OperationDeskTest, AWaitThatTakesLongIsAnsweredWithTheOperation) {
  location_ = device_->register_as("a", kQueueMode);
  fall_asleep();
  const auto reply = world_->ask("a", R"({"op":"read","path":"/3/0/0","deadline":7200})");
  world_->run_for(seconds(119));
  EXPECT_EQ(reply->status(), 0u);
  world_->run_for(seconds(3));
  EXPECT_EQ(reply->status(), 202u);
  EXPECT_EQ(reply->text("state"), "queued");
  EXPECT_EQ(update(), "2.04");
  answer(*device_->take(), Code::Content, "x");
  EXPECT_EQ(world_->state(id(reply)), "done");
}

TEST_F(OperationDeskTest, WhatCannotBeIsRefusedAndLeavesNothing) {
  device_->register_as("a", kAwake);
  EXPECT_EQ(world_->ask("a", R"({"op":"write","path":"/3/0/13","value":"x"})")->status(), 422u);
  EXPECT_EQ(world_->ask("a", R"({"op":"execute","path":"/3"})")->status(), 400u);
  EXPECT_EQ(world_->ask("a", R"({"op":"cancel","path":"/3"})")->status(), 404u);
  EXPECT_EQ(world_->ask("", kQueuedRead)->status(), 400u);
  EXPECT_EQ(world_->desk->waiting(), 0u);
  EXPECT_TRUE(world_->desk->list({}).at("operations").as_array().empty());
  EXPECT_TRUE(world_->silent());
}

TEST_F(OperationDeskTest, WhatTurnsOutToBeImpossibleFailsAndTheNextIsSent) {
  const auto bad = world_->ask("a", R"({"op":"execute","path":"/3/0","mode":"queue"})");
  ASSERT_EQ(bad->status(), 202u) << "the shard sees it when the device is there";
  const auto good = world_->ask("a", kQueuedRead);
  device_->register_as("a", kAwake);
  EXPECT_EQ(world_->state(id(bad)), "failed");
  EXPECT_NE(reason(id(bad)).find("not possible on such a path"), std::string::npos);
  EXPECT_EQ(world_->state(id(good)), "sent");
}

TEST_F(OperationDeskTest, OneThatWaitsIsCancelled) {
  const auto first = world_->ask("a", queued_write(1));
  const auto second = world_->ask("a", queued_write(2));
  const auto cancelled = world_->cancel(id(first));
  EXPECT_EQ(cancelled->status(), 200u);
  EXPECT_EQ(cancelled->text("state"), "cancelled");
  EXPECT_EQ(world_->cancel(id(first))->status(), 409u);
  EXPECT_EQ(world_->cancel("4711")->status(), 404u);
  device_->register_as("a", kAwake);
  EXPECT_EQ(device_->take()->payload(), "z2");
  EXPECT_EQ(world_->desk->waiting(), 1u);
}

TEST_F(OperationDeskTest, OneUnderWayIsCancelledToo) {
  device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kRead);
  const auto get = device_->take();
  const std::string operation =
      std::string(world_->desk->list({}).at("operations").as_array().at(0).at("id").as_string());
  EXPECT_EQ(world_->cancel(operation)->status(), 200u);
  EXPECT_EQ(reply->status(), 409u);
  EXPECT_EQ(timeline(operation), "queued sent cancelled");
  const auto next = world_->ask("a", kRead);
  EXPECT_TRUE(device_->take()) << "the next one has its turn";
}

TEST_F(OperationDeskTest, TheSameKeyIsTheSameOperation) {
  const auto first = world_->ask("a", queued_write(1), "k1");
  const auto again = world_->ask("a", queued_write(1), "k1");
  EXPECT_EQ(again->status(), 202u);
  EXPECT_EQ(id(again), id(first));
  EXPECT_EQ(world_->ask("a", queued_write(2), "k1")->status(), 422u);
  EXPECT_NE(id(world_->ask("a", queued_write(1), "k2")), id(first));
  crash();
  EXPECT_EQ(id(world_->ask("a", queued_write(1), "k1")), id(first));
  device_->register_as("a", kAwake);
  EXPECT_EQ(device_->take()->payload(), "z1");
  run_for_hours(25);
  EXPECT_NE(id(world_->ask("a", queued_write(1), "k1")), id(first)) << "a day is over";
}

TEST_F(OperationDeskTest, AWaitWithAKeyGetsTheSameAnswerTwice) {
  device_->register_as("a", kAwake);
  const auto first = world_->ask("a", kRead, "k");
  const auto meanwhile = world_->ask("a", kRead, "k");
  const auto get = device_->take();
  EXPECT_TRUE(world_->silent());
  answer(*get, Code::Content, "x");
  const auto later = world_->ask("a", kRead, "k");
  EXPECT_EQ(first->status(), 200u);
  EXPECT_EQ(meanwhile->response->body, first->response->body);
  EXPECT_EQ(later->response->body, first->response->body);
}

TEST_F(OperationDeskTest, ARegistrationThatEndsTakesNothingWithIt) {
  location_ = device_->register_as("a", kAwake);
  const auto read = world_->ask("a", kQueuedRead);
  ASSERT_TRUE(device_->take());
  device_->register_as("a", kAwake);  // anew
  ASSERT_TRUE(device_->take());
  EXPECT_EQ(timeline(id(read)), "queued sent queued sent");
}

TEST_F(OperationDeskTest, WhatMayNotBeRepeatedIsNotRepeated) {
  location_ = device_->register_as("a", kAwake);
  const auto execute = world_->ask("a", kQueuedExecute);
  const auto next = world_->ask("a", kQueuedRead);
  ASSERT_TRUE(device_->take());
  device_->register_as("a", kAwake);  // it may have rebooted because of it
  EXPECT_EQ(world_->state(id(execute)), "failed");
  EXPECT_NE(reason(id(execute)).find("not known whether the device did it"), std::string::npos);
  EXPECT_EQ(device_->take()->path(), "/3/0/0");
  EXPECT_EQ(world_->state(id(next)), "sent");
}

// --- Crashes ---

TEST_F(OperationDeskTest, WhatWaitsIsThereAfterACrashInItsOrder) {
  for (int i = 0; i < 3; ++i) (void)world_->ask("a", queued_write(i));
  crash();
  for (int i = 3; i < 5; ++i) (void)world_->ask("a", queued_write(i));
  crash(hours(1));
  device_->register_as("a", kAwake);
  for (int i = 0; i < 5; ++i) {
    const auto put = device_->take();
    ASSERT_TRUE(put);
    EXPECT_EQ(put->payload(), "z" + std::to_string(i));
    answer(*put, Code::Changed);
  }
}

TEST_F(OperationDeskTest, OneThatWasSentIsTheSameMessageAfterACrash) {
  device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kQueuedExecute);
  const auto first = device_->take();
  ASSERT_TRUE(first);
  crash(seconds(100));
  const auto again = device_->take();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes(), first->bytes());
  answer(*again, Code::Changed);
  EXPECT_EQ(world_->state(id(reply)), "done");
}

TEST_F(OperationDeskTest, AfterTheExchangeLifetimeOnlyWhatMayBeRepeatedIsSentAgain) {
  device_->register_as("a", kAwake);
  FakeDevice other(*world_, std::uint16_t{5684});
  other.register_as("b", kAwake);
  const auto execute = world_->ask("a", kQueuedExecute);
  const auto read = world_->ask("b", kQueuedRead);
  const auto get = other.take();
  crash(seconds(300));
  EXPECT_FALSE(device_->take());
  EXPECT_EQ(world_->state(id(execute)), "failed");
  EXPECT_NE(reason(id(execute)).find("not known"), std::string::npos);
  const auto again = world_->take(SocketAddress::v4(192, 0, 2, 1, 5684));
  ASSERT_TRUE(again);
  EXPECT_NE(again->view().message_id(), get->view().message_id());
  EXPECT_EQ(world_->state(id(read)), "sent");
}

TEST_F(OperationDeskTest, NothingLeavesThatIsNotStored) {
  device_->register_as("a", kAwake);
  for (const auto when :
       {OperationWorld::Crash::BeforeCommit, OperationWorld::Crash::AfterCommit}) {
    world_->crash_at(when);
    const auto reply = world_->ask("a", kQueuedExecute);
    EXPECT_TRUE(world_->dead());
    EXPECT_FALSE(device_->take());
    crash();
    const bool exists = !world_->desk->list({}).at("operations").as_array().empty();
    EXPECT_EQ(exists, when == OperationWorld::Crash::AfterCommit);
    if (when == OperationWorld::Crash::BeforeCommit) {
      EXPECT_EQ(reply->status(), 0u);
    }
    EXPECT_EQ(device_->take().has_value(), exists);
  }
}

TEST_F(OperationDeskTest, AStoreThatFailsIsARefusalAndNothingIsSent) {
  device_->register_as("a", kAwake);
  const auto before = world_->ask("a", queued_write(1));
  const auto first = device_->take();
  const auto waiting = world_->ask("a", queued_write(2));
  {
    Sqlite other(file_);
    other.run("BEGIN IMMEDIATE");
    EXPECT_EQ(world_->ask("a", queued_write(3))->status(), 503u);
    EXPECT_EQ(world_->ask("b", kQueuedRead)->status(), 503u);
    // Its end cannot be stored, nor that the next one is sent.
    answer(*first, Code::Changed);
    world_->run_for(seconds(5));
    EXPECT_TRUE(world_->silent());
    EXPECT_EQ(world_->ask("a", kRead, "k")->status(), 503u);
    EXPECT_EQ(world_->desk->list({}).at("operations").as_array().size(), 2u);
  }
  world_->run_for(seconds(2));
  EXPECT_EQ(world_->state(id(before)), "done");
  const auto put = device_->take();
  ASSERT_TRUE(put);
  EXPECT_EQ(put->payload(), "z2");
  answer(*put, Code::Changed);
  EXPECT_TRUE(world_->silent());
  const auto again = world_->ask("a", kRead, "k");
  ASSERT_TRUE(device_->take()) << "the key that was refused names nothing";
  crash();
  EXPECT_EQ(world_->state(id(before)), "done");
  EXPECT_EQ(world_->state(id(waiting)), "done");
}

// --- Keeping, listing, many at once ---

TEST_F(OperationDeskTest, TheLatestThatEndedAreKept) {
  start({.kept_per_device = 5});
  device_->register_as("a", kAwake);
  for (int i = 0; i < 300; ++i) {
    (void)world_->ask("a", kRead);
    answer(*device_->take(), Code::Content, "x");
  }
  const auto kept = world_->desk->list({}).at("operations").as_array().size();
  EXPECT_GE(kept, 5u);
  EXPECT_LT(kept, 100u);
}

TEST_F(OperationDeskTest, OldOnesGo) {
  start({.kept_days = 2});
  device_->register_as("a", kAwake);
  const auto old = world_->ask("a", kRead);
  answer(*device_->take(), Code::Content, "x");
  const auto waits =
      world_->ask("b", R"({"op":"read","path":"/3","mode":"queue","deadline":864000})");
  run_for_hours(50);
  const auto recent = world_->ask("c", R"({"op":"read","path":"/3","mode":"queue","deadline":1})");
  run_for_hours(2);
  EXPECT_THROW((void)world_->show(id(old)), Problem);
  EXPECT_EQ(world_->state(id(waits)), "queued");
  EXPECT_EQ(world_->state(id(recent)), "expired");
}

TEST_F(OperationDeskTest, OldOnesGoWhateverTheirNumbers) {
  start({.kept_per_device = 1000, .kept_days = 2});
  const std::string body = R"({"op":"read","path":"/3","mode":"queue","deadline":1})";
  for (int i = 0; i < 600; ++i) (void)world_->ask("a", body);
  run_for_hours(52);
  const auto few = world_->ask("b", body);
  ASSERT_GT(std::stoll(id(few)), 600);
  run_for_hours(47);
  // As many young ones as a piece of a sweep has, and what is old before them.
  const auto recent = world_->ask("c", body);
  for (int i = 0; i < 600; ++i) (void)world_->ask("c", body);
  run_for_hours(3);
  EXPECT_THROW((void)world_->show(id(few)), Problem);
  EXPECT_EQ(world_->state(id(recent)), "expired");
  run_for_hours(50);
  EXPECT_EQ(world_->desk->list({}).at("operations").as_array().size(), 1u) << "the newest stays";
}

TEST_F(OperationDeskTest, APageIsFullWhateverChangedSinceTheLastCommit) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(id(world_->ask("a", queued_write(i))));
  for (int i = 20; i < 30; ++i) {
    world_->desk->cancel(std::stoll(ids[static_cast<std::size_t>(i)]), [](const HttpResponse&) {});
  }
  const auto page = world_->desk->list({.states = {OperationState::Queued}, .limit = 10});
  const auto& operations = page.at("operations").as_array();
  ASSERT_EQ(operations.size(), 10u);
  EXPECT_EQ(operations.at(0).at("id").as_string(), std::string_view(ids[19]));
  EXPECT_EQ(page.at("next").as_string(), std::string_view(ids[10]));
}

TEST_F(OperationDeskTest, PagesAreStableAndFiltersHold) {
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i)
    ids.push_back(id(world_->ask(i % 5 == 0 ? "b" : "a", queued_write(i))));
  (void)world_->cancel(ids[3]);
  (void)world_->cancel(ids[10]);
  OperationStore::Filter filter{.limit = 10};
  std::vector<std::string> seen;
  while (true) {
    const auto page = world_->desk->list(filter);
    for (const auto& item : page.at("operations").as_array())
      seen.emplace_back(item.at("id").as_string());
    (void)world_->ask("a", queued_write(99));  // new ones move nothing
    const auto* next = page.if_contains("next");
    if (next == nullptr) break;
    filter.before = std::stoll(std::string(next->as_string()));
  }
  EXPECT_EQ(seen, std::vector<std::string>(ids.rbegin(), ids.rend()));
  const auto count = [&](const OperationStore::Filter& wanted) {
    return world_->desk->list(wanted).at("operations").as_array().size();
  };
  EXPECT_EQ(count({.states = {OperationState::Cancelled}}), 2u);
  EXPECT_EQ(count({.device = world_->desk->device("b")}), 5u);
  EXPECT_EQ(count({.device = world_->desk->device("b"), .states = {OperationState::Cancelled}}),
            1u);
  EXPECT_EQ(count({.states = {OperationState::Cancelled, OperationState::Queued}}), 28u);
}

TEST_F(OperationDeskTest, OneRequestForManyDevices) {
  device_->register_as("lamp-1", kAwake);
  FakeDevice other(*world_, std::uint16_t{5684});
  other.register_as("lamp-2", kAwake, "</3/0>");
  (void)world_->ask("lamp-3", queued_write(0));
  const auto reply = world_->ask_many(R"({"endpoints":["lamp-1","lamp-3","nobody","lamp-1"]})",
                                      R"({"op":"read","path":"/3/0/0"})", "k");
  world_->settle();
  ASSERT_EQ(reply->status(), 202u);
  EXPECT_EQ(reply->body().at("operations"), 2);
  EXPECT_EQ(reply->body().at("skipped").as_array().size(), 1u);
  EXPECT_EQ(reply->body().at("skipped").as_array().at(0).at("endpoint"), "nobody");
  answer(*device_->take(), Code::Content, "x");
  const auto batch = std::stoll(reply->text("batch"));
  const auto counts = [&] { return world_->desk->show_batch(batch).at("counts").as_object(); };
  EXPECT_EQ(counts().at("done"), 1);
  EXPECT_EQ(counts().at("queued"), 1);
  EXPECT_EQ(world_->desk->list({.batch = batch}).at("operations").as_array().size(), 2u);

  const auto again =
      world_->ask_many(R"({"endpoints":["lamp-1"]})", R"({"op":"read","path":"/3/0/0"})", "k");
  EXPECT_EQ(again->text("batch"), reply->text("batch"));
  const auto by_object =
      world_->ask_many(R"({"q":"LAMP","object":3303})", R"({"op":"read","path":"/3303"})");
  world_->settle();
  EXPECT_EQ(by_object->body().at("operations"), 1);
  EXPECT_EQ(world_->ask_many("{}", kQueuedRead)->status(), 400u);
  EXPECT_EQ(world_->ask_many(R"({"q":""})", R"({"op":"read","path":"/3","mode":"wait"})")->status(),
            400u);
  auto cancelled = std::make_shared<Reply>();
  world_->desk->cancel_batch(batch, [&](HttpResponse response) { cancelled->response = response; });
  world_->settle();
  EXPECT_EQ(cancelled->status(), 200u);
  EXPECT_EQ(counts().at("cancelled"), 1);
  EXPECT_EQ(world_->desk->waiting(), 2u) << "lamp-3's own, and the last batch";
}

TEST_F(OperationDeskTest, ABatchIsAcceptedAsAWholeOrNotAtAll) {
  std::string names;
  for (int i = 0; i < 700; ++i) {
    names += std::string(i == 0 ? "" : ",") + "\"d" + std::to_string(i) + "\"";
    (void)world_->devices->number("d" + std::to_string(i));
  }
  const auto reply = world_->ask_many("{\"endpoints\":[" + names + "]}", kQueuedRead, "k");
  for (int turn = 0; turn < 2; ++turn) world_->one_turn();
  EXPECT_EQ(reply->status(), 0u);
  const auto meanwhile = world_->ask_many("{\"endpoints\":[" + names + "]}", kQueuedRead, "k");
  EXPECT_EQ(meanwhile->status(), 409u);
  crash();
  EXPECT_TRUE(world_->desk->list({}).at("operations").as_array().empty());
  const auto failed = world_->ask_many("{\"endpoints\":[" + names + "]}", kQueuedRead, "k");
  world_->one_turn();
  EXPECT_EQ(failed->status(), 0u) << "the key names nothing";
  {
    Sqlite other(file_);
    other.run("BEGIN IMMEDIATE");
    world_->one_turn();
    EXPECT_EQ(failed->status(), 503u);
  }
  world_->run_for(seconds(2));
  EXPECT_TRUE(world_->desk->list({}).at("operations").as_array().empty());
  const auto whole = world_->ask_many("{\"endpoints\":[" + names + "]}", kQueuedRead, "k");
  world_->settle();
  EXPECT_EQ(whole->body().at("operations"), 700);
  EXPECT_EQ(world_->desk->waiting(), 700u);
  crash();
  EXPECT_EQ(world_->desk->waiting(), 700u);
  const auto again = world_->ask_many("{\"endpoints\":[" + names + "]}", kQueuedRead, "k");
  EXPECT_EQ(again->text("batch"), whole->text("batch"));
  device_->register_as("d699", kAwake);
  EXPECT_TRUE(device_->take());
}

TEST_F(OperationDeskTest, EventsTellEachState) {
  device_->register_as("a", kAwake);
  const auto reply = world_->ask("a", kRead);
  answer(*device_->take(), Code::Content, "x");
  std::string states;
  for (std::uint64_t number = 1; number <= world_->log.latest(); ++number) {
    const auto chunk = world_->log.find(number - 1).chunk;
    ASSERT_TRUE(chunk);
    const EventView event = (*chunk)[number - chunk->first()];
    if (event.kind != EventKind::Operation) continue;
    const auto data = boost::json::parse(event.data).as_object();
    EXPECT_EQ(data.at("operation").as_string(), std::string_view(id(reply)));
    EXPECT_EQ(data.at("target"), "/3/0/0");
    EXPECT_EQ(event.paths(), 1u);
    states += std::string(data.at("state").as_string()) + " ";
    if (data.at("state") == "done") {
      EXPECT_EQ(data.at("outcome"), "answered");
      EXPECT_EQ(data.at("success"), true);
      EXPECT_EQ(data.at("code"), "2.05");
    }
  }
  EXPECT_EQ(states, "queued sent done ");
}

TEST_F(OperationDeskTest, ForgettingADeviceLeavesNothing) {
  location_ = device_->register_as("a", kAwake);
  const auto sent = world_->ask("a", kRead);
  const auto queued = world_->ask("a", kQueuedRead);
  world_->desk->forget(world_->desk->device("a"), "a");
  world_->settle();
  EXPECT_EQ(sent->status(), 409u);
  world_->run_for(seconds(1));
  EXPECT_TRUE(world_->desk->list({}).at("operations").as_array().empty());
  EXPECT_EQ(world_->desk->waiting(), 0u);
  (void)world_->ask("a", kRead);
  while (device_->take()) {
  }
  EXPECT_EQ(world_->desk->waiting(), 1u);
}

}  // namespace
}  // namespace linnet::service
