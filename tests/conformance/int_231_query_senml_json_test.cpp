// SPDX-License-Identifier: Apache-2.0
// 231 Querying basic information in SenML JSON (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads the object /1, the instance /3/0, the resource /3/0/16 and the resource
//         instance /3/0/11/0, each time asking for SenML JSON (110).
// Passes if every Read is answered 2.05 in SenML JSON with the expected values and no others.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int231 : public EnablerTest {};

TEST_P(Int231, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("FMT-16");
  LINNET_REQ("FMT-17");
  World w(kBasic, GetParam());
  w.power_on_registered();
  query_basic_information(w, ContentFormat::SenmlJson);
  const Step device = w.read(Path(3, 0), ContentFormat::SenmlJson);
  EXPECT_EQ(device.response().payload(),
            R"([{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},)"
            R"({"n":"1","vs":"Lightweight M2M Client"},{"n":"2","vs":"345000123"},)"
            R"({"n":"3","vs":"1.0"},{"n":"11/0","v":0},{"n":"16","vs":"U"}])");
  const Step binding = w.read(Path(3, 0, 16), ContentFormat::SenmlJson);
  EXPECT_EQ(binding.response().payload(), R"([{"bn":"/3/0/16","vs":"U"}])");
}

LINNET_ENABLERS_FROM_11(Int231);

}  // namespace
}  // namespace linnet::conformance
