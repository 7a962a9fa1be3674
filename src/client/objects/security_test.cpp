// SPDX-License-Identifier: Apache-2.0
// Pins object 0 as a bootstrap and the engine see it: every resource, its bounds, and that keys do
// not stay behind; and that servers do not see it at all.
#include <gtest/gtest.h>

#include <client/test_client.hpp>
#include <linnet/client/objects/security.hpp>

namespace linnet::client::test {
namespace {

namespace objects = lwm2m::objects;
namespace security = lwm2m::objects::security;
using linnet::test::hex;
using linnet::test::to_hex;

std::vector<std::uint8_t> bytes(std::size_t size, std::uint8_t value = 0xFE) {
  return std::vector<std::uint8_t>(size, value);
}

/// A value that each single resource and each instance of a multiple one takes.
Value sample(const lwm2m::ResourceDefinition& resource, ByteView storage) {
  switch (resource.type) {
    case DataType::Boolean: return Value::boolean(true);
    case DataType::Integer: return Value::integer(resource.bounded() ? resource.maximum : 86400);
    case DataType::Unsigned:
      return Value::unsigned_integer(
          resource.bounded() ? static_cast<std::uint64_t>(resource.maximum) : 49320u);
    case DataType::Objlnk: return Value::link({.object = 21, .instance = 3});
    case DataType::String: return Value::string("coap://host");
    default: break;
  }
  const bool keys = resource.id == security::kSmsBindingSecretKeys;
  return Value::opaque(storage.first(resource.id == security::kSmsBindingKeyParameters ? 6
                                     : keys                                            ? 48
                                                                                       : 16));
}

class SecurityTest : public testing::Test {
 protected:
  Status put(const Path& path, const Value& value) {
    LINNET_TRY(lwm2m::check(*object.definition().find(path.resource()), value));
    LINNET_TRY(object.check(path, value));
    return object.write(path, value);
  }
  static Path at(Id resource, Id instance = kNoId) { return Path(0, 7, resource, instance); }

  SecurityStorage<kCompleteSecurity> rows;
  SecurityObject object{rows.rows(), objects::kSecurity_1_2};
};

// S16, S20, S26
TEST_F(SecurityTest, EveryResourceOfEveryVersionIsWrittenReadAndTakenAway) {
  LINNET_REQ("BS-42");
  const auto storage = bytes(64);
  for (const auto* definition :
       {&objects::kSecurity_1_0, &objects::kSecurity_1_1, &objects::kSecurity_1_2}) {
    SecurityStorage<kCompleteSecurity> own_rows;
    SecurityObject all(own_rows.rows(), *definition);
    ASSERT_TRUE(all.create(7).ok());
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      const Path path = at(resource.id, resource.multiple ? Id{1} : kNoId);
      const Value value = sample(resource, storage);
      ASSERT_TRUE(lwm2m::check(resource, value).ok()) << resource.id;
      // Keys are there from the beginning, and empty.
      const bool key =
          resource.id >= security::kPublicKeyOrIdentity && resource.id <= security::kSecretKey;
      EXPECT_EQ(all.has_resource(path.first(3)), key) << resource.id;
      EXPECT_TRUE(all.check(path, value).ok()) << resource.id;
      EXPECT_TRUE(all.write(path, value).ok()) << resource.id;
      EXPECT_TRUE(all.has_resource(path.first(3))) << resource.id;
      ASSERT_TRUE(all.read(path).ok()) << resource.id;
      EXPECT_EQ(*all.read(path), value) << resource.id;
    }
    // None of them took the place of another one.
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      const Path path = at(resource.id, resource.multiple ? Id{1} : kNoId);
      EXPECT_EQ(*all.read(path), sample(resource, storage)) << resource.id;
      EXPECT_TRUE(all.reset(path.first(3)).ok()) << resource.id;
      EXPECT_FALSE(all.has_resource(path.first(3))) << resource.id;
    }
  }
}

