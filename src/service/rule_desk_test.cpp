// SPDX-License-Identifier: Apache-2.0
// Pins that devices are observed as the rules say, whatever they do: refuse, end observations,
// register again, change their objects, sleep. Devices answer by themselves, in virtual time.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <folder.hpp>
#include <requirement.hpp>

#include <set>

#include "service/problem.hpp"
#include "service/rule_desk.hpp"

namespace linnet::service {
namespace {

using coap::Code;
using lwm2m::Path;
using test::FakeDevice;
using test::SentMessage;

/// Answers reads, observations and attributes, until a test wants something else.
struct AnsweringDevice {
  AnsweringDevice(test::Bench& bench, std::uint16_t port, std::string name)
      : device(bench, port), endpoint(std::move(name)) {}

  void take(SentMessage asked) {
    if (slow) return held.push_back(std::move(asked));
    answer(asked);
  }
  void answer(const SentMessage& asked) {
    const std::string path = asked.path();
    const auto observe = asked->find(coap::OptionNumber::Observe);
    if (asked.code() == Code::Put) {
      attributes[path] = asked.query();
      ++writes;
      return device.send(device.reply(asked, Code::Changed));
    }
    if (observe && observe->empty()) {
      ++asks;
      if (silent) return;
      if (reset) return device.acknowledge(asked, coap::Type::Rst);
      if (missing.contains(path)) return device.send(device.reply(asked, Code::NotFound));
      queries[path] = asked.query();
      observed.insert_or_assign(path, asked->token());
      const bool composite = asked.code() == Code::Fetch;
      auto reply = device.reply(asked, Code::Content).observe(1);
      return device.send(composite ? reply.format(110).payload(R"([{"n":"/3/0/9","v":77}])")
                                   : reply.format(0).payload("20"));
    }
    if (observe) {
      observed.erase(path);
      ++cancels;
    }
    device.send(device.reply(asked, Code::Content).format(0).payload("20"));
  }
  /// What it took its time for while it was slow.
  void answer_held() {
    slow = false;
    for (const auto& asked : std::exchange(held, {})) answer(asked);
  }
  [[nodiscard]] std::set<std::string> paths() const {
    std::set<std::string> out;
    for (const auto& [path, token] : observed) out.insert(path);
    return out;
  }
  void notify(const std::string& path, Code code) {
    auto message = test::MessageBuilder(coap::Type::Con, code, ++message_id, observed.at(path));
    if (code == Code::Content) message.observe(message_id).format(0).payload("21");
    device.send(message);
  }

  FakeDevice device;
  std::string endpoint;
  std::map<std::string, coap::Token> observed;
  std::map<std::string, std::string> attributes, queries;
  std::set<std::string> missing;
  bool silent = false, reset = false, slow = false;
  std::vector<SentMessage> held;
  int asks = 0, writes = 0, cancels = 0;
  std::uint16_t message_id = 30'000;
};

class RuleDeskTest : public ::testing::Test {
 protected:
  RuleDeskTest() : database_(folder_ / "store") {
    database_.run("PRAGMA synchronous=OFF");
    database_.run("BEGIN");
    migrate(database_, "store");
    database_.run("COMMIT");
    devices_.emplace(database_, [this] { return wall(); });
    store_.emplace(ValueStore::Ports{database_, [this] { return wall(); }, [] { return 0u; }},
                   HistorySettings{});
    values_.emplace(ValueDesk::Ports{
        bench_.shard, models_, *devices_, *store_, log_, {}, [this] { return wall(); }});
    start();
  }
  void start() {
    table_.emplace(database_);
    desk_.emplace(
        RuleDesk::Ports{bench_.shard, *table_, *values_,
                        [this](std::string_view endpoint) { return tags_[std::string(endpoint)]; },
                        [this](ShardHost::Job job) { jobs_.push_back(std::move(job)); },
                        [this] { return bench_.now; }, [this] { return wall(); }});
  }
  [[nodiscard]] std::int64_t wall() const { return bench_.now.ms + 1'764'427'344'000; }
  void commit() {
    database_.run("BEGIN");
    table_->write();
    database_.run("COMMIT");
    table_->written();
  }

