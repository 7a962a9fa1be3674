// SPDX-License-Identifier: Apache-2.0
// Pins that a device whose power fails at any write of a bootstrap comes back with the
// configuration of before or with the one of after, never with a mixture.
#include <requirement.hpp>
#include <sim_bootstrap.hpp>

namespace linnet::sim {
namespace {

using Kind = server::BootstrapEvent::Kind;

const SocketAddress kBootstrap = host(10);
const SocketAddress kDevice = host(11);

server::BootstrapConfiguration before() {
  auto configuration = accounts({101, 102});
  add_rule(configuration, 0, Path(3, 0), 101, {{101, 15}, {102, 1}});
  add_rule(configuration, 1, Path(3303), 65535, {{102, 16}});
  return configuration;
}

server::BootstrapConfiguration after() {
  auto configuration = accounts({102, 103}, 600);
  add_rule(configuration, 0, Path(3, 0), 103, {{103, 15}});
  add_rule(configuration, 5, Path(3303), 65535, {{103, 16}});
  return configuration;
}

/// Objects 0, 1 and 2 of a device that starts with what is in the flash.
std::string restarted(Network& net, SimFlash& flash) {
  flash.cut_at.reset();
  BootstrapSimDevice device(net, kDevice, kBootstrap, flash, 9);
  device.start();
  EXPECT_EQ(device.count(client::EventType::ConfigurationNotRestored), 0u);
  const std::string all = device.configuration();
  return all.substr(0, all.find("/3303/"));
}

class PowerCut : public ::testing::TestWithParam<bool> {};

TEST_P(PowerCut, LeavesTheOldConfigurationOrTheNewOne) {
  LINNET_REQ("BS-28");
  std::string old_configuration;
  std::string new_configuration;
  std::size_t old_ones = 0;
  std::size_t new_ones = 0;
  bool done = false;
  for (std::size_t cut = 0; !done; ++cut) {
    ASSERT_LT(cut, 3000u);
    Network net(21);
    SimBootstrapServer bootstrap(net, kBootstrap);
    SimServer first(net, host(1));
    SimServer second(net, host(2));
    SimServer third(net, host(3));
    SimFlash flash;
    bootstrap.put(before());
    {
      BootstrapSimDevice device(net, kDevice, kBootstrap, flash, 5, lwm2m::kEnabler12);
      device.start();
      ASSERT_TRUE(net.run_until([&] { return device.registered(102); }, seconds(60)));
      ASSERT_TRUE(net.run_until([&] { return device.registered(101); }, seconds(60)));
      net.run_for(seconds(1));
      if (old_configuration.empty()) {
        const std::string all = device.configuration();
        old_configuration = all.substr(0, all.find("/3303/"));
      }
      bootstrap.put(after());
      flash.calls = 0;
      flash.cut_at = cut;
      if (GetParam()) {
        ASSERT_TRUE(device.client.bootstrap(net.now()).ok());
      } else {
        // The bootstrap server vanishes in the middle: the cut may fall into the roll-back.
        ASSERT_TRUE(device.client.bootstrap(net.now()).ok());
        net.run_for(milliseconds(60));
        net.detach(kBootstrap);
      }
      done = !net.run_until([&] { return flash.cut(); }, seconds(400));
      if (done && new_configuration.empty()) {
        const std::string all = device.configuration();
        new_configuration = all.substr(0, all.find("/3303/"));
      }
    }
    const std::string found = restarted(net, flash);
    const bool is_old = found == old_configuration;
    old_ones += is_old ? 1 : 0;
    new_ones += is_old ? 0 : 1;
    if (!is_old && new_configuration.empty()) new_configuration = found;
    ASSERT_TRUE(is_old || found == new_configuration) << "cut at call " << cut << "\n" << found;
  }
  EXPECT_GT(old_ones, 3u);
  if (GetParam()) {
    EXPECT_GE(new_ones, 1u);
    EXPECT_NE(new_configuration, old_configuration);
    EXPECT_NE(new_configuration.find("/1/3/0=103"), std::string::npos) << new_configuration;
    EXPECT_EQ(new_configuration.find("101"), std::string::npos) << new_configuration;
  } else {
    EXPECT_EQ(new_ones, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(FinishedAndAbandoned, PowerCut, ::testing::Bool());

}  // namespace
}  // namespace linnet::sim