TEST_F(SecurityTest, ResourcesOfALaterVersionAreNotThere) {
  SecurityObject old(rows.rows(), objects::kSecurity_1_0);
  ASSERT_TRUE(old.create(7).ok());
  EXPECT_EQ(old.check(at(security::kSni), Value::string("x")).error(), Error::NotAllowed);
  rows.rows()[0].set(security::kMatchingType, 1);
  EXPECT_FALSE(old.has_resource(at(security::kMatchingType)));
  EXPECT_FALSE(old.read(at(security::kMatchingType)).ok());
}

TEST_F(SecurityTest, MultipleResourcesHavePlaces) {
  ASSERT_TRUE(object.create(7).ok());
  const struct {
    Id resource;
    Id places;
  } lists[] = {{security::kDtlsTlsCiphersuite, 8},
               {security::kGroupsToUseByClient, 4},
               {security::kSignatureAlgorithmsSupportedByServer, 8},
               {security::kSignatureAlgorithmsToUseByClient, 8},
               {security::kSignatureAlgorithmCertsSupportedByServer, 8},
               {security::kSecondaryServerUri, 2},
               {security::kCoseSecurity, 2}};
  for (const auto& list : lists) {
    const lwm2m::ResourceDefinition& definition = *object.definition().find(list.resource);
    const Value value = sample(definition, {});
    const auto last = static_cast<Id>(list.places - 1);
    EXPECT_EQ(put(at(list.resource, list.places), value).error(), Error::Range) << list.resource;
    EXPECT_TRUE(put(at(list.resource, last), value).ok()) << list.resource;
    EXPECT_EQ(object.next_resource_instance(at(list.resource), kNoId), last);
    EXPECT_TRUE(put(at(list.resource, 0), value).ok());
    EXPECT_EQ(object.next_resource_instance(at(list.resource), kNoId), 0);
    EXPECT_EQ(object.next_resource_instance(at(list.resource), 0), last);
    EXPECT_EQ(object.next_resource_instance(at(list.resource), last), kNoId);
    EXPECT_TRUE(object.reset(at(list.resource, 0)).ok());
    EXPECT_EQ(object.read(at(list.resource, 0)).error(), Error::NotFound);
    EXPECT_EQ(*object.read(at(list.resource, last)), value);
  }
  EXPECT_EQ(object.find(7)->number_at(security::kDtlsTlsCiphersuite, 7)->number, 49320u);
  EXPECT_EQ(object.find(7)->number_at(security::kDtlsTlsCiphersuite, 0), nullptr);
  EXPECT_EQ(object.find(7)->text_at(security::kSecondaryServerUri, 1)->slot.text(), "coap://host");
  EXPECT_EQ(object.next_resource_instance(at(security::kServerSmsNumber), kNoId), kNoId);
  EXPECT_TRUE(object.remove(7).ok());
  ASSERT_TRUE(object.create(7).ok());
  for (const auto& list : lists) EXPECT_FALSE(object.has_resource(at(list.resource)));
}

// S22, S23, S27, S28
TEST_F(SecurityTest, IdentitiesOf128BytesAndKeysOf64FitIntoTheReadyCapacity) {
  LINNET_REQ("SEC-15");
  SecurityStorage<SecurityCapacity{}> ready;
  SecurityObject small(ready.rows(), objects::kSecurity_1_0);
  ASSERT_TRUE(small.create(7).ok());
  const auto identity = bytes(128);  // not UTF-8
  const auto key = bytes(64, 1);
  for (const bool last : {false, true}) {
    const Path path = at(last ? security::kSecretKey : security::kPublicKeyOrIdentity);
    const auto& value = last ? key : identity;
    EXPECT_TRUE(small.write(path, Value::opaque(value)).ok());
    EXPECT_EQ(*small.read(path), Value::opaque(value));
    EXPECT_EQ(small.check(path, Value::opaque(bytes(value.size() + 1))).error(), Error::Range);
  }
}

