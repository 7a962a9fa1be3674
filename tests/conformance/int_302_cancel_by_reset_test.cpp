// SPDX-License-Identifier: Apache-2.0
// 302 Cancelling observations by Reset.
//
// Before: as at the end of case 301: voltage and current, /3/0/7 and /3/0/8, are observed.
// Step 1: the device notifies of both.
// Step 2: the server answers a notification of the voltage with Reset.
// Step 3: the same for the current.
// Step 4: the device stops notifying and forgets the observers.
// Passes if
//   1. the server gets notifications of both;
//   2. those of the voltage stop after its Reset while those of the current go on, then these stop
//      after theirs; neither side keeps an observation.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int302 : public EnablerTest {};

std::size_t count(const std::vector<Notice>& all, const char* path) {
  std::size_t n = 0;
  for (const Notice& notice : all) n += notice.path == path ? 1 : 0;
  return n;
}

TEST_P(Int302, DeviceAndServer) {
  LINNET_REQ("IR-19");
  LINNET_REQ("IR-20");
  World w(kPowered, GetParam());
  w.power_on_registered();
  const auto voltage = w.observe(Path(3, 0, 7)).result.observation;
  const auto current = w.observe(Path(3, 0, 8)).result.observation;
  ASSERT_TRUE(voltage.valid());
  ASSERT_TRUE(current.valid());
  std::int32_t number = 0;
  const auto change_both = [&] {
    ++number;
    w.device->device.set_power(0, number, number);
    w.net.run_for(seconds(3));
  };

  // 1
  std::size_t mark = w.wire.mark();
  change_both();
  EXPECT_EQ(count(w.wire.notifications(mark), "/3/0/7"), 1u);
  EXPECT_EQ(count(w.wire.notifications(mark), "/3/0/8"), 1u);
  EXPECT_EQ(w.notifications().size(), 2u);
  // 2: the server lost interest; the next notification tells the device so.
  EXPECT_TRUE(w.server.shard.cancel_observation(w.net.now(), voltage));
  mark = w.wire.mark();
  change_both();
  auto notices = w.wire.notifications(mark);
  auto resets = w.wire.empty_messages(false, mark);
  ASSERT_EQ(count(notices, "/3/0/7"), 1u);
  ASSERT_EQ(resets.size(), 1u);
  EXPECT_EQ(resets[0].type(), coap::Type::Rst);
  for (const Notice& notice : notices) {
    EXPECT_EQ(notice.message.id() == resets[0].id(), notice.path == "/3/0/7");
  }
  mark = w.wire.mark();
  change_both();
  EXPECT_EQ(count(w.wire.notifications(mark), "/3/0/7"), 0u);
  EXPECT_EQ(count(w.wire.notifications(mark), "/3/0/8"), 1u);
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 1u);
  // 3
  EXPECT_TRUE(w.server.shard.cancel_observation(w.net.now(), current));
  change_both();
  // 4
  mark = w.wire.mark();
  change_both();
  change_both();
  EXPECT_TRUE(w.wire.notifications(mark).empty());
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 2u);
  EXPECT_EQ(w.server.shard.counters().observations, 0u);
  EXPECT_TRUE(w.registration());
}

LINNET_EVERY_ENABLER(Int302);

}  // namespace
}  // namespace linnet::conformance
