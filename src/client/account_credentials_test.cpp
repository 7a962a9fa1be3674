// SPDX-License-Identifier: Apache-2.0
// Pins what a handshake is told of an account in object 0, and that copies of keys do not stay.
#include <gtest/gtest.h>

#include <algorithm>

#include <hex.hpp>
#include <linnet/client/account_credentials.hpp>
#include <linnet/client/objects/fixed_security.hpp>
#include <linnet/client/objects/security.hpp>
#include <requirement.hpp>

namespace linnet::client {
namespace {

namespace security = lwm2m::objects::security;
using secure::ClientCredentials;

class AccountCredentialsTest : public ::testing::Test {
 protected:
  void add(std::string_view uri, SecurityMode mode = SecurityMode::Psk) {
    if (object.find(3) != nullptr) (void)object.remove(3);
    ASSERT_TRUE(object
                    .add({.instance = 3,
                          .uri = uri,
                          .mode = mode,
                          .short_server_id = 101,
                          .identity = as_bytes("identity"),
                          .server_key = as_bytes("server key"),
                          .secret_key = as_bytes("secret key")})
                    .ok());
    credentials.set_instance(3);
  }
  void put(Id resource, const Value& value, Id instance = kNoId) {
    ASSERT_TRUE(object.write(Path(0, 3, resource, instance), value).ok());
  }
  ClientCredentials lend() {
    ClientCredentials out;
    EXPECT_TRUE(credentials.lend(out).ok());
    return out;
  }

