// SPDX-License-Identifier: Apache-2.0
// Pins what is known of devices beside their registrations, and the pages of their list, with a
// real shard and a real store.
#include <gtest/gtest.h>
#include <fake_device.hpp>
#include <folder.hpp>

#include <linnet/posix/clock.hpp>

#include "service/device_directory.hpp"
#include "service/device_search.hpp"
#include "service/problem.hpp"
#include "service/store.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() { start(); }

  void start() {
    directory_.reset();
    table_.reset();
    shard_.reset();
    store_.reset();
    store_ = std::make_unique<Store>(folder_ / "store");
    server::ShardConfig config;
    config.grace = seconds(0);
    config.id_key = store_->id_key();
    shard_ = std::make_unique<server::Shard>(config, rng_);
    table_ = std::make_unique<DeviceTable>(store_->database(), [this] { return unix_ms_; });
    directory_ = std::make_unique<DeviceDirectory>(
        *shard_, *table_, store_->database(),
        DeviceDirectory::Clocks{[this] { return now_; }, [this] { return unix_ms_; }});
    store_->add(*table_);
    store_->add(directory_->tags());
    store_->add(directory_->timeline());
    (void)store_->restore(*shard_, now_, unix_ms_);
    directory_->resume();
    while (!directory_->learn_numbers()) {
    }
  }

  void send(coap::Code code, const Names& path, const Names& query, std::string_view payload = {},
            std::uint16_t port = 1000) {
    test::MessageBuilder message(coap::Type::Con, code, ++message_id_);
    for (const auto& piece : path) message.option(coap::OptionNumber::UriPath, piece);
    for (const auto& item : query) message.option(coap::OptionNumber::UriQuery, item);
    if (!payload.empty()) message.format(40).payload(payload);
    shard_->receive(now_, SocketAddress::v4(192, 0, 2, 1, port), message.bytes());
    turn();
  }
  void turn() {
    while (auto event = shard_->poll_event()) {
      store_->note(*shard_, *event);
      directory_->note(*event);
    }
    ASSERT_TRUE(store_->commit(*shard_, now_, unix_ms_));
    std::array<std::uint8_t, 1500> out{};
    while (shard_->poll_transmit(now_, out)) {
    }
  }
  void add(const std::string& endpoint, std::string_view links = "</3/0>", std::uint16_t port = 0) {
    send(coap::Code::Post, {"rd"}, {"ep=" + endpoint, "lwm2m=1.1", "lt=300"}, links,
         port != 0 ? port : static_cast<std::uint16_t>(2000 + message_id_));
  }
  void pass(Duration time) {
    now_ = now_ + time;
    unix_ms_ += time.ms;
    shard_->on_timeout(now_);
    turn();
  }
  void update(const std::string& endpoint, const Names& query = {}) {
    const auto device = shard_->find(endpoint);
    ASSERT_TRUE(device);
    const auto id = server::format(device->id);
    const std::uint16_t port = device->address.port;
    send(coap::Code::Post, {"rd", std::string(id.data(), id.size())}, query, {}, port);
  }

  DeviceSurroundings around() { return {{now_, 1000}, nullptr, *directory_}; }
  json::object page(std::vector<std::pair<std::string, std::string>> query) {
    HttpRequest request;
    request.query = std::move(query);
    DeviceSearch search(DeviceQuery::parse(request));
    while (!search.step(*shard_, around())) {
    }
    return search.page(*shard_, around());
  }
  static Names endpoints(const json::object& page) {
    Names out;
    for (const auto& device : page.at("devices").as_array()) {
      out.emplace_back(device.at("endpoint").as_string());
    }
    return out;
  }
  /// All pages, one after the other.
  Names all(const std::vector<std::pair<std::string, std::string>>& query) {
    Names out;
    std::string cursor;
    do {
      auto with = query;
      if (!cursor.empty()) with.emplace_back("cursor", cursor);
      const auto one = page(with);
      for (auto& endpoint : endpoints(one)) out.push_back(std::move(endpoint));
      cursor = one.contains("next") ? std::string(one.at("next").as_string()) : std::string();
    } while (!cursor.empty());
    return out;
  }
  Names events(const std::string& endpoint) {
    Names out;
    for (const auto& entry : directory_->timeline(endpoint, 100)) {
      out.push_back(std::string(name(entry.event)) +
                    (entry.count > 1 ? " x" + std::to_string(entry.count) : "") +
                    (entry.detail.empty() ? "" : ": " + entry.detail));
    }
    return out;
  }

  test::Folder folder_;
  SeededRng rng_{7};
  Instant now_ = posix::monotonic_now();
  std::int64_t unix_ms_ = 1'764'000'000'000;
  std::uint16_t message_id_ = 0;
  std::unique_ptr<Store> store_;
  std::unique_ptr<server::Shard> shard_;
  std::unique_ptr<DeviceTable> table_;
  std::unique_ptr<DeviceDirectory> directory_;
};

