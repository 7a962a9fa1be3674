// SPDX-License-Identifier: Apache-2.0
// Pins the store: what was committed is there after a crash at any moment, what was not is not,
// a disk that is full loses nothing, and a file that is no store is refused with the reason.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <file_size_limit.hpp>
#include <folder.hpp>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include <linnet/posix/setup_error.hpp>

#include "service/store.hpp"

namespace linnet::service {
namespace {

using coap::Code;
using lwm2m::Path;
using server::OperationKind;
using test::Bench;
using test::FakeDevice;
using test::Folder;
using test::SentMessage;

constexpr std::int64_t kNoon = 1'800'000'000'000;  // the clock on the wall, ms

/// A shard with its store, as a server has them.
struct World {
  World(const std::filesystem::path& file, std::uint32_t seed, Instant begin,
        std::int64_t unix_offset)
      : store(std::make_unique<Store>(file)),
        bench({.id_key = store->id_key()}, nullptr, &definitions),
        offset(unix_offset) {
    bench.rng = SeededRng(seed);
    bench.now = begin;
    restored = store->restore(bench.shard, bench.now, wall());
  }
  [[nodiscard]] std::int64_t wall() const { return bench.now.ms + offset; }
  bool commit() {
    while (const auto event = bench.shard.poll_event()) store->note(bench.shard, *event);
    return store->commit(bench.shard, bench.now, wall());
  }

  test::CoreDefinitions definitions;
  std::unique_ptr<Store> store;
  Bench bench;
  std::int64_t offset;
  Store::Restored restored;
};

/// Everything a restart must bring back, as text; times on the wall.
std::map<std::string, std::string> contents(const World& world) {
  std::map<std::string, std::string> all;
  std::uint32_t cursor = 0;
  while (const auto view = world.bench.shard.next_registration(cursor)) {
    std::string& text = all[std::string(view->endpoint)];
    std::array<char, 8> binding{};
    text = std::to_string(view->id.value) + " " + std::to_string(view->address.port) + " " +
           std::to_string(view->version.minor) + " " + std::to_string(view->lifetime) + " " +
           std::string(view->binding.format(view->queue_mode, binding)) + " " +
           std::string(view->sms) + " " + std::string(view->root_path) + " " +
           std::to_string(view->registered.ms + world.offset) + " " +
           std::to_string(view->links.size()) + " " + std::to_string(view->formats.size());
    world.bench.shard.for_each_observation(
        view->id, [&](const server::ObservationView& observation) {
          const auto record = *world.bench.shard.record(observation.id);
          text += " [" + std::to_string(record.id.value) + " " +
                  std::to_string(record.token.number()) + " " +
                  std::to_string(static_cast<int>(record.request.kind)) + " " +
                  std::to_string(observation.paths.size()) + " " +
                  std::to_string(record.established) + std::to_string(record.request.keep) + " " +
                  std::to_string(
                      record.request.attributes.set.integer(lwm2m::Attribute::Pmin).value_or(0)) +
                  "]";
        });
  }
  return all;
}

class StoreTest : public ::testing::Test {
 protected:
  /// What a process killed now would leave: the files as the kernel has them.
  std::filesystem::path crash_copy() {
    const std::filesystem::path copy = folder_ / ("copy" + std::to_string(++copies_)).c_str();
    std::filesystem::copy_file(file_, copy);
    std::filesystem::copy_file(file_.string() + "-key", copy.string() + "-key");
    const std::filesystem::path log = file_.string() + "-wal";
    if (std::filesystem::exists(log)) {
      std::filesystem::copy_file(log, copy.string() + "-wal");
    }
    return copy;
  }
  static SentMessage observe(World& world, FakeDevice& device, std::string_view endpoint,
                             bool keep) {
    server::Operation operation{
        .kind = OperationKind::Observe, .path = Path(3303, 0, 5700), .keep = keep};
    EXPECT_TRUE(operation.attributes.parse("pmin=7").ok());
    const auto id = world.bench.shard.find(endpoint)->id;
    EXPECT_TRUE(world.bench.shard.submit(world.bench.now, id, operation).ok());
    auto get = device.take();
    EXPECT_TRUE(get.has_value());
    if (!get) return SentMessage({0x70, 0, 0, 0});
    device.send(device.reply(*get, Code::Content).observe(1).format(0).payload("20"));
    return std::move(*get);
  }

