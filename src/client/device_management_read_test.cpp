// SPDX-License-Identifier: Apache-2.0
// Pins Read on every level, formats, the order of checks and each response code.
#include <gtest/gtest.h>

#include <client/test_device.hpp>

#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
using linnet::test::to_hex;

const lwm2m::Format* const kSmall[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};

struct ReadTest : testing::Test {
  Device device{kSmall};
};

TEST_F(ReadTest, GivesASingleResourceAsTextByDefault) {
  LINNET_REQ("DM-13");
  const Reply reply = device.get("/1000/0/0");
  EXPECT_EQ(reply.code, Code::Content);
  EXPECT_EQ(reply.format, ContentFormat::Text);
  EXPECT_EQ(device.text(), "hello");
  EXPECT_EQ(device.get("/1000/0/1").code, Code::Content);
  EXPECT_EQ(device.text(), "42");
}

TEST_F(ReadTest, GivesEveryTypeAsText) {
  const struct {
    Id resource;
    Value value;
    std::string_view text;
  } rows[] = {
      {kText, Value::string("h\xC3\xA4"), "h\xC3\xA4"},
      {kInteger, Value::integer(-5), "-5"},
      {kUnsigned, Value::unsigned_integer(18446744073709551615u), "18446744073709551615"},
      {kFloat, Value::floating(21.5), "21.5"},
      {kBoolean, Value::boolean(true), "1"},
      {kTime, Value::time(1700000000), "1700000000"},
      {kLink, Value::link({3, 0}), "3:0"},
      {kCorelnk, Value::corelnk("</3/0>"), "</3/0>"},
  };
  for (const auto& row : rows) {
    device.every.set(0, row.resource, row.value);
    char path[lwm2m::kMaxPathText];
    EXPECT_EQ(device.get(format(Path(kEvery, 0, row.resource), path)).code, Code::Content);
    EXPECT_EQ(device.text(), row.text);
  }
}

TEST_F(ReadTest, GivesAnOpaqueResourceAsOpaqueUnlessAskedOtherwise) {
  device.every.set(0, kOpaque, Value::opaque(as_bytes("\x01\xFF")));
  Reply reply = device.get("/1000/0/5");
  EXPECT_EQ(reply.format, ContentFormat::Opaque);
  EXPECT_EQ(to_hex(device.body), "01ff");
  LINNET_REQ("FMT-04");
  reply = device.get("/1000/0/5", ContentFormat::Text);
  EXPECT_EQ(device.text(), "Af8=");
}