  AnsweringDevice& add(const std::string& name, std::string_view query = "lwm2m=1.1&lt=86400",
                       std::string_view objects = FakeDevice::kObjects) {
    const auto port = static_cast<std::uint16_t>(2000 + fleet_.size());
    AnsweringDevice& device = fleet_.emplace_back(bench_, port, name);
    (void)device.device.register_as(name, query, objects);
    return device;
  }
  /// Registers again, as after a power cut: what was observed is forgotten.
  void reboot(AnsweringDevice& device, std::string_view objects = FakeDevice::kObjects) {
    device.observed.clear();
    device.attributes.clear();
    (void)device.device.register_as(device.endpoint, "lwm2m=1.1&lt=86400", objects);
  }
  void handle_events() {
    while (auto event = bench_.shard.poll_event()) {
      if (const auto* registered = std::get_if<server::Registered>(&*event)) {
        desk_->on(*registered);
      } else if (const auto* updated = std::get_if<server::Updated>(&*event)) {
        desk_->on(*updated);
      } else if (const auto* gone = std::get_if<server::Deregistered>(&*event)) {
        desk_->on(*gone);
      } else if (const auto* ended = std::get_if<server::ObservationEnded>(&*event)) {
        values_->on(*ended);
        desk_->on(*ended);
      } else if (const auto* awake = std::get_if<server::Awake>(&*event)) {
        desk_->on(*awake);
      } else if (auto* notification = std::get_if<server::Notification>(&*event)) {
        values_->on(*notification);
      } else if (auto* result = std::get_if<server::OperationResult>(&*event)) {
        if (!desk_->take(*result)) ++others_;
      }
    }
  }
  /// Lets everything happen that can happen without time going on.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      handle_events();
      std::erase_if(jobs_, [](const auto& job) { return job(); });
      most_under_way_ =
          std::max<std::size_t>(most_under_way_, bench_.shard.counters().pending_operations);
      for (AnsweringDevice& device : fleet_) {
        while (auto asked = device.device.take()) {
          busy = true;
          if (coap::is_request(asked->code())) device.take(std::move(*asked));
        }
      }
      busy = busy || !jobs_.empty();
    }
  }
  void run_for(Duration duration) {
    const Instant end = bench_.now + duration;
    settle();
    while (bench_.now < end) {
      bench_.run_for(std::min(seconds(1), end - bench_.now));
      if (desk_->next_timeout() <= bench_.now) desk_->take_turn(bench_.now);
      settle();
    }
  }
  void put(std::string_view name, std::string_view body) {
    (void)desk_->put(ObserveRule::parse(name, body));
    settle();
  }
  [[nodiscard]] std::string status(std::string_view name) const {
    const auto all = desk_->show(name);
    const auto& status = all.at("status").as_object();
    return std::to_string(status.at("devices").to_number<int>()) + " devices, " +
           std::to_string(status.at("observations").to_number<int>()) + " observations, " +
           std::to_string(status.at("failures").as_array().size()) + " failures";
  }
  [[nodiscard]] std::string failure(std::string_view name) const {
    const auto all = desk_->show(name);
    const auto& list = all.at("status").at("failures").as_array();
    return list.empty() ? "" : std::string(list[0].at("reason").as_string());
  }
  using Paths = std::set<std::string>;

  test::Folder folder_;
  test::CoreDefinitions definitions_;
  test::Bench bench_{{}, nullptr, &definitions_};
  lwm2m::ModelStore models_ = lwm2m::ModelStore::with_core_objects();
  Sqlite database_;
  EventLog log_{1u << 20, "run"};
  std::optional<DeviceTable> devices_;
  std::optional<ValueStore> store_;
  std::optional<ValueDesk> values_;
  std::optional<RuleTable> table_;
  std::optional<RuleDesk> desk_;
  std::vector<ShardHost::Job> jobs_;
  std::deque<AnsweringDevice> fleet_;
  std::map<std::string, std::vector<std::string>> tags_;
  int others_ = 0;
  std::size_t most_under_way_ = 0;
};

