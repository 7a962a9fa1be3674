// SPDX-License-Identifier: Apache-2.0
// 101 Initial Registration: a device that knows its server registers there by itself.
//
// Before: basic configuration, the device is off.
// Step 1: it is switched on and sends a Register.
// Passes if
//   1. the Register carries the endpoint name, the lifetime, the version of the enabler, the
//      binding and the SMS number where there are any, and the list of the objects and their
//      instances with the versions that differ from those of the enabler, /0 not among them;
//   2. the server answers 2.01 with a location, and knows the device from then on.
#include <conformance/world.hpp>
#include <fake_device.hpp>

namespace linnet::conformance {
namespace {

class Int101 : public EnablerTest {};

const char* root_link(lwm2m::Version enabler) {
  if (enabler == lwm2m::kEnabler10) return "</>;rt=\"oma.lwm2m\";ct=11543";
  if (enabler == lwm2m::kEnabler11) return "</>;rt=\"oma.lwm2m\";ct=\"60 110 112 11542\"";
  return "</>;rt=\"oma.lwm2m\";ct=\"60 110 112 320 322 11542 11544\"";
}

TEST_P(Int101, DeviceAndServer) {
  LINNET_REQ("REG-01");
  LINNET_REQ("REG-02");
  LINNET_REQ("REG-03");
  LINNET_REQ("REG-05");
  LINNET_REQ("REG-06");
  LINNET_REQ("REG-23");
  LINNET_REQ("REG-24");
  LINNET_REQ("REG-25");
  World w(kWithPortfolio, GetParam());
  w.power_on();
  ASSERT_TRUE(w.net.run_until([&] { return w.device->registered(); }, seconds(10)));

  // 1
  const std::string version = "1." + std::to_string(GetParam().minor);
  const auto talks = w.wire.by_device();
  ASSERT_EQ(talks.size(), 1u);
  EXPECT_EQ(talks[0].request.type(), coap::Type::Con);
  EXPECT_EQ(talks[0].asked(),
            "POST /rd?ep=urn:dev:ops:0000-linnet-1&lt=86400&lwm2m=" + version + "&b=U ct=40");
  EXPECT_EQ(talks[0].request.payload(),
            std::string(root_link(GetParam())) + ",</1/0>,</3/0>,</16/0>");
  // 2
  ASSERT_EQ(talks[0].responses.size(), 1u);
  const Sent& answer = talks[0].responses[0];
  EXPECT_EQ(answer.code(), Code::Created);
  EXPECT_TRUE(answer.location().starts_with("/rd/")) << answer.location();
  EXPECT_TRUE(answer.view().payload().empty());
  EXPECT_EQ(w.device->count(EventType::Registered), 1u);
  ASSERT_EQ(w.server.all<server::Registered>().size(), 1u);
  const auto known = w.registration();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, w.server.all<server::Registered>()[0].id);
  EXPECT_EQ(known->address, w.device->address());
  EXPECT_EQ(known->version, GetParam());
  EXPECT_EQ(known->lifetime, 86400u);
  EXPECT_EQ(known->binding, server::Binding{});
  EXPECT_FALSE(known->queue_mode);
  for (const Path& instance : {Path(1, 0), Path(3, 0), Path(16, 0)}) {
    EXPECT_TRUE(known->has_instance(instance.object(), instance.instance()));
  }
  EXPECT_FALSE(known->has_object(0));
  EXPECT_EQ(known->object_version(3), lwm2m::default_object_version(3, GetParam()));
}

LINNET_EVERY_ENABLER(Int101);

// The device alone: without an answer it repeats the same message; the session it has after 2.01
// uses the location it was given.
TEST(Int101Device, RepeatsTheRegisterUntilItIsAnswered) {
  LINNET_REQ("REG-01");
  LINNET_REQ("REG-21");
  RawServer raw;
  raw.device.client.start(raw.peer.now);
  const Sent first = raw.peer.expect();
  EXPECT_EQ(first.type(), coap::Type::Con);
  EXPECT_EQ(line(first), "POST /rd?ep=urn:dev:ops:0000-linnet-1&lt=86400&lwm2m=1.1&b=U ct=40");
  raw.peer.pass(milliseconds(1999));
  EXPECT_TRUE(raw.peer.silent());
  raw.peer.pass(milliseconds(1001));
  EXPECT_EQ(raw.peer.expect().bytes, first.bytes);
  EXPECT_FALSE(raw.device.registered());
  raw.peer.answer(first, {.code = Code::Created, .location = "/rd/a/b"});
  EXPECT_TRUE(raw.device.registered());
  raw.device.client.update_registration(raw.peer.now, 0);
  EXPECT_EQ(line(raw.peer.expect()), "POST /rd/a/b");
}

// The server alone: all parameters, versions of objects, and a mandatory one that is missing.
TEST(Int101Server, TakesEveryParameter) {
  LINNET_REQ("REG-02");
  LINNET_REQ("REG-10");
  LINNET_REQ("REG-16");
  LINNET_REQ("REG-28");
  test::Bench bench;
  test::FakeDevice device(bench, 40001);
  const auto answer =
      device.ask(device.registration("ep=node-1&lt=120&lwm2m=1.1&b=US&sms=4915112345",
                                     "</>;ct=110,</1/0>,</3/0>,</5>,</3303>;ver=1.1,</3303/7>"));
  EXPECT_EQ(answer->type(), coap::Type::Ack);
  EXPECT_EQ(answer.code(), Code::Created);
  EXPECT_TRUE(answer.path(OptionNumber::LocationPath).starts_with("/rd/"));
  const auto known = bench.shard.find("node-1");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->address, device.address());
  EXPECT_EQ(known->lifetime, 120u);
  EXPECT_TRUE(known->binding.has('U'));
  EXPECT_TRUE(known->binding.has('S'));
  EXPECT_EQ(known->sms, "4915112345");
  EXPECT_TRUE(known->has_object(5));
  EXPECT_FALSE(known->has_instance(5, 0));
  EXPECT_TRUE(known->has_instance(3303, 7));
  EXPECT_EQ(known->object_version(3303), (lwm2m::Version{1, 1}));
}

TEST(Int101Server, RefusesARegisterWithoutEndpointOrVersion) {
  LINNET_REQ("REG-15");
  test::Bench bench;
  test::FakeDevice device(bench, 40001);
  EXPECT_EQ(device.code_of(device.registration("lt=120&lwm2m=1.1&b=U")), Code::BadRequest);
  EXPECT_EQ(device.code_of(device.registration("ep=node-1&lt=120&b=U")), Code::BadRequest);
  EXPECT_EQ(bench.shard.counters().registrations, 0u);
}

}  // namespace
}  // namespace linnet::conformance
