// SPDX-License-Identifier: Apache-2.0
// Pins requests to devices on the wire: what each operation looks like, how its answer becomes a
// result, one request at a time, retransmission, deadlines, cancellation, and bad answers.
#include <gtest/gtest.h>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <hex.hpp>
#include <requirement.hpp>

#include <string>

namespace linnet::server {
namespace {

using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using coap::Type;
using lwm2m::Path;
using lwm2m::Value;
using test::Bench;
using test::FakeDevice;
using test::hex;
using test::SentMessage;

class DeviceRequestsTest : public ::testing::Test {
 protected:
  RegistrationId registered(FakeDevice& device, std::string_view endpoint,
                            std::string_view query = "lwm2m=1.1&lt=86400",
                            std::string_view objects = FakeDevice::kObjects) {
    device.register_as(endpoint, query, objects);
    bench_.drop_events();
    return bench_.shard.find(endpoint)->id;
  }
  OperationId submit(RegistrationId id, Operation operation) {
    const auto submitted = bench_.shard.submit(bench_.now, id, std::move(operation));
    EXPECT_TRUE(submitted.ok()) << describe(submitted.error());
    return submitted.ok() ? *submitted : OperationId{};
  }
  Error refusal(RegistrationId id, Operation operation) {
    return bench_.shard.submit(bench_.now, id, std::move(operation)).error();
  }
  OperationResult result() {
    auto found = bench_.event<OperationResult>();
    EXPECT_TRUE(found.has_value()) << "no result";
    return found ? *std::move(found) : OperationResult{};
  }
  SentMessage asked(FakeDevice& device) {
    auto message = device.take();
    EXPECT_TRUE(message.has_value()) << "nothing was sent";
    if (!message) return SentMessage({0x70, 0, 0, 0});
    return std::move(*message);
  }
  SentMessage asked() { return asked(device_); }

