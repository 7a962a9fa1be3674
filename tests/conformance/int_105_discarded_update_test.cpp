// SPDX-License-Identifier: Apache-2.0
// 105 Discarded Registration Update (1.1): a server that no longer knows a registration says so,
// and the device registers again.
//
// Before: basic configuration, the device is registered.
// Step 1: the server drops the registration without a word.
// Step 2: the device sends an Update.
// Step 3: the server answers it with 4.04.
// Step 4: the device sends a Register.
// Passes if the Update is answered 4.04 and the Register that follows is answered 2.01.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int105 : public EnablerTest {};

TEST_P(Int105, DeviceAndServer) {
  LINNET_REQ("REG-39");
  LINNET_REQ("REG-40");
  World w({.lifetime = 60}, GetParam());
  w.power_on_registered();
  const std::string location = w.wire.by_device().at(0).responses.at(0).location();
  // 1
  const auto old_id = w.registration()->id;
  ASSERT_TRUE(w.server.shard.remove(w.net.now(), old_id));
  EXPECT_FALSE(w.registration());
  // 2, 3, 4
  const std::size_t mark = w.wire.mark();
  w.net.run_for(seconds(60));
  const auto talks = w.wire.by_device(mark);
  ASSERT_GE(talks.size(), 2u);
  EXPECT_EQ(talks[0].asked(), "POST " + location);
  EXPECT_EQ(talks[0].answered(), "4.04");
  EXPECT_TRUE(talks[1].asked().starts_with("POST /rd?ep=")) << talks[1].asked();
  EXPECT_EQ(talks[1].responses.at(0).code(), Code::Created);
  EXPECT_EQ(w.device->count(EventType::RegistrationLost), 1u);
  EXPECT_EQ(w.device->count(EventType::Registered), 2u);
  ASSERT_TRUE(w.registration());
  EXPECT_NE(w.registration()->id, old_id);
}

LINNET_EVERY_ENABLER(Int105);

}  // namespace
}  // namespace linnet::conformance