TEST_F(DirectoryTest, PagesInAnyOrderHaveEachDeviceOnce) {
  Names sorted;
  for (int i = 0; i < 25; ++i) {
    add("dev-" + std::to_string(100 + i * 7 % 25));
    sorted.push_back("dev-" + std::to_string(100 + i));
    pass(seconds(1));
  }
  Names reversed(sorted.rbegin(), sorted.rend());
  EXPECT_EQ(all({{"limit", "4"}}), sorted);
  EXPECT_EQ(all({{"limit", "4"}, {"sort", "-endpoint"}}), reversed);
  EXPECT_EQ(all({{"limit", "1000"}, {"state", "all"}}), sorted);
  EXPECT_EQ(all({{"limit", "3"}, {"q", "DEV-1"}}), sorted);
  Names by_time = all({{"limit", "4"}, {"sort", "registered"}});
  EXPECT_EQ(by_time.front(), "dev-100");
  EXPECT_EQ(by_time[1], "dev-107");
  EXPECT_EQ(all({{"limit", "7"}, {"sort", "-lastSeen"}}), Names(by_time.rbegin(), by_time.rend()));
  EXPECT_EQ(page({{"limit", "4"}}).at("total").to_number<int>(), 25);
  EXPECT_EQ(page({{"limit", "4"}, {"q", "dev-11"}}).at("total").to_number<int>(), 10);
}

TEST_F(DirectoryTest, DevicesThatComeAndGoDoNotShiftPages) {
  for (const char* endpoint : {"b", "d", "f", "h"}) add(endpoint);
  const auto first = page({{"limit", "2"}});
  EXPECT_EQ(endpoints(first), (Names{"b", "d"}));
  add("a");
  add("e");
  ASSERT_TRUE(shard_->remove(now_, shard_->find("d")->id));
  turn();
  const auto second = page({{"limit", "9"}, {"cursor", std::string(first.at("next").as_string())}});
  EXPECT_EQ(endpoints(second), (Names{"e", "f", "h"}));
}

TEST_F(DirectoryTest, ACursorOfAnotherOrderIsRefused) {
  for (const char* endpoint : {"a", "b"}) add(endpoint);
  const std::string cursor(page({{"limit", "1"}}).at("next").as_string());
  EXPECT_THROW((void)page({{"cursor", cursor}, {"sort", "-endpoint"}}), Problem);
  EXPECT_THROW((void)page({{"cursor", cursor}, {"sort", "updated"}}), Problem);
  EXPECT_THROW((void)page({{"cursor", "nonsense"}}), Problem);
  EXPECT_THROW((void)page({{"state", "gone"}}), Problem);
}

TEST_F(DirectoryTest, AbsentDevicesStayKnown) {
  add("here");
  add("gone");
  add("lost");
  pass(seconds(100));
  const std::int64_t deregistered = unix_ms_;
  update("here");
  const auto id = server::format(shard_->find("gone")->id);
  const auto port = shard_->find("gone")->address.port;
  send(coap::Code::Delete, {"rd", std::string(id.data(), id.size())}, {}, {}, port);
  pass(seconds(250));  // more than the lifetime of the one that said nothing
  EXPECT_EQ(all({}), (Names{"here"}));
  EXPECT_EQ(all({{"state", "absent"}}), (Names{"gone", "lost"}));
  EXPECT_EQ(all({{"state", "all"}, {"limit", "1"}}), (Names{"gone", "here", "lost"}));
  EXPECT_EQ(all({{"state", "all"}, {"q", "o"}}), (Names{"gone", "lost"}));
  EXPECT_EQ(all({{"state", "all"}, {"object", "3"}}), (Names{"here"}));
  const auto devices = page({{"state", "absent"}}).at("devices").as_array();
  EXPECT_EQ(devices[0].at("state"), "absent");
  EXPECT_EQ(devices[0].at("lastSeen").to_number<double>() * 1000,
            static_cast<double>(deregistered));
  EXPECT_FALSE(devices[0].as_object().contains("registration"));
  EXPECT_EQ(page({{"state", "all"}}).at("total").to_number<int>(), 3);
  EXPECT_EQ(page({{"state", "absent"}}).at("total").to_number<int>(), 2);
  start();
  EXPECT_EQ(all({{"state", "absent"}}), (Names{"gone", "lost"}));
  add("gone");
  EXPECT_EQ(all({{"state", "absent"}}), (Names{"lost"}));
}