TEST_F(SecurityTest, WhatThereIsNoRoomForIsNotSupported) {
  LINNET_REQ("BS-41");
  SecurityStorage<SecurityCapacity{}> ready;
  SecurityObject small(ready.rows(), objects::kSecurity_1_2);
  ASSERT_TRUE(small.create(7).ok());
  for (const lwm2m::ResourceDefinition& resource : small.definition().resources) {
    const auto storage = bytes(64);
    const Status checked =
        small.check(at(resource.id, resource.multiple ? Id{0} : kNoId), sample(resource, storage));
    const bool text = resource.type == DataType::Opaque || resource.type == DataType::String;
    const bool room = resource.mandatory || (!text && !resource.multiple);
    // Of a mandatory one, that the value does not fit.
    const bool no_server_key = resource.id == security::kServerPublicKey;
    EXPECT_EQ(checked.error(), no_server_key ? Error::Range
                               : room        ? Error::Ok
                                             : Error::NotAllowed)
        << resource.id;
  }
  EXPECT_TRUE(small.check(at(security::kServerPublicKey), Value::opaque({})).ok());
}

TEST_F(SecurityTest, NumbersAndLengthsHaveBounds) {
  ASSERT_TRUE(object.create(7).ok());
  for (const std::int64_t ssid : {0, 65535}) {
    EXPECT_EQ(put(at(security::kShortServerId), Value::integer(ssid)).error(), Error::Range);
  }
  EXPECT_EQ(put(at(security::kSecurityMode), Value::integer(5)).error(), Error::Range);
  EXPECT_EQ(put(at(security::kClientHoldOffTime), Value::integer(-1)).error(), Error::Range);
  EXPECT_EQ(put(at(security::kClientHoldOffTime), Value::integer(1LL << 32)).error(), Error::Range);
  for (const std::size_t size : {5u, 7u}) {
    EXPECT_EQ(put(at(security::kSmsBindingKeyParameters), Value::opaque(bytes(size))).error(),
              Error::Range);
  }
  for (const std::size_t size : {16u, 32u, 48u}) {
    EXPECT_TRUE(put(at(security::kSmsBindingSecretKeys), Value::opaque(bytes(size))).ok());
  }
  for (const std::size_t size : {0u, 15u, 17u, 64u}) {
    EXPECT_EQ(put(at(security::kSmsBindingSecretKeys), Value::opaque(bytes(size))).error(),
              Error::Range);
  }
  EXPECT_EQ(put(at(security::kServerUri), Value::string(std::string(256, 'x'))).error(),
            Error::Range);
  EXPECT_TRUE(put(at(security::kServerUri), Value::string(std::string(255, 'x'))).ok());
}

// S23
TEST_F(SecurityTest, NothingOfAKeyStaysBehind) {
  ASSERT_TRUE(object.create(7).ok());
  const auto empty = std::string(2 * 48, '0');
  const MutableBytes key = rows.rows()[0].secret_key.storage;
  const Path path = at(security::kSecretKey);
  ASSERT_TRUE(object.write(path, Value::opaque(bytes(32))).ok());
  ASSERT_TRUE(object.write(path, Value::opaque(bytes(2))).ok());
  EXPECT_EQ(to_hex(key.first(4)), "fefe0000");
  ASSERT_TRUE(object.reset(path).ok());
  EXPECT_EQ(to_hex(key.first(48)), empty);
  const MutableBytes sms = rows.rows()[0].text_at(security::kSmsBindingSecretKeys) == nullptr
                               ? rows.rows()[0].texts[1].slot.storage
                               : MutableBytes{};
  for (const Id resource : {security::kSecretKey, security::kSmsBindingSecretKeys}) {
    ASSERT_TRUE(object.write(at(resource), Value::opaque(bytes(48))).ok());
  }
  EXPECT_EQ(to_hex(sms.first(4)), "fefefefe");
  ASSERT_TRUE(object.remove(7).ok());
  EXPECT_EQ(to_hex(key.first(48)), empty);
  EXPECT_EQ(to_hex(sms.first(48)), empty);
  EXPECT_EQ(rows.rows()[0].get(security::kShortServerId, 9), 9u);
}

// --- What servers get to know of it ---

