// SPDX-License-Identifier: Apache-2.0
// Pins that a device stays registered on bad networks and over long times.
#include <requirement.hpp>
#include <sim_world.hpp>

namespace linnet::sim {
namespace {

using client::EventType;

class LossyRegistration : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LossyRegistration, SurvivesThirtyPercentLossForADay) {
  LINNET_REQ("REG-21");
  LINNET_REQ("REG-36");
  Network net(GetParam());
  net.quality = {
      .loss = 30, .duplicate = 5, .delay_min = milliseconds(20), .delay_max = milliseconds(400)};
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.lifetime = 600, .seed = GetParam()});
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(3600)))
      << "seed " << net.seed();
  net.run_for(seconds(86400));
  EXPECT_TRUE(server.registered("urn:dev:sim:1")) << "seed " << net.seed();
  EXPECT_TRUE(device.registered()) << "seed " << net.seed();
  EXPECT_GE(server.all<server::Updated>().size(), 86400u / 600u) << "seed " << net.seed();
}

TEST_P(LossyRegistration, AListInBlocksArrivesWhole) {
  LINNET_REQ("REG-31");
  LINNET_REQ("REG-35");
  Network net(GetParam());
  net.quality = {
      .loss = 10, .duplicate = 10, .delay_min = milliseconds(5), .delay_max = milliseconds(500)};
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.seed = GetParam()});
  for (lwm2m::Id id = 0; id < 400; ++id) device.thermometers.values[id] = id;
  std::size_t largest = 0;
  net.on_datagram = [&](Instant, const Datagram& datagram, bool) {
    if (datagram.from == host(9)) largest = std::max(largest, datagram.bytes.size());
  };
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(86400)))
      << "seed " << net.seed();
  EXPECT_EQ(server.shard.find("urn:dev:sim:1")->links.size(), 403u) << "seed " << net.seed();
  EXPECT_LE(largest, kSimLimits.message_bytes);
  // Another instance, and the whole list goes out again.
  device.thermometers.set(500, 1.0);
  EXPECT_TRUE(net.run_until(
      [&] {
        const auto known = server.shard.find("urn:dev:sim:1");
        return known && known->has_instance(3303, 500);
      },
      seconds(86400)))
      << "seed " << net.seed();
  EXPECT_EQ(server.shard.find("urn:dev:sim:1")->links.size(), 404u) << "seed " << net.seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyRegistration, ::testing::Range<std::uint64_t>(1, 9));

TEST(RegistrationSim, ThirtyDaysOfLifetimeNeedOneUpdateNotAThousand) {
  LINNET_REQ("REG-36");
  Network net(7);
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.lifetime = 30 * 86400});
  device.start();
  net.run_for(seconds(30 * 86400 - 1));
  EXPECT_TRUE(server.registered("urn:dev:sim:1"));
  EXPECT_EQ(device.count(EventType::Registered), 1u);
  EXPECT_EQ(device.count(EventType::Updated), 1u);
}

TEST(RegistrationSim, ALifetimeEndsAfterTheGraceWhenTheDeviceIsGone) {
  LINNET_REQ("REG-43");
  Network net(8);
  server::ShardConfig config;
  config.grace = seconds(10);
  SimServer server(net, host(1), config);
  auto device = std::make_unique<SimDevice>(net, host(9), DeviceOptions{.lifetime = 300});
  device->start();
  ASSERT_TRUE(net.run_until([&] { return device->registered(); }, seconds(60)));
  const Instant registered = server.shard.find("urn:dev:sim:1")->registered;
  device.reset();  // the power is cut
  net.run_until(registered + seconds(310) - milliseconds(1));
  EXPECT_TRUE(server.registered("urn:dev:sim:1"));
  net.run_until(registered + seconds(312));
  EXPECT_FALSE(server.registered("urn:dev:sim:1"));
  ASSERT_EQ(server.all<server::Deregistered>().size(), 1u);
  EXPECT_EQ(server.all<server::Deregistered>()[0].reason, server::Deregistered::Reason::Expired);
}

TEST(RegistrationSim, ADeviceRegistersAgainWhenTheServerForgotIt) {
  LINNET_REQ("REG-39");
  LINNET_REQ("REG-40");
  Network net(9);
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.lifetime = 300});
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(60)));
  ASSERT_TRUE(server.shard.remove(net.now(), server.shard.find("urn:dev:sim:1")->id));
  net.run_for(seconds(300));
  EXPECT_TRUE(server.registered("urn:dev:sim:1"));
  EXPECT_EQ(device.count(EventType::RegistrationLost), 1u);
  EXPECT_EQ(device.count(EventType::Registered), 2u);
}

TEST(RegistrationSim, AnUpdateFromANewAddressIsAdopted) {
  LINNET_REQ("REG-41");
  Network net(10);
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.lifetime = 300});
  net.rebind(host(9), host(77, 40000));
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(60)));
  EXPECT_EQ(server.shard.find("urn:dev:sim:1")->address, host(77, 40000));
  net.rebind(host(9), host(78, 40001));
  net.run_for(seconds(300));
  EXPECT_EQ(server.shard.find("urn:dev:sim:1")->address, host(78, 40001));
  EXPECT_EQ(device.count(EventType::Registered), 1u);
}

TEST(RegistrationSim, StopDeregisters) {
  LINNET_REQ("REG-42");
  Network net(11);
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {});
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(60)));
  device.client.stop(net.now());
  ASSERT_TRUE(net.run_until([&] { return device.client.stopped(); }, seconds(60)));
  EXPECT_FALSE(server.registered("urn:dev:sim:1"));
  EXPECT_EQ(server.all<server::Deregistered>()[0].reason, server::Deregistered::Reason::Request);
}

TEST(RegistrationSim, ServersAreIndependentOfEachOther) {
  LINNET_REQ("REG-03");
  Network net(12);
  SimServer first(net, host(1));
  SimDevice device(net, host(9), {.servers = {host(1), host(2)}});
  device.start();
  net.run_for(seconds(120));
  EXPECT_TRUE(first.registered("urn:dev:sim:1"));
  EXPECT_FALSE(device.registered(1));
  SimServer second(net, host(2));  // comes up late
  EXPECT_TRUE(net.run_until([&] { return device.registered(1); }, seconds(86400)));
  EXPECT_TRUE(second.registered("urn:dev:sim:1"));
  EXPECT_EQ(device.count(EventType::RegistrationLost), 0u);
}

}  // namespace
}  // namespace linnet::sim
