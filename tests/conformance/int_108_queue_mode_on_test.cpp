// SPDX-License-Identifier: Apache-2.0
// 108 Turning queue mode on (1.1): a device that sleeps says so when it registers.
//
// Before: basic configuration, the device is set to use queue mode.
// Step 1: it registers.
// Passes if the Register has the parameter Q, with 1.0 the binding UQ, is answered 2.01, and the
// server knows that the device uses queue mode.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int108 : public EnablerTest {};

TEST_P(Int108, DeviceAndServer) {
  LINNET_REQ("QM-02");
  LINNET_REQ("REG-08");
  LINNET_REQ("REG-09");
  World w(kBasic, GetParam());
  w.options.queue_mode = true;
  if (GetParam() == lwm2m::kEnabler10) w.options.binding = "UQ";
  w.power_on_registered();
  const auto talks = w.wire.by_device();
  const std::string minor = std::to_string(GetParam().minor);
  EXPECT_EQ(talks.at(0).asked(), "POST /rd?ep=urn:dev:ops:0000-linnet-1&lt=86400&lwm2m=1." + minor +
                                     (GetParam() == lwm2m::kEnabler10 ? "&b=UQ" : "&b=U&Q") +
                                     " ct=40");
  EXPECT_TRUE(w.registration()->queue_mode);
  EXPECT_TRUE(w.registration()->binding.has('U'));

  w.options.queue_mode = false;
  w.options.binding = "U";
  w.power_on_registered();
  EXPECT_FALSE(w.registration()->queue_mode);
}

LINNET_EVERY_ENABLER(Int108);

}  // namespace
}  // namespace linnet::conformance
