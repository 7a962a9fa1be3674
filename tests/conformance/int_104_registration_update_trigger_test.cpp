// SPDX-License-Identifier: Apache-2.0
// 104 Registration Update Trigger: a server can ask for an Update at any time.
//
// Before: basic configuration, the device is registered with a lifetime of 20 s.
// Step 1: before that is over the server executes the trigger, /1/0/8.
// Step 2: the device sends an Update.
// Passes if
//   1. the device gets the Execute, and
//   2. answers it with 2.04;
//   3. the Update has no parameter;
//   4. it is answered 2.04;
//   5. the device is still registered when the lifetime that ran before has passed.
#include <conformance/world.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

constexpr Configuration kShortLife{.lifetime = 20};

class Int104 : public EnablerTest {};

TEST_P(Int104, DeviceAndServer) {
  LINNET_REQ("DM-45");
  LINNET_REQ("REG-34");
  LINNET_REQ("REG-37");
  World w(kShortLife, GetParam());
  w.power_on_registered();
  const std::string location = w.wire.by_device().at(0).responses.at(0).location();
  const Instant end_of_life = w.registration()->registered + seconds(20);
  w.net.run_for(seconds(3));

  // 1, 2
  const std::size_t mark = w.wire.mark();
  const Step trigger = w.execute(Path(1, 0, 8));
  EXPECT_EQ(trigger.asked(), "POST /1/0/8");
  EXPECT_EQ(trigger.answered(), "2.04");
  EXPECT_EQ(w.device->count(EventType::UpdateTriggered), 1u);
  // 3, 4
  w.net.run_for(seconds(1));
  const auto talks = w.wire.by_device(mark);
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_EQ(talks[0].asked(), "POST " + location);
  EXPECT_TRUE(talks[0].request.view().payload().empty());
  EXPECT_EQ(talks[0].answered(), "2.04");
  // 5
  w.net.run_until(end_of_life + w.server.shard.config().grace + seconds(2));
  EXPECT_TRUE(w.registration());
  EXPECT_EQ(w.device->count(EventType::Registered), 1u);
  EXPECT_TRUE(w.server.all<server::Deregistered>().empty());
}

LINNET_EVERY_ENABLER(Int104);

// The device alone: the answer to the Execute comes first, the Update right after it.
TEST(Int104Device, AnswersFirstAndUpdatesThen) {
  LINNET_REQ("REG-37");
  RawServer raw(kShortLife);
  raw.accept_registration();
  EXPECT_EQ(line(raw.peer.ask({.code = Code::Post, .path = "/1/0/8"})), "2.04");
  const Sent update = raw.peer.expect();
  EXPECT_EQ(line(update), "POST /rd/1");
  EXPECT_EQ(update.type(), coap::Type::Con);
  raw.peer.answer(update, {.code = Code::Changed});
  EXPECT_EQ(raw.peer.events(EventType::Updated), 1u);
  EXPECT_TRUE(raw.peer.silent());
}

}  // namespace
}  // namespace linnet::conformance
