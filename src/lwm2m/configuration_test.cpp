// SPDX-License-Identifier: Apache-2.0
// Pins which configurations are consistent, and which rule each other one breaks where.
#include <linnet/lwm2m/configuration.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include <hex.hpp>
#include <linnet/lwm2m/binding.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using linnet::test::hex;
using Rule = ConfigurationRule;

/// A configuration that owns its text.
class Configuration final : public ConfigurationView {
 public:
  Configuration& set(std::string_view path, const Value& value) {
    Entry& entry = values_[*Path::parse(path)];
    entry.value = value;
    if (value.type() == DataType::String) entry.text = value.as_string();
    if (value.type() == DataType::Opaque) entry.text = as_text(value.as_opaque());
    return *this;
  }
  Configuration& set(std::string_view path, std::string_view text) {
    return set(path, Value::string(text));
  }
  Configuration& set(std::string_view path, const char* text) {
    return set(path, Value::string(text));
  }
  Configuration& set(std::string_view path, int number) {
    return set(path, Value::integer(number));
  }
  Configuration& set(std::string_view path, bool flag) { return set(path, Value::boolean(flag)); }
  Configuration& set(std::string_view path, const std::vector<std::uint8_t>& bytes) {
    return set(path, Value::opaque(bytes));
  }
  Configuration& erase(std::string_view below) {
    const Path path = *Path::parse(below);
    std::erase_if(values_, [&](const auto& entry) { return path.contains(entry.first); });
    return *this;
  }

  Id next_instance(Id object, Id after) const override { return next(Path(object), after); }
  Id next_resource_instance(const Path& resource, Id after) const override {
    return next(resource, after);
  }
  Result<Value> value(const Path& path) const override {
    const auto found = values_.find(path);
    if (found == values_.end()) return Error::NotFound;
    // As a view may: the text of the last value is overwritten.
    text_ = found->second.text;
    switch (found->second.value.type()) {
      case DataType::String: return Value::string(text_);
      case DataType::Opaque: return Value::opaque(as_bytes(text_));
      default: return found->second.value;
    }
  }
  bool has_instance(const Path& instance) const override {
    return instance == Path(3, 0) ||
           next(Path(instance.object()), static_cast<Id>(instance.instance() - 1)) ==
               instance.instance();
  }

 private:
  struct Entry {
    Value value;
    std::string text;
  };

  Id next(const Path& parent, Id after) const {
    for (const auto& [path, entry] : values_) {
      const Id id = path[parent.depth()];
      if (parent.contains(path) && id != kNoId && id >= static_cast<Id>(after + 1)) return id;
    }
    return kNoId;
  }

  std::map<Path, Entry> values_;
  mutable std::string text_;
};

std::string at(const char* object, int instance, const char* resource) {
  return std::string(object) + std::to_string(instance) + resource;
}

void add_security(Configuration& to, int instance, const char* uri, SecurityMode mode, int ssid) {
  to.set(at("/0/", instance, "/0"), uri);
  to.set(at("/0/", instance, "/1"), ssid == 0);
  to.set(at("/0/", instance, "/2"), static_cast<int>(mode));
  for (const char* key : {"/3", "/4", "/5"}) to.set(at("/0/", instance, key), hex(""));
  if (ssid != 0) to.set(at("/0/", instance, "/10"), ssid);
}

void add_server(Configuration& to, int instance, int ssid) {
  to.set(at("/1/", instance, "/0"), ssid);
  to.set(at("/1/", instance, "/1"), 300);
  to.set(at("/1/", instance, "/6"), true);
  to.set(at("/1/", instance, "/7"), "U");
}

void govern(Configuration& to, int instance, int object, int target, int owner) {
  to.set(at("/2/", instance, "/0"), object);
  to.set(at("/2/", instance, "/1"), target);
  to.set(at("/2/", instance, "/3"), owner);
}

