// SPDX-License-Identifier: Apache-2.0
// Pins Discover, Write-Attributes and the object list of a registration.
#include <gtest/gtest.h>

#include <client/test_device.hpp>

#include <hex.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;

const lwm2m::Format* const kSmall[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};

struct DiscoverTest : testing::Test {
  Device device{kSmall};

  std::string list(std::size_t block = 1024) {
    const DeviceManagement model(device.settings);
    std::string all;
    std::vector<std::uint8_t> part(block);
    const std::size_t size = model.object_list(0, {});
    while (all.size() < size) {
      EXPECT_EQ(model.object_list(all.size(), part), size);
      all += as_text(part).substr(0, std::min(block, size - all.size()));
    }
    return all;
  }
};

TEST_F(DiscoverTest, ListsEachLevelAsTheStandardSays) {
  LINNET_REQ("DM-18");
  LINNET_REQ("DM-19");
  LINNET_REQ("DM-25");
  const Reply reply = device.discover("/1000");
  EXPECT_EQ(reply.code, Code::Content);
  EXPECT_EQ(reply.format, ContentFormat::LinkFormat);
  EXPECT_EQ(device.text(),
            "</1000>;ver=2.1,</1000/0>,</1000/0/0>,</1000/0/1>,</1000/0/9>,</1000/0/10>,"
            "</1000/0/11>,</1000/0/12>;dim=2");
  device.discover("/1000/0");
  EXPECT_EQ(device.text(),
            "</1000/0>,</1000/0/0>,</1000/0/1>,</1000/0/9>,</1000/0/10>,</1000/0/11>,"
            "</1000/0/12>;dim=2");
  device.discover("/1000/0/12");
  EXPECT_EQ(device.text(), "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>");
  device.discover("/1000/0/1");
  EXPECT_EQ(device.text(), "</1000/0/1>");
}

TEST_F(DiscoverTest, ListsNoResourceInstancesIn10) {
  device.settings.enabler = lwm2m::kEnabler10;
  device.discover("/1000/0/12");
  EXPECT_EQ(device.text(), "</1000/0/12>;dim=2");
}

