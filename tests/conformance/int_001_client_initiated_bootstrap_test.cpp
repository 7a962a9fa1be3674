// SPDX-License-Identifier: Apache-2.0
// LightweightM2M-1.0-int-1: client-initiated bootstrap.
// Steps: 1. Without an instance of object 1 the client sends a Bootstrap-Request, POST /bs?ep=.
// 2. The bootstrap server writes the configuration, PUT /0 and PUT /1. 3. It looks at the result by
// Bootstrap-Discover, GET / with Accept 40. 4. It sends Bootstrap-Finish, POST /bs.
// Pass: 1. 2.04 to the request. 2., 3. The client takes both writes with 2.04. 4. 2.05, and the
// list names the instances of objects 0, 1 and 3 with `ssid` where a server has one. 5. 2.04 to
// Finish: no inconsistency. Our bootstrap server looks before it writes; a second session of it
// shows the result.
#include <conformance/world.hpp>
#include <sim_bootstrap.hpp>

namespace linnet::conformance {
namespace {

class Int001 : public ::testing::TestWithParam<lwm2m::Version> {};

TEST_P(Int001, ClientInitiatedBootstrap) {
  LINNET_REQ("BS-21");
  LINNET_REQ("BS-24");
  LINNET_REQ("BS-32");
  LINNET_REQ("BS-48");
  LINNET_REQ("BS-56");
  const SocketAddress bootstrap_host = sim::host(10);
  sim::Network net(1);
  sim::SimBootstrapServer bootstrap(net, bootstrap_host);
  sim::SimServer server(net, sim::host(1));
  std::vector<std::string> wire;
  std::vector<std::string> lists;
  net.on_datagram = [&](Instant, const sim::Datagram& datagram, bool) {
    if (datagram.from != bootstrap_host && datagram.to != bootstrap_host) return;
    const Sent message{0, datagram.bytes};
    wire.push_back(line(message));
    if (wire.back().find("ct=40") != std::string::npos) lists.push_back(message.payload());
  };
  auto configuration = sim::accounts({101});
  configuration.writes = server::BootstrapWrites::Objects;
  configuration.deletes.clear();
  bootstrap.put(configuration);
  sim::SimFlash flash;
  sim::BootstrapSimDevice device(net, sim::host(11), bootstrap_host, flash, 5, GetParam());
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(101); }, seconds(60)));
  const bool first = GetParam() == lwm2m::kEnabler10;
  EXPECT_EQ(wire,
            (std::vector<std::string>{
                first ? "POST /bs?ep=urn:dev:sim:1" : "POST /bs?ep=urn:dev:sim:1&pct=11542", "2.04",
                "PUT /0 ct=11542", "2.04", "PUT /1 ct=11542", "2.04", "POST /bs", "2.04"}));

  // The result, as Discover shows it.
  configuration.mode = server::BootstrapMode::Needed;
  bootstrap.put(configuration);
  ASSERT_TRUE(device.client.bootstrap(net.now()).ok());
  ASSERT_TRUE(net.run_until(
      [&] { return bootstrap.count(server::BootstrapEvent::Kind::Finished) == 2; }, seconds(60)));
  ASSERT_FALSE(lists.empty());
  const std::string& list = lists.front();
  EXPECT_EQ(list.rfind("</>;lwm2m=1.", 0), 0u) << list;
  EXPECT_NE(list.find("</0/0>,"), std::string::npos) << list;
  EXPECT_NE(list.find("</0/1>;ssid=101"), std::string::npos) << list;
  EXPECT_NE(list.find("</1/1>;ssid=101"), std::string::npos) << list;
  EXPECT_NE(list.find("</3/0>"), std::string::npos) << list;
}

INSTANTIATE_TEST_SUITE_P(Versions, Int001,
                         ::testing::Values(lwm2m::kEnabler10, lwm2m::kEnabler11,
                                           lwm2m::kEnabler12));

}  // namespace
}  // namespace linnet::conformance
