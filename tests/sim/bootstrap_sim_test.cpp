// SPDX-License-Identifier: Apache-2.0
// Pins that a device ends up with exactly the configuration its bootstrap server has for it, on bad
// networks too, in every version and in every way of asking.
#include <requirement.hpp>
#include <sim_bootstrap.hpp>

namespace linnet::sim {
namespace {

using client::EventType;
using Kind = server::BootstrapEvent::Kind;

const SocketAddress kBootstrap = host(10);
const SocketAddress kDevice = host(11);

/// Two servers, 60 thermometers of which each has an instance of /2: above 200 resources.
server::BootstrapConfiguration large() {
  auto configuration = accounts({101, 102});
  lwm2m::Id rule = 0;
  add_rule(configuration, rule++, Path(3303), 65535, {{101, 16}, {102, 16}});
  for (lwm2m::Id id = 0; id < 40; ++id) {
    configuration.values.push_back({Path(3303, id, 5700), Value::floating(id + 0.5)});
    add_rule(configuration, rule++, Path(3303, id),
             static_cast<client::ShortServerId>(id % 2 == 0 ? 101 : 102), {{101, 15}, {102, 1}});
  }
  return configuration;
}

class Lossy : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Lossy, TwoHundredResourcesArriveExactly) {
  LINNET_REQ("BS-24");
  LINNET_REQ("BS-39");
  LINNET_REQ("BS-48");
  // What a perfect network gives is the measure.
  std::string expected;
  {
    Network net(GetParam());
    SimBootstrapServer bootstrap(net, kBootstrap);
    SimServer first(net, host(1));
    SimServer second(net, host(2));
    bootstrap.put(large());
    EXPECT_GE(large().values.size(), 200u);
    SimFlash flash;
    BootstrapSimDevice device(net, kDevice, kBootstrap, flash, GetParam());
    device.start();
    ASSERT_TRUE(net.run_until([&] { return device.registered(101) && device.registered(102); },
                              seconds(60)));
    expected = device.configuration();
    EXPECT_NE(expected.find("/3303/39/5700=39.5"), std::string::npos) << expected;
    EXPECT_NE(expected.find("/2/40/3=102"), std::string::npos) << expected;
  }
  Network net(GetParam());
  net.quality = {
      .loss = 30, .duplicate = 30, .delay_min = milliseconds(5), .delay_max = milliseconds(900)};
  SimBootstrapServer bootstrap(net, kBootstrap);
  SimServer first(net, host(1));
  SimServer second(net, host(2));
  bootstrap.put(large());
  SimFlash flash;
  BootstrapSimDevice device(net, kDevice, kBootstrap, flash, GetParam());
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(101) && device.registered(102); },
                            seconds(7 * 86400)))
      << "seed " << net.seed();
  EXPECT_EQ(device.configuration(), expected) << "seed " << net.seed();
  EXPECT_TRUE(first.registered("urn:dev:sim:1"));
  EXPECT_TRUE(second.registered("urn:dev:sim:1"));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lossy, ::testing::Range<std::uint64_t>(1, 9));

struct World {
  Network net{7};
  SimBootstrapServer bootstrap{net, kBootstrap};
  SimServer first{net, host(1)};
  SimServer second{net, host(2)};
  SimFlash flash;
  std::optional<BootstrapSimDevice> device;

  void boot(lwm2m::Version version = lwm2m::kEnabler11, bool pack = false) {
    device.reset();
    device.emplace(net, kDevice, kBootstrap, flash, 5, version, pack);
    device->start();
  }
  [[nodiscard]] bool until_registered(client::ShortServerId server) {
    return net.run_until([&] { return device->registered(server); }, seconds(3600));
  }
};

TEST(BootstrapSim, EveryVersionIsConfiguredInAFormatItKnows) {
  LINNET_REQ("BS-02");
  LINNET_REQ("BS-22");
  for (const lwm2m::Version version : {lwm2m::kEnabler10, lwm2m::kEnabler11, lwm2m::kEnabler12}) {
    World world;
    auto configuration = accounts({101});
    add_rule(configuration, 0, Path(3303, 0), 101, {{101, 15}});
    configuration.values.push_back({Path(3303, 0, 5700), Value::floating(1.5)});
    world.bootstrap.put(configuration);
    world.boot(version);
    EXPECT_TRUE(world.until_registered(101));
    EXPECT_EQ(world.bootstrap.count(Kind::Finished), 1u);
    EXPECT_NE(world.device->configuration().find("/3303/0/5700=1.5"), std::string::npos);
  }
}

TEST(BootstrapSim, APackGivesTheSameInOneAnswer) {
  LINNET_REQ("BS-57");
  LINNET_REQ("BS-58");
  std::string plain;
  for (const bool pack : {false, true}) {
    World world;
    world.bootstrap.put(large());
    world.boot(lwm2m::kEnabler12, pack);
    ASSERT_TRUE(world.until_registered(102)) << pack;
    EXPECT_EQ(world.bootstrap.count(Kind::PackSent), pack ? 1u : 0u);
    EXPECT_EQ(world.bootstrap.count(Kind::Finished), pack ? 0u : 1u);
    if (plain.empty()) plain = world.device->configuration();
    EXPECT_EQ(world.device->configuration(), plain);
  }
}

TEST(BootstrapSim, APackThatIsRefusedFallsBack) {
  LINNET_REQ("BS-61");
  LINNET_REQ("BS-62");
  World world;
  auto configuration = accounts({101});
  configuration.pack = false;
  world.bootstrap.put(configuration);
  world.boot(lwm2m::kEnabler12, true);
  EXPECT_TRUE(world.until_registered(101));
  EXPECT_EQ(world.bootstrap.count(Kind::Finished), 1u);
}