/// An object 21 with one instance that would answer, were it asked.
class SecretObject final : public Object {
 public:
  const lwm2m::ObjectDefinition& definition() const override { return objects::kOscore; }
  Result<Value> read(const Path&) override { return Value::opaque(as_bytes("secret")); }
};

class HiddenTest : public ClientTest {
 protected:
  void start() {
    client.emplace(config, rng, all_objects);
    server.emplace(*client, PeerId{0});
    server->now = Instant{1000};
    client->start(server->now);
  }

  SecretObject secret;
  std::array<Object*, 4> all_objects{&security, &servers, &secret, &every};
};

// S16, S18, S19, S23
TEST_F(HiddenTest, ServersCanDoNothingWithObjects0And21) {
  LINNET_REQ("DM-02");
  start();
  accept_register(server->expect());
  const struct {
    const char* what;
    Message request;
  } requests[] = {
      {"Read", {.code = Code::Get}},
      {"Read as TLV", {.code = Code::Get, .accept = ContentFormat::Tlv}},
      {"Discover", {.code = Code::Get, .accept = ContentFormat::LinkFormat}},
      {"Observe", {.code = Code::Get, .observe = 0}},
      {"Write", {.code = Code::Put, .payload = "1", .format = ContentFormat::Text}},
      {"Write-Attributes", {.code = Code::Put, .queries = {"pmin=1"}}},
      {"Execute", {.code = Code::Post}},
      {"Create or Write", {.code = Code::Post, .payload = "x", .format = ContentFormat::Tlv}},
      {"Delete", {.code = Code::Delete}},
  };
  for (const char* path :
       {"/0", "/0/0", "/0/0/5", "/0/0/16/0", "/0/9", "/21", "/21/0", "/21/0/0"}) {
    for (const auto& [what, request] : requests) {
      Message message = request;
      message.path = path;
      const Sent answer = server->ask(message);
      EXPECT_EQ(answer.code(), Code::Unauthorized) << what << " " << path;
      EXPECT_TRUE(answer.payload().empty()) << what << " " << path;
    }
  }
  // What a composite names goes the same way.
  for (const char* path : {"/0", "/0/0", "/0/0/5", "/21", "/21/0/0"}) {
    const std::string name = std::string(R"([{"n":")") + path + R"("})";
    const std::string value = std::string(R"([{"n":")") + path + R"(","v":1})";
    Message message{.payload = name + "]", .format = ContentFormat::SenmlJson};
    message.code = Code::Fetch;
    EXPECT_EQ(server->ask(message).code(), Code::Unauthorized) << path;
    message.observe = 0;
    EXPECT_EQ(server->ask(message).code(), Code::Unauthorized) << path;
    message.observe.reset();
    message.code = Code::IPatch;
    message.payload = value + R"(,{"n":"/1000/0/1","v":7}])";
    // A value belongs to a resource: of anything else the payload is malformed wherever it leads.
    const bool resource = Path::parse(path)->is_resource();
    EXPECT_EQ(server->ask(message).code(), resource ? Code::Unauthorized : Code::BadRequest)
        << path;
    // Beside what may be read it is left out.
    message.code = Code::Fetch;
    message.payload = name + R"(,{"n":"/1000/0/1"}])";
    const Sent answer = server->ask(message);
    EXPECT_EQ(answer.code(), Code::Content) << path;
    EXPECT_EQ(answer.payload().find(std::string("\"") + path), std::string::npos);
  }
  EXPECT_EQ(every.at(Path(kEvery, 0, kInteger)), Value::integer(42));
  EXPECT_EQ(security.find(0)->uri.text(), "coap://server");
}

// S18
TEST_F(HiddenTest, RegistrationsDoNotListThem) {
  LINNET_REQ("DM-02");
  start();
  const Sent request = server->expect();
  EXPECT_EQ(request.path(), "/rd");
  EXPECT_NE(request.payload().find("</1/0>"), std::string::npos);
  EXPECT_EQ(request.payload().find("</0"), std::string::npos);
  EXPECT_EQ(request.payload().find("</21"), std::string::npos);
}

}  // namespace
}  // namespace linnet::client::test
