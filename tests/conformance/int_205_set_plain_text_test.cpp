// SPDX-License-Identifier: Apache-2.0
// 205 Setting basic information in plain text.
//
// Before: the configuration with defaults in /1/0, the device is registered.
// Step 1: the server writes default minimum period 101, default maximum period 1010 and disable
//         timeout 2000 (/1/0/2, 3, 5), one after the other, in plain text.
// Step 2: it reads /1/0 in TLV.
// Step 3: steps 1 and 2 again with the values there were before.
// Passes if
//   1. every Write is answered 2.04;
//   2. the Read is answered 2.05 in TLV with the values written;
//   3. at the end everything is as before.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int205 : public EnablerTest {};

TEST_P(Int205, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-37");
  LINNET_REQ("DT-02");
  World w(kServerDefaults, GetParam());
  w.power_on_registered();
  const auto before = w.read(Path(1, 0), ContentFormat::Tlv).result.values;

  const auto write_and_check = [&](int pmin, int pmax, int timeout) {
    const std::pair<lwm2m::Id, int> numbers[] = {{2, pmin}, {3, pmax}, {5, timeout}};
    for (const auto& [resource, number] : numbers) {
      const Step write = w.set(Path(1, 0, resource), Value::integer(number), ContentFormat::Text);
      EXPECT_EQ(write.asked(), "PUT /1/0/" + std::to_string(resource) + " ct=0");
      EXPECT_EQ(write.request().payload(), std::to_string(number));
      EXPECT_EQ(write.answered(), "2.04");
    }
    const Step read = w.read(Path(1, 0), ContentFormat::Tlv);
    EXPECT_EQ(read.answered(), "2.05 ct=11542");
    for (const auto& [resource, number] : numbers) {
      EXPECT_EQ(read.value(Path(1, 0, resource)), Value::integer(number));
    }
    return read.result.values;
  };
  EXPECT_NE(write_and_check(101, 1010, 2000), before);
  EXPECT_EQ(write_and_check(1, 10, 86400), before);
}

LINNET_EVERY_ENABLER(Int205);

// The device alone: what is no number is refused and nothing changes.
TEST(Int205Device, RefusesATextThatIsNoNumber) {
  LINNET_REQ("DM-12");
  LINNET_REQ("DM-28");
  RawServer raw(kServerDefaults);
  raw.accept_registration();
  for (const char* text : {"", "x", "1.5", "1e3", "101 "}) {
    const Sent answer = raw.peer.ask(
        {.code = Code::Put, .path = "/1/0/2", .payload = text, .format = ContentFormat::Text});
    EXPECT_EQ(line(answer), "4.00") << text;
  }
  EXPECT_EQ(raw.device.server.find(0)->get(2), 1u);
}

}  // namespace
}  // namespace linnet::conformance
