// SPDX-License-Identifier: Apache-2.0
// 307 Muting Send (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server writes true to Mute Send, /1/0/23.
// Step 2: the application of the device wants to send.
// Step 3: the server writes false.
// Step 4: the application wants to send again.
// Passes if nothing is sent in step 2, and the Send of step 4 is answered 2.04.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int307 : public EnablerTest {};

TEST_P(Int307, DeviceAndServer) {
  LINNET_REQ("IR-39");
  LINNET_REQ("SRV-21");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const client::Sample samples[] = {{Path(3, 0, 2), {}, {}}};
  const Path mute(1, 0, 23);
  // 1, 2
  EXPECT_EQ(w.set(mute, Value::boolean(true), ContentFormat::Text).answered(), "2.04");
  const std::size_t mark = w.wire.mark();
  const auto refused = w.device->client.send(w.net.now(), 0, samples);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), Error::NotAllowed);
  w.net.run_for(seconds(60));
  EXPECT_TRUE(w.wire.by_device(mark).empty());
  // 3, 4
  EXPECT_EQ(w.set(mute, Value::boolean(false), ContentFormat::Text).answered(), "2.04");
  ASSERT_TRUE(w.device->client.send(w.net.now(), 0, samples).ok());
  w.net.run_for(seconds(5));
  const auto talks = w.wire.by_device(mark);
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_EQ(talks[0].asked(), "POST /dp ct=112");
  EXPECT_EQ(talks[0].answered(), "2.04");
  EXPECT_EQ(w.server.all<server::DataSent>().at(0).values,
            values({{Path(3, 0, 2), Value::string("345000123")}}));
}

LINNET_ENABLERS_FROM_11(Int307);

}  // namespace
}  // namespace linnet::conformance
