// SPDX-License-Identifier: Apache-2.0
// 204 Querying basic information in the JSON of LwM2M 1.0.
//
// Before: basic configuration, the device is registered and supports that JSON (11543).
// Step 1: the server reads the instance /3/0, asking for JSON.
// Passes if the Read is answered 2.05 in JSON, and the server has manufacturer, model number,
// serial number, firmware version, error code and supported binding as expected.
// From 1.1 on SenML has taken the place of this format: such a device does not have it.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

TEST(Int204, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("FMT-01");
  LINNET_REQ("FMT-15");
  World w(kBasic, lwm2m::kEnabler10);
  w.power_on_registered();
  const Step read = w.read(Path(3, 0), ContentFormat::Json10);
  EXPECT_EQ(read.asked(), "GET /3/0 accept=11543");
  EXPECT_EQ(read.answered(), "2.05 ct=11543");
  EXPECT_EQ(read.response().payload(),
            R"({"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"},)"
            R"({"n":"1","sv":"Lightweight M2M Client"},{"n":"2","sv":"345000123"},)"
            R"({"n":"3","sv":"1.0"},{"n":"11/0","v":0},{"n":"16","sv":"U"}]})");
  EXPECT_EQ(read.result.values, values({{Path(3, 0, 0), Value::string("Open Mobile Alliance")},
                                        {Path(3, 0, 1), Value::string("Lightweight M2M Client")},
                                        {Path(3, 0, 2), Value::string("345000123")},
                                        {Path(3, 0, 3), Value::string("1.0")},
                                        {Path(3, 0, 11, 0), Value::integer(0)},
                                        {Path(3, 0, 16), Value::string("U")}}));
}

class Int204Refused : public EnablerTest {};

TEST_P(Int204Refused, ALaterDeviceDoesNotHaveIt) {
  LINNET_REQ("DM-05");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const Step read = w.read(Path(3, 0), ContentFormat::Json10);
  EXPECT_EQ(read.answered(), "4.06");
  EXPECT_EQ(read.result.code, Code::NotAcceptable);
}

LINNET_ENABLERS_FROM_11(Int204Refused);

}  // namespace
}  // namespace linnet::conformance
