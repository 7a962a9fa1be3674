// SPDX-License-Identifier: Apache-2.0
// 270 Create Object Instance, which refers to 1630 Create Portfolio Object Instance.
//
// Before: the configuration with a portfolio of one instance with four identities, the device is
//         registered.
// Step 1: the server discovers the object /16.
// Step 2: it creates an instance with two identities, in TLV.
// Step 3: Discover as in step 1.
// Step 4: the server reads /16.
// Passes if
//   1. step 1 shows /16/0/0 with dim=4;
//   2. the Create is answered 2.01 with the path of the new instance, /16/1;
//   3. step 3 shows /16/1/0 with dim=2 besides;
//   4. the Read is answered 2.05 in TLV with both instances.
// The device tells of its new instance by an Update with the whole list.
#include <hex.hpp>

#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int270 : public EnablerTest {};

TEST_P(Int270, DeviceAndServer) {
  LINNET_REQ("DM-49");
  LINNET_REQ("DM-50");
  LINNET_REQ("DM-58");
  LINNET_REQ("REG-35");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();

  // 1
  const Step first = w.discover(Path(16));
  EXPECT_EQ(first.response().payload(), "</16>,</16/0>,</16/0/0>;dim=4");
  // 2
  const std::size_t mark = w.wire.mark();
  const Step create = w.create(Path(16),
                               values({{Path(16, 0, 0, 0), Value::string("Host Device ID #2")},
                                       {Path(16, 0, 0, 1), Value::string("Host #2")}}),
                               ContentFormat::Tlv);
  EXPECT_EQ(create.asked(), "POST /16 ct=11542");
  EXPECT_EQ(test::to_hex(create.request().view().payload()),
            "88001d"                                    // resource 0, multiple
            "480011486f737420446576696365204944202332"  // 0: Host Device ID #2
            "4701486f7374202332");                      // 1: Host #2
  EXPECT_EQ(create.answered(), "2.01 at=/16/1");
  EXPECT_EQ(create.result.created, Path(16, 1));
  // 3
  EXPECT_EQ(w.discover(Path(16)).response().payload(),
            "</16>,</16/0>,</16/0/0>;dim=4,</16/1>,</16/1/0>;dim=2");
  // 4
  const Step read = w.read(Path(16), ContentFormat::Tlv);
  EXPECT_EQ(read.answered(), "2.05 ct=11542");
  EXPECT_EQ(read.result.values,
            values({{Path(16, 0, 0, 0), Value::string("Host Device ID #1")},
                    {Path(16, 0, 0, 1), Value::string("Host Device Manufacturer #1")},
                    {Path(16, 0, 0, 2), Value::string("Host Device Model #1")},
                    {Path(16, 0, 0, 3), Value::string("Host Device Software Version #1")},
                    {Path(16, 1, 0, 0), Value::string("Host Device ID #2")},
                    {Path(16, 1, 0, 1), Value::string("Host #2")}}));

  w.net.run_for(seconds(5));
  const auto updates = w.wire.by_device(mark);
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_TRUE(updates[0].request.payload().ends_with(",</1/0>,</3/0>,</16/0>,</16/1>"));
  EXPECT_EQ(updates[0].answered(), "2.04");
  EXPECT_TRUE(w.registration()->has_instance(16, 1));
}

TEST_P(Int270, TheServerChoosesTheInstance) {
  LINNET_REQ("DM-52");
  LINNET_REQ("DM-53");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  const auto identity = [](lwm2m::Id instance) {
    return values({{Path(16, instance, 0, 0), Value::string("x")}});
  };
  const Step create = w.create(Path(16, 7), identity(7), ContentFormat::Tlv);
  EXPECT_TRUE(create.result.success());
  EXPECT_EQ(create.result.created, Path(16, 7));
  EXPECT_EQ(w.device->portfolio.instances.at(7).at(0), "x");
  const Step taken = w.create(Path(16, 7), identity(7), ContentFormat::Tlv);
  EXPECT_EQ(taken.answered(), "4.00");
  // Without its mandatory resource nothing is created.
  const Step empty = w.create(Path(16, 8), {}, ContentFormat::Tlv);
  EXPECT_EQ(empty.answered(), "4.00");
  EXPECT_FALSE(w.device->portfolio.instances.contains(8));
}

LINNET_EVERY_ENABLER(Int270);

}  // namespace
}  // namespace linnet::conformance