/// One server without security.
Configuration simple() {
  Configuration all;
  add_security(all, 0, "coap://192.0.2.1", SecurityMode::NoSec, 101);
  add_server(all, 0, 101);
  return all;
}

const auto kPublicKey =
    hex("3059301306072A8648CE3D020106082A8648CE3D030107034200"
        "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
        "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");
const auto kPrivateKey = hex(
    "3041020100301306072A8648CE3D020106082A8648CE3D0301070427302502010104200000000000000000000000"
    "000000000000000000000000000000000000000001");
const auto kCertificate =
    hex("300E"
        "3003020101"
        "300206"
        "00"
        "0303000000");

/// A bootstrap account and three servers, one for each kind of credential, with access control.
Configuration large() {
  Configuration all;
  add_security(all, 0, "coaps://bootstrap.example", SecurityMode::Psk, 0);
  all.set("/0/0/3", hex("6964")).set("/0/0/5", hex("00112233445566778899AABBCCDDEEFF"));
  all.set("/0/0/11", 30).set("/0/0/12", 0);
  add_security(all, 1, "coaps://one.example:5684", SecurityMode::Psk, 101);
  all.set("/0/1/3", hex("6964")).set("/0/1/5", hex("00112233445566778899AABBCCDDEEFF"));
  all.set("/0/1/17", Value::link({.object = 21, .instance = 0}));
  add_security(all, 2, "coaps://[2001:db8::1]", SecurityMode::RawPublicKey, 102);
  all.set("/0/2/3", kPublicKey).set("/0/2/4", kPublicKey).set("/0/2/5", kPrivateKey);
  add_security(all, 5, "coaps://three.example", SecurityMode::X509, 65534);
  all.set("/0/5/3", kCertificate).set("/0/5/4", kCertificate).set("/0/5/5", kPrivateKey);
  all.set("/0/5/25/0", "coaps://other.example").set("/0/5/17", Value::link({}));
  for (const char* path : {"/21/0/0", "/21/0/1", "/21/0/2"}) all.set(path, hex("01"));
  add_server(all, 0, 101);
  add_server(all, 1, 102);
  all.set("/1/1/7", "UQ").set("/1/1/22", "T").set("/1/1/26", 1);
  add_server(all, 7, 65534);
  all.set("/1/7/2", 0).set("/1/7/3", 60).set("/1/7/5", 86400);
  govern(all, 0, 3, 0, 101);
  all.set("/2/0/2/101", 15).set("/2/0/2/0", 1);
  govern(all, 1, 1, 1, 102);
  govern(all, 2, 1000, 65535, 65535);
  all.set("/2/2/2/102", 16).set("/2/2/2/0", 0);
  govern(all, 3, 1, 0, 65535);
  return all;
}

/// "SEC-12 /0/0/2", or "" for a good configuration.
std::string judge(const Configuration& configuration, const ConfigurationSupport& support = {}) {
  const std::optional<Inconsistency> found = find_inconsistency(configuration, support);
  if (!found) return {};
  char text[kMaxPathText];
  return std::string(requirement_of(found->rule)) + " " + std::string(format(found->path, text));
}

#define EXPECT_BREAKS(configuration, broken_rule, at)                                       \
  do {                                                                                      \
    const auto found_ = find_inconsistency(configuration, {});                              \
    ASSERT_TRUE(found_.has_value());                                                        \
    EXPECT_EQ(found_->rule, broken_rule) << describe(found_->rule);                         \
    EXPECT_EQ(judge(configuration), std::string(requirement_of(broken_rule)) + " " + (at)); \
  } while (false)

TEST(Configuration, GoodOnesPass) {
  LINNET_REQ("BS-44");
  LINNET_REQ("BS-51");
  EXPECT_EQ(judge(simple()), "");
  EXPECT_EQ(judge(large()), "");
}