TEST_F(DirectoryTest, SleepIsAStateAndIsCounted) {
  send(coap::Code::Post, {"rd"}, {"ep=meter", "lwm2m=1.1", "lt=86400", "Q"}, "</3/0>", 500);
  add("lamp");
  const auto state = [&] {
    return std::string(page({{"q", "meter"}}).at("devices").at(0).at("state").as_string());
  };
  EXPECT_EQ(state(), "awake");
  EXPECT_EQ(all({{"state", "awake"}}), (Names{"meter"}));
  for (int i = 0; i < 2; ++i) {
    pass(seconds(94));
    EXPECT_EQ(state(), "asleep");
    EXPECT_EQ(all({{"state", "asleep"}}), (Names{"meter"}));
    EXPECT_TRUE(all({{"state", "awake"}}).empty());
    pass(seconds(60));
    update("meter");
    EXPECT_EQ(state(), "awake");
  }
  const Names told = events("meter");
  EXPECT_EQ(std::ranges::count(told, "asleep x2"), 1) << told.size();
  EXPECT_EQ(std::ranges::count(told, "awake x2"), 1);
  EXPECT_EQ(std::ranges::count(told, "updated x2"), 1);
  EXPECT_EQ(told.back(), "registered: LwM2M 1.1");
}

TEST_F(DirectoryTest, TagsFilterAndOutliveARestart) {
  for (const char* endpoint : {"a", "b", "c"}) add(endpoint);
  auto& tags = directory_->tags();
  tags.set(*table_->find("a"), {"hall", "pilot", "hall"});
  tags.set(*table_->find("b"), {"pilot"});
  turn();
  start();
  EXPECT_EQ(directory_->tags().tags(*table_->find("a")), (Names{"hall", "pilot"}));
  EXPECT_EQ(all({{"tag", "pilot"}}), (Names{"a", "b"}));
  EXPECT_EQ(all({{"tag", "pilot"}, {"tag", "hall"}}), (Names{"a"}));
  EXPECT_EQ(all({{"tag", "nobody has it"}}), Names{});
  EXPECT_EQ(directory_->tags().count("pilot"), 2u);
  ASSERT_TRUE(shard_->remove(now_, shard_->find("b")->id));
  turn();
  EXPECT_EQ(all({{"tag", "pilot"}, {"state", "all"}}), (Names{"a", "b"}));
  EXPECT_EQ(all({{"tag", "pilot"}, {"state", "absent"}}), (Names{"b"}));
  directory_->tags().set(*table_->find("a"), {});
  turn();
  start();
  EXPECT_EQ(directory_->tags().all(),
            (std::vector<std::pair<std::string, std::size_t>>{{"pilot", 1}}));
}

TEST_F(DirectoryTest, BadTagsAreRefused) {
  add("a");
  auto& tags = directory_->tags();
  const auto a = *table_->find("a");
  EXPECT_THROW(tags.set(a, {""}), Problem);
  EXPECT_THROW(tags.set(a, {std::string(65, 'x')}), Problem);
  EXPECT_THROW(tags.set(a, {"a,b"}), Problem);
  EXPECT_THROW(tags.set(a, {"a\nb"}), Problem);
  Names many;
  for (int i = 0; i < 33; ++i) many.push_back(std::to_string(i));
  EXPECT_THROW(tags.set(a, many), Problem);
  EXPECT_TRUE(tags.tags(a).empty());
}

