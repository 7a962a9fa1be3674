// SPDX-License-Identifier: Apache-2.0
// 210 Setting information in opaque format. The specification names the case and leaves its steps
// open; these are ours.
//
// Before: basic configuration with an object that has an opaque resource, the device is
//         registered.
// Step 1: the server writes some bytes to it in opaque format (42).
// Step 2: it reads them back.
// Step 3: the same with bytes that take several blocks.
// Passes if the Writes are answered 2.04, and the Reads are answered 2.05 with the same bytes.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int210 : public EnablerTest {};

TEST_P(Int210, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DT-06");
  World w({.store = true}, GetParam());
  w.power_on_registered();
  const auto bytes = test::hex("de ad be ef 00 01");
  const Step write = w.set(Path(33000, 0, 0), Value::opaque(bytes), ContentFormat::Opaque);
  EXPECT_EQ(write.asked(), "PUT /33000/0/0 ct=42");
  EXPECT_EQ(test::to_hex(write.request().view().payload()), "deadbeef0001");
  EXPECT_EQ(write.answered(), "2.04");
  EXPECT_EQ(w.device->store.bytes, bytes);
  const Step read = w.read(Path(33000, 0, 0), ContentFormat::Opaque);
  EXPECT_EQ(read.answered(), "2.05 ct=42");
  EXPECT_EQ(read.value(Path(33000, 0, 0)), Value::opaque(bytes));
}

TEST_P(Int210, InBlocks) {
  LINNET_REQ("DM-36");
  LINNET_REQ("TR-03");
  World w({.store = true}, GetParam());
  w.power_on_registered();
  std::vector<std::uint8_t> bytes(2500);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  const Step write = w.set(Path(33000, 0, 0), Value::opaque(bytes), ContentFormat::Opaque);
  ASSERT_EQ(write.talks.size(), 3u);
  EXPECT_EQ(write.talks[0].answered(), "2.31");
  EXPECT_EQ(write.talks[1].answered(), "2.31");
  EXPECT_EQ(write.talks[2].answered(), "2.04");
  const auto last = write.request().block(OptionNumber::Block1);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->number, 2u);
  EXPECT_FALSE(last->more);
  EXPECT_EQ(w.device->store.bytes, bytes);
  const Step read = w.read(Path(33000, 0, 0), ContentFormat::Opaque);
  EXPECT_EQ(read.talks.size(), 3u);
  EXPECT_EQ(read.value(Path(33000, 0, 0)), Value::opaque(bytes));
}

LINNET_EVERY_ENABLER(Int210);

}  // namespace
}  // namespace linnet::conformance