TEST(Configuration, EveryRuleHasASentenceAndARequirement) {
  std::set<std::string> sentences;
  for (std::size_t i = 0; i < kConfigurationRules; ++i) {
    const auto rule = static_cast<Rule>(i);
    EXPECT_TRUE(sentences.insert(describe(rule)).second) << describe(rule);
    EXPECT_EQ(std::string(describe(rule)).back(), '.');
    EXPECT_NE(std::string(requirement_of(rule)).find('-'), std::string::npos);
  }
}

// --- Accounts ---

TEST(Configuration, NeedsAServerAccount) {
  LINNET_REQ("BS-05");
  EXPECT_BREAKS(Configuration(), Rule::NoServerAccount, "/1");
  EXPECT_BREAKS(large().erase("/0/1").erase("/0/2").erase("/0/5").erase("/1").erase("/2"),
                Rule::NoServerAccount, "/1");
}

TEST(Configuration, ServersAndTheirSecurityComeInPairs) {
  LINNET_REQ("BS-04");
  EXPECT_BREAKS(simple().erase("/0"), Rule::ServerWithoutSecurity, "/1/0");
  EXPECT_BREAKS(large().set("/1/7/0", 103).erase("/2"), Rule::ServerWithoutSecurity, "/1/7");
  EXPECT_BREAKS(simple().erase("/1"), Rule::SecurityWithoutServer, "/0/0");
  EXPECT_BREAKS(large().erase("/1/1"), Rule::SecurityWithoutServer, "/0/2");
  EXPECT_BREAKS(simple().erase("/0/0/10"), Rule::ShortServerIdMissing, "/0/0/10");
  EXPECT_BREAKS(large().set("/0/5/10", 101), Rule::ShortServerIdTwice, "/0/5/10");
  EXPECT_BREAKS(large().set("/1/7/0", 101), Rule::ShortServerIdTwice, "/1/7/0");
}

// S05
TEST(Configuration, ShortServerIdsAreFrom1To65534) {
  LINNET_REQ("ID-02");
  for (const int ssid : {1, 65534}) {
    EXPECT_EQ(judge(simple().set("/0/0/10", ssid).set("/1/0/0", ssid)), "") << ssid;
  }
  for (const int ssid : {0, 65535, -1}) {
    EXPECT_BREAKS(simple().set("/0/0/10", ssid), Rule::ShortServerIdRange, "/0/0/10");
    EXPECT_BREAKS(simple().set("/1/0/0", ssid), Rule::ShortServerIdRange, "/1/0/0");
  }
  EXPECT_BREAKS(simple().set("/1/0/0", "101"), Rule::ShortServerIdRange, "/1/0/0");
}

// S02, S17, S20, S24
TEST(Configuration, OneBootstrapAccountWithoutServer) {
  LINNET_REQ("BS-03");
  EXPECT_BREAKS(large().set("/0/5/1", true).erase("/0/5/10"), Rule::BootstrapAccountTwice, "/0/5");
  EXPECT_BREAKS(large().set("/0/0/10", 104), Rule::BootstrapAccountWithShortServerId, "/0/0/10");
  Configuration with_server = large();
  add_server(with_server, 9, 104);
  EXPECT_BREAKS(with_server, Rule::ServerWithoutSecurity, "/1/9");
  EXPECT_EQ(judge(large().erase("/0/0")), "");  // it should be there, but need not
}

TEST(Configuration, FitsTheServersADeviceCanServe) {
  LINNET_REQ("BS-51");
  ConfigurationSupport support;
  support.servers = 3;
  EXPECT_EQ(judge(large(), support), "");
  support.servers = 2;
  EXPECT_EQ(judge(large(), support), "BS-51 /1");
  EXPECT_EQ(find_inconsistency(large(), support)->rule, Rule::TooManyServers);
}

