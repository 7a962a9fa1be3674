// SPDX-License-Identifier: Apache-2.0
// 261 Write-Attributes on a multiple resource (1.1).
//
// Before: basic configuration, the device is registered, nothing is attached to object 3.
// Step 1: the server discovers /3/0/11.
// Step 2: it attaches pmin=10 and pmax=200 to /3.
// Step 3: it attaches pmax=320 to /3/0.
// Step 4: it attaches pmax=100, epmin=1 and epmax=20 to the resource instance /3/0/11/0.
// Step 5: Discover as in step 1.
// Passes if the Write-Attributes are answered 2.04, the Discovers 2.05, and
//   1. step 1 shows the resource with dim=1 and its instance, without other attributes;
//   2. step 5 shows at the resource what it inherits, the nearer level first: pmin=10 and
//      pmax=320, and at the instance what is attached there.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int261 : public EnablerTest {};

TEST_P(Int261, DeviceAndServer) {
  LINNET_REQ("DM-21");
  LINNET_REQ("DM-38");
  LINNET_REQ("DM-39");
  LINNET_REQ("IR-13");
  World w(kBasic, GetParam());
  w.power_on_registered();
  // 1
  const Step first = w.discover(Path(3, 0, 11));
  EXPECT_EQ(first.asked(), "GET /3/0/11 accept=40");
  EXPECT_EQ(first.response().payload(), "</3/0/11>;dim=1,</3/0/11/0>");
  // 2, 3, 4
  const Step object = w.write_attributes(Path(3), {"pmin=10", "pmax=200"});
  EXPECT_EQ(object.asked(), "PUT /3?pmin=10&pmax=200");
  EXPECT_EQ(object.answered(), "2.04");
  EXPECT_EQ(w.write_attributes(Path(3, 0), {"pmax=320"}).answered(), "2.04");
  const Step one = w.write_attributes(Path(3, 0, 11, 0), {"pmax=100", "epmin=1", "epmax=20"});
  EXPECT_EQ(one.asked(), "PUT /3/0/11/0?pmax=100&epmin=1&epmax=20");
  EXPECT_EQ(one.answered(), "2.04");
  // 5
  const Step second = w.discover(Path(3, 0, 11));
  EXPECT_EQ(second.response().payload(),
            "</3/0/11>;dim=1;pmin=10;pmax=320,</3/0/11/0>;pmax=100;epmin=1;epmax=20");
  ASSERT_EQ(second.result.links.size(), 2u);
  EXPECT_EQ(second.result.links[0].path, Path(3, 0, 11));
  EXPECT_EQ(second.result.links[0].attributes, "dim=1;pmin=10;pmax=320");
  EXPECT_EQ(second.result.links[1].attributes, "pmax=100;epmin=1;epmax=20");
  // Taken away again, level by level.
  EXPECT_EQ(w.write_attributes(Path(3, 0), {"pmax"}).asked(), "PUT /3/0?pmax");
  EXPECT_EQ(w.discover(Path(3, 0, 11)).result.links.at(0).attributes, "dim=1;pmin=10;pmax=200");
  w.write_attributes(Path(3), {"pmin", "pmax"});
  w.write_attributes(Path(3, 0, 11, 0), {"pmax", "epmin", "epmax"});
  EXPECT_EQ(w.discover(Path(3, 0, 11)).response().payload(), "</3/0/11>;dim=1,</3/0/11/0>");
}

LINNET_ENABLERS_FROM_11(Int261);

}  // namespace
}  // namespace linnet::conformance
