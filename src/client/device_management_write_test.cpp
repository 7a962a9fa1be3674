// SPDX-License-Identifier: Apache-2.0
// Pins Write (Replace and Partial Update), streams and Execute: what is changed, what is refused
// with which code, and that nothing changes when something is refused.
#include <gtest/gtest.h>

#include <client/test_device.hpp>

#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
using linnet::test::hex;

const lwm2m::Format* const kSmall[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};

struct WriteTest : testing::Test {
  Device device{kSmall};

  [[nodiscard]] Value at(std::string_view path) const {
    return device.every.at(Device::path(path));
  }
  [[nodiscard]] bool has(std::string_view path) const {
    return device.every.has(Device::path(path));
  }
  Reply tlv(Code method, std::string_view path, std::string_view payload) {
    return device.send(method, path, ContentFormat::Tlv, hex(payload));
  }
};

TEST_F(WriteTest, ReplacesASingleResource) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-37");
  EXPECT_EQ(device.put("/1000/0/0", "new").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/0").as_string(), "new");
  EXPECT_EQ(device.get("/1000/0/0").code, Code::Content);
  EXPECT_EQ(device.text(), "new");
  EXPECT_EQ(device.changes.all, std::vector<std::string>{"101 value /1000/0/0"});
  EXPECT_EQ(tlv(Code::Put, "/1000/0/1", "c1 01 07").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/1").as_integer(), 7);
}

TEST_F(WriteTest, TakesEveryTypeAsText) {
  const struct {
    Id resource;
    std::string_view text;
    Value value;
  } rows[] = {
      {kInteger, "99", Value::integer(99)},
      {kUnsigned, "18446744073709551615", Value::unsigned_integer(18446744073709551615u)},
      {kFloat, "-2.5", Value::floating(-2.5)},
      {kBoolean, "1", Value::boolean(true)},
      {kOpaque, "Af8=", Value::opaque(as_bytes("\x01\xFF"))},
      {kTime, "1700000000", Value::time(1700000000)},
      {kLink, "1:0", Value::link({1, 0})},
      {kCorelnk, "</1/0>", Value::corelnk("</1/0>")},
      {kText, "", Value::string("")},
  };
  for (const auto& row : rows) {
    char path[lwm2m::kMaxPathText];
    const Path target(kEvery, 0, row.resource);
    EXPECT_EQ(device.put(format(target, path), row.text).code, Code::Changed) << row.text;
    EXPECT_EQ(device.every.at(target), row.value) << row.text;
  }
}

TEST_F(WriteTest, RefusesWrongTypesAndRanges) {
  LINNET_REQ("DM-12");
  LINNET_REQ("DM-28");
  EXPECT_EQ(device.put("/1000/0/1", "abc").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/1", "101").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/1", "-1").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/4", "2").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/5", "###").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/0", "123456789012345678901").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/0", "\xFF").code, Code::BadRequest);
  EXPECT_EQ(tlv(Code::Put, "/1000/0/1", "c3 01 00 00 01").code, Code::BadRequest);
  EXPECT_EQ(tlv(Code::Put, "/1000/0/1", "c1 01").code, Code::BadRequest);
  EXPECT_EQ(tlv(Code::Put, "/1000/0/1", "").code, Code::BadRequest);
  EXPECT_EQ(tlv(Code::Put, "/1000/0/1", "c1 02 07").code, Code::BadRequest);  // another resource
  EXPECT_EQ(device.put("/1000/0/1", ContentFormat::SenmlCbor, hex("80")).code,
            Code::UnsupportedContentFormat);
  EXPECT_EQ(device.put("/1000/0/1", {}, as_bytes("5")).code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0/1", {}, {}).code, Code::BadRequest);
  device.every.check_error = Error::Conflict;
  EXPECT_EQ(device.put("/1000/0/1", "5").code, Code::BadRequest);
  EXPECT_EQ(device.every.writes, 0);
  EXPECT_TRUE(device.changes.all.empty());
}