TEST(Configuration, MandatoryResourcesAreThere) {
  LINNET_REQ("BS-51");
  for (const char* path : {"/0/5/0", "/0/5/1", "/0/5/2", "/0/5/3", "/0/5/4", "/0/5/5"}) {
    EXPECT_BREAKS(large().erase(path), Rule::SecurityResourceMissing, path);
  }
  for (const char* path : {"/1/7/0", "/1/7/1", "/1/7/6", "/1/7/7"}) {
    EXPECT_BREAKS(large().erase(path), Rule::ServerResourceMissing, path);
  }
  for (const char* path : {"/2/1/0", "/2/1/1", "/2/1/3"}) {
    EXPECT_BREAKS(large().erase(path), Rule::AccessControlResourceMissing, path);
  }
  Configuration oscore = large();
  for (const char* path : {"/21/0/0", "/21/0/1", "/21/0/2"}) {
    EXPECT_BREAKS(large().erase(path), Rule::OscoreResourceMissing, path);
  }
}

TEST(Configuration, TimesAreNotNegative) {
  LINNET_REQ("BS-51");
  for (const char* path : {"/0/0/11", "/0/0/12", "/1/7/1", "/1/7/2", "/1/7/3", "/1/7/5"}) {
    EXPECT_EQ(judge(large().set(path, 0)), "");
    EXPECT_BREAKS(large().set(path, -1), Rule::NegativeTime, path);
    EXPECT_BREAKS(large().set(path, "1"), Rule::NegativeTime, path);
  }
  EXPECT_EQ(judge(large().set("/1/7/1", Value::unsigned_integer(UINT64_MAX))), "");
}

TEST(Configuration, BindingsAreLettersOfTheirVersion) {
  LINNET_REQ("REG-08");
  for (const char* binding : {"U", "UQ", "S", "SQ", "US", "UQS"}) {
    EXPECT_TRUE(is_binding(binding, kEnabler10)) << binding;
    EXPECT_EQ(judge(simple().set("/1/0/7", binding)), "") << binding;
  }
  for (const char* binding : {"", "Q", "T", "UT", "UQSQ", "USQ", "SU"}) {
    EXPECT_FALSE(is_binding(binding, kEnabler10)) << binding;
  }
  for (const char* binding : {"U", "TU", "NSTU"}) {
    EXPECT_TRUE(is_binding(binding, kEnabler11)) << binding;
    EXPECT_TRUE(is_binding(binding, kEnabler12)) << binding;
  }
  for (const char* binding : {"", "UQ", "UU", "M", "u", "U,T"}) {
    EXPECT_FALSE(is_binding(binding, kEnabler11)) << binding;
  }
  EXPECT_TRUE(is_binding("UTSNMH", kEnabler12));
  for (const char* binding : {"", "TQ", "UTU", "X"}) {
    EXPECT_FALSE(is_binding(binding, kEnabler12)) << binding;
    EXPECT_BREAKS(simple().set("/1/0/7", binding), Rule::Binding, "/1/0/7");
  }
  EXPECT_BREAKS(simple().set("/1/0/7", 1), Rule::Binding, "/1/0/7");
  for (const char* letter : {"", "UT", "Q"}) {
    EXPECT_BREAKS(simple().set("/1/0/22", letter), Rule::Binding, "/1/0/22");
  }
}

TEST(Configuration, TheNotificationModeIsOneOfTwo) {
  LINNET_REQ("SRV-23");
  EXPECT_EQ(judge(simple().set("/1/0/26", 0)), "");
  EXPECT_BREAKS(simple().set("/1/0/26", 2), Rule::NotificationMode, "/1/0/26");
  EXPECT_BREAKS(simple().set("/1/0/26", -1), Rule::NotificationMode, "/1/0/26");
}

// --- URIs and credentials ---

