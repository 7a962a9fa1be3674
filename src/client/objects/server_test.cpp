// SPDX-License-Identifier: Apache-2.0
// Pins object 1 with all its resources, as a server sees it and as a bootstrap fills it.
#include <gtest/gtest.h>

#include <client/test_device.hpp>
#include <linnet/client/objects/full_server.hpp>

#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
namespace objects = lwm2m::objects;
namespace server = lwm2m::objects::server;

const lwm2m::Format* const kFormats[] = {&lwm2m::kText, &lwm2m::kSenmlJson, &lwm2m::kTlv};

/// A device whose object 1 is a full one of some version.
struct FullServerTest : testing::Test {
  explicit FullServerTest(const lwm2m::ObjectDefinition& definition = objects::kServer_1_2)
      : object(rows, lists, definition) {
    ServerInstance first(0, 101, 300);
    first.set(server::kDefaultMinimumPeriod, 5);
    EXPECT_TRUE(object.put(first).ok());
    Change change;
    while (object.poll_change(change)) {
    }
    device.objects[1] = &object;
    device.settings.objects = device.objects;
  }
  /// As a bootstrap writes: the definition and the object are asked, operations are not.
  Status put(const Path& path, const Value& value) {
    LINNET_TRY(lwm2m::check(*object.definition().find(path.resource()), value));
    LINNET_TRY(object.check(path, value));
    return object.write(path, value);
  }
  std::string text(std::string_view path) {
    const Reply reply = device.get(path, ContentFormat::Text);
    return reply.code == Code::Content ? std::string(device.text())
                                       : std::string(coap::dotted(reply.code).data(), 4);
  }
  std::string links(std::string_view path) {
    device.discover(path);
    return std::string(device.text());
  }
  static Path at(Id resource, Id instance = kNoId) { return Path(1, 0, resource, instance); }

  Device device{kFormats};
  std::array<ServerInstance, 2> rows;
  std::array<ServerLists, 2> lists;
  FullServerObject object;
};

struct FullServer10Test : FullServerTest {
  FullServer10Test() : FullServerTest(objects::kServer_1_0) {}
};
struct FullServer11Test : FullServerTest {
  FullServer11Test() : FullServerTest(objects::kServer_1_1) {}
};

// S01, S04
TEST_F(FullServerTest, ABootstrapWritesEveryResource) {
  LINNET_REQ("BS-42");
  for (const auto* definition :
       {&objects::kServer_1_0, &objects::kServer_1_1, &objects::kServer_1_2}) {
    std::array<ServerInstance, 1> own_rows;
    std::array<ServerLists, 1> own_lists;
    FullServerObject all(own_rows, own_lists, *definition);
    ASSERT_TRUE(all.create(0).ok());
    const auto sample = [](const lwm2m::ResourceDefinition& resource) {
      if (resource.id == server::kBinding) return Value::string("U");
      if (resource.id == server::kPreferredTransport) return Value::string("S");
      if (resource.id == server::kSupportedServerVersions) return Value::string("1.2.1");
      if (resource.id == server::kShortServerId) return Value::integer(65534);
      switch (resource.type) {
        case DataType::Boolean: return Value::boolean(true);
        case DataType::Integer: return Value::integer(resource.bounded() ? 1 : 0x7FFFFFFF);
        case DataType::Unsigned:
          return Value::unsigned_integer(resource.bounded() ? 255u : 0xFFFFFFFFu);
        case DataType::Time: return Value::time(4102444800);  // in 2100
        default: return Value::link({.object = 11, .instance = resource.id});
      }
    };
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      if (resource.executable()) continue;
      const Path path = at(resource.id, resource.multiple ? Id{3} : kNoId);
      EXPECT_FALSE(all.has_resource(path.first(3))) << resource.id;
      EXPECT_TRUE(lwm2m::check(resource, sample(resource)).ok()) << resource.id;
      EXPECT_TRUE(all.check(path, sample(resource)).ok()) << resource.id;
      EXPECT_TRUE(all.write(path, sample(resource)).ok()) << resource.id;
      EXPECT_TRUE(all.has_resource(path.first(3))) << resource.id;
    }
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      const Path path = at(resource.id, resource.multiple ? Id{3} : kNoId);
      if (resource.executable()) {
        // There from the beginning, and staying.
        EXPECT_TRUE(all.has_resource(path)) << resource.id;
        EXPECT_EQ(all.reset(path).error(), Error::NotAllowed) << resource.id;
        EXPECT_TRUE(all.has_resource(path)) << resource.id;
        continue;
      }
      EXPECT_EQ(*all.read(path), sample(resource)) << resource.id;
      EXPECT_TRUE(all.reset(path.first(3)).ok()) << resource.id;
      EXPECT_FALSE(all.has_resource(path.first(3))) << resource.id;
    }
  }
}

