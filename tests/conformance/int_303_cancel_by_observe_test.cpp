// SPDX-License-Identifier: Apache-2.0
// 303 Cancelling observations by Observe=1.
//
// Before: voltage and current, /3/0/7 and /3/0/8, are observed as in case 301.
// Step 1: the device notifies.
// Step 2: the server sends a GET with Observe=1 for each of them. (The specification sends one for
//         the instance /3/0; that ends an observation of the instance, as the second test shows,
//         and by RFC 7641 no other.)
// Step 3: the device stops notifying and forgets the observers.
// Passes if the server gets notifications before step 2 and none after it, the request is answered
// 2.05 without Observe, and neither side keeps an observation.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int303 : public EnablerTest {};

TEST_P(Int303, DeviceAndServer) {
  LINNET_REQ("IR-20");
  World w(kPowered, GetParam());
  w.power_on_registered();
  const Step voltage = w.observe(Path(3, 0, 7));
  const Step current = w.observe(Path(3, 0, 8));
  // 1
  std::size_t mark = w.wire.mark();
  w.device->device.set_power(0, 3700, 130);
  w.net.run_for(seconds(3));
  EXPECT_EQ(w.wire.notifications(mark).size(), 2u);
  EXPECT_EQ(w.notifications().size(), 2u);
  // 2
  for (const Step* observe : {&voltage, &current}) {
    const Step cancel = w.cancel(observe->result.observation);
    EXPECT_TRUE(cancel.asked().starts_with("GET " + observe->request().path() + " observe=1"))
        << cancel.asked();
    EXPECT_EQ(cancel.request().token(), observe->request().token());
    EXPECT_EQ(cancel.response().code(), Code::Content);
    EXPECT_FALSE(cancel.response().number(OptionNumber::Observe));
    EXPECT_TRUE(cancel.result.success());
  }
  // 3
  mark = w.wire.mark();
  w.device->device.set_power(0, 3600, 140);
  w.net.run_for(seconds(120));
  EXPECT_TRUE(w.wire.notifications(mark).empty());
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 2u);
  EXPECT_EQ(w.server.shard.counters().observations, 0u);
  EXPECT_EQ(w.server.all<server::ObservationEnded>().size(), 2u);
}

TEST_P(Int303, AnInstance) {
  LINNET_REQ("IR-20");
  LINNET_REQ("IR-30");
  World w(kPowered, GetParam());
  w.power_on_registered();
  const Step instance = w.observe(Path(3, 0));
  w.device->device.set_power(1, 4900, 800);
  w.net.run_for(seconds(3));
  ASSERT_EQ(w.notifications().size(), 1u);
  EXPECT_EQ(w.notifications()[0].values.size(), instance.result.values.size());
  EXPECT_NE(w.notifications()[0].values, instance.result.values);
  const Step cancel = w.cancel(instance.result.observation);
  EXPECT_TRUE(cancel.asked().starts_with("GET /3/0 observe=1")) << cancel.asked();
  EXPECT_EQ(cancel.response().code(), Code::Content);
  w.device->device.set_power(1, 4800, 700);
  w.net.run_for(seconds(120));
  EXPECT_EQ(w.notifications().size(), 1u);
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 1u);
}

LINNET_EVERY_ENABLER(Int303);

}  // namespace
}  // namespace linnet::conformance
