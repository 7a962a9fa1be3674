// SPDX-License-Identifier: Apache-2.0
// 222 Read on an object (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /1.
// Step 2: it reads /3.
// Passes if both are answered 2.05 with all instances and their readable resources, and with
// nothing else.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int222 : public EnablerTest {};

TEST_P(Int222, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-14");
  LINNET_REQ("DM-17");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step servers = w.read(Path(1), format);
    EXPECT_EQ(servers.asked(), "GET /1" + accept(format));
    EXPECT_EQ(servers.answered(), "2.05" + ct(format));
    EXPECT_EQ(servers.result.values, server_instance());
    const Step device = w.read(Path(3), format);
    EXPECT_EQ(device.asked(), "GET /3" + accept(format));
    EXPECT_EQ(device.answered(), "2.05" + ct(format));
    EXPECT_EQ(device.result.values, device_instance());
  }
  EXPECT_EQ(w.read(Path(5)).answered(), "4.04");
}

TEST_P(Int222, AnObjectWithoutInstancesIsEmpty) {
  LINNET_REQ("DM-15");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  w.remove(Path(16, 0));
  const Step read = w.read(Path(16), ContentFormat::SenmlJson);
  EXPECT_EQ(read.answered(), "2.05 ct=110");
  EXPECT_EQ(read.response().payload(), "[]");
  EXPECT_TRUE(read.result.success());
  EXPECT_TRUE(read.result.values.empty());
}

LINNET_ENABLERS_FROM_11(Int222);

}  // namespace
}  // namespace linnet::conformance
