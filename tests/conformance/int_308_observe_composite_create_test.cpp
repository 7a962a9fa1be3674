// SPDX-License-Identifier: Apache-2.0
// 308 Observe-Composite and creating an object instance (1.1).
//
// Before: the configuration with a portfolio of one instance, /16/0, the device is registered.
// Step 1: the server attaches pmin=30 and pmax=45 to /16/0.
// Step 2: it observes /16/0 and /16/1 in one request; /16/1 does not exist.
// Step 3: nothing happens.
// Step 4: after the first notification the server creates /16/1.
// Passes if
//   1. the answer to step 2 and the notification of step 3, which comes after 45 s, have the
//      values of /16/0;
//   2. the next notification has the values of both instances and comes within the 45 s.
#include <conformance/portfolio_cases.hpp>

namespace linnet::conformance {
namespace {

class Int308 : public EnablerTest {};

TEST_P(Int308, DeviceAndServer) {
  LINNET_REQ("DM-49");
  LINNET_REQ("IR-25");
  LINNET_REQ("IR-31");
  LINNET_REQ("IR-32");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  put_identities(w, 0);
  // 1, 2
  EXPECT_EQ(w.write_attributes(Path(16, 0), {"pmin=30", "pmax=45"}).answered(), "2.04");
  const Step observe = w.observe_composite({Path(16, 0), Path(16, 1)}, ContentFormat::SenmlCbor);
  EXPECT_EQ(observe.answered(), "2.05 observe ct=112");
  EXPECT_EQ(observe.result.values, identities(0));
  // 3
  std::size_t mark = w.wire.mark();
  w.net.run_until(observe.answered_at() + seconds(46));
  auto notices = w.wire.notifications(mark);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ((notices[0].at - observe.answered_at()).ms, 45000);
  ASSERT_EQ(w.notifications().size(), 1u);
  EXPECT_EQ(w.notifications()[0].values, identities(0));
  // 4
  mark = w.wire.mark();
  const Step create = w.create(Path(16, 1), identities(1), ContentFormat::SenmlCbor);
  EXPECT_EQ(create.answered(), "2.01 at=/16/1");
  w.net.run_until(notices[0].at + seconds(45));
  notices = w.wire.notifications(mark);
  ASSERT_GE(notices.size(), 1u);
  EXPECT_EQ(line(notices[0].message), "2.05 observe ct=112");
  ASSERT_GE(w.notifications().size(), 2u);
  EXPECT_EQ(w.notifications()[1].values, together(identities(0), identities(1)));
}

LINNET_ENABLERS_FROM_11(Int308);

}  // namespace
}  // namespace linnet::conformance
