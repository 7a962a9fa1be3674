// SPDX-License-Identifier: Apache-2.0
// Pins Create and Delete: identifiers, several instances, defaults, rollback and response codes.
#include <gtest/gtest.h>

#include <client/test_device.hpp>

#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
using linnet::test::hex;

const lwm2m::Format* const kSmall[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};

struct CreateTest : testing::Test {
  Device device{kSmall};

  Reply create(std::string_view payload, std::string_view path = "/1000") {
    return device.post(path, ContentFormat::Tlv, hex(payload));
  }
  [[nodiscard]] std::size_t count() const { return device.every.instances.size(); }
};

// A mandatory text "A" in resource 0.
constexpr std::string_view kGood = "c1 00 41";

TEST_F(CreateTest, ChoosesTheSmallestFreeId) {
  LINNET_REQ("DM-49");
  LINNET_REQ("DM-50");
  const Reply reply = create(kGood);
  EXPECT_EQ(reply.code, Code::Created);
  EXPECT_EQ(reply.location, Path(kEvery, 1));
  EXPECT_EQ(device.every.at(Path(kEvery, 1, kText)).as_string(), "A");
  EXPECT_EQ(device.changes.all, std::vector<std::string>{"101 created /1000/1"});
}

TEST_F(CreateTest, TakesTheIdThePayloadNames) {
  const Reply reply = create("08 05 03 c1 00 41");
  EXPECT_EQ(reply.code, Code::Created);
  EXPECT_EQ(reply.location, Path(kEvery, 5));
  EXPECT_EQ(create(kGood).location, Path(kEvery, 1));
}

TEST_F(CreateTest, MakesSeveralInstancesAtOnce) {
  LINNET_REQ("DM-56");
  EXPECT_EQ(create("08 05 03 c1 00 41 08 06 03 c1 00 42").code, Code::Created);
  EXPECT_EQ(device.every.at(Path(kEvery, 6, kText)).as_string(), "B");
  EXPECT_EQ(device.changes.all,
            (std::vector<std::string>{"101 created /1000/5", "101 created /1000/6"}));
}

TEST_F(CreateTest, AMissingMandatoryResourceUndoesEverything) {
  LINNET_REQ("DM-52");
  LINNET_REQ("DM-53");
  LINNET_REQ("OV-01");
  EXPECT_EQ(create("08 05 03 c1 01 07").code, Code::BadRequest);
  EXPECT_EQ(create("08 05 03 c1 00 41 08 06 03 c1 01 07").code, Code::BadRequest);
  EXPECT_EQ(create("08 05 00").code, Code::BadRequest);
  EXPECT_EQ(create("").code, Code::BadRequest);
  EXPECT_EQ(device.post("/1000", {}, {}).code, Code::BadRequest);
  EXPECT_EQ(count(), 1u);
  EXPECT_TRUE(device.changes.all.empty());
}

TEST_F(CreateTest, BadContentMakesNothing) {
  LINNET_REQ("DM-52");
  LINNET_REQ("DM-53");
  EXPECT_EQ(create("08 00 03 c1 00 41").code, Code::BadRequest);                    // taken
  EXPECT_EQ(create("08 05 03 c1 00 41 08 00 03 c1 00 41").code, Code::BadRequest);  // second one
  EXPECT_EQ(create("08 05 06 c1 00 41 c1 01 7f").code, Code::BadRequest);           // range
  EXPECT_EQ(create("08 05 03 c1 00").code, Code::BadRequest);                       // cut
  EXPECT_EQ(create("81 0c 41").code, Code::BadRequest);
  EXPECT_EQ(device.post("/1000", {}, hex(kGood)).code, Code::BadRequest);
  EXPECT_EQ(device.post("/1000", ContentFormat::SenmlJson, as_bytes("[]")).code,
            Code::UnsupportedContentFormat);
  EXPECT_EQ(device.post("/1000", ContentFormat::Text, as_bytes("A")).code,
            Code::UnsupportedContentFormat);
  EXPECT_EQ(device.post("/1001", ContentFormat::Tlv, hex(kGood)).code, Code::NotFound);
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(device.every.writes, 0);
}

TEST_F(CreateTest, WhatTheObjectRefusesOnTheWayIsUndone) {
  // Room for three in all: two more.
  EXPECT_EQ(create("08 05 03 c1 00 41 08 06 03 c1 00 42 08 07 03 c1 00 43").code,
            Code::InternalServerError);
  EXPECT_EQ(count(), 1u);
  device.every.check_error = Error::Range;
  EXPECT_EQ(create(kGood).code, Code::BadRequest);
  EXPECT_EQ(count(), 1u);
}

TEST_F(CreateTest, MoreInstancesThanOneRequestMayMakeAreTooMany) {
  std::string payload;
  for (int i = 1; i <= 9; ++i) payload += "08 0" + std::to_string(i) + " 03 c1 00 41 ";
  EXPECT_EQ(create(payload).code, Code::RequestEntityTooLarge);
  EXPECT_EQ(count(), 1u);
}

TEST_F(CreateTest, ReadOnlyAndUnknownResourcesAreDropped) {
  LINNET_REQ("DM-54");
  EXPECT_EQ(create("08 05 09 c1 00 41 c1 0b 63 c1 63 01").code, Code::Created);
  EXPECT_FALSE(device.every.has(Path(kEvery, 5, kCounter)));
}

