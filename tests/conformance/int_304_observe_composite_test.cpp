// SPDX-License-Identifier: Apache-2.0
// 304 Observe-Composite (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server attaches pmin=30 and pmax=45 to the lifetime, /1/0/1.
// Step 2: it observes /1/0/1, /3/0/11/0 and /3/0/16 in one request.
// Step 3: nothing changes.
// Step 4: one of the values changes.
// Passes if the request, a FETCH with Observe=0, is answered 2.05 with the three values; a
// notification with all three comes 45 s after the answer, although nothing changed, and one when
// a value has changed.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

const std::vector<Path> kPaths = {Path(1, 0, 1), Path(3, 0, 11, 0), Path(3, 0, 16)};

class Int304 : public EnablerTest {};

TEST_P(Int304, DeviceAndServer) {
  LINNET_REQ("IR-02");
  LINNET_REQ("IR-31");
  LINNET_REQ("IR-32");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const auto expected = [](int error) {
    return values({{Path(1, 0, 1), Value::integer(86400)},
                   {Path(3, 0, 11, 0), Value::integer(error)},
                   {Path(3, 0, 16), Value::string("U")}});
  };
  // 1
  EXPECT_EQ(w.write_attributes(Path(1, 0, 1), {"pmin=30", "pmax=45"}).answered(), "2.04");
  // 2
  const Step observe = w.observe_composite(kPaths, ContentFormat::SenmlJson);
  EXPECT_EQ(observe.asked(), "FETCH / observe=0 ct=110 accept=110");
  EXPECT_EQ(observe.request().payload(), R"([{"n":"/1/0/1"},{"n":"/3/0/11/0"},{"n":"/3/0/16"}])");
  EXPECT_EQ(observe.answered(), "2.05 observe ct=110");
  EXPECT_EQ(observe.result.values, expected(0));
  ASSERT_TRUE(observe.result.observation.valid());
  // 3
  std::size_t mark = w.wire.mark();
  w.net.run_until(observe.answered_at() + seconds(50));
  auto notices = w.wire.notifications(mark);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ((notices[0].at - observe.answered_at()).ms, 45000);
  EXPECT_EQ(line(notices[0].message), "2.05 observe ct=110");
  EXPECT_EQ(notices[0].message.token(), observe.request().token());
  ASSERT_EQ(w.notifications().size(), 1u);
  EXPECT_EQ(w.notifications()[0].observation, observe.result.observation);
  EXPECT_EQ(w.notifications()[0].values, expected(0));
  // 4: the error code has no pmin of its own.
  EXPECT_TRUE(w.device->device.raise_error(2));
  w.net.run_for(seconds(3));
  ASSERT_EQ(w.notifications().size(), 2u);
  EXPECT_EQ(w.notifications()[1].values, expected(2));
}

LINNET_ENABLERS_FROM_11(Int304);

}  // namespace
}  // namespace linnet::conformance
