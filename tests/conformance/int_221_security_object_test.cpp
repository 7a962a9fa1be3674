// SPDX-License-Identifier: Apache-2.0
// 221 Attempts on the Security object (1.1): no server may touch /0.
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads /0/0.
// Step 2: it writes the server URI, /0/0/0.
// Step 3: it attaches pmin=10 to /0.
// Passes if each of them, and every other operation on /0, is answered 4.01, and the object stays
// as it is.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int221 : public EnablerTest {};

TEST_P(Int221, DeviceAndServer) {
  LINNET_REQ("DM-02");
  World w(kBasic, GetParam());
  w.power_on_registered();
  EXPECT_EQ(w.read(Path(0, 0)).answered(), "4.01");
  EXPECT_EQ(w.set(Path(0, 0, 0), Value::string("coap://elsewhere"), ContentFormat::Text).answered(),
            "4.01");
  EXPECT_EQ(w.write_attributes(Path(0), {"pmin=10"}).answered(), "4.01");
  EXPECT_EQ(w.discover(Path(0)).answered(), "4.01");
  EXPECT_EQ(w.observe(Path(0, 0)).answered(), "4.01");
  EXPECT_EQ(w.execute(Path(0, 0, 3)).answered(), "4.01");
  EXPECT_EQ(w.remove(Path(0, 0)).answered(), "4.01");
  const Step create =
      w.create(Path(0), values({{Path(0, 9, 0), Value::string("coap://x")}}), ContentFormat::Tlv);
  EXPECT_EQ(create.answered(), "4.01");
  EXPECT_EQ(create.result.code, Code::Unauthorized);
  EXPECT_EQ(w.device->security.find(0)->uri.text(), "coap://10.0.0.1:5683");
  EXPECT_EQ(w.device->security.find(9), nullptr);
}

LINNET_EVERY_ENABLER(Int221);

}  // namespace
}  // namespace linnet::conformance
