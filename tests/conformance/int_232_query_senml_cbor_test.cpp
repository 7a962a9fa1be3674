// SPDX-License-Identifier: Apache-2.0
// 232 Querying basic information in SenML CBOR (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads the object /1, the instance /3/0, the resource /3/0/16 and the resource
//         instance /3/0/11/0, each time asking for SenML CBOR (112).
// Passes if every Read is answered 2.05 in SenML CBOR with the expected values and no others.
#include <conformance/senml_cases.hpp>
#include <hex.hpp>

namespace linnet::conformance {
namespace {

class Int232 : public EnablerTest {};

TEST_P(Int232, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("FMT-16");
  LINNET_REQ("FMT-17");
  World w(kBasic, GetParam());
  w.power_on_registered();
  query_basic_information(w, ContentFormat::SenmlCbor);
  LINNET_REQ("FMT-19");
  const Step device = w.read(Path(3, 0), ContentFormat::SenmlCbor);
  EXPECT_EQ(test::to_hex(device.response().view().payload()),
            "86"
            "a321652f332f302f00613003744f70656e204d6f62696c6520416c6c69616e6365"
            "a200613103764c69676874776569676874204d324d20436c69656e74"
            "a20061320369333435303030313233"
            "a20061330363312e30"
            "a2006431312f300200"
            "a200623136036155");
  const Step binding = w.read(Path(3, 0, 16), ContentFormat::SenmlCbor);
  EXPECT_EQ(test::to_hex(binding.response().view().payload()), "81a221672f332f302f3136036155");
}

LINNET_ENABLERS_FROM_11(Int232);

}  // namespace
}  // namespace linnet::conformance
