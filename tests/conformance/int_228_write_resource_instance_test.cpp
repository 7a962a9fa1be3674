// SPDX-License-Identifier: Apache-2.0
// 228 Write on a resource instance (1.1).
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server writes a text to the identity /16/0/0/0.
// Step 2: it reads it.
// Passes if the Write is answered 2.04, the Read gives the text, and the other identities are as
// before; an instance that is not there is answered 4.04 and not created.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int228 : public EnablerTest {};

TEST_P(Int228, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-33");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  const Path path(16, 0, 0, 0);
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Cbor,
                                     ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const std::string text = "in" + ct(format);
    const Step write = w.set(path, Value::string(text), format);
    EXPECT_EQ(write.asked(), "PUT /16/0/0/0" + ct(format));
    EXPECT_EQ(write.answered(), "2.04");
    EXPECT_EQ(w.read(path, format).value(path), Value::string(text));
    EXPECT_EQ(w.set(Path(16, 0, 0, 9), Value::string(text), format).answered(), "4.04");
  }
  EXPECT_EQ(w.device->portfolio.instances[0].size(), 4u);
  EXPECT_EQ(w.device->portfolio.instances[0].at(1), "Host Device Manufacturer #1");
}

LINNET_ENABLERS_FROM_11(Int228);

}  // namespace
}  // namespace linnet::conformance
