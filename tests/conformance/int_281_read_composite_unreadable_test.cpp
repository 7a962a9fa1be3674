// SPDX-License-Identifier: Apache-2.0
// 281 A partly successful Read-Composite (1.1): what cannot be read is left out.
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /1/0/1, /1/0/7 and /1/0/8 in one request; /1/0/8 can only be executed.
// Passes if it is answered 2.05 with the first two values and nothing of the third.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int281 : public EnablerTest {};

TEST_P(Int281, DeviceAndServer) {
  LINNET_REQ("DM-63");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step read = w.read_composite({Path(1, 0, 1), Path(1, 0, 7), Path(1, 0, 8)}, format);
    EXPECT_EQ(read.answered(), "2.05" + ct(format));
    EXPECT_EQ(read.result.values, values({{Path(1, 0, 1), Value::integer(86400)},
                                          {Path(1, 0, 7), Value::string("U")}}));
  }
}

LINNET_ENABLERS_FROM_11(Int281);

}  // namespace
}  // namespace linnet::conformance
