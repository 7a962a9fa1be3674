// SPDX-License-Identifier: Apache-2.0
// Pins Send: from registered devices only, for registered paths only, in the formats that can.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <hex.hpp>
#include <requirement.hpp>

#include <string>

namespace linnet::server {
namespace {

using coap::Code;
using lwm2m::Path;
using lwm2m::Value;
using test::Bench;
using test::FakeDevice;

class SendInterface : public ::testing::Test {
 protected:
  void SetUp() override {
    device_.register_as("a");
    bench_.drop_events();
  }
  Code send(std::string_view payload, unsigned format = 110) {
    return device_.code_of(device_.request(Code::Post, "/dp").format(format).payload(payload));
  }

  test::CoreDefinitions definitions_;
  Bench bench_{{}, nullptr, &definitions_};
  FakeDevice device_{bench_, 5683};
};

TEST_F(SendInterface, ValuesArriveWithTheirTimes) {
  LINNET_REQ("IR-37");
  LINNET_REQ("IR-40");
  const std::string payload =
      R"([{"bn":"/3303/0/5700","bt":1700000000,"v":20},{"t":-10,"v":19.5},{"bn":"/3/0/9","v":80}])";
  EXPECT_EQ(send(payload), Code::Changed);
  const auto event = bench_.event<DataSent>();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->registration, bench_.shard.find("a")->id);
  ASSERT_EQ(event->values.size(), 3u);
  EXPECT_EQ(event->values[0].path, Path(3303, 0, 5700));
  EXPECT_EQ(event->values[0].value, OwnedValue(Value::floating(20)));
  EXPECT_EQ(event->values[0].time, 1700000000.0);
  EXPECT_EQ(event->values[1].time, 1699999990.0);
  EXPECT_EQ(event->values[2].value, OwnedValue(Value::integer(80)));
  EXPECT_EQ(bench_.shard.counters().sends, 1u);
}

TEST_F(SendInterface, TakesSenmlCborAndLwm2mCbor) {
  LINNET_REQ("IR-37");
  const auto cbor = test::hex("81 A2 00 66 2F332F302F39 02 18 50");
  EXPECT_EQ(send(as_text(cbor), 112), Code::Changed);
  EXPECT_EQ(bench_.event<DataSent>()->values.at(0).path, Path(3, 0, 9));
  const auto lwm2m_cbor = test::hex("A1 83 03 00 09 18 50");
  EXPECT_EQ(send(as_text(lwm2m_cbor), 11544), Code::Changed);
  EXPECT_EQ(bench_.event<DataSent>()->values.at(0).path, Path(3, 0, 9));
}

TEST_F(SendInterface, RefusesWhatIsNotRegistered) {
  LINNET_REQ("IR-37");
  LINNET_REQ("IR-42");
  EXPECT_EQ(send(R"([{"n":"/5/0/3","v":1}])"), Code::NotFound);
  EXPECT_EQ(send(R"([{"n":"/3303/7/5700","v":1}])"), Code::NotFound);
  EXPECT_EQ(send(R"([{"n":"/3/0/9","v":1},{"n":"/3303/7/5700","v":1}])"), Code::NotFound);
  FakeDevice stranger(bench_, 9);
  const auto message =
      stranger.request(Code::Post, "/dp").format(110).payload(R"([{"n":"/3/0/9","v":1}])");
  EXPECT_EQ(stranger.code_of(message), Code::NotFound);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(SendInterface, RefusesWhatIsMalformed) {
  LINNET_REQ("IR-41");
  EXPECT_EQ(send("[{"), Code::BadRequest);
  EXPECT_EQ(send("[]"), Code::BadRequest);
  EXPECT_EQ(send(""), Code::BadRequest);
  EXPECT_EQ(send(R"([{"n":"/3/0/9","vs":"full"}])"), Code::BadRequest);
  EXPECT_EQ(send(R"([{"n":"/3/0/9"}])"), Code::BadRequest);
  EXPECT_EQ(send("\xC1\x09\x01", 11542), Code::BadRequest);
  EXPECT_EQ(send("x", 4711), Code::BadRequest);
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, "/dp").payload("[]")), Code::BadRequest);
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(SendInterface, UnknownResourcesAreFine) {
  LINNET_REQ("IR-41");
  EXPECT_EQ(send(R"([{"n":"/3/0/777","vs":"new"}])"), Code::Changed);
  EXPECT_EQ(bench_.event<DataSent>()->values.at(0).value, OwnedValue(Value::string("new")));
}

TEST_F(SendInterface, ACopyIsAnsweredAndNotReportedAgain) {
  LINNET_REQ("TR-08");
  const auto message =
      device_.request(Code::Post, "/dp").format(110).payload(R"([{"n":"/3/0/9","v":1}])");
  EXPECT_EQ(device_.code_of(message), Code::Changed);
  EXPECT_EQ(device_.code_of(message), Code::Changed);
  EXPECT_TRUE(bench_.event<DataSent>().has_value());
  EXPECT_FALSE(bench_.event<DataSent>().has_value());
}

TEST_F(SendInterface, ALongOneComesBlockByBlock) {
  std::string payload = "[";
  for (int i = 0; i < 20; ++i) {
    payload += std::string(i ? "," : "") + R"({"n":"/3303/0/5700","v":)" + std::to_string(i) + "}";
  }
  payload += "]";
  for (std::uint32_t block = 0; block * 128 < payload.size(); ++block) {
    const bool more = (block + 1) * 128 < payload.size();
    const auto message = device_.request(Code::Post, "/dp")
                             .format(110)
                             .block1(block, more, 3)
                             .payload(payload.substr(block * 128, 128));
    EXPECT_EQ(device_.code_of(message), more ? Code::Continue : Code::Changed);
  }
  EXPECT_EQ(bench_.event<DataSent>()->values.size(), 20u);
}

TEST_F(SendInterface, DevicesBehindOneAddressAreToldApartByTheirPaths) {
  device_.register_as("b", "lwm2m=1.1", "</1/0>,</3/0>,</3311/4>");
  EXPECT_EQ(send(R"([{"n":"/3303/1/5700","v":1}])"), Code::Changed);
  EXPECT_EQ(bench_.event<DataSent>()->registration, bench_.shard.find("a")->id);
  EXPECT_EQ(send(R"([{"n":"/3311/4/5850","vb":true}])"), Code::Changed);
  EXPECT_EQ(bench_.event<DataSent>()->registration, bench_.shard.find("b")->id);
}

class NoSends final : public Authorizer {
 public:
  Access decide(const AccessRequest& request) override {
    return request.kind == AccessRequest::Kind::Send ? Access::Forbidden : Access::Allow;
  }
};

TEST(SendPolicy, TheAuthorizerIsAsked) {
  NoSends rules;
  Bench bench({}, &rules);
  FakeDevice device(bench, 1);
  device.register_as("a");
  const auto message =
      device.request(Code::Post, "/dp").format(110).payload(R"([{"n":"/3/0/9","v":1}])");
  EXPECT_EQ(device.code_of(message), Code::Forbidden);
}

}  // namespace
}  // namespace linnet::server
