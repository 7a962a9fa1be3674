// SPDX-License-Identifier: Apache-2.0
// 271 Create Multiple Resource Instance. The specification names the case and leaves its steps
// open; these are ours.
//
// Before: the configuration with a portfolio of one instance with four identities, the device is
//         registered.
// Step 1: the server adds identity 7 to /16/0/0 by a Partial Update of the instance, in TLV.
// Step 2: it discovers /16/0.
// Step 3: it replaces /16/0/0 by two identities.
// Step 4: it reads /16/0.
// Passes if
//   1. the Writes are answered 2.04;
//   2. step 2 shows dim=5: the others are still there;
//   3. step 4 gives the two of step 3, and none of the others.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int271 : public EnablerTest {};

TEST_P(Int271, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-31");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();

  // 1, 2
  const Step update = w.write(Path(16, 0), values({{Path(16, 0, 0, 7), Value::string("new")}}),
                              ContentFormat::Tlv, OperationKind::WriteUpdate);
  EXPECT_EQ(update.asked(), "POST /16/0 ct=11542");
  EXPECT_EQ(update.answered(), "2.04");
  EXPECT_EQ(w.discover(Path(16, 0)).response().payload(), "</16/0>,</16/0/0>;dim=5");
  EXPECT_EQ(w.device->portfolio.instances[0].at(7), "new");
  EXPECT_EQ(w.device->portfolio.instances[0].at(0), "Host Device ID #1");
  // 3, 4
  const auto two = values(
      {{Path(16, 0, 0, 2), Value::string("two")}, {Path(16, 0, 0, 9), Value::string("nine")}});
  const Step replace = w.write(Path(16, 0, 0), two, ContentFormat::Tlv);
  EXPECT_EQ(replace.asked(), "PUT /16/0/0 ct=11542");
  EXPECT_EQ(replace.answered(), "2.04");
  EXPECT_EQ(w.read(Path(16, 0), ContentFormat::Tlv).result.values, two);
}

LINNET_EVERY_ENABLER(Int271);

}  // namespace
}  // namespace linnet::conformance