// S03
TEST(Configuration, UrisAreOnesTheDeviceCanUse) {
  LINNET_REQ("BS-51");
  for (const char* uri : {"", "192.0.2.1", "coap:host", "coap://", "coap://host:0"}) {
    EXPECT_BREAKS(simple().set("/0/0/0", uri), Rule::UriMalformed, "/0/0/0");
  }
  EXPECT_BREAKS(simple().set("/0/0/0", 7), Rule::UriMalformed, "/0/0/0");
  for (const char* uri : {"http://host", "mqtt://host", "coap+tcp://host"}) {
    EXPECT_BREAKS(simple().set("/0/0/0", uri), Rule::SchemeNotSupported, "/0/0/0");
  }
  ConfigurationSupport tcp;
  tcp.schemes |= ConfigurationSupport::bit(coap::Scheme::CoapTcp);
  EXPECT_EQ(judge(simple().set("/0/0/0", "coap+tcp://host"), tcp), "");
  tcp.schemes |= ConfigurationSupport::bit(coap::Scheme::CoapsTcp);
  EXPECT_EQ(judge(simple().set("/0/0/0", "coaps+tcp://host"), tcp), "BS-51 /0/0/0");
  EXPECT_EQ(judge(large().set("/0/1/0", "coaps+tcp://host"), tcp), "");
  EXPECT_EQ(judge(large().set("/0/1/0", "coap+tcp://host"), tcp), "BS-51 /0/1/0");
  EXPECT_BREAKS(simple().set("/0/0/0", "coaps://host"), Rule::SchemeAgainstMode, "/0/0/0");
  for (const char* path : {"/0/0/0", "/0/1/0", "/0/2/0", "/0/5/0"}) {
    EXPECT_BREAKS(large().set(path, "coap://host"), Rule::SchemeAgainstMode, path);
  }
  EXPECT_BREAKS(large().set("/0/5/25/3", "coap://host"), Rule::SchemeAgainstMode, "/0/5/25/3");
  EXPECT_BREAKS(large().set("/0/5/25/3", "host"), Rule::UriMalformed, "/0/5/25/3");
}

// S21
TEST(Configuration, SecurityModesAreOnesTheDeviceHas) {
  LINNET_REQ("SEC-12");
  for (const int mode : {-1, 4, 5, 8, 255}) {
    EXPECT_BREAKS(simple().set("/0/0/2", mode), Rule::SecurityModeNotSupported, "/0/0/2");
  }
  ConfigurationSupport only_psk;
  only_psk.modes = ConfigurationSupport::bit(SecurityMode::Psk);
  EXPECT_EQ(judge(simple(), only_psk), "SEC-12 /0/0/2");
  EXPECT_EQ(judge(large(), only_psk), "SEC-12 /0/2/2");
  // Enrolment over secure transport: the device makes its keys itself [SEC-23].
  ConfigurationSupport est;
  est.modes |= ConfigurationSupport::bit(SecurityMode::Est);
  Configuration enrolled = large().set("/0/5/2", 4).set("/0/5/3", hex("")).set("/0/5/5", hex(""));
  EXPECT_EQ(judge(enrolled), "SEC-12 /0/5/2");
  EXPECT_EQ(judge(enrolled, est), "");
  EXPECT_EQ(judge(enrolled.set("/0/5/4", hex("")), est), "SEC-19 /0/5/4");
}

std::vector<std::uint8_t> bytes(std::size_t size) { return std::vector<std::uint8_t>(size, 0xFE); }

// S22, S23, S27, S28
TEST(Configuration, PskIdentitiesTake128BytesAndKeys64) {
  LINNET_REQ("SEC-15");
  for (const std::size_t size : {1u, 16u, 128u}) {  // 0xFE is not UTF-8
    EXPECT_EQ(judge(large().set("/0/1/3", bytes(size))), "") << size;
  }
  for (const std::size_t size : {0u, 129u}) {
    EXPECT_BREAKS(large().set("/0/1/3", bytes(size)), Rule::PskIdentity, "/0/1/3");
  }
  for (const std::size_t size : {1u, 16u, 64u}) {
    EXPECT_EQ(judge(large().set("/0/1/5", bytes(size))), "") << size;
  }
  for (const std::size_t size : {0u, 65u}) {
    EXPECT_BREAKS(large().set("/0/1/5", bytes(size)), Rule::PskKey, "/0/1/5");
  }
  EXPECT_BREAKS(large().set("/0/1/3", "text"), Rule::PskIdentity, "/0/1/3");
  EXPECT_EQ(judge(large().set("/0/1/4", bytes(3))), "");  // not used
}

