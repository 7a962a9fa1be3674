// SPDX-License-Identifier: Apache-2.0
// 260 Discover: what a device has, and which attributes are attached to it.
//
// Before: the configuration with power sources, the device is registered, nothing is attached to
//         the Device object.
// Step 1: the server discovers the object /3.
// Step 2: it attaches pmin=10 and pmax=200 to the instance /3/0.
// Step 3: Discover as in step 1.
// Step 4: it attaches lt=1, gt=6 and st=1 to the voltage, /3/0/7.
// Step 5: Discover as in step 1.
// Step 6: it discovers the resource /3/0/7.
// Passes if every step is answered 2.05 or 2.04, and
//   1. step 1 lists the object, its instance and its resources, dim with the multiple ones;
//   2. step 3 shows the attributes at the instance, and nowhere else;
//   3. step 5 shows those of step 4 at the resource as well;
//   4. step 6 shows the resource with its own attributes and those it inherits, from 1.1 on with
//      its resource instances.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

/// "/3/0/7;dim=2" for each link, joined by blanks.
std::string links(const Step& step) {
  std::string text;
  for (const server::DiscoveredLink& link : step.result.links) {
    std::array<char, lwm2m::kMaxPathText> path{};
    text += (text.empty() ? "" : " ") + std::string(lwm2m::format(link.path, path));
    if (!link.attributes.empty()) text += ";" + link.attributes;
  }
  return text;
}

std::string listing(const std::string& at_instance, const std::string& at_voltage) {
  return "/3 /3/0" + at_instance + " /3/0/0 /3/0/1 /3/0/2 /3/0/3 /3/0/4 /3/0/6;dim=2 /3/0/7;dim=2" +
         at_voltage + " /3/0/8;dim=2 /3/0/9 /3/0/11;dim=1 /3/0/12 /3/0/16";
}

class Int260 : public EnablerTest {};

TEST_P(Int260, DeviceAndServer) {
  LINNET_REQ("DM-18");
  LINNET_REQ("DM-19");
  LINNET_REQ("DM-21");
  LINNET_REQ("DM-23");
  LINNET_REQ("DM-25");
  LINNET_REQ("DM-38");
  World w(kPowered, GetParam());
  w.power_on_registered();

  // 1
  const Step first = w.discover(Path(3));
  EXPECT_EQ(first.asked(), "GET /3 accept=40");
  EXPECT_EQ(first.answered(), "2.05 ct=40");
  EXPECT_EQ(links(first), listing("", ""));
  EXPECT_TRUE(first.response().payload().starts_with("</3>,</3/0>,</3/0/0>,"));
  // 2
  const Step attach = w.write_attributes(Path(3, 0), {"pmin=10", "pmax=200"});
  EXPECT_EQ(attach.asked(), "PUT /3/0?pmin=10&pmax=200");
  EXPECT_EQ(attach.answered(), "2.04");
  // 3
  EXPECT_EQ(links(w.discover(Path(3))), listing(";pmin=10;pmax=200", ""));
  // 4
  const Step more = w.write_attributes(Path(3, 0, 7), {"lt=1", "gt=6", "st=1"});
  EXPECT_EQ(more.asked(), "PUT /3/0/7?gt=6&lt=1&st=1");
  EXPECT_EQ(more.answered(), "2.04");
  // 5
  EXPECT_EQ(links(w.discover(Path(3))), listing(";pmin=10;pmax=200", ";gt=6;lt=1;st=1"));
  // 6
  const Step voltage = w.discover(Path(3, 0, 7));
  EXPECT_EQ(voltage.asked(), "GET /3/0/7 accept=40");
  EXPECT_EQ(voltage.answered(), "2.05 ct=40");
  const bool has_instances = GetParam() > lwm2m::kEnabler10;
  EXPECT_EQ(links(voltage), std::string("/3/0/7;dim=2;pmin=10;pmax=200;gt=6;lt=1;st=1") +
                                (has_instances ? " /3/0/7/0 /3/0/7/1" : ""));
}

LINNET_EVERY_ENABLER(Int260);

}  // namespace
}  // namespace linnet::conformance