TEST_F(CreateTest, RightsAreAskedOfTheObject) {
  device.rights.denied[{Path(kEvery), Right::Create}] = true;
  EXPECT_EQ(create(kGood).code, Code::Unauthorized);
  EXPECT_EQ(device.post("/1000", ContentFormat::SenmlJson, {}).code, Code::Unauthorized);
  EXPECT_EQ(count(), 1u);
}

TEST_F(CreateTest, ServerAccountsAreNeitherMadeNorDeleted) {
  EXPECT_EQ(create("08 05 04 c2 00 00 67", "/1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1/0").code, Code::MethodNotAllowed);
  EXPECT_NE(device.servers.find(0), nullptr);
}

/// An object with one instance that may be absent; defaults for everything.
class LampObject final : public Object {
 public:
  bool there = false;
  std::int64_t level = 0;
  static constexpr lwm2m::ResourceDefinition kResources[] = {
      {1, DataType::Integer, lwm2m::kReadWrite, false, true}};
  static constexpr lwm2m::ObjectDefinition kDefinition{2000, {1, 0}, false, false, kResources};

  const lwm2m::ObjectDefinition& definition() const override { return kDefinition; }
  Id next_instance(Id after) const override { return there && after == kNoId ? Id{0} : kNoId; }
  Result<Value> read(const Path&) override { return Value::integer(level); }
  Status write(const Path&, const Value& value) override {
    level = value.as_integer();
    return {};
  }
  Status create(Id) override {
    there = true;
    level = 50;
    return {};
  }
  Status remove(Id) override {
    there = false;
    return {};
  }
};

TEST_F(CreateTest, ASingleInstanceObjectHasInstanceZero) {
  LINNET_REQ("DM-51");
  LampObject lamp;
  device.objects.push_back(&lamp);
  device.settings.objects = device.objects;
  EXPECT_EQ(create("08 01 03 c1 01 07", "/2000").code, Code::BadRequest);
  EXPECT_FALSE(lamp.there);
  EXPECT_EQ(create("c1 01 07", "/2000").location, Path(2000, 0));
  EXPECT_EQ(lamp.level, 7);
  EXPECT_EQ(create("c1 01 07", "/2000").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/2000/0").code, Code::Deleted);
  LINNET_REQ("DM-55");
  EXPECT_EQ(device.post("/2000", {}, {}).code, Code::Created);
  EXPECT_EQ(lamp.level, 50);
}

TEST_F(CreateTest, AnObjectThatMakesNoInstancesSaysSo) {
  class Fixed final : public Object {
   public:
    const lwm2m::ObjectDefinition& definition() const override {
      static constexpr lwm2m::ObjectDefinition kDefinition{2001, {1, 0}, true, false, {}};
      return kDefinition;
    }
  } fixed;
  device.objects.push_back(&fixed);
  device.settings.objects = device.objects;
  EXPECT_EQ(create("08 01 00", "/2001").code, Code::MethodNotAllowed);
  LINNET_REQ("DM-61");
  EXPECT_EQ(device.remove("/2001/0").code, Code::MethodNotAllowed);
}

// --- Delete ---

TEST_F(CreateTest, DeletesAnInstanceAndWhatWasAttachedToIt) {
  LINNET_REQ("DM-59");
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1"}).code, Code::Changed);
  EXPECT_EQ(device.remove("/1000/0").code, Code::Deleted);
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(device.changes.all, std::vector<std::string>{"101 removed /1000/0"});
  EXPECT_EQ(device.attributes.find(101, Path(kEvery, 0, 1)), nullptr);
  EXPECT_EQ(device.remove("/1000/0").code, Code::NotFound);
}

TEST_F(CreateTest, DeletesAResourceInstance) {
  LINNET_REQ("DM-59");
  EXPECT_EQ(device.remove("/1000/0/12/3").code, Code::Deleted);
  EXPECT_FALSE(device.every.has(Path(kEvery, 0, kNumbers, 3)));
  EXPECT_TRUE(device.every.has(Path(kEvery, 0, kNumbers, 0)));
  EXPECT_EQ(device.changes.all, std::vector<std::string>{"101 value /1000/0/12"});
  EXPECT_EQ(device.remove("/1000/0/12/3").code, Code::NotFound);
  EXPECT_EQ(device.remove("/1000/0/1/0").code, Code::MethodNotAllowed);
  device.every.put(Path(kEvery, 0, kLog, 0), Value::string("x"));
  EXPECT_EQ(device.remove("/1000/0/14/0").code, Code::MethodNotAllowed);
}

TEST_F(CreateTest, ObjectsAndResourcesAreNotDeleted) {
  LINNET_REQ("DM-60");
  EXPECT_EQ(device.remove("/1000").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1000/0/1").code, Code::MethodNotAllowed);
  EXPECT_EQ(device.remove("/1000/9").code, Code::NotFound);
  EXPECT_EQ(device.remove("/1001/0").code, Code::NotFound);
  EXPECT_EQ(count(), 1u);
}

TEST_F(CreateTest, DeleteNeedsTheRight) {
  device.rights.denied[{Path(kEvery, 0), Right::Delete}] = true;
  EXPECT_EQ(device.remove("/1000/0").code, Code::Unauthorized);
  EXPECT_EQ(device.remove("/1000/0/12/3").code, Code::Unauthorized);
  EXPECT_EQ(count(), 1u);
}

}  // namespace
}  // namespace linnet::client::test
