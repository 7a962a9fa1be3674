// SPDX-License-Identifier: Apache-2.0
// 203 Querying basic information in TLV.
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads the instance /3/0, asking for TLV (11542).
// Passes if the Read is answered 2.05 in TLV, a list of resources of kind 11 and multiple
// resources of kind 10, and the server has manufacturer, model number, serial number, firmware
// version, error code and supported binding as expected.
// A Read of the whole object wraps the same in an instance, kind 00.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

constexpr char kDeviceTlv[] =
    "c80014 4f70656e204d6f62696c6520416c6c69616e6365"      // 0: Open Mobile Alliance
    "c80116 4c69676874776569676874204d324d20436c69656e74"  // 1: Lightweight M2M Client
    "c80209 333435303030313233"                            // 2: 345000123
    "c303   312e30"                                        // 3: 1.0
    "830b   410000"                                        // 11: instance 0 is 0
    "c110   55";                                           // 16: U

class Int203 : public EnablerTest {};

TEST_P(Int203, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-14");
  LINNET_REQ("FMT-06");
  LINNET_REQ("FMT-07");
  LINNET_REQ("FMT-09");
  LINNET_REQ("FMT-10");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const server::ResourceValues expected =
      values({{Path(3, 0, 0), Value::string("Open Mobile Alliance")},
              {Path(3, 0, 1), Value::string("Lightweight M2M Client")},
              {Path(3, 0, 2), Value::string("345000123")},
              {Path(3, 0, 3), Value::string("1.0")},
              {Path(3, 0, 11, 0), Value::integer(0)},
              {Path(3, 0, 16), Value::string("U")}});

  const Step instance = w.read(Path(3, 0), ContentFormat::Tlv);
  EXPECT_EQ(instance.asked(), "GET /3/0 accept=11542");
  EXPECT_EQ(instance.answered(), "2.05 ct=11542");
  const auto tlv = test::hex(kDeviceTlv);
  EXPECT_EQ(test::to_hex(instance.response().view().payload()), test::to_hex(tlv));
  EXPECT_EQ(instance.result.values, expected);

  const Step object = w.read(Path(3), ContentFormat::Tlv);
  EXPECT_EQ(object.asked(), "GET /3 accept=11542");
  EXPECT_EQ(object.answered(), "2.05 ct=11542");
  EXPECT_EQ(tlv.size(), 0x49u);
  EXPECT_EQ(test::to_hex(object.response().view().payload()), "080049" + test::to_hex(tlv));
  EXPECT_EQ(object.result.values, expected);
}

LINNET_EVERY_ENABLER(Int203);

}  // namespace
}  // namespace linnet::conformance
