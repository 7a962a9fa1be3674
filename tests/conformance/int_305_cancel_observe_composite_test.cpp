// SPDX-License-Identifier: Apache-2.0
// 305 Cancel Observation-Composite (1.1).
//
// Before: /1/0/1, /3/0/11/0 and /3/0/16 are observed in one request, as in case 304.
// Step 1: the server sends the same request with Observe=1.
// Step 2: values change.
// Passes if the request, a FETCH with the same paths and token, is answered 2.05 without Observe,
// no notification comes afterwards, and neither side keeps the observation.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int305 : public EnablerTest {};

TEST_P(Int305, DeviceAndServer) {
  LINNET_REQ("IR-33");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step observe =
        w.observe_composite({Path(1, 0, 1), Path(3, 0, 11, 0), Path(3, 0, 16)}, format);
    ASSERT_TRUE(observe.result.observation.valid());
    // 1
    const Step cancel = w.cancel(observe.result.observation);
    EXPECT_EQ(cancel.asked(), "FETCH / observe=1" + ct(format) + accept(format));
    EXPECT_EQ(cancel.request().payload(), observe.request().payload());
    EXPECT_EQ(cancel.request().token(), observe.request().token());
    EXPECT_EQ(cancel.answered(), "2.05" + ct(format));
    EXPECT_TRUE(cancel.result.success());
    // 2
    const std::size_t mark = w.wire.mark();
    EXPECT_TRUE(w.device->device.raise_error(2));
    w.net.run_for(seconds(60));
    w.device->device.clear_error(2);
    w.net.run_for(seconds(60));
    EXPECT_TRUE(w.wire.notifications(mark).empty());
    EXPECT_EQ(w.server.shard.counters().observations, 0u);
  }
  EXPECT_EQ(w.device->count(EventType::ObservationStarted), 2u);
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 2u);
}

LINNET_ENABLERS_FROM_11(Int305);

}  // namespace
}  // namespace linnet::conformance
