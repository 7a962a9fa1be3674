// SPDX-License-Identifier: Apache-2.0
// 301 Observation and notification of values.
//
// Before: the configuration with power sources, the device is registered.
// Step 1: the server reads which power sources there are, /3/0/6.
// Step 2: it attaches pmin=5 and pmax=15 to the voltage, /3/0/7, and pmin=10 and pmax=20 to the
//         current, /3/0/8.
// Step 3: it observes both.
// Step 4: the device notifies.
// Passes if the server gets both values, regularly: not more often than pmin allows, however
// often they change, and not less often than pmax asks for, even if they do not.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

const Path kVoltage(3, 0, 7);
const Path kCurrent(3, 0, 8);

class Int301 : public EnablerTest {};

std::vector<Notice> of(const std::vector<Notice>& all, const char* path) {
  std::vector<Notice> found;
  for (const Notice& notice : all) {
    if (notice.path == path) found.push_back(notice);
  }
  return found;
}

TEST_P(Int301, DeviceAndServer) {
  LINNET_REQ("IR-01");
  LINNET_REQ("IR-02");
  LINNET_REQ("IR-10");
  LINNET_REQ("IR-12");
  LINNET_REQ("IR-17");
  LINNET_REQ("IR-26");
  World w(kPowered, GetParam());
  w.power_on_registered();

  // 1
  const Step sources = w.read(Path(3, 0, 6));
  EXPECT_TRUE(sources.result.success());
  EXPECT_EQ(sources.result.values,
            values({{Path(3, 0, 6, 0), Value::integer(1)}, {Path(3, 0, 6, 1), Value::integer(5)}}));
  // 2
  const Step at_voltage = w.write_attributes(kVoltage, {"pmin=5", "pmax=15"});
  EXPECT_EQ(at_voltage.asked(), "PUT /3/0/7?pmin=5&pmax=15");
  EXPECT_EQ(at_voltage.answered(), "2.04");
  EXPECT_EQ(w.write_attributes(kCurrent, {"pmin=10", "pmax=20"}).answered(), "2.04");
  // 3
  const Step voltage = w.observe(kVoltage);
  EXPECT_TRUE(voltage.asked().starts_with("GET /3/0/7 observe=0")) << voltage.asked();
  EXPECT_TRUE(voltage.answered().starts_with("2.05 observe")) << voltage.answered();
  EXPECT_EQ(voltage.value(Path(3, 0, 7, 0)), Value::integer(3800));
  const Step current = w.observe(kCurrent);
  EXPECT_TRUE(current.result.observation.valid());
  EXPECT_NE(current.request().token(), voltage.request().token());

  // 4: values that change every second, then stay.
  const std::size_t mark = w.wire.mark();
  const Instant start = voltage.answered_at();
  for (int i = 1; i <= 12; ++i) {
    w.device->device.set_power(0, 3800 - i, 125 + i);
    w.net.run_for(seconds(1));
  }
  w.net.run_until(start + seconds(61));
  const auto voltages = of(w.wire.notifications(mark), "/3/0/7");
  const std::int64_t expected[] = {5, 10, 15, 30, 45, 60};
  ASSERT_EQ(voltages.size(), std::size(expected));
  for (std::size_t i = 0; i < voltages.size(); ++i) {
    EXPECT_EQ((voltages[i].at - start).ms, expected[i] * 1000) << i;
    EXPECT_TRUE(line(voltages[i].message).starts_with("2.05 observe"));
  }
  const auto currents = of(w.wire.notifications(mark), "/3/0/8");
  const Instant other = current.answered_at();
  const std::int64_t expected_currents[] = {10, 20, 40, 60};
  ASSERT_EQ(currents.size(), std::size(expected_currents));
  for (std::size_t i = 0; i < currents.size(); ++i) {
    EXPECT_EQ((currents[i].at - other).ms, expected_currents[i] * 1000) << i;
  }
  // The sequence rises, and the server has the last values.
  for (std::size_t i = 1; i < voltages.size(); ++i) {
    EXPECT_GT(*voltages[i].message.number(OptionNumber::Observe),
              *voltages[i - 1].message.number(OptionNumber::Observe));
  }
  server::ResourceValues last;
  for (const server::Notification& notification : w.notifications()) {
    if (notification.observation == voltage.result.observation) last = notification.values;
  }
  EXPECT_EQ(last, values({{Path(3, 0, 7, 0), Value::integer(3788)},
                          {Path(3, 0, 7, 1), Value::integer(5000)}}));
  EXPECT_EQ(w.notifications().size(), voltages.size() + currents.size());
}

LINNET_EVERY_ENABLER(Int301);

}  // namespace
}  // namespace linnet::conformance