// S29
TEST(Configuration, RawPublicKeysAreDerOrBare) {
  LINNET_REQ("SEC-17");
  const auto with = [](std::vector<std::uint8_t> of, std::size_t i, std::uint8_t value) {
    of[i] = value;
    return of;
  };
  const auto shorter = [](std::vector<std::uint8_t> of) {
    of.pop_back();
    return of;
  };
  const auto longer = [](std::vector<std::uint8_t> of) {
    of.push_back(0);
    return of;
  };
  const std::vector<std::uint8_t> point(kPublicKey.begin() + 26, kPublicKey.end());
  auto compressed = hex("3039301306072A8648CE3D020106082A8648CE3D03010703220003");
  compressed.resize(compressed.size() + 32, 0x55);
  for (const auto& key : {kPublicKey, compressed, point, bytes(32)}) {
    EXPECT_EQ(judge(large().set("/0/2/3", key)), "");
    EXPECT_EQ(judge(large().set("/0/2/4", key)), "");
  }
  const std::vector<std::uint8_t> bad[] = {{},
                                           bytes(31),
                                           bytes(33),
                                           bytes(64),
                                           bytes(65),
                                           shorter(point),
                                           shorter(kPublicKey),
                                           longer(kPublicKey),
                                           with(kPublicKey, 0, 0x31),
                                           with(kPublicKey, 20, 0x06),  // another curve
                                           with(kPublicKey, 25, 1),
                                           with(kPublicKey, 26, 5),
                                           with(kPublicKey, 24, 0x41),
                                           with(kPublicKey, 1, 0x58),
                                           kPrivateKey,
                                           kCertificate};
  for (const auto& key : bad) {
    EXPECT_BREAKS(large().set("/0/2/3", key), Rule::PublicKey, "/0/2/3");
    EXPECT_BREAKS(large().set("/0/2/4", key), Rule::ServerPublicKey, "/0/2/4");
  }
  const auto ec_private_key =
      hex("300802010104030102"
          "03");
  for (const auto& key : {kPrivateKey, ec_private_key, bytes(32)}) {
    EXPECT_EQ(judge(large().set("/0/2/5", key)), "");
  }
  const std::vector<std::uint8_t> bad_private[] = {{},
                                                   bytes(31),
                                                   bytes(33),
                                                   shorter(kPrivateKey),
                                                   longer(kPrivateKey),
                                                   with(kPrivateKey, 4, 2),
                                                   hex("3003020100"),
                                                   hex("30808002010004"),
                                                   kPublicKey,
                                                   kCertificate};
  for (const auto& key : bad_private) {
    EXPECT_BREAKS(large().set("/0/2/5", key), Rule::PrivateKey, "/0/2/5");
    EXPECT_BREAKS(large().set("/0/5/5", key), Rule::CertificateKey, "/0/5/5");
  }
}

