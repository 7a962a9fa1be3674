// SPDX-License-Identifier: Apache-2.0
// 224 Read on a resource (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads short server id, lifetime, storing and binding (/1/0/0, 1, 6, 7).
// Passes if each Read is answered 2.05 with the expected value, whatever the format; a resource
// that cannot be read is answered 4.05, one that is not there 4.04.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int224 : public EnablerTest {};

TEST_P(Int224, DeviceAndServer) {
  LINNET_REQ("DM-04");
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-14");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const std::pair<lwm2m::Id, Value> expected[] = {{0, Value::integer(101)},
                                                  {1, Value::integer(86400)},
                                                  {6, Value::boolean(true)},
                                                  {7, Value::string("U")}};
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Cbor,
                                     ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    for (const auto& [resource, value] : expected) {
      const Step read = w.read(Path(1, 0, resource), format);
      EXPECT_EQ(read.asked(), "GET /1/0/" + std::to_string(resource) + accept(format));
      EXPECT_EQ(read.answered(), "2.05" + ct(format));
      EXPECT_EQ(read.result.values, values({{Path(1, 0, resource), value}}));
    }
  }
  EXPECT_EQ(w.read(Path(1, 0, 4)).answered(), "4.05");
  EXPECT_EQ(w.read(Path(1, 0, 5)).answered(), "4.04");
}

LINNET_ENABLERS_FROM_11(Int224);

}  // namespace
}  // namespace linnet::conformance
