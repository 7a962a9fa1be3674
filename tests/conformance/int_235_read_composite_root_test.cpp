// SPDX-License-Identifier: Apache-2.0
// 235 Read-Composite on the root (1.1).
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server reads the path "/" by a Read-Composite.
// Passes if it is answered 2.05 with everything readable of all objects, but nothing of /0.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int235 : public EnablerTest {};

TEST_P(Int235, DeviceAndServer) {
  LINNET_REQ("DM-62");
  LINNET_REQ("DM-64");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  const auto everything =
      together(together(server_instance(), device_instance()),
               values({{Path(16, 0, 0, 0), Value::string("Host Device ID #1")},
                       {Path(16, 0, 0, 1), Value::string("Host Device Manufacturer #1")},
                       {Path(16, 0, 0, 2), Value::string("Host Device Model #1")},
                       {Path(16, 0, 0, 3), Value::string("Host Device Software Version #1")}}));
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step read = w.read_composite({Path()}, format);
    EXPECT_EQ(read.asked(), "FETCH /" + ct(format) + accept(format));
    if (format == ContentFormat::SenmlJson) {
      EXPECT_EQ(read.request().payload(), R"([{"n":"/"}])");
    }
    EXPECT_EQ(read.answered(), "2.05" + ct(format));
    EXPECT_EQ(together(read.result.values, {}), everything);
  }
}

LINNET_ENABLERS_FROM_11(Int235);

}  // namespace
}  // namespace linnet::conformance
