// SPDX-License-Identifier: Apache-2.0
// Pins which credential stands for which endpoint, what is no credential, that no two devices have
// the same key, and what is known of an endpoint once it is taken away.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include <hex.hpp>
#include <linnet/server/credentials.hpp>
#include <requirement.hpp>

namespace linnet::server {
namespace {

using secure::Proof;
using test::hex;

const std::string kX = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const std::string kY = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string kSpki = "3059301306072a8648ce3d020106082a8648ce3d03010703420004" + kX + kY;

Credential psk(std::string endpoint, std::string identity, std::string_view key) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.identity = std::move(identity);
  credential.key = Secret(as_bytes(key));
  return credential;
}

Credential public_key(std::string endpoint, const std::string& key) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.kind = CredentialKind::PublicKey;
  credential.public_key = hex(key);
  return credential;
}

Credential certificate(std::string endpoint) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.kind = CredentialKind::Certificate;
  credential.certificate = {0x30, 0x09, 0x30, 0x01, 0x30, 0x30, 0x01, 0x31, 0x03, 0x01, 0x00};
  return credential;
}

Credential named(std::string endpoint) {
  Credential credential;
  credential.endpoint = std::move(endpoint);
  credential.kind = CredentialKind::NamedCertificate;
  return credential;
}

std::string ask_psk(Credentials& directory, std::string_view identity, std::string& key) {
  std::array<std::uint8_t, 64> storage{};
  std::size_t size = 0;
  const auto found = directory.find_psk(as_bytes(identity), storage, size);
  key = std::string(as_text(ByteView(storage).first(size)));
  return found ? std::string(found->endpoint) : "";
}

TEST(Credentials, FindAPskByItsIdentity) {
  LINNET_REQ("SEC-15");
  Credentials directory;
  const std::string identity(128, 'i');
  const std::string longest(64, 'k');
  EXPECT_NE(directory.add(psk("lamp-1", identity, longest)).id, 0u);
  EXPECT_NE(directory.add(psk("lamp-2", "lamp-2", "0123456789abcdef")).id, 0u);
  std::string key;
  EXPECT_EQ(ask_psk(directory, identity, key), "lamp-1");
  EXPECT_EQ(key, longest);
  EXPECT_EQ(ask_psk(directory, "lamp-2", key), "lamp-2");
  EXPECT_EQ(ask_psk(directory, "lamp-3", key), "");
  EXPECT_EQ(ask_psk(directory, "", key), "");
}

TEST(Credentials, FindAPublicKeyInEveryForm) {
  LINNET_REQ("SEC-18");
  for (const auto& form : {kSpki, kX, "04" + kX + kY}) {
    Credentials directory;
    ASSERT_NE(directory.add(public_key("lamp-1", form)).id, 0u) << form;
    const auto found = directory.find_public_key(hex(kSpki));
    ASSERT_TRUE(found.has_value()) << form;
    EXPECT_EQ(found->endpoint, "lamp-1");
    std::string other = kSpki;
    other[60] = other[60] == '0' ? '1' : '0';
    EXPECT_FALSE(directory.find_public_key(hex(other)).has_value());
  }
}

TEST(Credentials, FindACertificateItselfOrByItsName) {
  LINNET_REQ("SEC-20");
  std::int64_t now = 0;
  Credentials directory([&] { return now; });
  Credential pinned = certificate("lamp-1");
  pinned.not_before = 1000;
  pinned.not_after = 2000;
  ASSERT_NE(directory.add(pinned).id, 0u);
  ASSERT_NE(directory.add(named("lamp-2")).id, 0u);
  const auto fleet = directory.add(named("meter-*")).id;
  const auto ask = [&](const secure::CertificateView& view, std::string_view& reason) {
    const auto found = directory.find_certificate(view, reason);
    return found ? std::string(found->endpoint) : "";
  };
  std::string_view reason;
  secure::CertificateView own{.der = pinned.certificate, .common_name = "", .why_not = "x"};
  for (const auto& [time, endpoint] : {std::pair<std::int64_t, const char*>{0, "lamp-1"},
                                       {999, ""},
                                       {1000, "lamp-1"},
                                       {2000, "lamp-1"},
                                       {2001, ""}}) {
    now = time;
    EXPECT_EQ(ask(own, reason), endpoint) << time;
  }
  EXPECT_EQ(reason, kCertificateExpired);

  const std::vector<std::uint8_t> other = {0x30};
  secure::CertificateView view{
      .der = other, .common_name = "lamp-2", .trusted = true, .why_not = "no path"};
  EXPECT_EQ(ask(view, reason), "lamp-2");
  view.trusted = false;
  EXPECT_EQ(ask(view, reason), "");
  EXPECT_EQ(reason, "no path");
  view.trusted = true;
  view.common_name = "lamp-1";
  EXPECT_EQ(ask(view, reason), "");
  EXPECT_EQ(reason, kUnknownCertificate);
  view.common_name = "meter-77";
  EXPECT_EQ(ask(view, reason), "meter-77");
  EXPECT_EQ(directory.find_certificate(view, reason)->credential, fleet);
  view.common_name = "";
  EXPECT_EQ(ask(view, reason), "");
}