TEST_F(FullServerTest, TheDefinitionSaysWhatAServerMayDo) {
  LINNET_REQ("DM-27");
  EXPECT_TRUE(object.set(0, server::kLastBootstrapped, 4102444800).ok());
  EXPECT_TRUE(object.set(0, server::kTlsDtlsAlertCode, 42).ok());
  EXPECT_TRUE(object.set(0, server::kRegistrationPriorityOrder, 1).ok());
  EXPECT_EQ(text("/1/0/12"), "4102444800");  // after 2038
  EXPECT_EQ(text("/1/0/11"), "42");
  for (const char* path : {"/1/0/0", "/1/0/11", "/1/0/12", "/1/0/13", "/1/0/15", "/1/0/16"}) {
    EXPECT_EQ(device.put(path, "1").code, Code::MethodNotAllowed) << path;
  }
  for (const char* path : {"/1/0/14", "/1/0/17", "/1/0/18", "/1/0/19", "/1/0/20"}) {
    EXPECT_EQ(device.put(path, "7").code, Code::Changed) << path;
    EXPECT_EQ(text(path), "7");
    EXPECT_EQ(device.put(path, "-1").code, Code::BadRequest) << path;
    EXPECT_EQ(device.put(path, "4294967296").code, Code::BadRequest) << path;
  }
  EXPECT_EQ(device.put("/1/0/4", "1").code, Code::MethodNotAllowed);
  EXPECT_EQ(text("/1/0/8"), "4.05");
}

TEST_F(FullServer11Test, WhatHasNoOperationStaysWithTheBootstrap) {
  LINNET_REQ("DM-27");
  for (Id id = 13; id <= 20; ++id) {
    EXPECT_TRUE(object.set(0, id, 1).ok());
    const std::string path = "/1/0/" + std::to_string(id);
    EXPECT_EQ(text(path), "4.05") << path;
    EXPECT_EQ(device.put(path, "1").code, Code::MethodNotAllowed) << path;
  }
  EXPECT_EQ(put(at(19), Value::unsigned_integer(5)).error(), Error::Ok);
  EXPECT_EQ(device.put("/1/0/26", "1").code, Code::NotFound);
}

TEST_F(FullServerTest, RangesAreChecked) {
  LINNET_REQ("ID-02");
  LINNET_REQ("SRV-23");
  for (const std::int64_t ssid : {0, 65535, -1}) {
    EXPECT_EQ(put(at(server::kShortServerId), Value::integer(ssid)).error(), Error::Range);
  }
  EXPECT_TRUE(put(at(server::kShortServerId), Value::integer(1)).ok());
  for (const Id period : {server::kLifetime, server::kDefaultMinimumPeriod,
                          server::kDefaultMaximumPeriod, server::kDisableTimeout}) {
    EXPECT_TRUE(put(at(period), Value::integer(0)).ok());
    EXPECT_EQ(put(at(period), Value::integer(-1)).error(), Error::Range);
  }
  for (const char* mode : {"0", "1"}) EXPECT_EQ(device.put("/1/0/26", mode).code, Code::Changed);
  for (const char* mode : {"-1", "2"}) {
    EXPECT_EQ(device.put("/1/0/26", mode).code, Code::BadRequest);
  }
  EXPECT_EQ(device.put("/1/0/27", "256").code, Code::BadRequest);
  // [SRV-06] "Never" in 64 bits.
  EXPECT_EQ(device.put("/1/0/19", "18446744073709551615").code, Code::Changed);
  EXPECT_EQ(object.find(0)->get(server::kCommunicationSequenceDelayTimer), 0xFFFFFFFF);
  EXPECT_EQ(device.put("/1/0/18", "18446744073709551615").code, Code::BadRequest);
}

