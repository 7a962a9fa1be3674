// SPDX-License-Identifier: Apache-2.0
// 103 Deregistration: a device that goes away tells the server.
//
// Before: the configuration with defaults in /1/0, the device is registered.
// Step 1: the server executes Disable, /1/0/4.
// Step 2: the device sends a De-register.
// Passes if
//   1. the Execute is answered 2.04;
//   2. the De-register is answered 2.02;
//   3. the server no longer knows the device.
// The application behind our client sees that a server wants to be left alone and stops it.
#include <conformance/world.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

class Int103 : public EnablerTest {};

TEST_P(Int103, DeviceAndServer) {
  LINNET_REQ("DM-45");
  LINNET_REQ("REG-42");
  LINNET_REQ("REG-43");
  World w(kServerDefaults, GetParam());
  w.power_on_registered();
  const std::string location = w.wire.by_device().at(0).responses.at(0).location();

  // 1
  const std::size_t mark = w.wire.mark();
  const Step disable = w.execute(Path(1, 0, 4));
  EXPECT_EQ(disable.asked(), "POST /1/0/4");
  EXPECT_EQ(disable.answered(), "2.04");
  // 2
  w.net.run_for(seconds(5));
  const auto talks = w.wire.by_device(mark);
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_EQ(talks[0].asked(), "DELETE " + location);
  EXPECT_EQ(talks[0].request.type(), coap::Type::Con);
  EXPECT_EQ(talks[0].answered(), "2.02");
  EXPECT_EQ(w.device->count(EventType::Deregistered), 1u);
  EXPECT_TRUE(w.device->client.stopped());
  // 3
  EXPECT_FALSE(w.registration());
  ASSERT_EQ(w.server.all<server::Deregistered>().size(), 1u);
  EXPECT_EQ(w.server.all<server::Deregistered>()[0].reason, server::Deregistered::Reason::Request);
  EXPECT_EQ(w.server.shard.counters().registrations, 0u);
}

LINNET_EVERY_ENABLER(Int103);

// The device alone: the De-register goes to the location of the registration, after the answer.
TEST(Int103Device, DeregistersAtItsLocation) {
  LINNET_REQ("REG-42");
  RawServer raw;
  raw.accept_registration();
  const Sent executed = raw.peer.ask({.code = Code::Post, .path = "/1/0/4"});
  EXPECT_EQ(line(executed), "2.04");
  ASSERT_EQ(raw.peer.events(EventType::DisableRequested), 1u);
  raw.device.client.stop(raw.peer.now);
  const Sent request = raw.peer.expect();
  EXPECT_EQ(line(request), "DELETE /rd/1");
  EXPECT_FALSE(raw.device.client.stopped());
  raw.peer.answer(request, {.code = Code::Deleted});
  EXPECT_TRUE(raw.device.client.stopped());
}

// The server alone: a location is gone for good, and another one never was.
TEST(Int103Server, ForgetsTheLocation) {
  LINNET_REQ("REG-40");
  LINNET_REQ("REG-42");
  LINNET_REQ("REG-43");
  test::Bench bench;
  test::FakeDevice device(bench, 40001);
  const std::string location = device.register_as("node-1");
  EXPECT_EQ(device.code_of(device.request(Code::Delete, "/rd/AAAAAAAAAAA")), Code::NotFound);
  EXPECT_TRUE(bench.shard.find("node-1"));
  EXPECT_EQ(device.code_of(device.request(Code::Delete, location)), Code::Deleted);
  EXPECT_FALSE(bench.shard.find("node-1"));
  EXPECT_EQ(device.code_of(device.request(Code::Delete, location)), Code::NotFound);
  EXPECT_EQ(device.code_of(device.request(Code::Post, location)), Code::NotFound);
}

}  // namespace
}  // namespace linnet::conformance