TEST_F(DiscoverTest, GoesAsDeepAsAsked) {
  LINNET_REQ("DM-20");
  const struct {
    const char* path;
    const char* query;
    const char* links;
  } rows[] = {
      {"/1000", "depth=0", "</1000>;ver=2.1"},
      {"/1000", "depth=1", "</1000>;ver=2.1,</1000/0>"},
      {"/1000/0", "depth=0", "</1000/0>"},
      {"/1000/0/12", "depth=0", "</1000/0/12>;dim=2"},
      {"/1000/0/12", "depth=1", "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"},
      {"/1000/0/12", "depth=3", "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"},
      {"/1000/0/12", "depth=4", "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"},
      {"/1000/0/12", "depth=", "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"},
      {"/1000/0/12", "other=0", "</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(device.discover(row.path, {row.query}).code, Code::Content);
    EXPECT_EQ(device.text(), row.links) << row.path << '?' << row.query;
  }
  device.discover("/1000", {"depth=3"});
  EXPECT_TRUE(device.text().ends_with("</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"));
  device.discover("/1000/0", {"depth=2"});
  EXPECT_TRUE(device.text().ends_with("</1000/0/12>;dim=2,</1000/0/12/0>,</1000/0/12/3>"));
}

TEST_F(DiscoverTest, ShowsOwnAttributesAndInheritedOnesOfTheTarget) {
  LINNET_REQ("DM-21");
  LINNET_REQ("DM-22");
  EXPECT_EQ(device.attach("/1000", {"pmin=10"}).code, Code::Changed);
  EXPECT_EQ(device.attach("/1000/0", {"pmax=60"}).code, Code::Changed);
  EXPECT_EQ(device.attach("/1000/0/1", {"gt=50", "lt=42.2"}).code, Code::Changed);
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1"}, 102).code, Code::Changed);
  device.discover("/1000/0/1");
  EXPECT_EQ(device.text(), "</1000/0/1>;pmin=10;pmax=60;gt=50;lt=42.2");
  device.discover("/1000/0/1", {}, 102);
  EXPECT_EQ(device.text(), "</1000/0/1>;pmin=1");
  device.discover("/1000/0", {"depth=1"});
  EXPECT_EQ(device.text(),
            "</1000/0>;pmin=10;pmax=60,</1000/0/0>,</1000/0/1>;gt=50;lt=42.2,</1000/0/9>,"
            "</1000/0/10>,</1000/0/11>,</1000/0/12>;dim=2");
  device.discover("/1000", {"depth=1"});
  EXPECT_EQ(device.text(), "</1000>;ver=2.1;pmin=10,</1000/0>;pmax=60");
}

TEST_F(DiscoverTest, NeedsNoRightButTheNode) {
  LINNET_REQ("ACL-13");
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(device.discover("/1000/0").code, Code::Content);
  EXPECT_EQ(device.discover("/1000/5").code, Code::NotFound);
  EXPECT_EQ(device.discover("/1000/0/2").code, Code::NotFound);
  EXPECT_EQ(device.discover("/1001").code, Code::NotFound);
  EXPECT_EQ(device.discover("/1000/0/12/0").code, Code::MethodNotAllowed);
}

TEST_F(DiscoverTest, CountsAtMost255Instances) {
  LINNET_REQ("DM-23");
  for (Id i = 0; i < 300; ++i) {
    device.every.put(Path(kEvery, 0, kNumbers, i), Value::integer(i));
  }
  device.discover("/1000/0/12", {"depth=0"});
  EXPECT_EQ(device.text(), "</1000/0/12>;dim=255");
}

TEST_F(DiscoverTest, ABodyThatDoesNotFitIsAServerError) {
  device.discover("/1000/0/12");
  const std::size_t whole = device.body.size();
  for (device.capacity = 1; device.capacity < whole; ++device.capacity) {
    EXPECT_EQ(device.discover("/1000/0/12").code, Code::InternalServerError);
    EXPECT_TRUE(device.body.empty());
  }
}

// --- Write-Attributes ---

TEST_F(DiscoverTest, AttachesAndUnsetsOnEveryLevel) {
  LINNET_REQ("DM-38");
  LINNET_REQ("DM-39");
  LINNET_REQ("DM-43");
  for (const char* path : {"/1000", "/1000/0", "/1000/0/1", "/1000/0/12/3"}) {
    EXPECT_EQ(device.attach(path, {"pmin=3", "pmax=9"}).code, Code::Changed) << path;
    EXPECT_EQ(device.attributes.find(101, Device::path(path))->integer(lwm2m::Attribute::Pmax), 9u);
    EXPECT_EQ(device.attributes.find(102, Device::path(path)), nullptr);
  }
  EXPECT_EQ(device.attach("/1000/0", {"pmin"}).code, Code::Changed);
  EXPECT_FALSE(device.attributes.find(101, Path(kEvery, 0))->has(lwm2m::Attribute::Pmin));
  // All four rows are taken.
  EXPECT_EQ(device.attach("/1000/0/11", {"pmin=1"}).code, Code::InternalServerError);
  EXPECT_TRUE(device.changes.all.empty());
}

TEST_F(DiscoverTest, RefusesWrongAttributes) {
  LINNET_REQ("DM-40");
  LINNET_REQ("IR-16");
  for (const char* query : {"ver=1.0", "dim=3", "ssid=101", "uri=coap://h", "lwm2m=1.2", "foo=1",
                            "pmin=a", "pmin=", "pmin=-1", "gt=x", "con=2"}) {
    EXPECT_EQ(device.attach("/1000/0/1", {query}).code, Code::BadRequest) << query;
  }
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1", "pmin=2"}).code, Code::BadRequest);
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1", "foo=2"}).code, Code::BadRequest);
  LINNET_REQ("DM-41");
  EXPECT_EQ(device.attach("/1000/0/1", {"gt=10", "lt=20"}).code, Code::BadRequest);
  EXPECT_EQ(device.attach("/1000/0/1", {"gt=20", "lt=10", "st=5"}).code, Code::BadRequest);
  LINNET_REQ("DM-42");
  EXPECT_EQ(device.attach("/1000/0", {"gt=10"}).code, Code::BadRequest);
  EXPECT_EQ(device.attach("/1000", {"edge=1"}).code, Code::BadRequest);
  EXPECT_EQ(device.attach("/1000/0/0", {"gt=10"}).code, Code::BadRequest);   // a string
  EXPECT_EQ(device.attach("/1000/0/1", {"edge=1"}).code, Code::BadRequest);  // a number
  EXPECT_EQ(device.attributes.find(101, Path(kEvery, 0, 1)), nullptr);
  EXPECT_EQ(device.attach("/1000/0/1", {"gt=20", "lt=10", "st=4"}).code, Code::Changed);
}

TEST_F(DiscoverTest, RefusesAttributesWhereTheyMakeNoSense) {
  LINNET_REQ("DM-44");
  EXPECT_EQ(device.attach("/1000/0/1/0", {"pmin=1"}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.attach("/1000/0/9", {"pmin=1"}).code, Code::MethodNotAllowed);
  EXPECT_EQ(device.attach("/1000/0/2", {"pmin=1"}).code, Code::NotFound);
  EXPECT_EQ(device.attach("/1000/0/12/9", {"pmin=1"}).code, Code::NotFound);
  EXPECT_EQ(device.attach("/1000/7", {"pmin=1"}).code, Code::NotFound);
  EXPECT_EQ(device.attach("/1001", {"pmin=1"}).code, Code::NotFound);
  LINNET_REQ("DM-43");
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(device.attach("/1000/0/1", {"pmin=1"}).code, Code::Unauthorized);
  EXPECT_EQ(device.attach("/1000", {"pmin=1"}).code, Code::Changed);
}

TEST_F(DiscoverTest, DefaultsComeFromTheServerObject) {
  LINNET_REQ("SRV-25");
  DeviceManagement model(device.settings);
  const Path path(kEvery, 0, kInteger);
  EXPECT_EQ(model.effective_attributes(101, path).integer(lwm2m::Attribute::Pmin), 5u);
  EXPECT_FALSE(model.effective_attributes(101, path).has(lwm2m::Attribute::Pmax));
  EXPECT_TRUE(model.effective_attributes(102, path).empty());
  LINNET_REQ("IR-13");
  EXPECT_EQ(device.attach("/1000", {"pmin=6"}).code, Code::Changed);
  EXPECT_EQ(model.effective_attributes(101, path).integer(lwm2m::Attribute::Pmin), 6u);
}

// --- The object list ---

TEST_F(DiscoverTest, TheObjectListNamesInstancesFormatsAndVersions) {
  LINNET_REQ("REG-23");
  LINNET_REQ("REG-24");
  LINNET_REQ("REG-25");
  LINNET_REQ("REG-28");
  LINNET_REQ("OV-04");
  EXPECT_EQ(list(), "</>;rt=\"oma.lwm2m\";ct=\"11542\",</1/0>,</1/1>,</1000>;ver=2.1,</1000/0>");
  device.every.instances.clear();
  EXPECT_EQ(list(), "</>;rt=\"oma.lwm2m\";ct=\"11542\",</1/0>,</1/1>,</1000>;ver=2.1");
}

TEST_F(DiscoverTest, VersionsAreComparedWithTheAnnouncedEnabler) {
  LINNET_REQ("OV-04");
  device.settings.enabler = lwm2m::kEnabler12;
  EXPECT_EQ(list(),
            "</>;rt=\"oma.lwm2m\";ct=\"11542\",</1>;ver=1.1,</1/0>,</1/1>,</1000>;ver=2.1,"
            "</1000/0>");
  device.settings.enabler = lwm2m::kEnabler10;
  EXPECT_EQ(list(),
            "</>;rt=\"oma.lwm2m\",</1>;ver=\"1.1\",</1/0>,</1/1>,</1000>;ver=\"2.1\",</1000/0>");
}

TEST_F(DiscoverTest, AnAlternatePathStandsBeforeEverything) {
  LINNET_REQ("REG-26");
  device.settings.root_path = "/lwm2m";
  device.settings.formats = device.settings.formats.first(2);
  EXPECT_EQ(list(),
            "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/1/1>,</lwm2m/1000>;ver=2.1,"
            "</lwm2m/1000/0>");
  device.discover("/1000/0", {"depth=0"});
  EXPECT_EQ(device.text(), "</lwm2m/1000/0>");
}

TEST_F(DiscoverTest, TheObjectListComesInBlocksOfAnySize) {
  const std::string whole = list();
  for (std::size_t block = 1; block <= whole.size() + 1; ++block) EXPECT_EQ(list(block), whole);
}

}  // namespace
}  // namespace linnet::client::test
