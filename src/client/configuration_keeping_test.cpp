// SPDX-License-Identifier: Apache-2.0
// Pins that a client's configuration survives a restart, and a power cut at any moment.
#include <gtest/gtest.h>

#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace server_object = lwm2m::objects::server;
using lwm2m::Attribute;
using Memory = MemoryConfigurationStore<1024>;

/// A store whose calls are counted and fail from one on. Reading always works.
class CutStore final : public ConfigurationStore {
 public:
  explicit CutStore(Memory& memory) : memory_(memory) {}
  Status begin() override { return step() ? memory_.begin() : Error::Io; }
  Status append(ByteView piece) override { return step() ? memory_.append(piece) : Error::Io; }
  Status commit() override {
    ++commits;
    return step() ? memory_.commit() : Error::Io;
  }
  Result<std::size_t> read(std::size_t offset, MutableBytes out) override {
    return memory_.read(offset, out);
  }
  Status erase() override { return memory_.erase(); }

  std::size_t calls = 0;
  std::size_t good = SIZE_MAX;
  int commits = 0;

 private:
  bool step() { return calls++ < good; }
  Memory& memory_;
};

/// A device from the factory: two accounts, and object 1000, which it keeps or not.
class KeptClient : protected TestObjects {
 public:
  explicit KeptClient(Memory& memory, std::uint32_t factory_lifetime = 300) : store(memory) {
    (void)servers.set(0, server_object::kLifetime, factory_lifetime);
    config.store = &store;
    every.kept = true;
  }
  void start() {
    client.emplace(config, rng, objects);
    server.emplace(*client, PeerId{0});
    server->now = Instant{1000};
    client->start(server->now);
  }
  void start_registered() {
    start();
    server->answer(server->expect(), {.code = Code::Created, .location = "/rd/r1"});
    ASSERT_TRUE(client->registered(0));
    server->forget_events();
  }
  [[nodiscard]] std::uint32_t lifetime() const { return servers.find(0)->lifetime(); }
  /// What the server attached to /1000, seconds; 0 if nothing.
  [[nodiscard]] std::uint32_t pmin() {
    const Sent list =
        server->ask({.code = Code::Get, .path = "/1000", .accept = ContentFormat::LinkFormat});
    const std::string text = list.payload();
    const std::size_t at = text.find("pmin=");
    return at == std::string::npos ? 0
                                   : static_cast<std::uint32_t>(std::stoul(text.substr(at + 5)));
  }
  Sent write_lifetime(const char* seconds) {
    return server->ask(
        {.code = Code::Put, .path = "/1/0/1", .payload = seconds, .format = ContentFormat::Text});
  }

  CutStore store;
  using TestObjects::config;
  using TestObjects::every;
  using TestObjects::servers;
  std::optional<Client<kTestLimits>> client;
  std::optional<CoapPeer> server;
};

class ConfigurationKeepingTest : public ::testing::Test {
 protected:
  Memory memory;
};

TEST_F(ConfigurationKeepingTest, FactoryDataHoldUntilSomethingIsKept) {
  LINNET_REQ("BS-16");
  {
    KeptClient device(memory);
    device.start_registered();
    EXPECT_TRUE(device.server->silent());
    EXPECT_EQ(device.store.calls, 0u) << "nothing has changed";
  }
  {
    KeptClient device(memory, 600);  // later firmware, other factory data
    device.start();
    EXPECT_NE(device.server->expect().query().find("lt=600"), std::string::npos);
  }
}