TEST_F(FullServer10Test, ShortServerId65535IsReservedIn10Too) {
  LINNET_REQ("ID-02");
  EXPECT_EQ(put(at(server::kShortServerId), Value::integer(65535)).error(), Error::Range);
  EXPECT_TRUE(put(at(server::kShortServerId), Value::integer(65534)).ok());
}

// S14
TEST_F(FullServer10Test, BindingsAreTheSixForms) {
  LINNET_REQ("REG-08");
  for (const char* binding : {"U", "UQ", "S", "SQ", "US", "UQS"}) {
    EXPECT_EQ(device.put("/1/0/7", binding).code, Code::Changed) << binding;
    EXPECT_EQ(text("/1/0/7"), binding);
  }
  for (const char* binding : {"T", "UT", "USQ", "UQSQ", "Q", "SU"}) {
    EXPECT_EQ(device.put("/1/0/7", binding).code, Code::BadRequest) << binding;
  }
  EXPECT_EQ(text("/1/0/7"), "UQS");
}

// S14
TEST_F(FullServerTest, BindingsAreLetters) {
  LINNET_REQ("REG-08");
  for (const char* binding : {"U", "SU", "UTSNMH"}) {
    EXPECT_EQ(device.put("/1/0/7", binding).code, Code::Changed) << binding;
    EXPECT_EQ(text("/1/0/7"), binding);
  }
  for (const char* binding : {"UQ", "UU", "X", "UTSNMHU"}) {
    EXPECT_EQ(device.put("/1/0/7", binding).code, Code::BadRequest) << binding;
  }
  EXPECT_EQ(device.put("/1/0/22", "N").code, Code::Changed);
  EXPECT_EQ(text("/1/0/22"), "N");
  for (const char* letter : {"Q", "UT"}) {
    EXPECT_EQ(device.put("/1/0/22", letter).code, Code::BadRequest) << letter;
  }
}

TEST_F(FullServer11Test, TheLettersOf12AreUnknownTo11) {
  LINNET_REQ("REG-08");
  EXPECT_EQ(device.put("/1/0/7", "UTSN").code, Code::Changed);
  EXPECT_EQ(device.put("/1/0/7", "UM").code, Code::BadRequest);
  EXPECT_EQ(device.put("/1/0/22", "H").code, Code::BadRequest);
}

