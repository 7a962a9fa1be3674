// SPDX-License-Identifier: Apache-2.0
// 311 Send of single resources (1.1).
//
// Before: basic configuration, the device is registered and Send is not muted.
// Step 1: the device sends the lifetime, /1/0/1, and the error code, /3/0/11/0.
// Passes if the Send is answered 2.04 and the server has just these two values. What is not
// readable or not there is left out.
#include <conformance/senml_cases.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

class Int311 : public EnablerTest {};

TEST_P(Int311, DeviceAndServer) {
  LINNET_REQ("IR-37");
  LINNET_REQ("IR-38");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const client::Sample samples[] = {{Path(1, 0, 1), {}, {}},
                                    {Path(1, 0, 4), {}, {}},
                                    {Path(3, 0, 11, 0), {}, {}},
                                    {Path(3, 0, 17), {}, {}}};
  const std::size_t mark = w.wire.mark();
  ASSERT_TRUE(w.device->client.send(w.net.now(), 0, samples, ContentFormat::SenmlJson).ok());
  w.net.run_for(seconds(5));
  const auto talks = w.wire.by_device(mark);
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_EQ(talks[0].asked(), "POST /dp ct=110");
  EXPECT_EQ(talks[0].answered(), "2.04");
  EXPECT_EQ(
      w.server.all<server::DataSent>().at(0).values,
      values({{Path(1, 0, 1), Value::integer(86400)}, {Path(3, 0, 11, 0), Value::integer(0)}}));
}

LINNET_ENABLERS_FROM_11(Int311);

// The server alone: a Send of somebody who is not registered is refused.
TEST(Int311Server, RefusesAStranger) {
  LINNET_REQ("IR-42");
  test::Bench bench;
  test::FakeDevice device(bench, 40001);
  const auto send = [&] {
    return device.code_of(
        device.request(Code::Post, "/dp").format(110).payload(R"([{"n":"/3/0/2","vs":"x"}])"));
  };
  EXPECT_EQ(send(), Code::NotFound);
  device.register_as("node-1");
  EXPECT_EQ(send(), Code::Changed);
}

}  // namespace
}  // namespace linnet::conformance