  test::CoreDefinitions definitions_;
  Bench bench_{{}, nullptr, &definitions_};
  FakeDevice device_{bench_, 5683};
};

Operation read(Path path) { return {.kind = OperationKind::Read, .path = path}; }

Operation write(Path path, Value value) {
  return {.kind = OperationKind::Write, .path = path, .values = {{path, value, {}}}};
}

TEST_F(DeviceRequestsTest, ReadIsAGetAndItsValueHasTheTypeOfTheModel) {
  LINNET_REQ("DM-13");
  LINNET_REQ("DM-11");
  LINNET_REQ("TR-05");
  LINNET_REQ("REG-16");
  const auto id = registered(device_, "a");
  const OperationId operation = submit(id, read(Path(3, 0, 9)));
  EXPECT_EQ(bench_.shard.pending(id), 1u);
  const auto get = asked();
  EXPECT_EQ(get.code(), Code::Get);
  EXPECT_EQ(get->type(), Type::Con);
  EXPECT_EQ(get.path(), "/3/0/9");
  EXPECT_FALSE(get->accept().has_value()) << "one resource: the device's choice";
  EXPECT_FALSE(get->has(OptionNumber::Observe));
  bench_.run_for(milliseconds(20));
  device_.send(device_.reply(get, Code::Content).format(0).payload("95"));
  const auto done = result();
  EXPECT_EQ(done.operation, operation);
  EXPECT_EQ(done.registration, id);
  EXPECT_EQ(done.outcome, Outcome::Answered);
  EXPECT_EQ(done.code, Code::Content);
  EXPECT_TRUE(done.success());
  EXPECT_EQ(done.elapsed, milliseconds(20));
  EXPECT_EQ(done.format, ContentFormat::Text);
  ASSERT_EQ(done.values.size(), 1u);
  EXPECT_EQ(done.values[0].path, Path(3, 0, 9));
  EXPECT_EQ(done.values[0].value, OwnedValue(Value::integer(95)));
  EXPECT_TRUE(bench_.silent());
  EXPECT_EQ(bench_.shard.pending(id), 0u);
}

TEST_F(DeviceRequestsTest, ReadsAnObjectInEveryStructuredFormat) {
  LINNET_REQ("FMT-01");
  const auto id = registered(device_, "a", "lwm2m=1.0&lt=60");
  const struct {
    unsigned format;
    std::vector<std::uint8_t> payload;
  } cases[] = {
      {11542, hex("08 00 03 C1 09 5F")},
      {1542, hex("08 00 03 C1 09 5F")},
      {110, test::hex("5b7b22626e223a222f332f302f222c226e223a2239222c2276223a39357d5d")},
      {112, hex("81 A3 21 65 2F332F302F 00 61 39 02 18 5F")},
      {11544, hex("A1 03 A1 00 A1 09 18 5F")},
      {11543,
       test::hex("7b22626e223a222f332f222c2265223a5b7b226e223a22302f39222c2276223a39357d5d7d")},
  };
  for (const auto& c : cases) {
    submit(id, read(Path(3)));
    device_.send(device_.reply(asked(), Code::Content).format(c.format).payload(c.payload));
    const auto done = result();
    ASSERT_EQ(done.outcome, Outcome::Answered) << c.format << ": " << done.reason;
    ASSERT_EQ(done.values.size(), 1u) << c.format;
    EXPECT_EQ(done.values[0].path, Path(3, 0, 9)) << c.format;
    EXPECT_EQ(done.values[0].value, OwnedValue(Value::integer(95))) << c.format;
  }
}

TEST_F(DeviceRequestsTest, UnknownObjectsHaveTheTypesOfTheirPayload) {
  LINNET_REQ("DM-08");
  const auto id = registered(device_, "a", "lwm2m=1.1", "</1/0>,</3/0>,</31999/0>");
  submit(id, read(Path(31999, 0)));
  device_.send(
      device_.reply(asked(), Code::Content)
          .format(110)
          .payload(R"([{"bn":"/31999/0/","n":"1","v":4},{"n":"2","vs":"x"},{"n":"3","vb":true}])"));
  const auto done = result();
  ASSERT_EQ(done.values.size(), 3u) << done.reason;
  EXPECT_EQ(done.values[0].value, OwnedValue(Value::integer(4)));
  EXPECT_EQ(done.values[1].value, OwnedValue(Value::string("x")));
  EXPECT_EQ(done.values[2].value, OwnedValue(Value::boolean(true)));
  submit(id, write(Path(31999, 0, 1), Value::string("anything")));
  const auto put = asked();
  EXPECT_EQ(put.payload(), "anything");
}

TEST_F(DeviceRequestsTest, ErrorsOfTheDeviceAreResults) {
  const auto id = registered(device_, "a");
  for (const Code code : {Code::BadRequest, Code::Unauthorized, Code::NotFound,
                          Code::MethodNotAllowed, Code::InternalServerError}) {
    submit(id, read(Path(3, 0, 1)));
    device_.send(device_.reply(asked(), code).payload("no\nluck"));
    const auto done = result();
    EXPECT_EQ(done.outcome, Outcome::Answered);
    EXPECT_EQ(done.code, code);
    EXPECT_FALSE(done.success());
    EXPECT_EQ(done.reason, "no luck");
  }
}

TEST_F(DeviceRequestsTest, WritesOneValueAsTextOrOpaqueFrom11On) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-06");
  const auto id = registered(device_, "a");
  submit(id, write(Path(3, 0, 14), Value::string("+02:00")));
  const auto put = asked();
  EXPECT_EQ(put.code(), Code::Put);
  EXPECT_EQ(put.path(), "/3/0/14");
  EXPECT_EQ(put->content_format(), ContentFormat::Text);
  EXPECT_EQ(put.payload(), "+02:00");
  device_.send(device_.reply(put, Code::Changed));
  EXPECT_TRUE(result().success());
  const std::uint8_t bytes[] = {1, 2, 3};
  submit(id, write(Path(5, 0, 0), Value::opaque(bytes)));
  const auto opaque = asked();
  EXPECT_EQ(opaque->content_format(), ContentFormat::Opaque);
  EXPECT_TRUE(equal(opaque->payload(), bytes));
}

TEST_F(DeviceRequestsTest, WritesTlvToA10Device) {
  LINNET_REQ("CMP-02");
  const auto id = registered(device_, "a", "lwm2m=1.0&lt=60");
  submit(id, write(Path(1, 0, 1), Value::integer(200)));
  const auto put = asked();
  EXPECT_EQ(put->content_format(), ContentFormat::Tlv);
  EXPECT_EQ(test::to_hex(put->payload()), "c20100c8");  // DT-02: 200 needs two bytes
}

TEST_F(DeviceRequestsTest, ConvertsWhatLosesNothingAndRefusesTheRest) {
  LINNET_REQ("DM-12");
  const auto id = registered(device_, "a");
  submit(id, write(Path(3, 0, 13), Value::integer(1'700'000'000)));  // a Time
  EXPECT_EQ(asked().payload(), "1700000000");
  EXPECT_EQ(refusal(id, write(Path(3, 0, 13), Value::string("now"))), Error::Type);
  EXPECT_EQ(refusal(id, write(Path(1, 0, 1), Value::floating(1.5))), Error::Type);
  EXPECT_EQ(refusal(id, write(Path(3, 0, 14), Value::integer(2))), Error::Type);
}

TEST_F(DeviceRequestsTest, PartialUpdateAndCompositeWriteUseTheirMethods) {
  LINNET_REQ("DM-65");
  const auto id = registered(device_, "a");
  submit(id, {.kind = OperationKind::WriteUpdate,
              .path = Path(1, 0),
              .values = {{Path(1, 0, 2), Value::integer(5), {}},
                         {Path(1, 0, 1), Value::integer(600), {}}}});
  const auto post = asked();
  EXPECT_EQ(post.code(), Code::Post);
  EXPECT_EQ(post.path(), "/1/0");
  EXPECT_EQ(post->content_format(), ContentFormat::SenmlCbor);
  device_.send(device_.reply(post, Code::Changed));
  submit(id, {.kind = OperationKind::WriteComposite,
              .values = {{Path(3, 0, 14), Value::string("+01"), {}},
                         {Path(1, 0, 1), Value::integer(600), {}}},
              .format = ContentFormat::SenmlJson});
  const auto patch = asked();
  EXPECT_EQ(patch.code(), Code::IPatch);
  EXPECT_EQ(patch.path(), "");
  EXPECT_EQ(patch->content_format(), ContentFormat::SenmlJson);
  EXPECT_NE(patch.payload().find("\"v\":600"), std::string::npos) << patch.payload();
  device_.send(device_.reply(patch, Code::Changed));
  EXPECT_TRUE(result().success());
  EXPECT_TRUE(result().success());
}

TEST_F(DeviceRequestsTest, AFormatTheDeviceRefusesIsReplacedByTheNext) {
  const auto id = registered(device_, "a");
  submit(id, {.kind = OperationKind::Write,
              .path = Path(1, 0),
              .values = {{Path(1, 0, 1), Value::integer(60), {}}}});
  std::vector<ContentFormat> tried;
  for (int i = 0; i < 3; ++i) {
    const auto put = asked();
    tried.push_back(*put->content_format());
    device_.send(device_.reply(put, i < 2 ? Code::UnsupportedContentFormat : Code::Changed));
  }
  EXPECT_EQ(tried,
            (std::vector{ContentFormat::SenmlCbor, ContentFormat::SenmlJson, ContentFormat::Tlv}));
  EXPECT_TRUE(result().success());

  auto chosen = write(Path(1, 0, 1), Value::integer(60));
  chosen.format = ContentFormat::SenmlJson;
  submit(id, chosen);
  device_.send(device_.reply(asked(), Code::UnsupportedContentFormat));
  EXPECT_EQ(result().code, Code::UnsupportedContentFormat) << "the application's choice stands";
}

TEST_F(DeviceRequestsTest, UsesTheFormatsADeviceAnnounced) {
  LINNET_REQ("REG-25");
  const auto id = registered(device_, "a", "lwm2m=1.2", "</>;ct=\"110 11542\",</1/0>,</3/0>");
  submit(id, read(Path(3, 0)));
  const auto get = asked();
  EXPECT_EQ(get->accept(), ContentFormat::SenmlJson);
  device_.send(device_.reply(get, Code::NotAcceptable));
  const auto again = asked();
  EXPECT_FALSE(again->accept().has_value());
  device_.send(device_.reply(again, Code::Content).format(11542).payload(hex("C1 09 5F")));
  EXPECT_EQ(result().values.size(), 1u);
}

TEST_F(DeviceRequestsTest, DiscoverListsPathsWithTheirAttributes) {
  LINNET_REQ("DM-18");
  LINNET_REQ("DM-20");
  const auto id = registered(device_, "a", "lwm2m=1.2");
  submit(id, {.kind = OperationKind::Discover, .path = Path(3, 0), .depth = 2});
  const auto get = asked();
  EXPECT_EQ(get.code(), Code::Get);
  EXPECT_EQ(get->accept(), ContentFormat::LinkFormat);
  EXPECT_EQ(get.query(), "depth=2");
  device_.send(device_.reply(get, Code::Content)
                   .format(40)
                   .payload("</3/0>;pmin=10,</3/0/1>, </3/0/6>;dim=2;pmax=60,</odd>"));
  const auto done = result();
  ASSERT_EQ(done.links.size(), 3u) << done.reason;
  EXPECT_EQ(done.links[2].path, Path(3, 0, 6));
  EXPECT_EQ(done.links[2].attributes, "dim=2;pmax=60");
}

TEST_F(DeviceRequestsTest, WriteAttributesIsAPutOfQueries) {
  LINNET_REQ("DM-38");
  LINNET_REQ("DM-39");
  LINNET_REQ("IR-15");
  const auto id = registered(device_, "a");
  Operation operation{.kind = OperationKind::WriteAttributes, .path = Path(3303, 0, 5700)};
  for (const char* query :
       {"pmin=10", "pmax=60", "gt=25.5", "lt=-3", "st=0.5", "epmin=1", "epmax=9"}) {
    ASSERT_TRUE(operation.attributes.parse(query).ok());
  }
  operation.attributes.unset = 1u << static_cast<unsigned>(lwm2m::Attribute::Con);
  submit(id, operation);
  const auto put = asked();
  EXPECT_EQ(put.code(), Code::Put);
  EXPECT_EQ(put.path(), "/3303/0/5700");
  EXPECT_EQ(put.query(), "pmin=10&pmax=60&epmin=1&epmax=9&gt=25.5&lt=-3&st=0.5&con");
  EXPECT_TRUE(put->payload().empty());
  EXPECT_FALSE(put->content_format().has_value());
}

TEST_F(DeviceRequestsTest, ExecuteCarriesItsArguments) {
  LINNET_REQ("DM-45");
  const auto id = registered(device_, "a");
  submit(id, {.kind = OperationKind::Execute, .path = Path(3, 0, 4)});
  const auto bare = asked();
  EXPECT_EQ(bare.code(), Code::Post);
  EXPECT_TRUE(bare->payload().empty());
  EXPECT_FALSE(bare->content_format().has_value());
  device_.send(device_.reply(bare, Code::Changed));
  submit(id, {.kind = OperationKind::Execute, .path = Path(1, 0, 8), .arguments = "0='U'"});
  const auto post = asked();
  EXPECT_EQ(post->content_format(), ContentFormat::Text);
  EXPECT_EQ(post.payload(), "0='U'");
}

TEST_F(DeviceRequestsTest, ATriggerIsSentOnceAndNotWaitedFor) {
  LINNET_REQ("DM-11");
  const auto id = registered(device_, "a");
  submit(id, {.kind = OperationKind::Execute, .path = Path(1, 0, 8), .trigger = true});
  const auto post = asked();
  EXPECT_EQ(post->type(), Type::Non);
  EXPECT_EQ(result().outcome, Outcome::Sent);
  device_.send(device_.later(post, Code::Changed, Type::Non));
  EXPECT_TRUE(bench_.silent());
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(DeviceRequestsTest, CreateTellsWhichInstanceTheDeviceMade) {
  LINNET_REQ("DM-49");
  LINNET_REQ("DM-50");
  const auto id = registered(device_, "a");
  const ResourceValues values{{Path(3303, 0, 5700), Value::floating(20.5), {}}};
  submit(id, {.kind = OperationKind::Create, .path = Path(3303), .values = values});
  const auto open = asked();
  EXPECT_EQ(open.code(), Code::Post);
  EXPECT_EQ(open.path(), "/3303");
  EXPECT_EQ(open->content_format(), ContentFormat::Tlv) << "leaves the id to the device";
  EXPECT_TRUE(test::to_hex(open->payload()).starts_with("e")) << test::to_hex(open->payload());
  device_.send(device_.reply(open, Code::Created).path("/3303/7", OptionNumber::LocationPath));
  EXPECT_EQ(result().created, Path(3303, 7));

  submit(id, {.kind = OperationKind::Create,
              .path = Path(3303, 9),
              .values = {{Path(3303, 9, 5700), Value::floating(1), {}}},
              .format = ContentFormat::SenmlJson});
  const auto named = asked();
  EXPECT_EQ(named.path(), "/3303");
  EXPECT_NE(named.payload().find("\"9/5700\""), std::string::npos) << named.payload();
  device_.send(device_.reply(named, Code::Created));
  EXPECT_EQ(result().created, Path(3303, 9));

  auto proposed = Operation{.kind = OperationKind::Create, .path = Path(3303), .values = values};
  proposed.format = ContentFormat::SenmlJson;
  submit(id, proposed);
  EXPECT_NE(asked().payload().find("\"2/5700\""), std::string::npos) << "the lowest that is free";
}

TEST_F(DeviceRequestsTest, DeleteIsADelete) {
  LINNET_REQ("DM-59");
  const auto id = registered(device_, "a", "lwm2m=1.2");
  submit(id, {.kind = OperationKind::Delete, .path = Path(3303, 1)});
  const auto removal = asked();
  EXPECT_EQ(removal.code(), Code::Delete);
  EXPECT_EQ(removal.path(), "/3303/1");
  device_.send(device_.reply(removal, Code::Deleted));
  EXPECT_TRUE(result().success());
  submit(id, {.kind = OperationKind::Delete, .path = Path(3, 0, 6, 1)});
  EXPECT_EQ(asked().path(), "/3/0/6/1");
}

TEST_F(DeviceRequestsTest, ReadCompositeFetchesAList) {
  LINNET_REQ("DM-62");
  const auto id = registered(device_, "a");
  submit(id, {.kind = OperationKind::ReadComposite,
              .paths = {Path(3, 0, 9), Path(1)},
              .format = ContentFormat::SenmlJson});
  const auto fetch = asked();
  EXPECT_EQ(fetch.code(), Code::Fetch);
  EXPECT_EQ(fetch.path(), "");
  EXPECT_EQ(fetch->content_format(), ContentFormat::SenmlJson);
  EXPECT_EQ(fetch->accept(), ContentFormat::SenmlJson);
  EXPECT_NE(fetch.payload().find("\"/3/0/9\""), std::string::npos) << fetch.payload();
  device_.send(device_.reply(fetch, Code::Content)
                   .format(110)
                   .payload(R"([{"n":"/1/0/1","v":60},{"n":"/3/0/9","v":7}])"));
  auto done = result();
  ASSERT_EQ(done.values.size(), 2u) << done.reason;
  submit(id, {.kind = OperationKind::ReadComposite, .paths = {Path(3, 0, 9)}});
  device_.send(
      device_.reply(asked(), Code::Content).format(110).payload(R"([{"n":"/3/0/10","v":60}])"));
  done = result();
  EXPECT_EQ(done.outcome, Outcome::BadAnswer);
  EXPECT_EQ(done.reason, "/3/0/10: was not asked for");
}

TEST_F(DeviceRequestsTest, PrefixesTheAlternatePath) {
  LINNET_REQ("REG-27");
  const auto id =
      registered(device_, "a", "lwm2m=1.1", "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/3/0>");
  submit(id, read(Path(3, 0, 9)));
  const auto get = asked();
  EXPECT_EQ(get.path(), "/lwm2m/3/0/9");
  device_.send(device_.reply(get, Code::Content).format(0).payload("1"));
  EXPECT_EQ(result().values.size(), 1u);
  submit(id, {.kind = OperationKind::Discover, .path = Path(3)});
  device_.send(device_.reply(asked(), Code::Content).format(40).payload("</lwm2m/3/0>"));
  EXPECT_EQ(result().links.at(0).path, Path(3, 0));
  submit(id, {.kind = OperationKind::Create, .path = Path(3303)});
  const auto create = asked();
  EXPECT_EQ(create.path(), "/lwm2m/3303");
  device_.send(
      device_.reply(create, Code::Created).path("/lwm2m/3303/4", OptionNumber::LocationPath));
  EXPECT_EQ(result().created, Path(3303, 4));
}

TEST_F(DeviceRequestsTest, OneRequestAtATimeInOrder) {
  LINNET_REQ("QM-06");
  const auto id = registered(device_, "a");
  for (lwm2m::Id resource = 0; resource < 3; ++resource) submit(id, read(Path(3, 0, resource)));
  EXPECT_EQ(bench_.shard.pending(id), 3u);
  for (const char* path : {"/3/0/0", "/3/0/1", "/3/0/2"}) {
    const auto get = asked();
    EXPECT_EQ(get.path(), path);
    EXPECT_TRUE(bench_.silent());
    device_.acknowledge(get);
    EXPECT_TRUE(bench_.silent()) << "acknowledged is not answered";
    device_.send(device_.later(get, Code::Content).format(0).payload("x"));
    const auto ack = device_.take();
    ASSERT_TRUE(ack.has_value());
    EXPECT_EQ(ack->view().type(), Type::Ack);
    EXPECT_EQ(ack->view().message_id(), device_.last_message_id());
    EXPECT_TRUE(result().success());
  }
}

TEST_F(DeviceRequestsTest, DevicesDoNotWaitForEachOther) {
  FakeDevice other(bench_, 5684);
  const auto a = registered(device_, "a");
  const auto b = registered(other, "b");
  submit(a, read(Path(3, 0, 0)));
  submit(b, read(Path(3, 0, 1)));
  EXPECT_EQ(asked().path(), "/3/0/0");
  EXPECT_EQ(asked(other).path(), "/3/0/1");
}

TEST_F(DeviceRequestsTest, ASeparateResponseThatComesTwiceIsAcknowledgedTwice) {
  LINNET_REQ("TR-08");
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  const auto get = asked();
  const auto response = device_.later(get, Code::Content).format(0).payload("x").bytes();
  for (int copy = 0; copy < 2; ++copy) {  // it also stands for the acknowledgement
    device_.send(response);
    EXPECT_EQ(asked()->type(), Type::Ack);
  }
  EXPECT_TRUE(result().success());
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  device_.acknowledge(get);
  EXPECT_TRUE(bench_.silent());
}

TEST_F(DeviceRequestsTest, RetransmitsAndThenSaysNotAcknowledged) {
  LINNET_REQ("QM-07");
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  const Instant start = bench_.now;
  const auto first = asked();
  bench_.run_for(milliseconds(1999));
  EXPECT_TRUE(bench_.silent());
  bench_.run_for(milliseconds(1001));
  const auto second = asked();
  EXPECT_EQ(first.bytes(), second.bytes());
  bench_.run_for(seconds(93));
  for (int copies = 2; copies < 5; ++copies) EXPECT_EQ(asked().bytes(), first.bytes());
  EXPECT_TRUE(bench_.silent());
  const auto done = result();
  EXPECT_EQ(done.outcome, Outcome::NotAcknowledged);
  EXPECT_GE(done.elapsed, seconds(62));
  EXPECT_LE(start + done.elapsed, bench_.now);
  EXPECT_EQ(bench_.shard.counters().retransmissions, 4u);
}

TEST_F(DeviceRequestsTest, AcknowledgedButNeverAnsweredEndsAtTheDeadline) {
  const auto id = registered(device_, "a");
  auto operation = read(Path(3, 0, 0));
  operation.timeout = seconds(30);
  submit(id, operation);
  const auto get = asked();
  device_.acknowledge(get);
  bench_.run_for(milliseconds(29'999));
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  bench_.run_for(milliseconds(1));
  EXPECT_EQ(result().outcome, Outcome::NoResponse);
  EXPECT_TRUE(bench_.silent());
  // What comes too late is rejected.
  device_.send(device_.later(get, Code::Content).format(0).payload("x"));
  EXPECT_EQ(asked()->type(), Type::Rst);
}

TEST_F(DeviceRequestsTest, WaitingInTheQueueCountsTowardsTheDeadline) {
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  auto second = read(Path(3, 0, 1));
  second.timeout = seconds(10);
  submit(id, second);
  (void)asked();
  bench_.run_for(milliseconds(9'999));
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  bench_.run_for(milliseconds(1));
  EXPECT_EQ(result().outcome, Outcome::Expired);
  EXPECT_EQ(bench_.shard.pending(id), 1u);
}

TEST_F(DeviceRequestsTest, AResetEndsTheOperation) {
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  submit(id, read(Path(3, 0, 1)));
  device_.acknowledge(asked(), Type::Rst);
  EXPECT_EQ(result().outcome, Outcome::Rejected);
  EXPECT_EQ(asked().path(), "/3/0/1");
}

TEST_F(DeviceRequestsTest, CancelEndsAQueuedOrARunningOperation) {
  const auto id = registered(device_, "a");
  const auto first = submit(id, read(Path(3, 0, 0)));
  const auto second = submit(id, read(Path(3, 0, 1)));
  submit(id, read(Path(3, 0, 2)));
  const auto get = asked();
  EXPECT_TRUE(bench_.shard.cancel(bench_.now, second));
  EXPECT_TRUE(bench_.shard.cancel(bench_.now, first));
  EXPECT_FALSE(bench_.shard.cancel(bench_.now, first));
  EXPECT_EQ(result().operation, second);
  const auto done = result();
  EXPECT_EQ(done.operation, first);
  EXPECT_EQ(done.outcome, Outcome::Cancelled);
  EXPECT_EQ(asked().path(), "/3/0/2");
  device_.send(device_.reply(get, Code::Content).format(0).payload("late"));
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(DeviceRequestsTest, RegisteringAgainEndsWhatWasPending) {
  LINNET_REQ("REG-17");
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  submit(id, read(Path(3, 0, 1)));
  const auto get = asked();
  device_.register_as("a");
  for (int i = 0; i < 2; ++i) {
    const auto done = result();
    EXPECT_EQ(done.outcome, Outcome::RegistrationGone);
    EXPECT_EQ(done.registration, id);
  }
  EXPECT_EQ(refusal(id, read(Path(3, 0, 0))), Error::NotFound);
  device_.send(device_.later(get, Code::Content).format(0).payload("late"));
  EXPECT_EQ(asked()->type(), Type::Rst);
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
}

TEST_F(DeviceRequestsTest, DeregisteringAndExpiringEndWhatWasPending) {
  LINNET_REQ("REG-43");
  const std::string location = device_.register_as("a", "lwm2m=1.1&lt=20");
  submit(bench_.shard.find("a")->id, read(Path(3, 0, 0)));
  (void)asked();
  EXPECT_EQ(device_.code_of(device_.request(Code::Delete, location)), Code::Deleted);
  EXPECT_EQ(result().outcome, Outcome::RegistrationGone);
  device_.register_as("a", "lwm2m=1.1&lt=20");
  submit(bench_.shard.find("a")->id, read(Path(3, 0, 0)));
  (void)asked();
  bench_.run_for(seconds(30));
  EXPECT_EQ(result().outcome, Outcome::RegistrationGone);
  EXPECT_EQ(bench_.shard.counters().pending_operations, 0u);
}

TEST_F(DeviceRequestsTest, FollowsADeviceToItsNewAddress) {
  LINNET_REQ("REG-41");
  const std::string location = device_.register_as("a");
  submit(bench_.shard.find("a")->id, read(Path(3, 0, 0)));
  const auto lost = asked();
  device_.move_to(SocketAddress::v4(192, 0, 2, 50, 1000));
  EXPECT_EQ(device_.code_of(device_.request(Code::Post, location)), Code::Changed);
  const auto again = asked();
  EXPECT_EQ(again.bytes(), lost.bytes()) << "the same message, so that it is not done twice";
  device_.acknowledge(again);
  device_.send(device_.later(again, Code::Content).format(0).payload("x"));
  EXPECT_TRUE(result().success());
}

TEST_F(DeviceRequestsTest, AnAnswerFromElsewhereIsIgnored) {
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  const auto get = asked();
  FakeDevice stranger(bench_, 9999);
  stranger.send(stranger.reply(get, Code::Content).format(0).payload("forged"));
  stranger.send(stranger.later(get, Code::Content).format(0).payload("forged"));
  stranger.acknowledge(get, Type::Rst);
  EXPECT_TRUE(bench_.silent());
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
  device_.send(device_.reply(get, Code::Content).format(0).payload("x"));
  EXPECT_TRUE(result().success());
}

TEST_F(DeviceRequestsTest, WrongTokensAreNobodys) {
  const auto id = registered(device_, "a");
  submit(id, read(Path(3, 0, 0)));
  const auto get = asked();
  for (std::size_t bit = 0; bit < 64; ++bit) {
    const auto token =
        coap::Token::from_number(get->token().number() ^ (std::uint64_t{1} << bit), 8);
    device_.send(test::MessageBuilder(Type::Con, Code::Content,
                                      static_cast<std::uint16_t>(5000 + bit), token)
                     .format(0)
                     .payload("x"));
    EXPECT_EQ(asked()->type(), Type::Rst) << bit;
  }
  EXPECT_FALSE(bench_.shard.poll_event().has_value());
}

TEST_F(DeviceRequestsTest, GarbageFailsTheOperationWithAReasonAndNothingElse) {
  LINNET_REQ("DM-12");
  FakeDevice other(bench_, 5684);
  const auto id = registered(device_, "a");
  const auto b = registered(other, "b");
  submit(b, read(Path(3, 0, 0)));
  const auto waiting = asked(other);
  const struct {
    Path path;
    unsigned format;
    std::string payload;
    const char* reason;
  } cases[] = {
      {Path(3, 0, 9), 0, "warm", "/3/0/9: malformed, integer expected"},
      {Path(3, 0), 110, R"([{"n":"/3/0/9","vs":"x"}])",
       "/3/0/9: wrong data type, integer expected"},
      {Path(3, 0), 110, R"([{"n":"/1/0/1","v":1}])", "/1/0/1: was not asked for"},
      {Path(3, 0), 110, "[{", "the payload is not what its content format says: truncated"},
      {Path(3, 0), 9999, "?", "content format 9999 is not supported"},
      {Path(3, 0), 112, "\xFF\xFF", "the payload is not what its content format says: malformed"},
  };
  for (const auto& c : cases) {
    submit(id, read(c.path));
    device_.send(device_.reply(asked(), Code::Content).format(c.format).payload(c.payload));
    const auto done = result();
    EXPECT_EQ(done.outcome, Outcome::BadAnswer);
    EXPECT_EQ(done.code, Code::Content);
    EXPECT_EQ(done.reason, c.reason);
    EXPECT_TRUE(done.values.empty());
  }
  submit(id, read(Path(3, 0)));
  device_.send(device_.reply(asked(), Code::Content).payload("x"));
  EXPECT_EQ(result().reason, "the answer has no content format");
  submit(id, read(Path(3, 0)));
  device_.send(device_.reply(asked(), Code::Changed));
  EXPECT_EQ(result().outcome, Outcome::BadAnswer);
  other.send(other.reply(waiting, Code::Content).format(0).payload("fine"));
  EXPECT_TRUE(result().success());
}

TEST_F(DeviceRequestsTest, AnEmptyObjectIsNotAnError) {
  LINNET_REQ("DM-15");
  const auto id = registered(device_, "a");
  submit(id, read(Path(3303)));
  device_.send(device_.reply(asked(), Code::Content).format(11542));
  const auto done = result();
  EXPECT_TRUE(done.success()) << done.reason;
  EXPECT_TRUE(done.values.empty());
}

TEST_F(DeviceRequestsTest, RefusesOperationsThatBreakTheRulesOfTheirKind) {
  LINNET_REQ("DM-30");
  LINNET_REQ("CMP-02");
  const auto id = registered(device_, "a", "lwm2m=1.2");
  using K = OperationKind;
  EXPECT_EQ(refusal(id, read(Path())), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Discover, .path = Path(3, 0, 6, 0)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Write, .path = Path(3)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Write, .path = Path(3, 0)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Execute, .path = Path(3, 0)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Delete, .path = Path(3)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::Delete, .path = Path(3, 0, 1)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::WriteAttributes, .path = Path(3)}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::ReadComposite}), Error::Malformed);
  EXPECT_EQ(refusal(id, {.kind = K::CancelObservation}), Error::NotFound);
  EXPECT_EQ(refusal(id, {.kind = K::Write,
                         .path = Path(3, 0),
                         .values = {{Path(1, 0, 1), Value::integer(1), {}}}}),
            Error::Malformed);
  Operation two{
      .kind = K::Write,
      .path = Path(1, 0),
      .values = {{Path(1, 0, 1), Value::integer(1), {}}, {Path(1, 0, 2), Value::integer(1), {}}}};
  two.format = ContentFormat::Text;
  EXPECT_EQ(refusal(id, two), Error::NotAcceptable);
  two.values[1].path = Path(1, 0, 1);
  EXPECT_EQ(refusal(id, two), Error::Malformed);
  EXPECT_TRUE(bench_.silent());

  FakeDevice old(bench_, 5684);
  const auto o = registered(old, "old", "lwm2m=1.0");
  EXPECT_EQ(refusal(o, read(Path(3, 0, 6, 0))), Error::Unsupported);
  EXPECT_EQ(refusal(o, {.kind = K::ReadComposite, .paths = {Path(3)}}), Error::Unsupported);
  FakeDevice newer(bench_, 5685);
  const auto n = registered(newer, "newer", "lwm2m=1.1");
  EXPECT_EQ(refusal(n, {.kind = K::Delete, .path = Path(3, 0, 6, 0)}), Error::Unsupported);
  EXPECT_TRUE(bench_.silent());
}

TEST(DeviceRequestLimits, QueuesAreBounded) {
  ShardConfig config;
  config.max_operations_per_device = 3;
  config.max_operations = 4;
  Bench bench(config);
  FakeDevice a(bench, 1);
  FakeDevice b(bench, 2);
  a.register_as("a");
  b.register_as("b");
  const auto try_read = [&](const char* endpoint) {
    return bench.shard.submit(bench.now, bench.shard.find(endpoint)->id, read(Path(3, 0, 0)));
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(try_read("a").ok());
  EXPECT_EQ(try_read("a").error(), Error::Busy);
  EXPECT_TRUE(try_read("b").ok());
  EXPECT_EQ(try_read("b").error(), Error::Busy);
}

}  // namespace
}  // namespace linnet::server