TEST_F(ReadTest, GivesInstancesAndMultipleResourcesAsTlv) {
  EXPECT_EQ(device.get("/1000/0/12").format, ContentFormat::Tlv);
  EXPECT_EQ(to_hex(device.body), "860c41000a41030d");
  EXPECT_EQ(device.get("/1000/0/12/3").format, ContentFormat::Text);
  EXPECT_EQ(device.text(), "13");
  EXPECT_EQ(device.get("/1000/0").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c50068656c6c6fc1012ac10b07860c41000a41030d");
}

TEST_F(ReadTest, ObjectLevelNamesTheInstances) {
  LINNET_REQ("DM-17");
  device.every.set(2, kInteger, Value::integer(1));
  EXPECT_EQ(device.get("/1000").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "080015c50068656c6c6fc1012ac10b07860c41000a41030d0302c10101");
}

TEST_F(ReadTest, AnObjectWithoutReadableInstancesIsEmpty) {
  LINNET_REQ("DM-15");
  LINNET_REQ("ACL-15");
  device.every.set(2, kInteger, Value::integer(1));
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(device.get("/1000").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "0302c10101");
  device.rights.denied[{Path(kEvery, 2), Right::Read}] = true;
  EXPECT_EQ(device.get("/1000").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "");
  device.every.instances.clear();
  EXPECT_EQ(device.get("/1000").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "");
}

TEST_F(ReadTest, LeavesOutWhatIsNotReadable) {
  LINNET_REQ("DM-14");
  device.every.set(0, kSecret, Value::string("s"));
  device.every.set(0, kNothing, Value::integer(1));
  EXPECT_EQ(device.get("/1000/0").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c50068656c6c6fc1012ac10b07860c41000a41030d");
  EXPECT_EQ(device.get("/1000/0/10").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.get("/1000/0/9").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.get("/1000/0/15").code, Code::MethodNotAllowed);
}

TEST_F(ReadTest, AResourceThatFailsIsLeftOutUnlessItIsTheTarget) {
  device.every.read_error = Error::Busy;
  EXPECT_EQ(device.get("/1000/0").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c50068656c6c6fc1012a860c41000a41030d");
  EXPECT_EQ(device.get("/1000/0/11").code, Code::ServiceUnavailable);
  EXPECT_TRUE(device.body.empty());
}

TEST_F(ReadTest, AnEmptyMultipleResourceIsAnEmptyArray) {
  device.every.set(0, kLog, Value());  // there, without instances
  EXPECT_EQ(device.get("/1000/0/14").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "800e");
}

TEST_F(ReadTest, WhatIsNotThereIsNotFound) {
  LINNET_REQ("DM-04");
  EXPECT_EQ(device.get("/1001").code, Code::NotFound);
  EXPECT_EQ(device.get("/1000/9").code, Code::NotFound);
  EXPECT_EQ(device.get("/1000/0/2").code, Code::NotFound);   // optional and not there
  EXPECT_EQ(device.get("/1000/0/99").code, Code::NotFound);  // not in the definition
  EXPECT_EQ(device.get("/1000/0/12/1").code, Code::NotFound);
  EXPECT_EQ(device.get("/1000/9/1").code, Code::NotFound);
}

TEST_F(ReadTest, AResourceInstanceOfASingleResourceIsNotAllowed) {
  LINNET_REQ("DM-16");
  EXPECT_EQ(device.get("/1000/0/1/0").code, Code::MethodNotAllowed);
}

TEST_F(ReadTest, TheRootIsNotAllowed) {
  EXPECT_EQ(device.get("/").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.discover("/").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.send(Code::Patch, "/1000/0", {}, {}).code, Code::MethodNotAllowed);
}

TEST_F(ReadTest, SecurityAndOscoreAreUnauthorizedForEverything) {
  LINNET_REQ("DM-02");
  for (const char* path : {"/0", "/0/0", "/0/0/1", "/0/0/0/0", "/21", "/21/0", "/21/0/1", "/0/7"}) {
    EXPECT_EQ(device.get(path).code, Code::Unauthorized) << path;
    EXPECT_EQ(device.discover(path).code, Code::Unauthorized) << path;
    EXPECT_EQ(device.put(path, "1").code, Code::Unauthorized) << path;
    EXPECT_EQ(device.post(path, ContentFormat::Tlv, {}).code, Code::Unauthorized) << path;
    EXPECT_EQ(device.post(path, {}, {}).code, Code::Unauthorized) << path;
    EXPECT_EQ(device.remove(path).code, Code::Unauthorized) << path;
    EXPECT_EQ(device.attach(path, {"pmin=1"}).code, Code::Unauthorized) << path;
    EXPECT_TRUE(device.body.empty());
  }
}

TEST_F(ReadTest, RightsComeBeforeTheOperationsOfAResource) {
  LINNET_REQ("DM-03");
  LINNET_REQ("ACL-14");
  LINNET_REQ("ACL-19");
  EXPECT_EQ(device.get("/1000/0/10").code, Code::MethodNotAllowed);
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(device.get("/1000/0/10").code, Code::Unauthorized);
  EXPECT_EQ(device.get("/1000/0/99").code, Code::Unauthorized);
  EXPECT_EQ(device.get("/1000/0").code, Code::Unauthorized);
  EXPECT_EQ(device.get("/1000/9").code, Code::NotFound);
  EXPECT_EQ(device.get("/1000/0", ContentFormat::SenmlJson).code, Code::Unauthorized);
}

TEST_F(ReadTest, AFormatThatCannotBeGivenIsNotAcceptable) {
  LINNET_REQ("DM-05");
  LINNET_REQ("FMT-05");
  EXPECT_EQ(device.get("/1000/0/0", ContentFormat::SenmlJson).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0/0", static_cast<ContentFormat>(50)).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0", ContentFormat::Text).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000", ContentFormat::Text).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0/12", ContentFormat::Text).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0/0", ContentFormat::Opaque).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0/1", ContentFormat::Tlv).code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c1012a");
  EXPECT_EQ(device.get("/1000/0/12/3", ContentFormat::Text).code, Code::Content);
}

TEST_F(ReadTest, PreStandardFormatNumbersAreAnsweredInKind) {
  const Reply reply = device.get("/1000/0/1", ContentFormat::OldTlv);
  EXPECT_EQ(reply.format, ContentFormat::OldTlv);
  EXPECT_EQ(to_hex(device.body), "c1012a");
}

TEST_F(ReadTest, ABodyThatDoesNotFitIsAServerError) {
  LINNET_REQ("DM-07");
  device.get("/1000/0");
  const std::size_t whole = device.body.size();
  for (device.capacity = 1; device.capacity < whole; ++device.capacity) {
    const Reply reply = device.get("/1000/0");
    EXPECT_EQ(reply.code, Code::InternalServerError) << device.capacity;
    EXPECT_FALSE(reply.format);
    EXPECT_TRUE(device.body.empty());
  }
  EXPECT_EQ(device.get("/1000/0").code, Code::Content);
}

TEST_F(ReadTest, AStreamIsFetchedInBlocks) {
  device.every.images[Path(kEvery, 0, kImage)] = std::string(100, 'x') + "end";
  const Reply reply = device.get("/1000/0/13");
  EXPECT_EQ(reply.code, Code::Content);
  EXPECT_EQ(reply.format, ContentFormat::Opaque);
  EXPECT_TRUE(reply.stream);
  EXPECT_TRUE(device.body.empty());
  DeviceManagement model(device.settings);
  std::array<std::uint8_t, 64> block;
  auto part = model.read_block(Path(kEvery, 0, kImage), 64, block);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->size, 39u);
  EXPECT_TRUE(part->last);
  EXPECT_FALSE(model.read_block(Path(kEvery, 0, kImage), 0, block)->last);
  EXPECT_EQ(model.read_block(Path(kEvery, 1, kImage), 0, block).error(), Error::NotFound);
  // Too long for a value: no other format, and left out of the instance.
  EXPECT_EQ(device.get("/1000/0/13", ContentFormat::Tlv).code, Code::NotAcceptable);
  EXPECT_EQ(device.get("/1000/0").code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c50068656c6c6fc1012ac10b07860c41000a41030d");
  // A short one is a value like any other.
  device.every.images[Path(kEvery, 0, kImage)] = "ab";
  EXPECT_EQ(device.get("/1000/0/13", ContentFormat::Tlv).code, Code::Content);
  EXPECT_EQ(to_hex(device.body), "c20d6162");
}

TEST_F(ReadTest, GivesValuesAndDefinitionsToTheEngine) {
  DeviceManagement model(device.settings);
  EXPECT_EQ(model.value(Path(kEvery, 0, kInteger))->as_integer(), 42);
  EXPECT_EQ(model.value(Path(kEvery, 0, kNumbers, 3))->as_integer(), 13);
  EXPECT_EQ(model.value(Path(kEvery, 0, kNumbers)).error(), Error::NotAllowed);
  EXPECT_EQ(model.value(Path(kEvery, 0)).error(), Error::NotFound);
  EXPECT_EQ(model.value(Path(kEvery, 3, kInteger)).error(), Error::NotFound);
  EXPECT_EQ(model.resource(Path(kEvery, 0, kNumbers, 3))->id, kNumbers);
  EXPECT_EQ(model.resource(Path(kEvery, 0)), nullptr);
  std::array<std::uint8_t, 64> storage;
  Writer body(storage);
  const Reply reply = model.read(101, Path(kEvery, 0, kText), ContentFormat::Text, body);
  EXPECT_EQ(reply.code, Code::Content);
  EXPECT_EQ(as_text(body.written()), "hello");
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  LINNET_REQ("IR-27");
  EXPECT_EQ(model.read(101, Path(kEvery, 0, kText), ContentFormat::Text, body).code,
            Code::Unauthorized);
}

TEST_F(ReadTest, AnObserveIsARead) {
  Request request;
  request.method = Code::Get;
  request.path = Path(kEvery, 0, kText);
  request.observe = true;
  const std::string_view queries[] = {"pmin=1"};
  request.queries = queries;
  LINNET_REQ("DM-24");
  EXPECT_EQ(device.ask(request).code, Code::Content);
  EXPECT_EQ(device.text(), "hello");
  request.accept = ContentFormat::LinkFormat;
  EXPECT_EQ(device.ask(request).code, Code::NotAcceptable);
  request.accept = {};
  LINNET_REQ("IR-18");
  request.path = Path(kEvery, 0, kSecret);
  EXPECT_EQ(device.ask(request).code, Code::MethodNotAllowed);
}

}  // namespace
}  // namespace linnet::client::test
