// SPDX-License-Identifier: Apache-2.0
// 202 Querying information in opaque format. The specification names the case and leaves its
// steps open; these are ours.
//
// Before: basic configuration with an object that has an opaque resource, the device is
//         registered.
// Step 1: the server reads the resource, asking for opaque (42).
// Passes if the Read is answered 2.05 in opaque format with just the bytes of the value. In plain
// text the same bytes are Base64.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int202 : public EnablerTest {};

TEST_P(Int202, DeviceAndServer) {
  LINNET_REQ("DT-06");
  LINNET_REQ("FMT-04");
  World w({.store = true}, GetParam());
  w.power_on_registered();
  w.device->store.bytes = test::hex("00 01 7f 80 ff 0a");

  const Step read = w.read(Path(33000, 0, 0), ContentFormat::Opaque);
  EXPECT_EQ(read.asked(), "GET /33000/0/0 accept=42");
  EXPECT_EQ(read.answered(), "2.05 ct=42");
  EXPECT_EQ(test::to_hex(read.response().view().payload()), "00017f80ff0a");
  EXPECT_EQ(read.value(Path(33000, 0, 0)), Value::opaque(w.device->store.bytes));

  const Step base64 = w.read(Path(33000, 0, 0), ContentFormat::Text);
  EXPECT_EQ(base64.answered(), "2.05 ct=0");
  EXPECT_EQ(base64.response().payload(), "AAF/gP8K");
  EXPECT_EQ(base64.value(Path(33000, 0, 0)), Value::opaque(w.device->store.bytes));

  const Step text = w.read(Path(3, 0, 0), ContentFormat::Opaque);
  EXPECT_EQ(text.answered(), "4.06") << "a text is no opaque value";
  EXPECT_FALSE(text.result.success());
  EXPECT_EQ(text.result.code, Code::NotAcceptable);
}

LINNET_EVERY_ENABLER(Int202);

}  // namespace
}  // namespace linnet::conformance