constexpr const char* kTemperatures = R"({"paths":["/3303/*/5700"]})";

TEST_F(RuleDeskTest, ObservesDevicesThatRegister) {
  LINNET_REQ("IR-17");
  put("warm", R"({"paths":["/3303/*/5700","/3/0/9"],"devices":{"endpoints":["a*"]}})");
  auto& a = add("a");
  auto& b = add("b");
  settle();
  EXPECT_EQ(a.paths(), (Paths{"/3303/0/5700", "/3303/1/5700", "/3/0/9"}));
  EXPECT_EQ(b.paths(), Paths{});
  EXPECT_EQ(status("warm"), "1 devices, 3 observations, 0 failures");
  EXPECT_EQ(others_, 0);
  // They are ordinary observations with ordinary values.
  a.notify("/3303/0/5700", Code::Content);
  settle();
  const auto last = store_->last_values(devices_->number("a"), Path(3303, 0, 5700));
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].value, lwm2m::Value::floating(21));
}

TEST_F(RuleDeskTest, ObservesDevicesThatAreThere) {
  auto& a = add("a");
  auto& b = add("b", "lwm2m=1.1&lt=86400", "</1/0>,</3/0>");
  settle();
  put("warm", kTemperatures);
  EXPECT_EQ(a.paths().size(), 2u);
  EXPECT_EQ(b.paths(), Paths{});
  EXPECT_EQ(status("warm"), "2 devices, 2 observations, 0 failures");
  // And no longer when the rule is disabled, or gone.
  put("warm", R"({"paths":["/3303/*/5700"],"enabled":false})");
  EXPECT_EQ(a.paths(), Paths{});
  EXPECT_EQ(a.cancels, 2);
  EXPECT_EQ(status("warm"), "0 devices, 0 observations, 0 failures");
  put("warm", kTemperatures);
  EXPECT_EQ(a.paths().size(), 2u);
  EXPECT_TRUE(desk_->drop("warm"));
  EXPECT_FALSE(desk_->drop("warm"));
  settle();
  EXPECT_EQ(a.paths(), Paths{});
  EXPECT_EQ(desk_->find("warm"), nullptr);
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(RuleDeskTest, RulesForOnePathShareAnObservation) {
  auto& a = add("a");
  put("one", R"({"paths":["/3/0/9"]})");
  put("two", R"({"paths":["/3/0/9","/3303/0/5700"]})");
  EXPECT_EQ(a.asks, 2);
  EXPECT_EQ(status("one"), "1 devices, 1 observations, 0 failures");
  EXPECT_EQ(status("two"), "1 devices, 2 observations, 0 failures");
  (void)desk_->drop("one");
  settle();
  EXPECT_EQ(a.paths(), (Paths{"/3/0/9", "/3303/0/5700"}));
  (void)desk_->drop("two");
  settle();
  EXPECT_EQ(a.paths(), Paths{});
}

TEST_F(RuleDeskTest, GoesOnAfterAnotherRegistration) {
  LINNET_REQ("REG-18");
  put("warm", kTemperatures);
  auto& a = add("a");
  settle();
  ASSERT_EQ(a.asks, 2);
  reboot(a);
  settle();
  EXPECT_EQ(a.paths().size(), 2u);
  EXPECT_EQ(a.asks, 4) << "each is asked for once";
  EXPECT_EQ(status("warm"), "1 devices, 2 observations, 0 failures");
  // With other objects, others are observed.
  reboot(a, "</1/0>,</3303/5>");
  run_for(seconds(1));
  EXPECT_TRUE(a.paths().contains("/3303/5/5700"));
  EXPECT_TRUE(status("warm").starts_with("1 devices, 1 observations"));
}

TEST_F(RuleDeskTest, FollowsTheObjectsOfAnUpdate) {
  put("warm", kTemperatures);
  AnsweringDevice& a = fleet_.emplace_back(bench_, 2000, "a");
  const auto location = a.device.register_as("a", "lwm2m=1.1&lt=86400", "</1/0>,</3303/0>");
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  EXPECT_EQ(a.device.code_of(
                a.device.request(Code::Post, location).format(40).payload("</1/0>,</3303/1>")),
            Code::Changed);
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3303/1/5700"});
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, AsksAgainAfterTheDeviceEndedIt) {
  LINNET_REQ("IR-21");
  put("warm", R"({"paths":["/3303/0/5700"]})");
  auto& a = add("a");
  settle();
  a.notify("/3303/0/5700", Code::NotFound);
  a.observed.clear();
  settle();
  EXPECT_EQ(status("warm"), "1 devices, 0 observations, 1 failures");
  EXPECT_NE(failure("warm").find("4.04"), std::string::npos) << failure("warm");
  run_for(seconds(11));
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, AsksAgainAfterAResetAndNotTooOften) {
  put("warm", R"({"paths":["/3303/0/5700"]})");
  AnsweringDevice& a = fleet_.emplace_back(bench_, 2000, "a");
  a.reset = true;
  (void)a.device.register_as("a", "lwm2m=1.1&lt=8640000");
  run_for(seconds(9));
  EXPECT_EQ(a.asks, 1);
  run_for(seconds(2));
  EXPECT_EQ(a.asks, 2);
  EXPECT_NE(failure("warm").find("rejected"), std::string::npos) << failure("warm");
  run_for(seconds(3600));
  EXPECT_LE(a.asks, 11);
  const int before = a.asks;
  run_for(seconds(7300));
  EXPECT_GE(a.asks, before + 2) << "at least once an hour";
  a.reset = false;
  run_for(seconds(3601));
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, LeavesWhatADeviceDoesNotHave) {
  put("warm", R"({"paths":["/3303/0/5700","/3/0/9"]})");
  AnsweringDevice& a = fleet_.emplace_back(bench_, 2000, "a");
  a.missing.insert("/3/0/9");
  (void)a.device.register_as("a", "lwm2m=1.1&lt=86400");
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 1 failures");
  EXPECT_EQ(failure("warm"), "4.04");
}

TEST_F(RuleDeskTest, WritesAttributesFirst) {
  LINNET_REQ("DM-39");
  put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":10,"gt":25.5}})");
  auto& a = add("a");
  settle();
  EXPECT_EQ(a.attributes["/3303/0/5700"], "pmin=10&gt=25.5");
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  // Anew after a registration; and others when the rule has others.
  reboot(a);
  settle();
  EXPECT_EQ(a.attributes["/3303/0/5700"], "pmin=10&gt=25.5");
  put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":20}})");
  EXPECT_TRUE(a.attributes["/3303/0/5700"].starts_with("pmin=20")) << a.attributes["/3303/0/5700"];
  EXPECT_TRUE(a.attributes["/3303/0/5700"].ends_with("gt")) << a.attributes["/3303/0/5700"];
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  (void)desk_->drop("warm");
  settle();
  EXPECT_EQ(a.attributes["/3303/0/5700"], "pmin");
  EXPECT_EQ(a.paths(), Paths{});
}

TEST_F(RuleDeskTest, SendsAttributesWithTheObserveOf12) {
  put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":10}})");
  auto& a = add("a", "lwm2m=1.2&lt=86400");
  settle();
  EXPECT_EQ(a.writes, 0);
  EXPECT_EQ(a.queries["/3303/0/5700"], "pmin=10");
  put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":20}})");
  EXPECT_EQ(a.queries["/3303/0/5700"], "pmin=20");
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, AsksAgainForAnotherFormat) {
  put("warm", R"({"paths":["/3303/0/5700"]})");
  auto& a = add("a");
  settle();
  put("warm", R"({"paths":["/3303/0/5700"],"format":"text"})");
  EXPECT_EQ(a.paths(), Paths{"/3303/0/5700"});
  EXPECT_EQ(a.asks, 2);
  EXPECT_EQ(a.writes, 0) << "there are no attributes";
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, AttributesAreThoseOfTheRulesThereAre) {
  auto& a = add("a");
  auto& b = add("b", "lwm2m=1.2&lt=86400");
  put("one", R"({"paths":["/3/0/9"],"attributes":{"pmin":10}})");
  const auto expect = [&](std::string_view written, std::string_view asked) {
    EXPECT_EQ(a.attributes["/3/0/9"], written);
    EXPECT_EQ(b.queries["/3/0/9"], asked);
    EXPECT_EQ(a.paths(), Paths{"/3/0/9"});
    EXPECT_EQ(b.paths(), Paths{"/3/0/9"});
  };
  expect("pmin=10", "pmin=10");
  put("two", R"({"paths":["/3/0/9"],"attributes":{"pmax":60}})");
  expect("pmin=10&pmax=60", "pmin=10&pmax=60");
  put("two", R"({"paths":["/3/0/9"],"attributes":{"pmax":60},"enabled":false})");
  expect("pmin=10&pmax", "pmin=10");
  put("two", R"({"paths":["/3/0/9"],"attributes":{"pmax":60}})");
  expect("pmin=10&pmax=60", "pmin=10&pmax=60");
  (void)desk_->drop("one");
  settle();
  expect("pmax=60&pmin", "pmax=60");
  EXPECT_EQ(status("two"), "2 devices, 2 observations, 0 failures");
  // One that adds nothing asks for nothing.
  const int asks = a.asks + b.asks, writes = a.writes;
  put("three", R"({"paths":["/3/0/9"]})");
  (void)desk_->drop("three");
  settle();
  EXPECT_EQ(a.asks + b.asks, asks);
  EXPECT_EQ(a.writes, writes);
}

TEST_F(RuleDeskTest, FollowsARuleThatChangesWhileADeviceIsAsked) {
  auto& a = add("a");
  auto& b = add("b", "lwm2m=1.2&lt=86400");
  const auto while_asked = [&](std::string_view before, const auto& change) {
    a.slow = b.slow = true;
    put("warm", before);
    change();
    settle();
    ASSERT_EQ(a.held.size() + b.held.size(), 2u);
    a.answer_held();
    b.answer_held();
    settle();
  };
  while_asked(R"({"paths":["/3303/0/5700"],"attributes":{"pmin":10,"pmax":60}})",
              [&] { put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":20}})"); });
  EXPECT_EQ(a.attributes["/3303/0/5700"], "pmin=20&pmax") << "what was written goes";
  EXPECT_EQ(b.queries["/3303/0/5700"], "pmin=20");
  EXPECT_EQ(status("warm"), "2 devices, 2 observations, 0 failures");
  (void)desk_->drop("warm");
  settle();
  while_asked(R"({"paths":["/3303/0/5700"],"attributes":{"pmin":30}})",
              [&] { (void)desk_->drop("warm"); });
  EXPECT_EQ(a.attributes["/3303/0/5700"], "pmin");
  EXPECT_EQ(a.paths(), Paths{});
  EXPECT_EQ(b.paths(), Paths{});
}

TEST_F(RuleDeskTest, MakesAnObservationAgainWhosePathsChangedWhileItWasMade) {
  auto& a = add("a");
  a.slow = true;
  put("all", R"({"paths":["/3/0/9"],"composite":true})");
  put("all", R"({"paths":["/3/0/9","/3303/*/5700"],"composite":true})");
  ASSERT_EQ(a.held.size(), 1u);
  a.answer_held();
  settle();
  EXPECT_EQ(a.asks, 2);
  EXPECT_EQ(a.cancels, 1);
  EXPECT_EQ(status("all"), "1 devices, 1 observations, 0 failures");
}

