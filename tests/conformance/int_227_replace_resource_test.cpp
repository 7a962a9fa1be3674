// SPDX-License-Identifier: Apache-2.0
// 227 Write (Replace) on a resource (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes 63 s to the lifetime, /1/0/1.
// Step 2: the device sends an Update.
// Step 3: the server reads the lifetime.
// Passes if the Write, a PUT, is answered 2.04, the Update has lt=63, and the Read gives 63.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int227 : public EnablerTest {};

TEST_P(Int227, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-37");
  LINNET_REQ("REG-38");
  World w(kBasic, GetParam());
  w.power_on_registered();
  std::int64_t lifetime = 63;
  for (const ContentFormat format : {ContentFormat::Text, ContentFormat::Cbor,
                                     ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const std::size_t mark = w.wire.mark();
    const Step write = w.set(Path(1, 0, 1), Value::integer(lifetime), format);
    EXPECT_EQ(write.asked(), "PUT /1/0/1" + ct(format));
    EXPECT_EQ(write.answered(), "2.04");
    w.net.run_for(seconds(2));
    const auto updates = w.wire.by_device(mark);
    ASSERT_EQ(updates.size(), 1u);
    EXPECT_EQ(updates[0].request.query(), "?lt=" + std::to_string(lifetime));
    EXPECT_EQ(w.registration()->lifetime, lifetime);
    EXPECT_EQ(w.read(Path(1, 0, 1), format).value(Path(1, 0, 1)), Value::integer(lifetime));
    ++lifetime;
  }
}

LINNET_ENABLERS_FROM_11(Int227);

}  // namespace
}  // namespace linnet::conformance