// S30
TEST(Configuration, CertificatesAreDer) {
  LINNET_REQ("SEC-19");
  auto chain = kCertificate;
  chain.insert(chain.end(), kCertificate.begin(), kCertificate.end());
  // As large as certificates are: lengths in one and in two bytes.
  auto long_one =
      hex("3081B0"
          "3081A0");
  long_one.resize(long_one.size() + 0xA0);
  for (const std::uint8_t byte : hex("3002060003060000000000"
                                     "00"))
    long_one.push_back(byte);
  long_one.resize(3 + 0xB0);
  auto longer =
      hex("30820190"
          "30820180");
  longer.resize(longer.size() + 0x180);
  for (const std::uint8_t byte : hex("300206000306000000000000")) longer.push_back(byte);
  for (const auto& good : {kCertificate, chain, long_one, longer}) {
    EXPECT_EQ(judge(large().set("/0/5/3", good)), "");
    EXPECT_EQ(judge(large().set("/0/5/4", good)), "");
  }
  auto cut = longer;
  cut.pop_back();
  auto rest = chain;
  rest.pop_back();
  const auto pem = std::string("-----BEGIN CERTIFICATE-----");
  const std::vector<std::uint8_t> bad[] = {{},
                                           cut,
                                           rest,
                                           kPublicKey,
                                           kPrivateKey,
                                           {pem.begin(), pem.end()},
                                           hex("3000"),
                                           hex("30"),
                                           hex("308107"
                                               "30003000030100"),
                                           hex("3083000007"
                                               "30003000030100")};
  for (const auto& certificate : bad) {
    EXPECT_BREAKS(large().set("/0/5/3", certificate), Rule::Certificate, "/0/5/3");
    EXPECT_BREAKS(large().set("/0/5/4", certificate), Rule::ServerCertificate, "/0/5/4");
  }
}

TEST(Configuration, AHashMayStandForTheServersKey) {
  LINNET_REQ("SEC-26");
  for (const unsigned type : {1u, 2u, 3u}) {
    const std::size_t size = 16 * (type + 1);
    for (const char* instance : {"/0/2", "/0/5"}) {
      const std::string key = std::string(instance) + "/4";
      Configuration hashed =
          large().set(std::string(instance) + "/13", Value::unsigned_integer(type));
      EXPECT_NE(judge(hashed), "");
      EXPECT_EQ(judge(hashed.set(key, bytes(size))), "");
      EXPECT_NE(judge(hashed.set(key, bytes(size + 1))), "");
    }
  }
  EXPECT_EQ(judge(large().set("/0/2/13", Value::unsigned_integer(0))), "");
  for (const unsigned type : {4u, 5u}) {
    EXPECT_BREAKS(
        large().set("/0/2/13", Value::unsigned_integer(type)).set("/0/2/4", bytes(16 * (type + 1))),
        Rule::ServerPublicKey, "/0/2/4");
  }
}

TEST(Configuration, NoSecNeedsNoKeys) {
  LINNET_REQ("BS-51");
  EXPECT_EQ(judge(simple().set("/0/0/3", bytes(200)).set("/0/0/5", bytes(200))), "");
}

// --- OSCORE ---

TEST(Configuration, OscoreInstancesAreThereAndLinkedOnce) {
  LINNET_REQ("BS-06");
  const Value link = Value::link({.object = 21, .instance = 0});
  EXPECT_EQ(judge(simple()
                      .set("/0/0/17", link)
                      .set("/21/0/0", bytes(1))
                      .set("/21/0/1", bytes(1))
                      .set("/21/0/2", bytes(1))),
            "");
  EXPECT_BREAKS(simple().set("/0/0/17", link), Rule::OscoreLink, "/0/0/17");
  EXPECT_BREAKS(large().set("/0/1/17", Value::link({.object = 21, .instance = 1})),
                Rule::OscoreLink, "/0/1/17");
  EXPECT_BREAKS(large().set("/0/1/17", Value::link({.object = 21, .instance = kNoId})),
                Rule::OscoreLink, "/0/1/17");
  EXPECT_BREAKS(large().set("/0/1/17", Value::link({.object = 1, .instance = 0})), Rule::OscoreLink,
                "/0/1/17");
  EXPECT_BREAKS(large().set("/0/1/17", 21), Rule::OscoreLink, "/0/1/17");
  EXPECT_BREAKS(large().set("/0/5/17", link), Rule::OscoreLinkedTwice, "/0/5/17");
}

// --- Access control ---

TEST(Configuration, AccessControlNeedsADeviceThatHasIt) {
  LINNET_REQ("BS-50");
  ConfigurationSupport support;
  support.access_control = false;
  EXPECT_EQ(judge(large(), support), "BS-50 /2/0");
  EXPECT_EQ(find_inconsistency(large(), support)->rule, Rule::AccessControlNotSupported);
  EXPECT_EQ(judge(large().erase("/2"), support), "");
  EXPECT_EQ(judge(simple(), support), "");
}

