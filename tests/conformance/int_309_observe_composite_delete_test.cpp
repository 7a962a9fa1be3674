// SPDX-License-Identifier: Apache-2.0
// 309 Observe-Composite and deleting an object instance (1.1).
//
// Before: the configuration with a portfolio of two instances, /16/0 and /16/1, the device is
//         registered.
// Step 1: the server attaches pmin=30 and pmax=45 to /16/0.
// Step 2: it observes /16/0 and /16/1 in one request.
// Step 3: nothing happens.
// Step 4: after the first notification the server deletes /16/1.
// Passes if
//   1. the answer to step 2 and the notification of step 3, which comes after 45 s, have the
//      values of both instances;
//   2. the next notification has the values of /16/0 alone and comes within the 45 s; the
//      observation goes on.
#include <conformance/portfolio_cases.hpp>

namespace linnet::conformance {
namespace {

class Int309 : public EnablerTest {};

TEST_P(Int309, DeviceAndServer) {
  LINNET_REQ("DM-59");
  LINNET_REQ("IR-25");
  LINNET_REQ("IR-31");
  LINNET_REQ("IR-32");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  put_identities(w, 0);
  put_identities(w, 1);
  // 1, 2
  EXPECT_EQ(w.write_attributes(Path(16, 0), {"pmin=30", "pmax=45"}).answered(), "2.04");
  const Step observe = w.observe_composite({Path(16, 0), Path(16, 1)}, ContentFormat::SenmlCbor);
  EXPECT_EQ(observe.answered(), "2.05 observe ct=112");
  EXPECT_EQ(observe.result.values, together(identities(0), identities(1)));
  // 3
  std::size_t mark = w.wire.mark();
  w.net.run_until(observe.answered_at() + seconds(46));
  auto notices = w.wire.notifications(mark);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ((notices[0].at - observe.answered_at()).ms, 45000);
  EXPECT_EQ(w.notifications().at(0).values, together(identities(0), identities(1)));
  // 4
  mark = w.wire.mark();
  EXPECT_EQ(w.remove(Path(16, 1)).answered(), "2.02");
  w.net.run_until(notices[0].at + seconds(45));
  notices = w.wire.notifications(mark);
  ASSERT_GE(notices.size(), 1u);
  EXPECT_EQ(line(notices[0].message), "2.05 observe ct=112");
  ASSERT_GE(w.notifications().size(), 2u);
  EXPECT_EQ(w.notifications()[1].values, identities(0));
  EXPECT_EQ(w.server.shard.counters().observations, 1u);
  EXPECT_EQ(w.device->count(EventType::ObservationEnded), 0u);
}

LINNET_ENABLERS_FROM_11(Int309);

}  // namespace
}  // namespace linnet::conformance
