// SPDX-License-Identifier: Apache-2.0
// The founding document as scenarios: three servers on one device, and one of them is taken away.
#include <requirement.hpp>
#include <sim_bootstrap.hpp>

namespace linnet::sim {
namespace {

using client::EventType;
using server::Operation;
using server::OperationKind;

const SocketAddress kBootstrap = host(10);
const SocketAddress kDevice = host(11);
constexpr const char* kEndpoint = "urn:dev:sim:1";

struct Unbootstrap : ::testing::Test {
  Network net{17};
  SimBootstrapServer bootstrap{net, kBootstrap};
  SimServer first{net, host(1)};
  SimServer second{net, host(2)};
  SimServer third{net, host(3)};
  SimFlash flash;
  BootstrapSimDevice device{net, kDevice, kBootstrap, flash, 5};

  void begin(const server::BootstrapConfiguration& configuration) {
    bootstrap.put(configuration);
    device.start();
    ASSERT_TRUE(net.run_until(
        [&] { return device.registered(101) && device.registered(102) && device.registered(103); },
        seconds(60)));
  }
  /// A bootstrap that deletes these instances and writes nothing.
  void take_away(std::vector<Path> deletes) {
    server::BootstrapConfiguration configuration;
    configuration.name = "sim";
    configuration.endpoints = {"*"};
    configuration.deletes = std::move(deletes);
    bootstrap.put(configuration);
    const std::size_t before = device.count(EventType::BootstrapDone);
    ASSERT_TRUE(device.client.bootstrap(net.now()).ok());
    ASSERT_TRUE(net.run_until([&] { return device.count(EventType::BootstrapDone) == before + 1; },
                              seconds(60)));
    net.run_for(seconds(10));
  }
  [[nodiscard]] client::ShortServerId owner(const Path& target) const {
    const auto* row = device.access.governing(target);
    return row != nullptr ? row->owner : client::ShortServerId{0};
  }
  static Operation observe(const Path& path) {
    Operation operation;
    operation.kind = OperationKind::Observe;
    operation.path = path;
    return operation;
  }
};

TEST_F(Unbootstrap, ThreeServersTheOwnerLeaves) {
  // S31 to S38; the case of seed-map section 5.
  LINNET_REQ("UB-01");
  LINNET_REQ("UB-02");
  LINNET_REQ("UB-03");
  LINNET_REQ("UB-04");
  LINNET_REQ("UB-05");
  LINNET_REQ("UB-06");
  LINNET_REQ("UB-07");
  LINNET_REQ("UB-08");
  LINNET_REQ("UB-09");
  auto configuration = accounts({101, 102, 103});
  configuration.values.push_back({Path(3303, 0, 5700), Value::floating(1)});
  configuration.values.push_back({Path(3303, 1, 5700), Value::floating(2)});
  add_rule(configuration, 0, Path(3303), 65535, {{101, 16}, {102, 16}, {103, 16}});
  // 101 owns; 102 may write and delete, 103 only read.
  add_rule(configuration, 1, Path(3303, 0), 101, {{101, 15}, {102, 10}, {103, 1}});
  add_rule(configuration, 2, Path(3303, 1), 101, {{101, 15}});
  add_rule(configuration, 3, Path(3, 0), 101, {{101, 15}});
  add_rule(configuration, 4, Path(1, 2), 102, {{102, 3}});
  begin(configuration);
  // 101 creates one of its own, and observes what is shared. 102 observes who the owner is.
  Operation create;
  create.kind = OperationKind::Create;
  create.path = Path(3303);
  EXPECT_TRUE(first.perform(kEndpoint, create).success());
  EXPECT_NE(device.access.governing(Path(3303, 2)), nullptr) << "with a rule of its own [ACL-08]";
  EXPECT_TRUE(first.perform(kEndpoint, observe(Path(3303, 0, 5700))).success());
  EXPECT_TRUE(second.perform(kEndpoint, observe(Path(2, 1, 3))).success());

  take_away({Path(0, 1)});

  EXPECT_EQ(owner(Path(3303, 0)), 102) << "write and delete beat read";
  EXPECT_EQ(device.access.governing(Path(3303, 1)), nullptr);
  EXPECT_EQ(device.access.governing(Path(3303, 2)), nullptr);
  EXPECT_EQ(device.thermometers.values.count(1), 0u) << "only 101 could reach it";
  EXPECT_EQ(device.thermometers.values.count(2), 0u);
  EXPECT_EQ(device.server.find_server(101), nullptr);
  EXPECT_EQ(owner(Path(3, 0)), 102) << "the device stays";
  EXPECT_FALSE(first.registered(kEndpoint)) << "it was told";
  ASSERT_EQ(first.all<server::Deregistered>().size(), 1u);
  EXPECT_EQ(first.all<server::Deregistered>()[0].reason, server::Deregistered::Reason::Request);
  const auto notified = second.all<server::Notification>();
  ASSERT_EQ(notified.size(), 1u);
  EXPECT_EQ(notified[0].values[0].value.view(), Value::integer(102));
  const auto links = second.shard.find(kEndpoint);
  ASSERT_TRUE(links);
  EXPECT_TRUE(links->has_instance(3303, 0));
  EXPECT_FALSE(links->has_instance(3303, 1)) << "the others have the new list";
  device.thermometers.set(0, 50);
  net.run_for(seconds(5));
  EXPECT_TRUE(first.all<server::Notification>().empty()) << "its observation is gone";
  // The new owner manages the rule, and the one who left can do nothing.
  Operation grant;
  grant.kind = OperationKind::Write;
  grant.path = Path(2, 1, 2, 103);
  grant.values = {{Path(2, 1, 2, 103), Value::integer(3), {}}};
  EXPECT_TRUE(second.perform(kEndpoint, grant).success());
}

TEST_F(Unbootstrap, SeveralAtOnceDoNotInheritFromEachOther) {
  LINNET_REQ("UB-02");
  LINNET_REQ("UB-04");
  auto configuration = accounts({101, 102, 103});
  configuration.values.push_back({Path(3303, 0, 5700), Value::floating(1)});
  configuration.values.push_back({Path(3303, 1, 5700), Value::floating(2)});
  add_rule(configuration, 1, Path(3303, 0), 101, {{101, 15}, {102, 15}});
  add_rule(configuration, 2, Path(3303, 1), 101, {{101, 15}, {102, 15}, {103, 1}});
  begin(configuration);
  take_away({Path(0, 1), Path(0, 2)});
  EXPECT_EQ(device.thermometers.values.count(0), 0u);
  EXPECT_EQ(owner(Path(3303, 1)), 103);
  EXPECT_FALSE(first.registered(kEndpoint));
  EXPECT_FALSE(second.registered(kEndpoint));
  EXPECT_TRUE(third.registered(kEndpoint));
}

TEST_F(Unbootstrap, IsTheSameOnABadNetwork) {
  LINNET_REQ("UB-07");
  auto configuration = accounts({101, 102, 103});
  configuration.values.push_back({Path(3303, 0, 5700), Value::floating(1)});
  add_rule(configuration, 1, Path(3303, 0), 101, {{101, 15}, {102, 2}, {103, 8}});
  begin(configuration);
  net.quality = {
      .loss = 30, .duplicate = 20, .delay_min = milliseconds(5), .delay_max = milliseconds(500)};
  server::BootstrapConfiguration away;
  away.name = "sim";
  away.endpoints = {"*"};
  away.deletes = {Path(0, 1)};
  bootstrap.put(away);
  ASSERT_TRUE(device.client.bootstrap(net.now()).ok());
  ASSERT_TRUE(
      net.run_until([&] { return device.count(EventType::BootstrapDone) == 2; }, seconds(86400)));
  EXPECT_EQ(owner(Path(3303, 0)), 102) << "a tie: the lower";
  EXPECT_EQ(device.server.find_server(101), nullptr);
}

}  // namespace
}  // namespace linnet::sim
