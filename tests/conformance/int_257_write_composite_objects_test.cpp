// SPDX-License-Identifier: Apache-2.0
// 257 Write-Composite over several objects (1.1).
//
// Before: the configuration with defaults in /1/0, the device is registered and has a clock.
// Step 1: the server writes default minimum period 102, storing false (/1/0/2, 6) and a time
//         (/3/0/13) in one request.
// Step 2: it reads the three.
// Passes if the Write is answered 2.04 and the Reads give what was written, the clock having gone
// on since.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int257 : public EnablerTest {};

TEST_P(Int257, DeviceAndServer) {
  LINNET_REQ("DM-65");
  LINNET_REQ("DT-07");
  LINNET_REQ("OBJ-07");
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    World w(kServerDefaults, GetParam());
    w.power_on_registered();
    w.device->device.set_time(w.net.now(), 1700000000);
    w.net.run_for(seconds(30));
    const Step before = w.read(Path(3, 0, 13), format);
    EXPECT_EQ(before.value(Path(3, 0, 13)), Value::time(1700000030));

    const Step write = w.write_composite(values({{Path(1, 0, 2), Value::integer(102)},
                                                 {Path(1, 0, 6), Value::boolean(false)},
                                                 {Path(3, 0, 13), Value::time(1000)}}),
                                         format);
    EXPECT_EQ(write.asked(), "iPATCH /" + ct(format));
    EXPECT_EQ(write.answered(), "2.04");
    EXPECT_EQ(w.read(Path(1, 0, 2), format).value(Path(1, 0, 2)), Value::integer(102));
    EXPECT_EQ(w.read(Path(1, 0, 6), format).value(Path(1, 0, 6)), Value::boolean(false));
    w.net.run_for(seconds(60));
    EXPECT_EQ(w.read(Path(3, 0, 13), format).value(Path(3, 0, 13)), Value::time(1060));
  }
}

LINNET_ENABLERS_FROM_11(Int257);

}  // namespace
}  // namespace linnet::conformance
