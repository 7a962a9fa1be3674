// SPDX-License-Identifier: Apache-2.0
// 212 Setting basic information in CBOR (1.1).
//
// Before: the configuration with defaults in /1/0, the device is registered and supports CBOR.
// Step 1: the server writes 101, 1010 and false to default minimum period, default maximum period
//         and storing (/1/0/2, 3, 6), one after the other, in CBOR (60).
// Step 2: it reads them in CBOR.
// Step 3: steps 1 and 2 again with the values there were before.
// Passes if every Write is answered 2.04 and every Read 2.05 with the value written.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int212 : public EnablerTest {};

TEST_P(Int212, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DT-05");
  World w(kServerDefaults, GetParam());
  w.power_on_registered();
  struct Case {
    lwm2m::Id resource;
    Value value;
    const char* cbor;
  };
  const Case cases[] = {
      {2, Value::integer(101), "1865"}, {3, Value::integer(1010), "1903f2"},
      {6, Value::boolean(false), "f4"}, {2, Value::integer(1), "01"},
      {3, Value::integer(10), "0a"},    {6, Value::boolean(true), "f5"},
  };
  for (const Case& c : cases) {
    const Path path(1, 0, c.resource);
    const Step write = w.set(path, c.value, ContentFormat::Cbor);
    EXPECT_EQ(write.asked(), "PUT /1/0/" + std::to_string(c.resource) + " ct=60");
    EXPECT_EQ(test::to_hex(write.request().view().payload()), c.cbor);
    EXPECT_EQ(write.answered(), "2.04");
    const Step read = w.read(path, ContentFormat::Cbor);
    EXPECT_EQ(read.answered(), "2.05 ct=60");
    EXPECT_EQ(test::to_hex(read.response().view().payload()), c.cbor);
    EXPECT_EQ(read.value(path), c.value);
  }
}

LINNET_ENABLERS_FROM_11(Int212);

}  // namespace
}  // namespace linnet::conformance