  SecurityStorage<kCompleteSecurity> rows;
  SecurityObject object{rows.rows(), lwm2m::objects::kSecurity_1_2};
  std::array<std::uint8_t, 300> storage{};
  AccountCredentials credentials{object, storage};
};

TEST_F(AccountCredentialsTest, AreThoseOfTheAccount) {
  LINNET_REQ("SEC-13");
  add("coaps://server.example:5684");
  credentials.set_time(1'700'000'000);
  credentials.set_trust_anchors(as_bytes("anchors"));
  credentials.set_mtu(1000);
  const ClientCredentials lent = lend();
  EXPECT_EQ(lent.mode, ClientCredentials::Mode::Psk);
  EXPECT_EQ(as_text(lent.identity), "identity");
  EXPECT_EQ(as_text(lent.server_key), "server key");
  EXPECT_EQ(as_text(lent.secret_key), "secret key");
  EXPECT_EQ(lent.matching, ClientCredentials::Matching::Exact);
  EXPECT_EQ(lent.usage, ClientCredentials::Usage::DomainIssuedCertificate);
  EXPECT_TRUE(lent.suites.empty());
  EXPECT_TRUE(lent.groups.empty());
  EXPECT_TRUE(lent.signatures.empty());
  EXPECT_EQ(as_text(lent.trust_anchors), "anchors");
  EXPECT_EQ(lent.unix_time, 1'700'000'000);
  EXPECT_EQ(lent.mtu, 1000);
  EXPECT_TRUE(lent.offer_connection_id);
}

TEST_F(AccountCredentialsTest, KnowEveryMode) {
  LINNET_REQ("SEC-13");
  for (const SecurityMode mode :
       {SecurityMode::Psk, SecurityMode::RawPublicKey, SecurityMode::X509}) {
    add("coaps://host", mode);
    EXPECT_EQ(static_cast<int>(lend().mode), static_cast<int>(mode));
    credentials.give_back();
  }
}

TEST_F(AccountCredentialsTest, NameTheServer) {
  LINNET_REQ("SEC-21");
  LINNET_REQ("SEC-22");
  struct Case {
    std::string_view uri;
    std::string_view sni;
    std::string_view name;
    bool address;
  };
  for (const Case& c : {
           Case{"coaps://server.example", "", "server.example", false},
           Case{"coaps://server.example:7000", "", "server.example", false},
           Case{"coaps://192.0.2.1:5684", "", "192.0.2.1", true},
           Case{"coaps://[2001:db8::2:1]", "", "2001:db8::2:1", true},
           Case{"coaps://[2001:db8::2:1]/", "server.example", "server.example", false},
           Case{"coaps://one.example", "two.example", "two.example", false},
           Case{"coaps://1.2.3", "", "1.2.3", false},
           Case{"coaps://1.2.3.4.example", "", "1.2.3.4.example", false},
       }) {
    add(c.uri);
    if (!c.sni.empty()) put(security::kSni, Value::string(c.sni));
    const ClientCredentials lent = lend();
    EXPECT_EQ(lent.server_name, c.name) << c.uri;
    EXPECT_EQ(lent.name_is_address, c.address) << c.uri;
    credentials.give_back();
  }
}

TEST_F(AccountCredentialsTest, SayWhatToOfferInTheOrderOfTheInstances) {
  LINNET_REQ("SEC-28");
  LINNET_REQ("SEC-29");
  add("coaps://host", SecurityMode::X509);
  put(security::kDtlsTlsCiphersuite, Value::unsigned_integer(0xC0AE), 1);
  put(security::kDtlsTlsCiphersuite, Value::unsigned_integer(0xC0A8), 0);
  put(security::kDtlsTlsCiphersuite, Value::unsigned_integer(0x00AE), 5);
  put(security::kGroupsToUseByClient, Value::unsigned_integer(29), 0);
  put(security::kGroupsToUseByClient, Value::unsigned_integer(23), 2);
  put(security::kSignatureAlgorithmsToUseByClient, Value::unsigned_integer(0x0403), 0);
  put(security::kSignatureAlgorithmsToUseByClient, Value::unsigned_integer(0x0804), 1);
  const ClientCredentials lent = lend();
  const std::vector<std::uint16_t> suites(lent.suites.begin(), lent.suites.end());
  EXPECT_EQ(suites, (std::vector<std::uint16_t>{0xC0A8, 0xC0AE, 0x00AE}));
  const std::vector<std::uint16_t> groups(lent.groups.begin(), lent.groups.end());
  EXPECT_EQ(groups, (std::vector<std::uint16_t>{29, 23}));
  const std::vector<std::uint16_t> signatures(lent.signatures.begin(), lent.signatures.end());
  EXPECT_EQ(signatures, (std::vector<std::uint16_t>{0x0403, 0x0804}));
}

TEST_F(AccountCredentialsTest, SayHowTheServersKeyIsMeant) {
  LINNET_REQ("SEC-26");
  LINNET_REQ("SEC-27");
  add("coaps://host", SecurityMode::X509);
  put(security::kMatchingType, Value::unsigned_integer(2));
  put(security::kCertificateUsage, Value::unsigned_integer(0));
  const ClientCredentials lent = lend();
  EXPECT_EQ(lent.matching, ClientCredentials::Matching::Sha384);
  EXPECT_EQ(lent.usage, ClientCredentials::Usage::CaConstraint);
}

TEST_F(AccountCredentialsTest, AreNotLentWhereThereAreNone) {
  ClientCredentials out;
  EXPECT_EQ(credentials.lend(out).error(), Error::NotFound);
  credentials.set_instance(3);
  EXPECT_EQ(credentials.lend(out).error(), Error::NotFound);
  add("coap://host", SecurityMode::NoSec);
  EXPECT_EQ(credentials.lend(out).error(), Error::State);
  put(security::kSecurityMode, Value::integer(4));
  EXPECT_EQ(credentials.lend(out).error(), Error::Unsupported);
  put(security::kSecurityMode, Value::integer(0));
  std::array<std::uint8_t, 20> small{};
  AccountCredentials cramped(object, small);
  cramped.set_instance(3);
  EXPECT_EQ(cramped.lend(out).error(), Error::NoSpace);
  EXPECT_TRUE(std::all_of(small.begin(), small.end(), [](auto b) { return b == 0; }));
}

TEST_F(AccountCredentialsTest, DoNotStay) {
  LINNET_REQ("SEC-07");
  add("coaps://host");
  const auto holds_key = [&] { return as_text(storage).find("secret") != std::string_view::npos; };
  (void)lend();
  EXPECT_TRUE(holds_key());
  credentials.give_back();
  EXPECT_FALSE(holds_key());
  EXPECT_TRUE(std::all_of(storage.begin(), storage.end(), [](auto b) { return b == 0; }));
}

TEST_F(AccountCredentialsTest, ChangeTheirFingerprintWithAnythingThatMatters) {
  LINNET_REQ("SEC-10");
  LINNET_REQ("BS-14");
  add("coaps://host");
  std::vector<std::uint32_t> prints = {credentials.fingerprint()};
  const auto changed = [&](Id resource, const Value& value, Id instance = kNoId) {
    put(resource, value, instance);
    const std::uint32_t print = credentials.fingerprint();
    EXPECT_EQ(std::count(prints.begin(), prints.end(), print), 0) << resource;
    prints.push_back(print);
    EXPECT_EQ(credentials.fingerprint(), print);
  };
  changed(security::kServerUri, Value::string("coaps://hosts"));
  changed(security::kPublicKeyOrIdentity, Value::opaque(as_bytes("identities")));
  // What is moved from one to the next is not the same.
  changed(security::kPublicKeyOrIdentity, Value::opaque(as_bytes("identitiess")));
  changed(security::kServerPublicKey, Value::opaque(as_bytes("erver key")));
  changed(security::kSecretKey, Value::opaque(as_bytes("secret keY")));
  changed(security::kSecurityMode, Value::integer(2));
  changed(security::kSni, Value::string("name"));
  changed(security::kMatchingType, Value::unsigned_integer(1));
  changed(security::kCertificateUsage, Value::unsigned_integer(2));
  changed(security::kDtlsTlsCiphersuite, Value::unsigned_integer(0xC0A8), 0);
  changed(security::kGroupsToUseByClient, Value::unsigned_integer(23), 0);
  changed(security::kSignatureAlgorithmsToUseByClient, Value::unsigned_integer(0x0403), 0);
  // The rest does not concern the connection.
  put(security::kShortServerId, Value::integer(7));
  EXPECT_EQ(credentials.fingerprint(), prints.back());
}

TEST(AccountCredentials, OfAnAccountInFlash) {
  static constexpr std::uint8_t kIdentity[] = {'d'};
  static constexpr std::uint8_t kKey[] = {1, 2, 3};
  static constexpr SecurityAccount kAccounts[] = {{.instance = 0,
                                                   .uri = "coaps://host",
                                                   .mode = SecurityMode::Psk,
                                                   .short_server_id = 1,
                                                   .identity = kIdentity,
                                                   .secret_key = kKey}};
  FixedSecurityObject fixed(kAccounts);
  std::array<std::uint8_t, 64> storage{};
  AccountCredentials credentials(fixed, storage);
  credentials.set_instance(0);
  ClientCredentials out;
  ASSERT_TRUE(credentials.lend(out).ok());
  EXPECT_TRUE(equal(out.identity, kIdentity));
  EXPECT_TRUE(equal(out.secret_key, kKey));
  EXPECT_EQ(out.server_name, "host");
}

}  // namespace
}  // namespace linnet::client
