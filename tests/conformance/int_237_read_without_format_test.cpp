// SPDX-License-Identifier: Apache-2.0
// 237 Read on an object without saying a format (1.1): the device chooses.
//
// Before: basic configuration, the device is registered; the server has not been told of any
//         format.
// Step 1: the server reads /1 without Accept.
// Step 2: it reads /3 without Accept.
// Passes if both are answered 2.05 with the expected values in a format that the answer names.
#include <conformance/senml_cases.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

// The device alone: for a request without Accept it uses what its application configured, TLV here
// for more than one value, and text for one.
TEST(Int237Device, ChoosesAFormat) {
  LINNET_REQ("DM-05");
  LINNET_REQ("DM-06");
  RawServer raw;
  raw.accept_registration();
  EXPECT_EQ(line(raw.peer.ask({.code = Code::Get, .path = "/1"})), "2.05 ct=11542");
  EXPECT_EQ(line(raw.peer.ask({.code = Code::Get, .path = "/3"})), "2.05 ct=11542");
  EXPECT_EQ(line(raw.peer.ask({.code = Code::Get, .path = "/3/0/0"})), "2.05 ct=0");
}

// The server alone: a device that announced no format is asked without Accept, and whatever it
// answers in is understood.
TEST(Int237Server, TakesWhatTheDeviceChose) {
  LINNET_REQ("DM-06");
  Definitions definitions;
  test::Bench bench({}, nullptr, &definitions);
  test::FakeDevice device(bench, 40001);
  device.register_as("node-1");
  const std::pair<unsigned, std::string> answers[] = {
      {110, R"([{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"}])"},
      {11543, R"({"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"}]})"},
      {112,
       "\x81\xa3\x21\x65/3/0/" + std::string("\x00\x61\x30\x03\x74", 5) + "Open Mobile Alliance"},
      {11542, std::string("\x08\x00\x17\xc8\x00\x14", 6) + "Open Mobile Alliance"},
  };
  for (const auto& [format, payload] : answers) {
    Operation read;
    read.path = Path(3);
    ASSERT_TRUE(bench.shard.submit(bench.now, bench.shard.find("node-1")->id, read).ok());
    const auto request = device.take();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->path(), "/3");
    EXPECT_FALSE(request->view().has(OptionNumber::Accept));
    device.send(device.reply(*request, Code::Content).format(format).payload(payload));
    const auto result = bench.event<OperationResult>();
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->success()) << format << " " << result->reason;
    EXPECT_EQ(result->format, static_cast<ContentFormat>(format));
    EXPECT_EQ(result->values, values({{Path(3, 0, 0), Value::string("Open Mobile Alliance")}}));
  }
}

}  // namespace
}  // namespace linnet::conformance