TEST_F(FullServerTest, ListsAreReadAndWritten) {
  LINNET_REQ("SRV-24");
  EXPECT_EQ(text("/1/0/25/0"), "4.04");
  const std::string versions = R"([{"bn":"/1/0/25/","n":"0","vs":"1.1"},{"n":"2","vs":"1.2.1"}])";
  EXPECT_EQ(device.put("/1/0/25", ContentFormat::SenmlJson, as_bytes(versions)).code,
            Code::Changed);
  EXPECT_EQ(text("/1/0/25/0"), "1.1");
  EXPECT_EQ(text("/1/0/25/1"), "4.04");
  EXPECT_EQ(text("/1/0/25/2"), "1.2.1");
  EXPECT_EQ(links("/1/0/25"), "</1/0/25>;dim=2,</1/0/25/0>,</1/0/25/2>");
  EXPECT_EQ(object.lists(0)->version(2), "1.2.1");
  EXPECT_EQ(object.lists(0)->version(1), "");
  // All or nothing.
  for (const char* bad :
       {R"([{"n":"/1/0/25/1","vs":"1.0"},{"n":"/1/0/25/4","vs":"1.0"}])",
        R"([{"n":"/1/0/25/1","vs":"1.0"},{"n":"/1/0/25/3","vs":"one"}])",
        R"([{"n":"/1/0/25/1","vs":"1.0"},{"n":"/1/0/25/3","vs":"1.100.1000"}])"}) {
    EXPECT_EQ(device.post("/1/0/25", ContentFormat::SenmlJson, as_bytes(bad)).code,
              Code::BadRequest)
        << bad;
    EXPECT_EQ(text("/1/0/25/1"), "4.04");
  }
  // A Replace takes the old ones away, an Update does not.
  const std::string one = R"([{"n":"/1/0/25/1","vs":"1.0"}])";
  EXPECT_EQ(device.post("/1/0/25", ContentFormat::SenmlJson, as_bytes(one)).code, Code::Changed);
  EXPECT_EQ(links("/1/0/25"), "</1/0/25>;dim=3,</1/0/25/0>,</1/0/25/1>,</1/0/25/2>");
  EXPECT_EQ(device.put("/1/0/25", ContentFormat::SenmlJson, as_bytes(one)).code, Code::Changed);
  EXPECT_EQ(links("/1/0/25"), "</1/0/25>;dim=1,</1/0/25/1>");
  EXPECT_EQ(device.remove("/1/0/25/1").code, Code::Deleted);
  EXPECT_EQ(text("/1/0/25"), "4.04");

  const std::string apn = R"([{"n":"/1/0/24/0","vlo":"1000:0"},{"n":"/1/0/24/3","vlo":"1:0"}])";
  EXPECT_EQ(device.put("/1/0/24", ContentFormat::SenmlJson, as_bytes(apn)).code, Code::Changed);
  EXPECT_EQ(text("/1/0/24/0"), "1000:0");
  EXPECT_EQ(text("/1/0/24/3"), "1:0");
  const std::string nowhere = R"([{"n":"/1/0/24/1","vlo":"11:0"}])";  // the device has no /11
  EXPECT_EQ(device.put("/1/0/24", ContentFormat::SenmlJson, as_bytes(nowhere)).code,
            Code::BadRequest);
  EXPECT_EQ(links("/1/0/24"), "</1/0/24>;dim=2,</1/0/24/0>,</1/0/24/3>");
}

TEST_F(FullServerTest, ListsAreOfTheirInstance) {
  LINNET_REQ("SRV-17");
  EXPECT_TRUE(object.create(4).ok());
  const Value link = Value::link({.object = 11, .instance = 2});
  EXPECT_TRUE(put(Path(1, 4, 24, 3), link).ok());
  EXPECT_EQ(put(Path(1, 4, 24, 4), link).error(), Error::Range);
  EXPECT_EQ(*object.read(Path(1, 4, 24, 3)), link);
  EXPECT_EQ(object.lists(4)->apn_link(3), std::optional<std::uint32_t>(11u << 16 | 2u));
  EXPECT_FALSE(object.lists(4)->apn_link(2).has_value());
  EXPECT_FALSE(object.has_resource(at(24)));
  EXPECT_EQ(object.next_resource_instance(Path(1, 4, 24), kNoId), 3);
  EXPECT_EQ(object.next_resource_instance(Path(1, 4, 24), 3), kNoId);
  EXPECT_EQ(object.lists(9), nullptr);
  EXPECT_TRUE(object.remove(4).ok());
  EXPECT_TRUE(object.create(5).ok());
  EXPECT_FALSE(object.has_resource(Path(1, 5, 24)));
}

}  // namespace
}  // namespace linnet::client::test
