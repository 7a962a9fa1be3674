// SPDX-License-Identifier: Apache-2.0
// 215 Setting basic information in TLV.
//
// Before: the configuration with defaults in /1/0, the device is registered; the server knows the
//         values of /1/0.
// Step 1: the server writes some of its resources by a Partial Update (POST) in TLV.
// Step 2: it reads /1/0.
// Step 3: it writes the values there were before by a Replace (PUT) in TLV.
// Step 4: it reads /1/0.
// Passes if
//   1. the steps are answered 2.04, 2.05, 2.04 and 2.05;
//   2. step 2 gives what step 1 wrote, and the rest untouched;
//   3. step 4 gives what was there before.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int215 : public EnablerTest {};

TEST_P(Int215, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-30");
  LINNET_REQ("DM-31");
  LINNET_REQ("DM-32");
  LINNET_REQ("DT-05");
  World w(kServerDefaults, GetParam());
  w.power_on_registered();
  const auto before = w.read(Path(1, 0), ContentFormat::Tlv).result.values;

  // 1
  const Step update = w.write(Path(1, 0),
                              values({{Path(1, 0, 2), Value::integer(101)},
                                      {Path(1, 0, 3), Value::integer(1010)},
                                      {Path(1, 0, 5), Value::integer(2000)},
                                      {Path(1, 0, 6), Value::boolean(false)}}),
                              ContentFormat::Tlv, OperationKind::WriteUpdate);
  EXPECT_EQ(update.asked(), "POST /1/0 ct=11542");
  EXPECT_EQ(test::to_hex(update.request().view().payload()),
            "c10265"
            "c20303f2"
            "c20507d0"
            "c10600");
  EXPECT_EQ(update.answered(), "2.04");
  // 2
  const Step changed = w.read(Path(1, 0), ContentFormat::Tlv);
  EXPECT_EQ(changed.answered(), "2.05 ct=11542");
  EXPECT_EQ(changed.value(Path(1, 0, 2)), Value::integer(101));
  EXPECT_EQ(changed.value(Path(1, 0, 3)), Value::integer(1010));
  EXPECT_EQ(changed.value(Path(1, 0, 5)), Value::integer(2000));
  EXPECT_EQ(changed.value(Path(1, 0, 6)), Value::boolean(false));
  EXPECT_EQ(changed.value(Path(1, 0, 1)), Value::integer(86400));
  EXPECT_EQ(changed.value(Path(1, 0, 7)), Value::string("U"));
  // 3
  server::ResourceValues writable;
  for (const auto& entry : before) {
    if (entry.path.resource() != lwm2m::objects::server::kShortServerId) {
      writable.push_back(entry);
    }
  }
  const Step replace = w.write(Path(1, 0), writable, ContentFormat::Tlv);
  EXPECT_EQ(replace.asked(), "PUT /1/0 ct=11542");
  EXPECT_EQ(replace.answered(), "2.04");
  // 4
  const Step restored = w.read(Path(1, 0), ContentFormat::Tlv);
  EXPECT_EQ(restored.answered(), "2.05 ct=11542");
  EXPECT_EQ(restored.result.values, before);
  EXPECT_TRUE(w.registration());
}

LINNET_EVERY_ENABLER(Int215);

// The device alone: one resource that is not writable, and nothing is written.
TEST(Int215Device, WritesAllOrNothing) {
  LINNET_REQ("DM-27");
  RawServer raw(kServerDefaults);
  raw.accept_registration();
  const auto tlv = test::hex("c10265 c1007b");  // /2 = 101, and /0 = 123, which is read-only
  const Sent answer = raw.peer.ask({.code = Code::Post,
                                    .path = "/1/0",
                                    .payload = std::string(as_text(tlv)),
                                    .format = ContentFormat::Tlv});
  EXPECT_EQ(line(answer), "4.05");
  EXPECT_EQ(raw.device.server.find(0)->get(2), 1u);
  EXPECT_EQ(raw.device.server.find(0)->get(0), 101u);
}

}  // namespace
}  // namespace linnet::conformance
