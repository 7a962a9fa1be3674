// SPDX-License-Identifier: Apache-2.0
// 107 Extending the lifetime of a registration (1.1): Updates without parameters keep it alive.
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes 120 s to the lifetime, /1/0/1.
// Step 2: the device tells the new lifetime by an Update.
// Step 3: the server waits for longer than the lifetime.
// Passes if the Write is answered 2.04, the Update of step 2 has lt=120, each further Update comes
// before the lifetime has passed and has no parameter, and the device stays registered.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int107 : public EnablerTest {};

TEST_P(Int107, DeviceAndServer) {
  LINNET_REQ("REG-34");
  LINNET_REQ("REG-36");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const std::string location = w.wire.by_device().at(0).responses.at(0).location();
  const std::size_t mark = w.wire.mark();
  EXPECT_EQ(w.set(Path(1, 0, 1), Value::integer(120), ContentFormat::Text).answered(), "2.04");
  w.net.run_for(seconds(400));
  const auto updates = w.wire.by_device(mark);
  ASSERT_GE(updates.size(), 4u);
  EXPECT_EQ(updates[0].asked(), "POST " + location + "?lt=120");
  for (std::size_t i = 1; i < updates.size(); ++i) {
    EXPECT_EQ(updates[i].asked(), "POST " + location);
    EXPECT_EQ(updates[i].answered(), "2.04");
    EXPECT_LT(updates[i].at - updates[i - 1].at, seconds(120));
  }
  EXPECT_TRUE(w.registration());
  EXPECT_EQ(w.device->count(EventType::Registered), 1u);
}

LINNET_EVERY_ENABLER(Int107);

}  // namespace
}  // namespace linnet::conformance
