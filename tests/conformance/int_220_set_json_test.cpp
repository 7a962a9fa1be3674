// SPDX-License-Identifier: Apache-2.0
// 220 Setting basic information in the JSON of LwM2M 1.0.
//
// Before: the configuration with defaults in /1/0, the device is registered; the server knows the
//         values of /1/0.
// Step 1: the server writes some of its resources by a Partial Update (POST) in JSON (11543).
// Step 2: it reads /1/0.
// Step 3: it writes the values there were before by a Replace (PUT) in JSON.
// Step 4: it reads /1/0.
// Passes if
//   1. the steps are answered 2.04, 2.05, 2.04 and 2.05;
//   2. step 2 gives what step 1 wrote;
//   3. step 4 gives what was there before.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

TEST(Int220, DeviceAndServer) {
  LINNET_REQ("CMP-02");
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-30");
  LINNET_REQ("FMT-01");
  LINNET_REQ("FMT-15");
  World w(kServerDefaults, lwm2m::kEnabler10);
  w.power_on_registered();
  const auto before = w.read(Path(1, 0), ContentFormat::Json10).result.values;

  // 1
  const Step update = w.write(Path(1, 0),
                              values({{Path(1, 0, 2), Value::integer(101)},
                                      {Path(1, 0, 3), Value::integer(1010)},
                                      {Path(1, 0, 5), Value::integer(2000)},
                                      {Path(1, 0, 6), Value::boolean(false)}}),
                              ContentFormat::Json10, OperationKind::WriteUpdate);
  EXPECT_EQ(update.asked(), "POST /1/0 ct=11543");
  EXPECT_EQ(update.request().payload(),
            R"({"bn":"/1/0/","e":[{"n":"2","v":101},{"n":"3","v":1010},{"n":"5","v":2000},)"
            R"({"n":"6","bv":false}]})");
  EXPECT_EQ(update.answered(), "2.04");
  // 2
  const Step changed = w.read(Path(1, 0), ContentFormat::Json10);
  EXPECT_EQ(changed.answered(), "2.05 ct=11543");
  EXPECT_EQ(changed.value(Path(1, 0, 2)), Value::integer(101));
  EXPECT_EQ(changed.value(Path(1, 0, 3)), Value::integer(1010));
  EXPECT_EQ(changed.value(Path(1, 0, 5)), Value::integer(2000));
  EXPECT_EQ(changed.value(Path(1, 0, 6)), Value::boolean(false));
  // 3
  server::ResourceValues writable;
  for (const auto& entry : before) {
    if (entry.path.resource() != lwm2m::objects::server::kShortServerId) {
      writable.push_back(entry);
    }
  }
  const Step replace = w.write(Path(1, 0), writable, ContentFormat::Json10);
  EXPECT_EQ(replace.asked(), "PUT /1/0 ct=11543");
  EXPECT_EQ(replace.answered(), "2.04");
  // 4
  const Step restored = w.read(Path(1, 0), ContentFormat::Json10);
  EXPECT_EQ(restored.answered(), "2.05 ct=11543");
  EXPECT_EQ(restored.result.values, before);
}

}  // namespace
}  // namespace linnet::conformance