TEST(BootstrapSim, OnlyWhatIsNeededIsWritten) {
  LINNET_REQ("BS-32");
  LINNET_REQ("BS-37");
  World world;
  auto configuration = accounts({101, 102});
  add_rule(configuration, 0, Path(3, 0), 101, {{101, 15}, {102, 1}});
  configuration.deletes.clear();
  configuration.mode = server::BootstrapMode::Needed;
  world.bootstrap.put(configuration);
  world.boot();
  ASSERT_TRUE(world.until_registered(102));
  const std::string before = world.device->configuration();
  const auto writes = [&] {
    std::size_t n = 0;
    for (const auto& event : world.bootstrap.events) {
      n += event.kind == Kind::Answered && event.step == server::BootstrapStep::Kind::Write ? 1 : 0;
    }
    return n;
  };
  const std::size_t first = writes();
  EXPECT_GE(first, 5u);
  // Again: accounts whose keys cannot be read are written again, what can be read is not.
  ASSERT_TRUE(world.device->client.bootstrap(world.net.now()).ok());
  ASSERT_TRUE(
      world.net.run_until([&] { return world.bootstrap.count(Kind::Finished) == 2; }, seconds(60)));
  EXPECT_EQ(writes() - first, 2u) << "/0/1 and /0/2 only";
  EXPECT_EQ(world.device->configuration(), before);
  world.net.run_for(seconds(10));
  EXPECT_EQ(world.first.all<server::Registered>().size(), 1u) << "nobody had to register again";
}

TEST(BootstrapSim, ALaterBootstrapIsTriggeredByAServer) {
  LINNET_REQ("BS-30");
  World world;
  auto configuration = accounts({101});
  world.bootstrap.put(configuration);
  world.boot();
  ASSERT_TRUE(world.until_registered(101));
  ASSERT_TRUE(
      world.device->server.set(1, lwm2m::objects::server::kBootstrapRequestTrigger, 0).ok());
  configuration = accounts({101, 102}, 7200);
  world.bootstrap.put(configuration);
  server::Operation trigger;
  trigger.kind = server::OperationKind::Execute;
  trigger.path = Path(1, 1, 9);
  EXPECT_TRUE(world.first.perform("urn:dev:sim:1", trigger).success());
  EXPECT_TRUE(world.until_registered(102));
  EXPECT_EQ(world.bootstrap.count(Kind::Finished), 2u);
}

TEST(BootstrapSim, ARestartFindsTheConfigurationAndAsksNobody) {
  LINNET_REQ("BS-08");
  World world;
  world.bootstrap.put(large());
  world.boot();
  ASSERT_TRUE(world.until_registered(102));
  const std::string before = world.device->configuration();
  world.boot();
  ASSERT_TRUE(world.until_registered(102));
  EXPECT_EQ(world.bootstrap.count(Kind::Started), 1u);
  // The thermometers are the application's, and it does not keep them.
  const std::string after = world.device->configuration();
  EXPECT_EQ(after.substr(0, after.find("/3303/")), before.substr(0, before.find("/3303/")));
}

TEST(BootstrapSim, AServerThatRefusesLeadsToAnotherBootstrapNotToAStorm) {
  LINNET_REQ("SRV-04");
  LINNET_REQ("BS-08");
  Network net(3);
  SimBootstrapServer bootstrap(net, kBootstrap);
  bootstrap.put(accounts({101}));
  // Whoever asks host(1) is refused: a shard that is full.
  server::ShardConfig nobody;
  nobody.max_registrations = 1;
  SimServer refusing(net, host(1), nobody);
  SimDevice other(net, host(12), {.endpoint = "urn:dev:other"});
  other.start();
  net.run_for(seconds(5));
  SimFlash flash;
  BootstrapSimDevice device(net, kDevice, kBootstrap, flash, 5);
  device.start();
  net.run_for(seconds(86400));
  EXPECT_GE(bootstrap.count(Kind::Finished), 2u);
  EXPECT_LE(bootstrap.count(Kind::Finished), 40u) << "an hour between them, in the end";
}

TEST(BootstrapSim, WithoutAnAnswerTheDeviceKeepsAsking) {
  LINNET_REQ("BS-29");
  Network net(4);
  SimFlash flash;
  SimServer first(net, host(1));
  BootstrapSimDevice device(net, kDevice, kBootstrap, flash, 5);
  device.start();
  net.run_for(seconds(3 * 3600));
  EXPECT_GE(device.count(EventType::BootstrapFailed), 3u);
  SimBootstrapServer bootstrap(net, kBootstrap);
  bootstrap.put(accounts({101}));
  EXPECT_TRUE(net.run_until([&] { return device.registered(101); }, seconds(2 * 3600)));
}

TEST(BootstrapSim, AServerThatDiesInTheMiddleLeavesTheOldConfiguration) {
  LINNET_REQ("BS-27");
  LINNET_REQ("BS-28");
  World world;
  auto configuration = accounts({101, 102});
  world.bootstrap.put(configuration);
  world.boot();
  ASSERT_TRUE(world.until_registered(102));
  const std::string before = world.device->configuration();
  world.bootstrap.put(accounts({101}));
  ASSERT_TRUE(world.device->client.bootstrap(world.net.now()).ok());
  ASSERT_TRUE(world.net.run_until(
      [&] { return world.device->count(EventType::BootstrapDeleted) != 0; }, seconds(60)));
  world.net.detach(kBootstrap);
  ASSERT_TRUE(world.net.run_until(
      [&] { return world.device->count(EventType::BootstrapFailed) != 0; }, seconds(600)));
  EXPECT_EQ(world.device->configuration(), before);
  EXPECT_TRUE(world.device->registered(101) && world.device->registered(102));
}

}  // namespace
}  // namespace linnet::sim
