// SPDX-License-Identifier: Apache-2.0
// 241 Rebooting the device.
//
// Before: basic configuration, the device is registered.
// Step 1: the server executes Reboot, /3/0/4.
// Step 2: the device reboots and registers again, as in case 101.
// Passes if
//   1. the Execute is answered 2.04;
//   2. the device registers anew and the server takes the new registration for the old one.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int241 : public EnablerTest {};

TEST_P(Int241, DeviceAndServer) {
  LINNET_REQ("DM-45");
  LINNET_REQ("OBJ-02");
  LINNET_REQ("REG-17");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const auto old_id = w.registration()->id;

  // 1
  const Step reboot = w.execute(Path(3, 0, 4));
  EXPECT_EQ(reboot.asked(), "POST /3/0/4");
  EXPECT_TRUE(reboot.request().view().payload().empty());
  EXPECT_EQ(reboot.answered(), "2.04");
  EXPECT_TRUE(reboot.result.success());
  client::DeviceRequest request{};
  ASSERT_TRUE(w.device->device.poll_request(request));
  EXPECT_EQ(request, client::DeviceRequest::Reboot);
  EXPECT_FALSE(w.device->device.poll_request(request));
  // 2
  const std::size_t mark = w.wire.mark();
  w.power_on_registered();
  const auto talks = w.wire.by_device(mark);
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_TRUE(talks[0].asked().starts_with("POST /rd?ep=")) << talks[0].asked();
  EXPECT_EQ(talks[0].responses.at(0).code(), Code::Created);
  ASSERT_TRUE(w.registration());
  EXPECT_NE(w.registration()->id, old_id);
  EXPECT_EQ(w.server.all<server::Registered>().size(), 2u);
  ASSERT_EQ(w.server.all<server::Deregistered>().size(), 1u);
  EXPECT_EQ(w.server.all<server::Deregistered>()[0].id, old_id);
  EXPECT_EQ(w.server.all<server::Deregistered>()[0].reason, server::Deregistered::Reason::Replaced);
  EXPECT_EQ(w.server.shard.counters().registrations, 1u);
}

LINNET_EVERY_ENABLER(Int241);

}  // namespace
}  // namespace linnet::conformance
