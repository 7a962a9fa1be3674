// SPDX-License-Identifier: Apache-2.0
// 201 Querying basic information in plain text.
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads manufacturer, model number and serial number (/3/0/0, 1, 2) one after
//         the other, each time asking for plain text (0).
// Passes if every Read is answered 2.05 in plain text and the server has the expected texts.
#include <conformance/world.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

class Int201 : public EnablerTest {};

TEST_P(Int201, DeviceAndServer) {
  LINNET_REQ("DM-13");
  LINNET_REQ("DT-01");
  LINNET_REQ("FMT-03");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const std::pair<lwm2m::Id, std::string> expected[] = {
      {0, "Open Mobile Alliance"}, {1, "Lightweight M2M Client"}, {2, "345000123"}};
  for (const auto& [resource, text] : expected) {
    const Step read = w.read(Path(3, 0, resource), ContentFormat::Text);
    EXPECT_EQ(read.asked(), "GET /3/0/" + std::to_string(resource) + " accept=0");
    EXPECT_EQ(read.answered(), "2.05 ct=0");
    EXPECT_EQ(read.response().payload(), text);
    ASSERT_EQ(read.result.values.size(), 1u);
    EXPECT_EQ(read.result.format, ContentFormat::Text);
    EXPECT_EQ(read.value(Path(3, 0, resource)), Value::string(text));
  }
}

LINNET_EVERY_ENABLER(Int201);

// The device alone: only a single value can be told in plain text.
TEST(Int201Device, RefusesPlainTextForMoreThanOneValue) {
  LINNET_REQ("DM-05");
  LINNET_REQ("FMT-05");
  RawServer raw;
  raw.accept_registration();
  const auto answer = [&](const char* path) {
    return line(raw.peer.ask({.code = Code::Get, .path = path, .accept = ContentFormat::Text}));
  };
  EXPECT_EQ(answer("/3/0/0"), "2.05 ct=0");
  EXPECT_EQ(answer("/3/0"), "4.06");
  EXPECT_EQ(answer("/3"), "4.06");
  EXPECT_EQ(answer("/3/0/11"), "4.06");
  EXPECT_EQ(answer("/3/0/4"), "4.05");
  EXPECT_EQ(answer("/3/0/17"), "4.04");
}

// The server alone: a text that is none fails the operation and says why.
TEST(Int201Server, DoesNotTakeAnythingForText) {
  LINNET_REQ("DM-12");
  Definitions definitions;
  test::Bench bench({}, nullptr, &definitions);
  test::FakeDevice device(bench, 40001);
  device.register_as("node-1");
  Operation read;
  read.path = Path(3, 0, 0);
  read.format = ContentFormat::Text;
  ASSERT_TRUE(bench.shard.submit(bench.now, bench.shard.find("node-1")->id, read).ok());
  const auto request = device.take();
  ASSERT_TRUE(request);
  device.send(device.reply(*request, Code::Content).format(0).payload(std::string("\xFF\xFE")));
  const auto result = bench.event<OperationResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, server::Outcome::BadAnswer);
  EXPECT_FALSE(result->reason.empty());
}

}  // namespace
}  // namespace linnet::conformance
