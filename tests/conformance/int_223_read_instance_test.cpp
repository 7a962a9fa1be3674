// SPDX-License-Identifier: Apache-2.0
// 223 Read on an object instance (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /1/0.
// Step 2: it reads /3/0.
// Passes if both are answered 2.05 with the readable resources of the instance and nothing else;
// an instance that does not exist is answered 4.04.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int223 : public EnablerTest {};

TEST_P(Int223, DeviceAndServer) {
  LINNET_REQ("DM-04");
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-14");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format :
       {ContentFormat::SenmlJson, ContentFormat::SenmlCbor, ContentFormat::Tlv}) {
    const Step server = w.read(Path(1, 0), format);
    EXPECT_EQ(server.asked(), "GET /1/0" + accept(format));
    EXPECT_EQ(server.answered(), "2.05" + ct(format));
    EXPECT_EQ(server.result.values, server_instance());
    const Step device = w.read(Path(3, 0), format);
    EXPECT_EQ(device.asked(), "GET /3/0" + accept(format));
    EXPECT_EQ(device.answered(), "2.05" + ct(format));
    EXPECT_EQ(device.result.values, device_instance());
  }
  EXPECT_EQ(w.read(Path(3, 1)).answered(), "4.04");
}

LINNET_ENABLERS_FROM_11(Int223);

}  // namespace
}  // namespace linnet::conformance