  Folder folder_;
  std::filesystem::path file_ = folder_ / "linnet.db";
  int copies_ = 0;
};

TEST_F(StoreTest, ARestartBringsBackWhatWasThere) {
  std::map<std::string, std::string> before;
  std::string location;
  {
    World world(file_, 1, {5'000}, kNoon);
    EXPECT_EQ(world.restored.registrations, 0u);
    FakeDevice device(world.bench, 5683);
    location = device.register_as("a", "lwm2m=1.2&lt=300&b=UT&Q&sms=4917",
                                  "</lw>;rt=\"oma.lwm2m\";ct=\"112 110\",</lw/3/0>,</lw/3303/0>");
    observe(world, device, "a", true);
    FakeDevice other(world.bench, 5684);
    other.register_as("b", "lwm2m=1.0&lt=60&b=UQ");
    ASSERT_TRUE(world.commit());
    before = contents(world);
    ASSERT_EQ(before.size(), 2u);
  }
  World after(file_, 2, {77}, kNoon + 10'000);
  EXPECT_EQ(after.restored.registrations, 2u);
  EXPECT_EQ(after.restored.observations, 1u);
  EXPECT_EQ(after.restored.refused, 0u);
  EXPECT_EQ(contents(after), before);
  FakeDevice device(after.bench, 5683);
  EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::Changed);
}

TEST_F(StoreTest, TimeWithoutAServerCountsForNoLifetime) {
  {
    World world(file_, 1, {0}, kNoon);
    FakeDevice(world.bench, 5683).register_as("a", "lwm2m=1.1&lt=60");
    world.bench.run_for(seconds(20));
    ASSERT_TRUE(world.commit());
  }
  World after(file_, 2, {0}, kNoon + 86'400'000);
  EXPECT_EQ(after.restored.registrations, 1u);
  const Instant end = after.bench.shard.find("a")->expires;
  EXPECT_EQ(end, after.bench.now + seconds(50)) << "40 s are left, and 10 s grace";
}

TEST_F(StoreTest, AnUpdateIsStoredWithinASecond) {
  {
    World world(file_, 1, {0}, kNoon);
    FakeDevice device(world.bench, 5683);
    const std::string location = device.register_as("a", "lwm2m=1.1&lt=60");
    ASSERT_TRUE(world.commit());
    world.bench.run_for(seconds(50));
    EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::Changed);
    ASSERT_TRUE(world.commit());
  }
  World after(file_, 2, {0}, kNoon + 50'000);
  EXPECT_EQ(after.bench.shard.find("a")->expires, after.bench.now + seconds(70));
}

TEST_F(StoreTest, ACrashAtAnyMomentLeavesWhatWasCommitted) {
  constexpr std::uint32_t kSeed = 11;
  SeededRng rng(kSeed);
  World world(file_, 1, {0}, kNoon);
  struct Device {
    std::unique_ptr<FakeDevice> wire;
    std::string location;
  };
  std::map<std::string, Device> devices;
  for (int round = 0; round < 60; ++round) {
    const std::string name = "d" + std::to_string(rng.below(12));
    Device& device = devices[name];
    if (!device.wire) {
      device.wire = std::make_unique<FakeDevice>(world.bench,
                                                 static_cast<std::uint16_t>(6000 + devices.size()));
    }
    const bool known = world.bench.shard.find(name).has_value();
    switch (known ? rng.below(5) : 0) {
      case 0:
        device.location =
            device.wire->register_as(name, "lwm2m=1.2&lt=" + std::to_string(100 + round));
        while (const auto get = device.wire->take()) {
          device.wire->send(
              device.wire->reply(*get, Code::Content).observe(1).format(0).payload("20"));
        }
        break;
      case 1: device.wire->ask(device.wire->request(Code::Delete, device.location)); break;
      case 2:
        device.wire->ask(device.wire->request(Code::Post, device.location)
                             .query("lt=" + std::to_string(200 + round)));
        break;
      case 3: observe(world, *device.wire, name, rng.below(2) == 0); break;
      default: world.bench.run_for(seconds(rng.below(20)));
    }
    ASSERT_TRUE(world.commit());
    const auto committed = contents(world);
    // Something more happens that is not committed before the crash.
    if (rng.below(2) == 0) {
      FakeDevice(world.bench, 9999).register_as("late" + std::to_string(round));
    }
    World after(crash_copy(), 2, {1'000'000}, kNoon);
    ASSERT_EQ(contents(after), committed) << "seed " << kSeed << ", round " << round;
    ASSERT_EQ(after.restored.refused, 0u) << "seed " << kSeed << ", round " << round;
    ASSERT_TRUE(world.commit());
  }
}

TEST_F(StoreTest, AnObservationMadeAgainIsKnownByItsNewToken) {
  World world(file_, 1, {0}, kNoon);
  FakeDevice device(world.bench, 5683);
  device.register_as("a", "lwm2m=1.2&lt=300");
  observe(world, device, "a", true);
  ASSERT_TRUE(world.commit());
  device.register_as("a", "lwm2m=1.2&lt=300");
  const auto get = device.take();
  ASSERT_TRUE(get.has_value());
  ASSERT_TRUE(world.commit());
  World between(crash_copy(), 2, {0}, kNoon);
  FakeDevice same(between.bench, 5683);
  EXPECT_TRUE(same.take().has_value()) << "it was being made: asked for again";
  device.send(device.reply(*get, Code::Content).observe(1).format(0).payload("20"));
  ASSERT_TRUE(world.commit());
  World after(crash_copy(), 3, {0}, kNoon);
  EXPECT_TRUE(after.bench.silent());
  EXPECT_EQ(contents(after), contents(world));
}

TEST_F(StoreTest, AFullDiskKeepsTheChangesForLater) {
  World world(file_, 1, {0}, kNoon);
  FakeDevice(world.bench, 5683).register_as("first");
  ASSERT_TRUE(world.commit());
  std::optional<test::FileSizeLimit> full(1);
  FakeDevice device(world.bench, 5684);
  const std::string location = device.register_as("second");
  const bool stored = world.commit();
  const bool again = world.commit();
  full.reset();
  EXPECT_FALSE(stored);
  EXPECT_FALSE(again);
  EXPECT_NE(world.store->problem(), "");
  ASSERT_TRUE(world.commit());
  EXPECT_EQ(world.store->problem(), "");
  World after(crash_copy(), 2, {0}, kNoon);
  EXPECT_EQ(contents(after), contents(world));
  EXPECT_EQ(contents(after).size(), 2u);
}

TEST_F(StoreTest, RefusesAFileThatIsNotForIt) {
  std::ofstream(file_) << "this is a letter, not a database, and long enough to be read as such";
  try {
    Store store(file_);
    FAIL() << "it opened a letter";
  } catch (const SqliteError& error) {
    EXPECT_NE(std::string(error.what()).find("not a database"), std::string::npos) << error.what();
  }
  const std::filesystem::path newer = folder_ / "newer.db";
  {
    Sqlite database(newer);
    database.run("PRAGMA user_version=1000");
  }
  try {
    Store store(newer);
    FAIL() << "it opened what a newer one wrote";
  } catch (const SqliteError& error) {
    EXPECT_NE(std::string(error.what()).find("newer Linnet"), std::string::npos) << error.what();
  }
  const std::filesystem::path shared = folder_ / "shared.db";
  const Store one(shared);
  try {
    Store two(shared);
    FAIL() << "two servers share a file";
  } catch (const SqliteError& error) {
    EXPECT_NE(std::string(error.what()).find("another server"), std::string::npos) << error.what();
  }
}

/// Whether `text` stands in the file or in what belongs to it.
bool holds(const std::filesystem::path& file, std::string_view text) {
  for (const char* suffix : {"", "-wal", "-journal", "-shm"}) {
    std::ifstream in(file.string() + suffix, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    if (all.str().find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_F(StoreTest, KeepsConfigurationsEncrypted) {
  const std::string body = R"({"objects":{"/0/1":{"5":{"hex":"00112233445566778899"}}}})";
  {
    Store store(file_);
    store.put_configuration("meters", body);
    EXPECT_FALSE(holds(file_, "00112233"));
    EXPECT_TRUE(holds(file_, "meters"));
    EXPECT_EQ(store.configurations().front().second, body);
  }
  EXPECT_FALSE(holds(file_, "00112233"));
  EXPECT_EQ(Store(file_).configurations().front().second, body);
}

TEST_F(StoreTest, EncryptsWhatAnEarlierVersionLeftPlain) {
  const std::string filler(20'000, 'x');
  {
    Store store(file_);
    store.put_configuration("other", "{}");
  }
  {
    Sqlite database(file_);
    database.run("PRAGMA secure_delete=OFF");  // the default, but not of Debian's library
    database.run(
        ("UPDATE bootstrap_configuration SET body='{\"plain\":\"" + filler + "\"}'").c_str());
    database.run("INSERT INTO bootstrap_configuration VALUES ('dropped','{\"plain\":2}')");
    database.run("DELETE FROM bootstrap_configuration WHERE name='dropped'");
    ASSERT_TRUE(holds(file_, "{\"plain\":"));
  }
  {
    Store store(file_);
    EXPECT_FALSE(holds(file_, "{\"plain\":"));
    EXPECT_EQ(store.configurations().front().second, "{\"plain\":\"" + filler + "\"}");
  }
  EXPECT_FALSE(holds(file_, "{\"plain\":"));
}

TEST_F(StoreTest, IsNotOpenedWithoutItsKey) {
  const std::filesystem::path key = file_.string() + "-key";
  const std::filesystem::path elsewhere = folder_ / "key";
  (void)Store(file_);
  std::filesystem::rename(key, elsewhere);
  const auto problem = [&]() -> std::string {
    try {
      (void)Store(file_);
    } catch (const posix::SetupError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(problem().find("is missing"), std::string::npos) << problem();
  EXPECT_FALSE(std::filesystem::exists(key));
  (void)SecretBox::open(key, SecretBox::Absent::Make);
  EXPECT_NE(problem().find("another store"), std::string::npos) << problem();
  std::filesystem::rename(elsewhere, key);
  EXPECT_EQ(problem(), "");
}

TEST_F(StoreTest, DropsRowsThatMakeNoSense) {
  {
    World world(file_, 1, {0}, kNoon);
    FakeDevice(world.bench, 5683).register_as("good");
    ASSERT_TRUE(world.commit());
  }
  {
    Sqlite database(file_);
    database.run(
        "INSERT INTO registration SELECT id+1,'bad',address,version,lifetime,binding,"
        "queue,sms,profile_ids,root_path,formats,links,registered,updated "
        "FROM registration");
    database.run(
        "INSERT INTO registration SELECT id+2,'cut',x'00',version,lifetime,binding,"
        "queue,sms,profile_ids,root_path,formats,links,registered,updated "
        "FROM registration WHERE endpoint='good'");
    database.run(
        "INSERT INTO observation VALUES (5,6,x'0102',0,x'0003',"
        "'pmin=x',0,NULL,NULL,NULL,1,0,0)");
  }
  {
    World world(file_, 2, {0}, kNoon);
    EXPECT_EQ(world.restored.registrations, 1u);
    EXPECT_EQ(world.restored.refused, 3u);
    ASSERT_TRUE(world.commit());
  }
  World after(file_, 3, {0}, kNoon);
  EXPECT_EQ(after.restored.refused, 0u);
}

}  // namespace
}  // namespace linnet::service