TEST_F(WriteTest, RefusesWhatIsNotThereOrNotWritable) {
  LINNET_REQ("DM-27");
  LINNET_REQ("DM-34");
  EXPECT_EQ(device.put("/1000/0/11", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/1000/0/9", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/1000/0/15", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/1000/7/1", "1").code, Code::NotFound);
  EXPECT_EQ(tlv(Code::Put, "/1000/7", "c1 01 07").code, Code::NotFound);
  EXPECT_EQ(tlv(Code::Post, "/1000/7", "c1 01 07").code, Code::NotFound);
  EXPECT_EQ(device.put("/1001/0/1", "1").code, Code::NotFound);
  LINNET_REQ("DM-10");
  EXPECT_EQ(tlv(Code::Put, "/1000", "08 00 03 c1 01 07").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.every.instances.size(), 1u);
  LINNET_REQ("DM-04");
  EXPECT_EQ(device.put("/1000/0/1/0", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.every.writes, 0);
}

TEST_F(WriteTest, TheOperationsOfAResourceAreThoseOfItsInstances) {
  LINNET_REQ("OV-02");
  device.every.put(Path(kEvery, 0, kLog, 2), Value::string("boot"));
  EXPECT_EQ(device.get("/1000/0/14/2", ContentFormat::Text).code, Code::Content);
  EXPECT_EQ(device.put("/1000/0/14/2", "other").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1000/0/14/2").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/1000/0/14/2", {}, {}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/1000/0/12/3", "7").code, Code::Changed);
  EXPECT_EQ(device.get("/1000/0/12/3", ContentFormat::Text).code, Code::Content);
  EXPECT_EQ(device.post("/1000/0/12/3", {}, {}).code, Code::MethodNotAllowed);
}

TEST_F(WriteTest, RightsComeFirst) {
  device.rights.denied[{Path(kEvery, 0), Right::Write}] = true;
  EXPECT_EQ(device.put("/1000/0/1", "5").code, Code::Unauthorized);
  EXPECT_EQ(device.put("/1000/0/11", "5").code, Code::Unauthorized);
  EXPECT_EQ(device.put("/1000/0/99", "5").code, Code::Unauthorized);
  EXPECT_EQ(device.put("/1000/0/1", ContentFormat::SenmlCbor, {}).code, Code::Unauthorized);
  EXPECT_EQ(device.every.writes, 0);
}

TEST_F(WriteTest, AnUnknownResourceIsSkippedInAnInstanceAndNotFoundByItself) {
  LINNET_REQ("DM-35");
  LINNET_REQ("DM-08");
  LINNET_REQ("CMP-03");
  EXPECT_EQ(tlv(Code::Post, "/1000/0", "c1 63 07 c1 01 09").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/1").as_integer(), 9);
  EXPECT_EQ(device.put("/1000/0/99", "1").code, Code::NotFound);
}

TEST_F(WriteTest, AnOptionalResourceCanBeMadeByWritingIt) {
  EXPECT_EQ(device.get("/1000/0/2").code, Code::NotFound);
  EXPECT_EQ(device.put("/1000/0/2", "3").code, Code::Changed);
  EXPECT_EQ(device.get("/1000/0/2").code, Code::Content);
}

TEST_F(WriteTest, AnInstanceIsWrittenWholeOrNotAtAll) {
  LINNET_REQ("DM-27");
  // Good, then read only; good, then of the wrong type; good, then cut off.
  for (const char* payload : {"c1 01 07 c1 0b 01", "c1 01 07 c2 04 00 01", "c1 01 07 c1",
                              "c1 01 07 81 02 41", "c1 01 07 c1 0c 01", "c1 01 07 81 01 41 00"}) {
    for (const Code method : {Code::Put, Code::Post}) {
      const Code code = tlv(method, "/1000/0", payload).code;
      EXPECT_TRUE(code == Code::BadRequest || code == Code::MethodNotAllowed) << payload;
      EXPECT_EQ(at("/1000/0/1").as_integer(), 42);
      EXPECT_EQ(at("/1000/0/0").as_string(), "hello");
    }
  }
  EXPECT_EQ(tlv(Code::Put, "/1000/0", "c1 01 07 c1 0b 01").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.every.writes, 0);
  EXPECT_TRUE(device.changes.all.empty());
}

TEST_F(WriteTest, CutPayloadsChangeNothingUnlessTheyEndBetweenResources) {
  const std::vector<std::uint8_t> whole = hex("c1 01 07 c1 02 09 86 0c 41 00 63 41 01 64");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Device fresh{kSmall};
    const bool complete = size == 0 || size == 3 || size == 6;
    const Reply reply = fresh.post("/1000/0", ContentFormat::Tlv, ByteView(whole).first(size));
    EXPECT_EQ(reply.code, complete ? Code::Changed : Code::BadRequest) << size;
    EXPECT_EQ(fresh.every.writes != 0, complete && size != 0) << size;
  }
}

TEST_F(WriteTest, APartialUpdateLeavesTheRestAlone) {
  LINNET_REQ("DM-31");
  EXPECT_EQ(tlv(Code::Post, "/1000/0", "c1 02 09 86 0c 41 03 63 41 07 64").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/0").as_string(), "hello");
  EXPECT_EQ(at("/1000/0/1").as_integer(), 42);
  EXPECT_EQ(at("/1000/0/2").as_unsigned(), 9u);
  EXPECT_EQ(at("/1000/0/12/0").as_integer(), 10);
  EXPECT_EQ(at("/1000/0/12/3").as_integer(), 99);
  EXPECT_EQ(at("/1000/0/12/7").as_integer(), 100);
}

TEST_F(WriteTest, AReplaceOfAnInstanceResetsWhatIsLeftOut) {
  LINNET_REQ("DM-32");
  EXPECT_EQ(tlv(Code::Put, "/1000/0", "c1 02 09").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/0").as_string(), "hello");  // mandatory
  EXPECT_EQ(at("/1000/0/11").as_integer(), 7);      // not the server's to take away
  EXPECT_FALSE(has("/1000/0/1"));
  EXPECT_FALSE(has("/1000/0/12/0"));
  EXPECT_EQ(at("/1000/0/2").as_unsigned(), 9u);
}

TEST_F(WriteTest, AnInstanceMayBeWrappedInItsOwnTlv) {
  LINNET_REQ("FMT-10");
  EXPECT_EQ(tlv(Code::Post, "/1000/0", "08 00 03 c1 01 07").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/1").as_integer(), 7);
  LINNET_REQ("FMT-22");
  EXPECT_EQ(tlv(Code::Post, "/1000/0", "08 01 03 c1 01 08").code, Code::BadRequest);
  EXPECT_EQ(at("/1000/0/1").as_integer(), 7);
}

TEST_F(WriteTest, AReplaceOfAMultipleResourceSubstitutesItWhole) {
  LINNET_REQ("DM-31");
  EXPECT_EQ(tlv(Code::Put, "/1000/0/12", "83 0c 41 01 05").code, Code::Changed);
  EXPECT_FALSE(has("/1000/0/12/0"));
  EXPECT_FALSE(has("/1000/0/12/3"));
  EXPECT_EQ(at("/1000/0/12/1").as_integer(), 5);
  EXPECT_EQ(tlv(Code::Post, "/1000/0/12", "83 0c 41 02 06").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/12/1").as_integer(), 5);
  EXPECT_EQ(at("/1000/0/12/2").as_integer(), 6);
  EXPECT_EQ(tlv(Code::Put, "/1000/0", "83 0c 41 09 05").code, Code::Changed);
  EXPECT_FALSE(has("/1000/0/12/1"));
  EXPECT_EQ(at("/1000/0/12/9").as_integer(), 5);
  EXPECT_EQ(tlv(Code::Put, "/1000/0/12", "80 0c").code, Code::Changed);
  EXPECT_FALSE(has("/1000/0/12/9"));
}

TEST_F(WriteTest, AMultipleResourceNeedsAFormatThatNamesInstances) {
  LINNET_REQ("DM-30");
  EXPECT_EQ(device.put("/1000/0/12", "5").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1000/0", "5").code, Code::UnsupportedContentFormat);
  EXPECT_EQ(at("/1000/0/12/0").as_integer(), 10);
}

TEST_F(WriteTest, AResourceInstanceIsWrittenOnlyIfItIsThere) {
  LINNET_REQ("DM-33");
  EXPECT_EQ(device.put("/1000/0/12/3", "77").code, Code::Changed);
  EXPECT_EQ(at("/1000/0/12/3").as_integer(), 77);
  EXPECT_EQ(at("/1000/0/12/0").as_integer(), 10);
  EXPECT_EQ(device.put("/1000/0/12/4", "77").code, Code::NotFound);
  EXPECT_FALSE(has("/1000/0/12/4"));
  EXPECT_EQ(device.post("/1000/0/12/3", ContentFormat::Text, as_bytes("1")).code,
            Code::MethodNotAllowed);
}

TEST_F(WriteTest, ALinkMustLeadSomewhere) {
  LINNET_REQ("DM-29");
  for (const char* link : {"65535:65535", "1:0", "1:1", "1000:0", "1000:65535"}) {
    EXPECT_EQ(device.put("/1000/0/7", link).code, Code::Changed) << link;
  }
  for (const char* link : {"1:2", "5:0", "5:65535", "65535:0", "1000:1"}) {
    EXPECT_EQ(device.put("/1000/0/7", link).code, Code::BadRequest) << link;
  }
}

TEST_F(WriteTest, AValueTooLongForTheScratchIsTooLarge) {
  const std::string text(100, 'A');  // 75 bytes of Base64, for a scratch of 64
  EXPECT_EQ(device.put("/1000/0/5", text).code, Code::RequestEntityTooLarge);
  EXPECT_EQ(device.put("/1000/0/5", ContentFormat::Opaque, as_bytes(text)).code, Code::Changed);
}

// --- Streams ---

TEST_F(WriteTest, AStreamTakesItsValueBlockByBlock) {
  Request request;
  request.server = 101;
  request.path = Path(kEvery, 0, kImage);
  request.content_format = ContentFormat::Opaque;
  DeviceManagement model(device.settings);
  for (const Code method : {Code::Put, Code::Post}) {
    request.method = method;
    request.payload = as_bytes("abc");
    EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Stream);
    EXPECT_EQ(model.write_block(request, 0, false).code, Code::Continue);
    request.payload = as_bytes("de");
    EXPECT_EQ(model.write_block(request, 3, true).code, Code::Changed);
    EXPECT_EQ(device.every.images[request.path], "abcde");
  }
  EXPECT_EQ(device.changes.all.back(), "101 value /1000/0/13");
  EXPECT_EQ(model.write_block(request, 9, true).code, Code::MethodNotAllowed);  // State
}

TEST_F(WriteTest, OnlyAnOpaqueBodyForAStreamIsStreamed) {
  DeviceManagement model(device.settings);
  Request request;
  request.server = 101;
  request.method = Code::Put;
  request.path = Path(kEvery, 0, kImage);
  request.content_format = ContentFormat::Tlv;
  EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Assemble);
  request.content_format = {};
  EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Assemble);
  request.content_format = ContentFormat::Opaque;
  request.path = Path(kEvery, 0, kOpaque);
  EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Assemble);
  EXPECT_EQ(model.write_block(request, 0, true).code, Code::MethodNotAllowed);
  request.path = Path(kEvery, 0, 99);
  EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Assemble);
  request.path = Path(kEvery, 5, kImage);
  EXPECT_EQ(model.plan_body(request).handling, BodyPlan::Handling::Refuse);
  EXPECT_EQ(model.plan_body(request).code, Code::NotFound);
  request.path = Path(kEvery, 0, kImage);
  device.rights.denied[{Path(kEvery, 0), Right::Write}] = true;
  EXPECT_EQ(model.plan_body(request).code, Code::Unauthorized);
  EXPECT_EQ(model.write_block(request, 0, false).code, Code::Unauthorized);
  EXPECT_TRUE(device.every.images.empty());
}

TEST_F(WriteTest, AStreamTakesAWholeBodyInAnyFormat) {
  EXPECT_EQ(device.put("/1000/0/13", ContentFormat::Opaque, as_bytes("raw")).code, Code::Changed);
  EXPECT_EQ(device.every.images[Path(kEvery, 0, kImage)], "raw");
  EXPECT_EQ(tlv(Code::Put, "/1000/0/13", "c2 0d 61 62").code, Code::Changed);
  EXPECT_EQ(device.every.images[Path(kEvery, 0, kImage)], "ab");
  EXPECT_EQ(device.post("/1000/0/13", ContentFormat::Opaque, as_bytes("posted")).code,
            Code::Changed);
  EXPECT_EQ(device.every.images[Path(kEvery, 0, kImage)], "posted");
}

// --- Execute ---

TEST_F(WriteTest, ExecutesWithAndWithoutArguments) {
  LINNET_REQ("DM-45");
  EXPECT_EQ(device.post("/1000/0/9", {}, {}).code, Code::Changed);
  EXPECT_EQ(device.post("/1000/0/9", ContentFormat::Text, as_bytes("0='go',1")).code,
            Code::Changed);
  EXPECT_EQ(device.post("/1000/0/9", {}, as_bytes("0='x'")).code, Code::Changed);
  EXPECT_EQ(device.every.executed, (std::vector<std::string>{"-", "go", "x"}));
  EXPECT_EQ(device.changes.all.front(), "101 executed /1000/0/9");
}

TEST_F(WriteTest, ExecuteIsRefusedWhereItMakesNoSense) {
  LINNET_REQ("DM-46");
  EXPECT_EQ(device.post("/1000/0/1", {}, {}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/1000/0/1", ContentFormat::Text, as_bytes("1")).code,
            Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/1000/0/11", {}, {}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/1000/0/99", {}, {}).code, Code::NotFound);
  EXPECT_EQ(device.post("/1000/5/9", {}, {}).code, Code::NotFound);
  EXPECT_EQ(device.post("/1000/0/12/0", {}, {}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.post("/1000/0/9/0", {}, {}).code, Code::MethodNotAllowed);
  LINNET_REQ("DM-48");
  EXPECT_EQ(device.post("/1000/0/9", {}, as_bytes("nonsense")).code, Code::BadRequest);
  EXPECT_EQ(device.post("/1000/0/9", ContentFormat::Tlv, as_bytes("0")).code,
            Code::UnsupportedContentFormat);
  EXPECT_EQ(device.post("/1000/0/9", {}, as_bytes("0='busy'")).code, Code::ServiceUnavailable);
  device.rights.denied[{Path(kEvery, 0), Right::Execute}] = true;
  EXPECT_EQ(device.post("/1000/0/9", {}, {}).code, Code::Unauthorized);
  EXPECT_EQ(device.post("/1000/0/1", {}, {}).code, Code::Unauthorized);
  EXPECT_TRUE(device.every.executed.empty());
  EXPECT_TRUE(device.changes.all.empty());
}

}  // namespace
}  // namespace linnet::client::test
