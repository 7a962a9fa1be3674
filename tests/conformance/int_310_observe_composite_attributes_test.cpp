// SPDX-License-Identifier: Apache-2.0
// 310 Observe-Composite and changing attributes (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server observes /1/0/1 and /3/0 in one request.
// Step 2: it attaches pmax=5 to the object /3.
// Passes if the answer to step 1 has the values of both paths, and after step 2 a notification
// with them comes every 5 s.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int310 : public EnablerTest {};

TEST_P(Int310, DeviceAndServer) {
  LINNET_REQ("IR-02");
  LINNET_REQ("IR-13");
  LINNET_REQ("IR-31");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const auto expected =
      together(values({{Path(1, 0, 1), Value::integer(86400)}}), device_instance());
  // 1
  const Step observe = w.observe_composite({Path(1, 0, 1), Path(3, 0)}, ContentFormat::SenmlCbor);
  EXPECT_EQ(observe.result.values, expected);
  w.net.run_for(seconds(60));
  EXPECT_TRUE(w.notifications().empty());
  // 2
  const std::size_t mark = w.wire.mark();
  const Step attach = w.write_attributes(Path(3), {"pmax=5"});
  EXPECT_EQ(attach.answered(), "2.04");
  w.net.run_for(seconds(21));
  const auto notices = w.wire.notifications(mark);
  ASSERT_GE(notices.size(), 4u);
  EXPECT_LE((notices[0].at - attach.answered_at()).ms, 5000);
  for (std::size_t i = 1; i < notices.size(); ++i) {
    EXPECT_EQ((notices[i].at - notices[i - 1].at).ms, 5000);
  }
  ASSERT_EQ(w.notifications().size(), notices.size());
  for (const auto& notification : w.notifications()) EXPECT_EQ(notification.values, expected);
}

LINNET_ENABLERS_FROM_11(Int310);

}  // namespace
}  // namespace linnet::conformance