TEST(Credentials, RefuseTheKeyOfAnother) {
  LINNET_REQ("SEC-04");
  Credentials directory;
  using Kind = CredentialFault::Kind;
  ASSERT_NE(directory.add(psk("lamp-1", "one", "0123456789abcdef")).id, 0u);
  EXPECT_EQ(directory.add(psk("lamp-2", "one", "another key 4567")).fault->kind,
            Kind::IdentityTaken);
  EXPECT_EQ(directory.add(psk("lamp-2", "two", "0123456789abcdef")).fault->kind, Kind::KeyTaken);
  EXPECT_EQ(directory.add(psk("lamp-2", "two", "another key 4567")).fault, std::nullopt);
  // The same device may use its key under another identity.
  EXPECT_EQ(directory.add(psk("lamp-1", "three", "0123456789abcdef")).fault, std::nullopt);
  ASSERT_NE(directory.add(public_key("lamp-1", kSpki)).id, 0u);
  EXPECT_EQ(directory.add(public_key("lamp-2", kX)).fault->kind, Kind::KeyTaken);
  ASSERT_NE(directory.add(certificate("lamp-1")).id, 0u);
  EXPECT_EQ(directory.add(certificate("lamp-2")).fault->kind, Kind::KeyTaken);
}

TEST(Credentials, AreGoneWhenRemoved) {
  Credentials directory;
  std::vector<std::uint64_t> ended;
  directory.on_end([&](std::uint64_t id) { ended.push_back(id); });
  const std::vector<std::uint64_t> ids = {
      directory.add(psk("lamp-1", "one", "0123456789abcdef")).id,
      directory.add(public_key("lamp-1", kSpki)).id, directory.add(certificate("lamp-1")).id,
      directory.add(named("lamp-*")).id};
  EXPECT_EQ(directory.size(), 4u);
  for (const std::uint64_t id : ids) {
    EXPECT_TRUE(directory.still_valid(id));
    EXPECT_TRUE(directory.remove(id));
    EXPECT_FALSE(directory.still_valid(id));
    EXPECT_FALSE(directory.remove(id));
  }
  EXPECT_EQ(ended, ids);
  EXPECT_EQ(directory.size(), 0u);
  std::string key;
  EXPECT_EQ(ask_psk(directory, "one", key), "");
  EXPECT_FALSE(directory.find_public_key(hex(kSpki)).has_value());
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::None);
  // A number is never another's.
  const auto again = directory.add(psk("lamp-1", "one", "0123456789abcdef")).id;
  EXPECT_GT(again, ids.back());
}

TEST(Credentials, KnowTheStrongestProofOfAnEndpoint) {
  Credentials directory;
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::None);
  directory.add(psk("lamp-1", "one", "0123456789abcdef"));
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::Psk);
  const auto key = directory.add(public_key("lamp-1", kSpki)).id;
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::RawPublicKey);
  directory.add(named("lamp-*"));
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::Certificate);
  EXPECT_EQ(directory.strongest("lamp-9"), Proof::Certificate);
  EXPECT_EQ(directory.strongest("meter"), Proof::None);
  directory.remove(key);
  EXPECT_EQ(directory.strongest("lamp-1"), Proof::Certificate);
}

TEST(Credential, IsCheckedForItsShape) {
  LINNET_REQ("SEC-15");
  const auto fault = [](const Credential& credential) {
    const auto found = check(credential);
    return found ? found->reason : "";
  };
  EXPECT_EQ(fault(psk("lamp", std::string(128, 'i'), std::string(64, 'k'))), "");
  EXPECT_NE(fault(psk("lamp", std::string(129, 'i'), "k")), "");
  EXPECT_NE(fault(psk("lamp", "", "k")), "");
  EXPECT_NE(fault(psk("lamp", "\xff", "k")), "");
  EXPECT_NE(fault(psk("lamp", "i", std::string(65, 'k'))), "");
  EXPECT_EQ(fault(psk("lamp", "i", "")), "there is no key");
  EXPECT_NE(fault(psk("", "i", "k")), "");
  EXPECT_NE(fault(psk("lamp-*", "i", "k")), "");
  EXPECT_NE(fault(psk("urn:imei:12", "i", "k")), "");
  EXPECT_NE(fault(public_key("lamp", kSpki + "00")), "");
  EXPECT_EQ(fault(named("lamp-*")), "");
  EXPECT_EQ(advice(psk("lamp", "i", std::string(16, 'k'))), "");
  EXPECT_NE(advice(psk("lamp", "i", std::string(15, 'k'))), "");
}

}  // namespace
}  // namespace linnet::server