TEST_F(ConfigurationKeepingTest, WhatAServerWroteIsKeptBeforeItHearsSo) {
  LINNET_REQ("IR-14");
  {
    KeptClient device(memory);
    device.start_registered();
    device.server->send(
        {.code = Code::Put, .path = "/1/0/1", .payload = "77", .format = ContentFormat::Text});
    EXPECT_EQ(device.store.commits, 0);
    EXPECT_LE(device.client->next_timeout(), device.server->now);
    EXPECT_EQ(device.server->expect().code(), Code::Changed);
    EXPECT_EQ(device.store.commits, 1);
    device.server->ask({.code = Code::Put, .path = "/1000", .queries = {"pmin=5", "gt=1.5"}});
    // `gt` belongs to a resource.
    EXPECT_EQ(device.store.commits, 1);
    device.server->ask({.code = Code::Put, .path = "/1000", .queries = {"pmin=5"}});
    EXPECT_EQ(device.store.commits, 2);
  }
  KeptClient device(memory);  // the power was cut
  device.start();
  EXPECT_NE(device.server->expect().query().find("lt=77"), std::string::npos);
  EXPECT_EQ(device.store.commits, 0);
}

TEST_F(ConfigurationKeepingTest, AttributesAndInstancesComeBack) {
  LINNET_REQ("IR-14");
  LINNET_REQ("IR-19");
  {
    KeptClient device(memory);
    device.start_registered();
    device.server->ask({.code = Code::Put, .path = "/1000", .queries = {"pmin=5"}});
    device.server->ask({.code = Code::Post,
                        .path = "/1000",
                        .payload = std::string("\x03\x02\xc1\x00\x41", 5),
                        .format = ContentFormat::Tlv});
  }
  {
    KeptClient device(memory);
    device.start_registered();
    EXPECT_EQ(device.pmin(), 5u);
    EXPECT_EQ(device.every.at(Path(kEvery, 2, kText)), Value::string("A"));
    EXPECT_EQ(device.server->ask({.code = Code::Delete, .path = "/1000/0"}).code(), Code::Deleted);
    device.server->ask({.code = Code::Put, .path = "/1000", .queries = {"pmin"}});
  }
  KeptClient device(memory);
  device.start_registered();
  EXPECT_EQ(device.pmin(), 0u);
  EXPECT_EQ(device.every.instances.size(), 1u);
}

TEST_F(ConfigurationKeepingTest, OnlyObjectsThatPersistAreWorthAWrite) {
  KeptClient device(memory);
  device.every.kept = false;
  device.start_registered();
  const Message write{
      .code = Code::Put, .path = "/1000/0/1", .payload = "9", .format = ContentFormat::Text};
  device.server->ask(write);
  EXPECT_EQ(device.store.calls, 0u);
  device.server->ask({.code = Code::Post, .path = "/1/0/8"});
  EXPECT_EQ(device.store.calls, 0u);
  device.every.kept = true;
  device.server->ask(write);
  EXPECT_EQ(device.store.commits, 1);
}

TEST_F(ConfigurationKeepingTest, AnApplicationsChangeIsKeptAtOnce) {
  KeptClient device(memory);
  device.start_registered();
  EXPECT_GT(device.client->next_timeout(), device.server->now);
  ASSERT_TRUE(device.servers.set(0, server_object::kLifetime, 55).ok());
  EXPECT_LE(device.client->next_timeout(), device.server->now);
  (void)device.server->poll();
  EXPECT_EQ(device.store.commits, 1);
  EXPECT_EQ(device.server->events(EventType::ConfigurationNotKept), 0u);
}