TEST(Configuration, WithoutAccessControlAllServersHaveFullRights) {
  LINNET_REQ("BS-51");
  EXPECT_EQ(judge(large().erase("/2")), "");
}

TEST(Configuration, AccessControlOfOneServerIsNotLookedAt) {
  LINNET_REQ("ACL-01");
  Configuration one = simple();
  govern(one, 0, 3, 0, 999);
  EXPECT_EQ(judge(one), "");
}

TEST(Configuration, AccessControlGovernsWhatThereIsOnce) {
  LINNET_REQ("ACL-03");
  for (const int object : {0, 21, 65535, -1}) {
    EXPECT_BREAKS(large().set("/2/0/0", object), Rule::AccessControlTarget, "/2/0/0");
  }
  for (const int instance : {-1, 65536}) {
    EXPECT_BREAKS(large().set("/2/0/1", instance), Rule::AccessControlTarget, "/2/0/1");
  }
  EXPECT_BREAKS(large().set("/2/0/1", 1), Rule::AccessControlTargetMissing, "/2/0");
  EXPECT_BREAKS(large().set("/2/0/0", 4), Rule::AccessControlTargetMissing, "/2/0");
  EXPECT_BREAKS(large().set("/2/3/1", 1), Rule::AccessControlTargetTwice, "/2/3");
  Configuration twice = large();
  govern(twice, 4, 1000, 65535, 65535);
  EXPECT_BREAKS(twice, Rule::AccessControlTargetTwice, "/2/4");
}

TEST(Configuration, OwnersAndEntriesAreAccounts) {
  LINNET_REQ("ACL-04");
  LINNET_REQ("BS-51");
  for (const int owner : {0, 103, -1}) {
    EXPECT_BREAKS(large().set("/2/0/3", owner), Rule::AccessControlOwner, "/2/0/3");
  }
  EXPECT_BREAKS(large().set("/2/0/2/103", 1), Rule::AclServer, "/2/0/2/103");
  EXPECT_EQ(judge(large().set("/2/0/2/65534", 31)), "");
  for (const int rights : {-1, 32}) {
    EXPECT_BREAKS(large().set("/2/0/2/101", rights), Rule::AclRights, "/2/0/2/101");
    EXPECT_BREAKS(large().set("/2/0/2/0", rights), Rule::AclRights, "/2/0/2/0");
  }
}

TEST(Configuration, AccessControlOfAnObjectIsAboutCreateOnly) {
  LINNET_REQ("ACL-06");
  EXPECT_BREAKS(large().set("/2/2/3", 101), Rule::ObjectLevelOwner, "/2/2/3");
  for (const int rights : {1, 15, 17, 31}) {
    EXPECT_BREAKS(large().set("/2/2/2/102", rights), Rule::ObjectLevelRights, "/2/2/2/102");
  }
}

// --- What a hostile server may deliver ---

TEST(Configuration, NothingThatIsMissingOrOfAnotherTypeIsTooMuch) {
  // Only that there is an answer, and the same one twice.
  static constexpr Id kObjects[] = {0, 1, 2, 21};
  for (const Id object : kObjects) {
    for (Id instance = 0; instance < 8; ++instance) {
      for (Id resource = 0; resource < 31; ++resource) {
        char text[kMaxPathText];
        const std::string path(format(Path(object, instance, resource), text));
        if (!large().value(Path(object, instance, resource))) continue;
        EXPECT_EQ(judge(large().erase(path)), judge(large().erase(path))) << path;
        for (const Value& value : {Value(), Value::floating(1), Value::corelnk("x")}) {
          EXPECT_EQ(judge(large().set(path, value)), judge(large().set(path, value))) << path;
        }
      }
    }
  }
}

}  // namespace
}  // namespace linnet::lwm2m
