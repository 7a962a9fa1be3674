// SPDX-License-Identifier: Apache-2.0
// 225 Read on a resource instance (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads the error code instance /3/0/11/0.
// Passes if it is answered 2.05 with 0; an instance that is not there is answered 4.04, and one of
// a resource that is not multiple 4.05.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int225 : public EnablerTest {};

TEST_P(Int225, DeviceAndServer) {
  LINNET_REQ("DM-04");
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-16");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const Path path(3, 0, 11, 0);
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Cbor,
                                     ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step read = w.read(path, format);
    EXPECT_EQ(read.asked(), "GET /3/0/11/0" + accept(format));
    EXPECT_EQ(read.answered(), "2.05" + ct(format));
    EXPECT_EQ(read.result.values, values({{path, Value::integer(0)}}));
  }
  EXPECT_EQ(w.read(Path(3, 0, 11, 5)).answered(), "4.04");
  EXPECT_EQ(w.read(Path(3, 0, 0, 0)).answered(), "4.05");
}

LINNET_ENABLERS_FROM_11(Int225);

}  // namespace
}  // namespace linnet::conformance