TEST_F(ConfigurationKeepingTest, AStoreThatFailsIsTriedAgainWhileTheDeviceGoesOn) {
  KeptClient device(memory);
  device.start_registered();
  device.store.good = 0;
  EXPECT_EQ(device.write_lifetime("4000000").code(), Code::Changed);
  ASSERT_EQ(device.server->events(EventType::ConfigurationNotKept), 1u);
  EXPECT_EQ(device.server->last_event.error, Error::Io);
  EXPECT_EQ(device.server->last_event.retry_at, device.server->now + seconds(1));
  (void)device.server->poll();  // the Update with the new lifetime
  Instant last = device.server->now;
  std::vector<std::int64_t> pauses;
  for (std::size_t tries = 1; tries < 14; ++tries) {
    const Instant due = device.server->last_event.retry_at;
    pauses.push_back((due - last).ms / 1000);
    last = due;
    device.server->at(due - milliseconds(1));
    (void)device.server->poll();
    ASSERT_EQ(device.server->events(EventType::ConfigurationNotKept), tries);
    EXPECT_LE(device.client->next_timeout(), due);
    device.server->at(due);
    (void)device.server->poll();
    ASSERT_EQ(device.server->events(EventType::ConfigurationNotKept), tries + 1);
  }
  EXPECT_EQ(pauses,
            (std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600}));
  device.store.good = SIZE_MAX;
  device.server->at(device.server->last_event.retry_at);
  (void)device.server->poll();
  EXPECT_EQ(device.store.commits, 1);
  KeptClient again(memory);
  again.start();
  EXPECT_EQ(again.lifetime(), 4000000u);
}

TEST_F(ConfigurationKeepingTest, ADamagedImageIsToldAndTheFactoryDataHold) {
  ASSERT_TRUE(memory.begin().ok());
  ASSERT_TRUE(memory.append(as_bytes("\x44LNCF rubbish")).ok());
  ASSERT_TRUE(memory.commit().ok());
  KeptClient device(memory);
  device.start();
  EXPECT_EQ(device.server->events(EventType::ConfigurationNotRestored), 1u);
  EXPECT_EQ(device.server->last_event.error, Error::Malformed);
  EXPECT_NE(device.server->expect().query().find("lt=300"), std::string::npos);
}

TEST_F(ConfigurationKeepingTest, ASecondStartDoesNotGoBack) {
  KeptClient device(memory);
  device.start_registered();
  device.write_lifetime("77");
  device.client->stop(device.server->now);
  ASSERT_TRUE(device.servers.set(0, server_object::kLifetime, 88).ok());
  device.client->start(device.server->now);
  EXPECT_EQ(device.lifetime(), 88u);
}

TEST_F(ConfigurationKeepingTest, AnErasedStoreIsAFactoryReset) {
  LINNET_REQ("BS-16");
  {
    KeptClient device(memory);
    device.start_registered();
    device.write_lifetime("77");
  }
  ASSERT_TRUE(memory.erase().ok());
  KeptClient device(memory);
  device.start();
  EXPECT_EQ(device.lifetime(), 300u);
}

// The power is cut at the Nth call of the store, until the scenario passes. What the server got an
// answer for is there after the restart; what it got none for is there wholly or not at all.
TEST_F(ConfigurationKeepingTest, APowerCutAnywhereLeavesTheOldOrTheNew) {
  bool passed = false;
  std::size_t cut = 0;
  for (; !passed; ++cut) {
    ASSERT_LT(cut, 200u);
    ASSERT_TRUE(memory.erase().ok());
    std::uint32_t answered = 0;
    {
      KeptClient device(memory);
      device.start_registered();
      device.store.good = cut;
      for (const std::uint32_t step : {1u, 2u, 3u}) {
        // Lifetime and attribute are one request each; they go up one after the other.
        const std::string number = std::to_string(step);
        device.write_lifetime(number.c_str());
        if (device.store.calls > cut) break;
        answered = step * 2 - 1;
        device.server->ask({.code = Code::Put, .path = "/1000", .queries = {"pmin=" + number}});
        if (device.store.calls > cut) break;
        answered = step * 2;
      }
      passed = answered == 6;
    }
    KeptClient device(memory);
    device.start_registered();
    EXPECT_EQ(device.server->events(EventType::ConfigurationNotRestored), 0u);
    const std::uint32_t seconds = device.lifetime() == 300 ? 0 : device.lifetime();
    EXPECT_EQ(seconds + device.pmin(), answered) << cut;
    EXPECT_EQ(seconds, (answered + 1) / 2) << cut;
  }
  EXPECT_GT(cut, 18u) << "six images of begin, append and commit";
}

}  // namespace
}  // namespace linnet::client::test