TEST_F(DirectoryTest, ForgettingDropsEverything) {
  add("a");
  add("b");
  directory_->tags().set(*table_->find("a"), {"t"});
  turn();
  const auto number = *table_->find("a");
  directory_->forget_when_gone("a");
  ASSERT_TRUE(shard_->remove(now_, shard_->find("a")->id));
  turn();
  EXPECT_FALSE(table_->find("a"));
  EXPECT_EQ(directory_->tags().count("t"), 0u);
  EXPECT_TRUE(directory_->timeline().read(number).empty());
  start();
  EXPECT_EQ(all({{"state", "all"}}), (Names{"b"}));
  EXPECT_TRUE(directory_->timeline().read(number).empty());
}

TEST_F(DirectoryTest, TheTimelineCountsWhatHappensAllTheTime) {
  add("a");
  for (int i = 0; i < 3; ++i) {
    pass(seconds(60));
    update("a");
  }
  EXPECT_EQ(events("a"), (Names{"updated x3", "registered: LwM2M 1.1"}));
  const auto run = directory_->timeline("a", 1).front();
  EXPECT_EQ(run.first_ms, 1'764'000'060'000);
  EXPECT_EQ(run.time_ms, 1'764'000'180'000);
  update("a", {"lt=100"});
  update("a");
  EXPECT_EQ(events("a"),
            (Names{"updated", "updated: new lifetime", "updated x3", "registered: LwM2M 1.1"}));
  pass(seconds(200));
  EXPECT_EQ(events("a").front(), "expired");
  add("a");
  EXPECT_EQ(events("a")[0], "registered: LwM2M 1.1");
  EXPECT_EQ(events("a")[1], "expired");
  start();
  EXPECT_EQ(events("a").size(), 6u);
}

TEST_F(DirectoryTest, ACrashTakesOnlyWhatARunCountedLately) {
  add("a");
  update("a");
  update("a");
  directory_->put_all_runs();
  turn();
  update("a");
  EXPECT_EQ(events("a").front(), "updated x3");
  start();
  EXPECT_EQ(events("a"), (Names{"updated x2", "registered: LwM2M 1.1"}));
}

TEST_F(DirectoryTest, RunsAreNotPutWhileTooMuchWaits) {
  add("a");
  update("a");
  auto& timeline = directory_->timeline();
  const auto kept = [&] { return timeline.read(*table_->find("a")).size(); };
  while (!timeline.crowded()) timeline.add(77, {});
  directory_->tend(now_);
  EXPECT_EQ(kept(), 1u) << "its registration";
  ASSERT_TRUE(store_->commit(*shard_, now_, unix_ms_));
  directory_->tend(now_);
  EXPECT_EQ(kept(), 2u);
}

TEST_F(DirectoryTest, TheTimelineIsBounded) {
  add("a");
  for (int i = 0; i < 400; ++i) update("a", {"lt=" + std::to_string(100 + i)});
  EXPECT_EQ(events("a").size(), Timeline::kKept);
  Statement rows(store_->database(), "SELECT count(*) FROM timeline");
  ASSERT_TRUE(rows.step());
  EXPECT_LT(rows.integer(0), 250);
}

TEST_F(DirectoryTest, FleetCountsFollowRegistrations) {
  add("a", "</3/0>,</3303/0>,</3303/1>");
  add("b", "</3/0>");
  const auto objects = [&] {
    std::string out;
    for (const auto& [object, count] : directory_->fleet().objects()) {
      out += std::to_string(object) + "x" + std::to_string(count) + " ";
    }
    return out;
  };
  EXPECT_EQ(objects(), "3x2 3303x1 ");
  ASSERT_EQ(directory_->fleet().versions().size(), 1u);
  EXPECT_EQ(directory_->fleet().versions()[0].second, 2u);
  const auto device = shard_->find("b");
  const auto id = server::format(device->id);
  send(coap::Code::Post, {"rd", std::string(id.data(), id.size())}, {}, "</3/0>,</5/0>",
       device->address.port);
  EXPECT_EQ(objects(), "3x2 5x1 3303x1 ");
  start();
  EXPECT_EQ(objects(), "3x2 5x1 3303x1 ");
  add("a", "</3/0>");  // anew, with fewer
  EXPECT_EQ(objects(), "3x2 5x1 ");
  pass(seconds(1000));
  EXPECT_EQ(objects(), "");
}

}  // namespace
}  // namespace linnet::service
