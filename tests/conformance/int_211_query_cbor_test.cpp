// SPDX-License-Identifier: Apache-2.0
// 211 Querying basic information in CBOR (1.1).
//
// Before: basic configuration, the device is registered and supports CBOR.
// Step 1: the server reads short server id, storing and binding (/1/0/0, 6, 7) one after the
//         other, each time asking for CBOR (60).
// Passes if every Read is answered 2.05 in CBOR with the expected value.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int211 : public EnablerTest {};

TEST_P(Int211, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("DT-05");
  LINNET_REQ("FMT-03");
  World w(kBasic, GetParam());
  w.power_on_registered();
  struct Case {
    lwm2m::Id resource;
    const char* cbor;
    Value value;
  };
  const Case cases[] = {
      {0, "1865", Value::integer(101)},
      {6, "f5", Value::boolean(true)},
      {7, "6155", Value::string("U")},
  };
  for (const Case& c : cases) {
    const Step read = w.read(Path(1, 0, c.resource), ContentFormat::Cbor);
    EXPECT_EQ(read.asked(), "GET /1/0/" + std::to_string(c.resource) + " accept=60");
    EXPECT_EQ(read.answered(), "2.05 ct=60");
    EXPECT_EQ(test::to_hex(read.response().view().payload()), c.cbor);
    EXPECT_EQ(read.value(Path(1, 0, c.resource)), c.value);
  }
}

LINNET_ENABLERS_FROM_11(Int211);

}  // namespace
}  // namespace linnet::conformance
