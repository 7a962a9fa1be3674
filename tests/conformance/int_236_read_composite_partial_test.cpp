// SPDX-License-Identifier: Apache-2.0
// 236 Read-Composite of which only a part is there (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /1/0, /3/0/11/0, /3339/0/5522 and /3353/0/6030 in one request; the
//         device has no objects 3339 and 3353.
// Passes if it is answered 2.05 with the values of the first two and nothing else.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int236 : public EnablerTest {};

TEST_P(Int236, DeviceAndServer) {
  LINNET_REQ("DM-63");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step read = w.read_composite(
        {Path(1, 0), Path(3, 0, 11, 0), Path(3339, 0, 5522), Path(3353, 0, 6030)}, format);
    EXPECT_EQ(read.answered(), "2.05" + ct(format));
    EXPECT_EQ(read.result.values,
              together(server_instance(), values({{Path(3, 0, 11, 0), Value::integer(0)}})));
  }
}

LINNET_ENABLERS_FROM_11(Int236);

}  // namespace
}  // namespace linnet::conformance
