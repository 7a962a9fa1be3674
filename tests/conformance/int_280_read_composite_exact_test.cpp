// SPDX-License-Identifier: Apache-2.0
// 280 A successful Read-Composite (1.1): just what was asked for.
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /3/0/16, /3/0/11/0 and /1/0 in one request.
// Passes if it is answered 2.05 with these two values and all readable resources of /1/0, and no
// other resource.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int280 : public EnablerTest {};

TEST_P(Int280, DeviceAndServer) {
  LINNET_REQ("DM-62");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const auto expected = together(server_instance(), values({{Path(3, 0, 11, 0), Value::integer(0)},
                                                            {Path(3, 0, 16), Value::string("U")}}));
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step read = w.read_composite({Path(3, 0, 16), Path(3, 0, 11, 0), Path(1, 0)}, format);
    EXPECT_EQ(read.asked(), "FETCH /" + ct(format) + accept(format));
    EXPECT_EQ(read.answered(), "2.05" + ct(format));
    EXPECT_EQ(together(read.result.values, {}), expected);
  }
}

LINNET_ENABLERS_FROM_11(Int280);

}  // namespace
}  // namespace linnet::conformance
