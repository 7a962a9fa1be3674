// SPDX-License-Identifier: Apache-2.0
// 226 Write (Partial Update) on an object instance (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes lifetime 60 and storing false to /1/0 by a Partial Update.
// Step 2: it reads /1/0.
// Passes if the Write, a POST, is answered 2.04, and the Read is answered 2.05 with what was
// written and the other resources untouched.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int226 : public EnablerTest {};

TEST_P(Int226, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-37");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format :
       {ContentFormat::SenmlJson, ContentFormat::SenmlCbor, ContentFormat::Tlv}) {
    const Step write = w.write(
        Path(1, 0),
        values({{Path(1, 0, 1), Value::integer(60)}, {Path(1, 0, 6), Value::boolean(false)}}),
        format, OperationKind::WriteUpdate);
    EXPECT_EQ(write.asked(), "POST /1/0" + ct(format));
    EXPECT_EQ(write.answered(), "2.04");
    auto expected = server_instance(60);
    expected[2].value = Value::boolean(false);
    EXPECT_EQ(w.read(Path(1, 0), format).result.values, expected);
    w.write(Path(1, 0),
            values({{Path(1, 0, 1), Value::integer(86400)}, {Path(1, 0, 6), Value::boolean(true)}}),
            format, OperationKind::WriteUpdate);
    EXPECT_EQ(w.read(Path(1, 0), format).result.values, server_instance());
  }
}

LINNET_ENABLERS_FROM_11(Int226);

}  // namespace
}  // namespace linnet::conformance
