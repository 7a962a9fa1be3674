// SPDX-License-Identifier: Apache-2.0
// 102 Registration Update: a changed lifetime reaches the server by an Update, and Updates keep
// the registration alive.
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes 20 s to the lifetime, /1/0/1.
// Step 2: the device sends an Update with that lifetime.
// Step 3: before the 20 s are over it sends another one, without any parameter.
// Passes if
//   1. the Write is answered 2.04;
//   2. the server sees an Update with lt=20, and
//   3. answers it with 2.04;
//   4. the server sees the Update of step 3 (a device that does not send it is forgotten after
//      20 s: see below).
#include <conformance/world.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

class Int102 : public EnablerTest {};

TEST_P(Int102, DeviceAndServer) {
  LINNET_REQ("REG-32");
  LINNET_REQ("REG-33");
  LINNET_REQ("REG-34");
  LINNET_REQ("REG-36");
  LINNET_REQ("REG-38");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const std::string location = w.wire.by_device().at(0).responses.at(0).location();

  // 1
  const std::size_t mark = w.wire.mark();
  const Step write = w.set(Path(1, 0, 1), Value::integer(20), ContentFormat::Text);
  EXPECT_EQ(write.asked(), "PUT /1/0/1 ct=0");
  EXPECT_EQ(write.request().payload(), "20");
  EXPECT_EQ(write.answered(), "2.04");
  EXPECT_TRUE(write.result.success());
  // 2, 3
  w.net.run_for(seconds(1));
  auto updates = w.wire.by_device(mark);
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].asked(), "POST " + location + "?lt=20");
  EXPECT_TRUE(updates[0].request.view().payload().empty());
  EXPECT_EQ(updates[0].answered(), "2.04");
  EXPECT_EQ(w.registration()->lifetime, 20u);
  EXPECT_EQ(w.device->count(EventType::Updated), 1u);
  EXPECT_TRUE(w.server.all<server::Updated>().at(0).lifetime_changed);
  // 4
  w.net.run_for(seconds(19));
  updates = w.wire.by_device(mark);
  ASSERT_GE(updates.size(), 2u);
  EXPECT_EQ(updates[1].asked(), "POST " + location);
  EXPECT_TRUE(updates[1].request.view().payload().empty());
  EXPECT_LT(updates[1].at - updates[0].at, seconds(20));
  EXPECT_EQ(updates[1].answered(), "2.04");
  EXPECT_TRUE(w.server.all<server::Updated>().at(1).refresh_only());
  w.net.run_for(seconds(600));
  EXPECT_TRUE(w.registration());
  EXPECT_EQ(w.device->count(EventType::Registered), 1u);
}

TEST_P(Int102, ADeviceThatDoesNotUpdateIsForgotten) {
  LINNET_REQ("REG-43");
  World w(kBasic, GetParam());
  w.power_on_registered();
  w.set(Path(1, 0, 1), Value::integer(20), ContentFormat::Text);
  w.net.run_for(seconds(1));
  const Instant updated = w.registration()->updated;
  w.device.reset();  // the power is cut
  const Duration life = seconds(20) + w.server.shard.config().grace;
  w.net.run_until(updated + life - milliseconds(1));
  EXPECT_TRUE(w.registration());
  w.net.run_until(updated + life + seconds(2));
  EXPECT_FALSE(w.registration());
  EXPECT_EQ(w.server.all<server::Deregistered>().at(0).reason,
            server::Deregistered::Reason::Expired);
}

LINNET_EVERY_ENABLER(Int102);

// The device alone: an Update that is refused ends the registration, and only a Register helps.
TEST(Int102Device, RegistersAgainWhenTheUpdateIsRefused) {
  LINNET_REQ("REG-38");
  LINNET_REQ("REG-39");
  RawServer raw;
  raw.accept_registration();
  const Sent written = raw.peer.ask(
      {.code = Code::Put, .path = "/1/0/1", .payload = "20", .format = ContentFormat::Text});
  EXPECT_EQ(line(written), "2.04");
  const Sent update = raw.peer.expect();
  EXPECT_EQ(line(update), "POST /rd/1?lt=20");
  raw.peer.answer(update, {.code = Code::NotFound});
  EXPECT_FALSE(raw.device.registered());
  EXPECT_EQ(line(raw.peer.expect()),
            "POST /rd?ep=urn:dev:ops:0000-linnet-1&lt=20&lwm2m=1.1&b=U ct=40");
}

// The server alone: only what the Update carries changes.
TEST(Int102Server, ChangesWhatTheUpdateCarries) {
  LINNET_REQ("REG-32");
  LINNET_REQ("REG-35");
  test::Bench bench;
  test::FakeDevice device(bench, 40001);
  const std::string location = device.register_as("node-1", "lwm2m=1.1&lt=300&sms=49151");
  EXPECT_EQ(device.code_of(device.request(Code::Post, location).query("lt=20")), Code::Changed);
  EXPECT_EQ(bench.shard.find("node-1")->lifetime, 20u);
  EXPECT_EQ(bench.shard.find("node-1")->sms, "49151");
  EXPECT_TRUE(bench.shard.find("node-1")->has_instance(3303, 1));
  EXPECT_EQ(device.code_of(
                device.request(Code::Post, location).format(40).payload("</1/0>,</3/0>,</6/0>")),
            Code::Changed);
  EXPECT_FALSE(bench.shard.find("node-1")->has_instance(3303, 1));
  EXPECT_TRUE(bench.shard.find("node-1")->has_instance(6, 0));
  EXPECT_EQ(bench.shard.find("node-1")->lifetime, 20u);
  EXPECT_EQ(device.code_of(device.request(Code::Post, "/rd/AAAAAAAAAAA")), Code::NotFound);
}

}  // namespace
}  // namespace linnet::conformance
