// SPDX-License-Identifier: Apache-2.0
// 256 A Write that fails (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes the short server id, /1/0/0, which is read-only.
// Step 2: it reads it.
// Passes if the Write is answered 4.05 and the value is the same as before.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int256 : public EnablerTest {};

TEST_P(Int256, DeviceAndServer) {
  LINNET_REQ("DM-03");
  LINNET_REQ("DM-27");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const Path path(1, 0, 0);
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Tlv}) {
    const Step write = w.set(path, Value::integer(123), format);
    EXPECT_EQ(write.asked(), "PUT /1/0/0" + ct(format));
    EXPECT_EQ(write.answered(), "4.05");
    EXPECT_FALSE(write.result.success());
    EXPECT_EQ(write.result.outcome, server::Outcome::Answered);
    EXPECT_EQ(write.result.code, Code::MethodNotAllowed);
    EXPECT_EQ(w.read(path, format).value(path), Value::integer(101));
  }
}

LINNET_EVERY_ENABLER(Int256);

}  // namespace
}  // namespace linnet::conformance
