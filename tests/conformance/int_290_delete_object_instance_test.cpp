// SPDX-License-Identifier: Apache-2.0
// 290 Delete Object Instance, which refers to 1635 Delete Portfolio Object Instance.
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server discovers the object /16.
// Step 2: it deletes every instance.
// Step 3: Discover as in step 1.
// Passes if
//   1. step 1 shows /16 and /16/0/0 with dim=4;
//   2. every Delete is answered 2.02 (the specification prints 2.04, which is no answer to a
//      Delete);
//   3. step 3 shows the object without any instance.
// The device tells of what is gone by an Update with the whole list.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int290 : public EnablerTest {};

TEST_P(Int290, DeviceAndServer) {
  LINNET_REQ("DM-59");
  LINNET_REQ("DM-61");
  LINNET_REQ("REG-35");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  w.device->portfolio.instances[4] = {{0, "x"}};

  // 1
  EXPECT_EQ(w.discover(Path(16)).response().payload(),
            "</16>,</16/0>,</16/0/0>;dim=4,</16/4>,</16/4/0>;dim=1");
  // 2
  const std::size_t mark = w.wire.mark();
  for (const lwm2m::Id instance : {lwm2m::Id{0}, lwm2m::Id{4}}) {
    const Step remove = w.remove(Path(16, instance));
    EXPECT_EQ(remove.asked(), "DELETE /16/" + std::to_string(instance));
    EXPECT_EQ(remove.answered(), "2.02");
    EXPECT_TRUE(remove.result.success());
  }
  EXPECT_TRUE(w.device->portfolio.instances.empty());
  // 3
  EXPECT_EQ(w.discover(Path(16)).response().payload(), "</16>");

  w.net.run_for(seconds(5));
  const auto updates = w.wire.by_device(mark);
  ASSERT_FALSE(updates.empty());
  EXPECT_TRUE(updates.back().request.payload().ends_with(",</1/0>,</3/0>,</16>"));
  EXPECT_TRUE(w.registration()->has_object(16));
  EXPECT_FALSE(w.registration()->has_instance(16, 0));
}

TEST_P(Int290, WhatMayNotBeDeleted) {
  LINNET_REQ("DM-60");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  EXPECT_EQ(w.remove(Path(3, 0)).answered(), "4.05");
  EXPECT_EQ(w.remove(Path(16, 3)).answered(), "4.04");
  EXPECT_TRUE(w.read(Path(3, 0, 0), ContentFormat::Text).result.success());
}

LINNET_EVERY_ENABLER(Int290);

}  // namespace
}  // namespace linnet::conformance
