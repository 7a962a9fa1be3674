// SPDX-License-Identifier: Apache-2.0
// 306 Send (1.1): the device reports on its own account.
//
// Before: basic configuration, the device is registered and Send is not muted.
// Step 1: the device sends resources of /1/0 and /3/0.
// Passes if the Send, a POST to /dp, is answered 2.04 and the server has the values; in SenML CBOR
// and in SenML JSON.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int306 : public EnablerTest {};

TEST_P(Int306, DeviceAndServer) {
  LINNET_REQ("IR-37");
  LINNET_REQ("IR-40");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const auto expected = together(server_instance(), device_instance());
  std::vector<client::Sample> samples;
  for (const auto& entry : expected) samples.push_back({entry.path, {}, {}});
  for (const ContentFormat format : {ContentFormat::SenmlCbor, ContentFormat::SenmlJson}) {
    const std::size_t mark = w.wire.mark();
    const std::size_t before = w.server.all<server::DataSent>().size();
    const auto id = w.device->client.send(w.net.now(), 0, samples, format);
    ASSERT_TRUE(id.ok()) << describe(id.error());
    w.net.run_for(seconds(5));
    const auto talks = w.wire.by_device(mark);
    ASSERT_EQ(talks.size(), 1u);
    EXPECT_EQ(talks[0].request.type(), coap::Type::Con);
    EXPECT_EQ(talks[0].asked(), "POST /dp" + ct(format));
    EXPECT_EQ(talks[0].answered(), "2.04");
    const auto sent = w.server.all<server::DataSent>();
    ASSERT_EQ(sent.size(), before + 1);
    EXPECT_EQ(sent.back().registration, w.registration()->id);
    EXPECT_EQ(sent.back().format, format);
    EXPECT_EQ(sent.back().values, expected);
  }
  EXPECT_EQ(w.device->count(EventType::SendDone), 2u);
}

LINNET_ENABLERS_FROM_11(Int306);

}  // namespace
}  // namespace linnet::conformance