TEST_F(RuleDeskTest, ObservesAllPathsAtOnceIfItIsToldTo) {
  put("all", R"({"paths":["/3303/*/5700","/3/0/9"],"composite":true})");
  auto& a = add("a", "lwm2m=1.1&lt=86400&b=U");
  auto& old = add("old", "lwm2m=1.0&lt=86400");
  settle();
  EXPECT_EQ(a.asks, 1);
  EXPECT_EQ(old.asks, 3);
  EXPECT_EQ(status("all"), "2 devices, 4 observations, 0 failures");
}

TEST_F(RuleDeskTest, GoesByTags) {
  auto& a = add("a");
  settle();
  put("warm", R"({"paths":["/3/0/9"],"devices":{"tags":["hall"]}})");
  EXPECT_EQ(a.paths(), Paths{});
  tags_["a"] = {"hall"};
  desk_->apply("a");
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3/0/9"});
  tags_["a"] = {};
  desk_->apply("a");
  settle();
  EXPECT_EQ(a.paths(), Paths{});
}

TEST_F(RuleDeskTest, LeavesAloneWhatAUserMade) {
  auto& a = add("a");
  settle();
  const auto id = bench_.shard.find("a")->id;
  ASSERT_TRUE(
      bench_.shard
          .submit(bench_.now, id, {.kind = server::OperationKind::Observe, .path = Path(3, 0, 9)})
          .ok());
  settle();
  EXPECT_EQ(others_, 1);
  put("power", R"({"paths":["/3/0/9"]})");
  EXPECT_EQ(a.asks, 1);
  EXPECT_EQ(status("power"), "1 devices, 1 observations, 0 failures");
  (void)desk_->drop("power");
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3/0/9"});
}

TEST_F(RuleDeskTest, WaitsForDevicesThatSleep) {
  LINNET_REQ("QM-03");
  AnsweringDevice& a = fleet_.emplace_back(bench_, 2000, "a");
  const auto location = a.device.register_as("a", "lwm2m=1.1&lt=86400&Q");
  run_for(seconds(200));
  put("power", R"({"paths":["/3/0/9"]})");
  EXPECT_EQ(a.asks, 0);
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
  EXPECT_EQ(a.device.code_of(a.device.request(Code::Post, location)), Code::Changed);
  settle();
  EXPECT_EQ(a.paths(), Paths{"/3/0/9"});
}

TEST_F(RuleDeskTest, ComesBackFromTheStoreAndFindsItsObservations) {
  put("warm", R"({"paths":["/3303/0/5700"],"attributes":{"pmin":10}})");
  auto& a = add("a");
  settle();
  commit();
  start();
  ASSERT_NE(desk_->find("warm"), nullptr);
  desk_->resume();
  settle();
  EXPECT_EQ(a.asks, 1) << "the device notices nothing";
  EXPECT_EQ(a.writes, 1);
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 0 failures");
  (void)desk_->drop("warm");
  settle();
  EXPECT_EQ(a.paths(), Paths{});
  commit();
  start();
  EXPECT_TRUE(desk_->rules().empty());
}

TEST_F(RuleDeskTest, ForgetsDevicesThatGo) {
  put("warm", kTemperatures);
  AnsweringDevice& a = fleet_.emplace_back(bench_, 2000, "a");
  a.missing = {"/3303/0/5700"};
  const auto location = a.device.register_as("a", "lwm2m=1.1&lt=86400");
  settle();
  EXPECT_EQ(status("warm"), "1 devices, 1 observations, 1 failures");
  EXPECT_EQ(a.device.code_of(a.device.request(Code::Delete, location)), Code::Deleted);
  settle();
  EXPECT_EQ(status("warm"), "0 devices, 0 observations, 0 failures");
}

TEST_F(RuleDeskTest, AThousandDevicesAreAskedAFewHundredAtATime) {
  for (int i = 0; i < 1000; ++i) add("device-" + std::to_string(i));
  settle();
  fleet_[7].silent = true;
  (void)desk_->put(ObserveRule::parse("warm", R"({"paths":["/3303/*/5700","/3/0/9"]})"));
  settle();
  EXPECT_LE(most_under_way_, RuleDesk::kUnderWay);
  EXPECT_GE(most_under_way_, RuleDesk::kUnderWay / 2);
  EXPECT_EQ(status("warm"), "1000 devices, 2997 observations, 0 failures");
  run_for(seconds(100));
  EXPECT_EQ(status("warm"), "1000 devices, 2997 observations, 1 failures");
  fleet_[7].silent = false;
  run_for(seconds(200));
  EXPECT_EQ(status("warm"), "1000 devices, 3000 observations, 0 failures");
  (void)desk_->drop("warm");
  settle();
  EXPECT_EQ(bench_.shard.counters().observations, 0u);
}

TEST_F(RuleDeskTest, HasRoomForSoManyRules) {
  for (std::size_t i = 0; i < RuleDesk::kMaxRules; ++i) put("r" + std::to_string(i), kTemperatures);
  EXPECT_THROW(put("more", kTemperatures), Problem);
  put("r0", R"({"paths":["/3"]})");
  (void)desk_->drop("r1");
  put("more", kTemperatures);
  EXPECT_EQ(desk_->rules().size(), RuleDesk::kMaxRules);
}

}  // namespace
}  // namespace linnet::service
