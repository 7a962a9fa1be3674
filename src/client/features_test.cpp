// SPDX-License-Identifier: Apache-2.0
// Pins what a client answers that was built without a feature, and that the rest stays as it is.
#include <gtest/gtest.h>

#include <client/test_device.hpp>
#include <linnet/client/config.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
using lwm2m::Format;

constexpr const Format* kBasicFormats[] = {&lwm2m::kBasicText, &lwm2m::kSenmlJson, &lwm2m::kTlv};

struct Bare : Device {
  Bare() : Device(kBasicFormats) { settings.features = {}; }
};

TEST(Features, AllAreThereUnlessAConfigurationSaysSo) {
  const Features features = Config{}.features;
  EXPECT_EQ(features.composite, &kCompositeOperations);
  EXPECT_EQ(features.instances, &kInstanceOperations);
  EXPECT_EQ(features.conditions, &kChangeConditions);
}

TEST(Features, WithoutInstancesCreateAndDeleteAreNotAllowed) {
  Bare device;
  EXPECT_EQ(device.post("/1000", ContentFormat::Tlv, {}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1000/0").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1000/0/12/0").code, Code::MethodNotAllowed);
  EXPECT_TRUE(device.changes.all.empty());
  device.settings.features = {.instances = &kInstanceOperations};
  EXPECT_EQ(device.post("/1000", ContentFormat::Tlv, as_bytes(std::string_view("\xc1\0A", 3))).code,
            Code::Created);
}

TEST(Features, WithoutCompositeFetchAndIpatchAreNotAllowed) {
  Bare device;
  const ByteView names = as_bytes(R"([{"n":"/1000/0"}])");
  EXPECT_EQ(device.send(Code::Fetch, "/", ContentFormat::SenmlJson, names).code,
            Code::MethodNotAllowed);
  EXPECT_EQ(device.send(Code::IPatch, "/", ContentFormat::SenmlJson, names).code,
            Code::MethodNotAllowed);
}

TEST(Features, WithoutConditionsTheirAttributesAreUnknown) {
  LINNET_REQ("DM-40");
  Bare device;
  for (const char* query : {"gt=1", "lt=1", "st=1", "edge=1", "gt", "edge"}) {
    EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1", query}).code, Code::BadRequest) << query;
  }
  EXPECT_TRUE(device.attributes.effective(101, Device::path("/1000/0/1")).empty());
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=10", "pmax=60", "con=1"}).code, Code::Changed);
  EXPECT_EQ(device.discover("/1000/0/1").code, Code::Content);
  EXPECT_EQ(device.text(), "</1000/0/1>;pmin=10;pmax=60;con=1");
}

TEST(Features, BasicTextRefusesWhatItCannotWrite) {
  LINNET_REQ("FMT-03");
  Bare device;
  device.every.set(0, kFloat, Value::floating(1.5));
  EXPECT_EQ(device.get("/1000/0/3", ContentFormat::Text).code, Code::NotAcceptable);
  EXPECT_EQ(device.put("/1000/0/3", "1.5").code, Code::UnsupportedContentFormat);
  EXPECT_EQ(device.get("/1000/0/1", ContentFormat::Text).code, Code::Content);
  EXPECT_EQ(device.text(), "42");
  EXPECT_EQ(device.put("/1000/0/1", "7").code, Code::Changed);
  EXPECT_EQ(device.every.at(Device::path("/1000/0/1")), Value::integer(7));
}

}  // namespace
}  // namespace linnet::client::test
