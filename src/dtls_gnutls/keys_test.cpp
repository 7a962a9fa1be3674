// SPDX-License-Identifier: Apache-2.0
// Pins every form of keys and certificates Linnet reads and writes, against the key of RFC 6979
// A.2.5 as OpenSSL 3.0 writes it, and the sentences for what cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <hex.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kScalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const std::string kX = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const std::string kY = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string kPoint = "04" + kX + kY;
const std::string kAlgorithm = "301306072a8648ce3d020106082a8648ce3d030107";
const std::string kSpki = "3059" + kAlgorithm + "034200" + kPoint;
const std::string kPkcs8 =
    "308187020100" + kAlgorithm + "046d306b0201010420" + kScalar + "a144034200" + kPoint;
/// As Java writes it: without the public key.
const std::string kPkcs8Bare = "3041020100" + kAlgorithm + "0427" + "30250201010420" + kScalar;
const std::string kSec1 =
    "30770201010420" + kScalar + "a00a06082a8648ce3d030107" + "a144034200" + kPoint;
const std::string kSec1Bare = "30310201010420" + kScalar + "a00a06082a8648ce3d030107";

constexpr const char* kPkcs8Pem = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX
Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth
+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ
-----END PRIVATE KEY-----
)";
constexpr const char* kSec1Pem = R"(-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49
AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8
maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
-----END EC PRIVATE KEY-----
)";
constexpr const char* kPublicPem = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7
Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
-----END PUBLIC KEY-----
)";

std::string hex(ByteView bytes) { return test::to_hex(bytes); }
Bytes from_hex(std::string_view text) { return test::hex(text); }

template <typename Work>
std::string problem(Work work) {
  try {
    (void)work();
  } catch (const KeyError& error) {
    return error.what();
  }
  return "";
}

TEST(PrivateKey, IsReadInEveryForm) {
  LINNET_REQ("SEC-17");
  for (const auto& form : {kScalar, kPkcs8, kPkcs8Bare, kSec1, kSec1Bare}) {
    const PrivateKey key = PrivateKey::from(from_hex(form));
    EXPECT_EQ(hex(key.raw()), kScalar) << form;
    EXPECT_EQ(hex(key.public_key().point()), kPoint) << form;
  }
  for (const char* form : {kPkcs8Pem, kSec1Pem}) {
    EXPECT_EQ(hex(PrivateKey::from(as_bytes(form)).raw()), kScalar) << form;
  }
  // Version 2 with the public key behind it (RFC 5958 §2), and a scalar without its zeros.
  const std::string second = "3064020101" + kAlgorithm + "0427" + "30250201010420" + kScalar +
                             "8121" + "00" + std::string(64, '0');
  EXPECT_EQ(hex(PrivateKey::from(from_hex(second)).raw()), kScalar);
  const std::string small =
      "300602010104"
      "0107";
  EXPECT_EQ(hex(PrivateKey::from(from_hex(small)).raw()), std::string(62, '0') + "07");
}

TEST(PrivateKey, IsWrittenAsOneAsymmetricKey) {
  LINNET_REQ("SEC-17");
  const PrivateKey key = PrivateKey::from(from_hex(kScalar));
  EXPECT_EQ(hex(key.one_asymmetric_key()), kPkcs8);
  EXPECT_EQ(key.pem(), kPkcs8Pem);
}

TEST(PublicKey, IsReadInEveryForm) {
  LINNET_REQ("SEC-17");
  const std::string compressed = "3039" + kAlgorithm + "032200" + "03" + kX;
  for (const auto& form : {kSpki, kPoint, "03" + kX, compressed}) {
    EXPECT_EQ(hex(PublicKey::from(from_hex(form)).spki()), kSpki) << form;
  }
  EXPECT_EQ(hex(PublicKey::from(as_bytes(kPublicPem)).spki()), kSpki);
  // The bare coordinate stands for two points; the key of either is the same key.
  const PublicKey bare = PublicKey::from(from_hex(kX));
  EXPECT_EQ(hex(bare.x()), kX);
  EXPECT_EQ(hex(bare.point()), hex(PublicKey::from(from_hex("02" + kX)).point()));
  EXPECT_NE(hex(bare.point()), kPoint);
}

TEST(PublicKey, IsWrittenWithItsFingerprint) {
  const PublicKey key = PublicKey::from(from_hex(kPoint));
  EXPECT_EQ(key.pem(), kPublicPem);
  EXPECT_EQ(key.fingerprint(),
            "sha-256:5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4");
  EXPECT_EQ(fingerprint(key.spki()), key.fingerprint());
}

TEST(Keys, AreGeneratedDifferent) {
  const PrivateKey one = PrivateKey::generate();
  const PrivateKey other = PrivateKey::generate();
  EXPECT_NE(hex(one.raw()), hex(other.raw()));
  EXPECT_EQ(PrivateKey::from(one.one_asymmetric_key()).public_key(), one.public_key());
}

TEST(Keys, SaySoIfTheyCannotBeRead) {
  const auto read_private = [](const std::string& form) {
    return problem([&] { return PrivateKey::from(from_hex(form)); });
  };
  const auto read_public = [](const std::string& form) {
    return problem([&] { return PublicKey::from(from_hex(form)); });
  };
  EXPECT_THAT(read_private(""), HasSubstr("no private key"));
  EXPECT_THAT(read_private(kSpki), HasSubstr("no private key"));
  EXPECT_THAT(read_private(std::string(64, '0')), HasSubstr("out of the range"));
  // The order of the curve itself.
  EXPECT_THAT(read_private("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
              HasSubstr("out of the range"));
  EXPECT_EQ(read_private("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"), "");
  std::string other = kPkcs8;
  other[other.size() - 1] = other.back() == '0' ? '1' : '0';
  EXPECT_THAT(read_private(other), HasSubstr("not on the curve"));
  other = kPkcs8.substr(0, kPkcs8.size() - kPoint.size()) +
          hex(PrivateKey::generate().public_key().point());
  EXPECT_THAT(read_private(other), HasSubstr("not that of the private key"));
  EXPECT_THAT(read_private("303e0201010430" + std::string(96, '1') + "a00706052b81040022"),
              HasSubstr("another curve"));

  EXPECT_THAT(read_public(""), HasSubstr("no public key"));
  EXPECT_THAT(read_public(kSpki + "00"), HasSubstr("no public key"));
  EXPECT_THAT(read_public("04" + kX + kX), HasSubstr("not on the curve"));
  // Above the field's prime.
  EXPECT_THAT(read_public(std::string(64, 'f')), HasSubstr("not on the curve"));
  EXPECT_THAT(read_public("3076301006072a8648ce3d020106052b81040022036200" + std::string(194, '4')),
              HasSubstr("another curve"));
  EXPECT_THAT(read_public("3014300d06092a864886f70d0101010500030300"
                          "0102"),
              HasSubstr("another kind"));

  const auto from_pem = [](const char* text) {
    return problem([&] { return PrivateKey::from(as_bytes(text)); });
  };
  EXPECT_THAT(from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n"), HasSubstr("encrypted"));
  EXPECT_THAT(from_pem(kPublicPem), HasSubstr("no private key in this PEM"));
  EXPECT_THAT(problem([] { return PublicKey::from(as_bytes(kPkcs8Pem)); }),
              HasSubstr("no public key in this PEM"));
}

TEST(Keys, CutAnywhereAreRefused) {
  for (const auto& form : {kPkcs8, kPkcs8Bare, kSec1, kSec1Bare}) {
    const Bytes whole = from_hex(form);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (size == PrivateKey::kBytes) continue;
      EXPECT_NE(problem([&] { return PrivateKey::from(ByteView(whole).first(size)); }), "") << size;
    }
  }
  const Bytes whole = from_hex(kSpki);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == PublicKey::kCoordinate) continue;
    EXPECT_NE(problem([&] { return PublicKey::from(ByteView(whole).first(size)); }), "") << size;
  }
}

// --- Certificates ---

constexpr std::int64_t kThen = 1'700'000'000;
constexpr std::int64_t kYear = 365 * 86'400;

TEST(Certificate, SignedByATestAuthority) {
  LINNET_REQ("SEC-19");
  const TestAuthority authority("Example Root", kThen, kThen + 10 * kYear);
  const PrivateKey device = PrivateKey::generate();
  const Bytes der = authority.sign(device.public_key(), {.common_name = "urn:dev:os:32473-lamp-1",
                                                         .dns_names = {"lamp.example"},
                                                         .addresses = {"192.0.2.1", "2001:db8::1"},
                                                         .not_before = kThen,
                                                         .not_after = kThen + kYear});
  const CertificateFacts facts = inspect_certificate(der);
  EXPECT_EQ(facts.common_name, "urn:dev:os:32473-lamp-1");
  EXPECT_EQ(facts.subject, "CN=urn:dev:os:32473-lamp-1");
  EXPECT_EQ(facts.issuer, "CN=Example Root");
  EXPECT_THAT(facts.dns_names, ElementsAre("lamp.example"));
  EXPECT_THAT(facts.addresses, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(facts.not_before, kThen);
  EXPECT_EQ(facts.not_after, kThen + kYear);
  EXPECT_FALSE(facts.authority);
  EXPECT_FALSE(facts.self_issued);
  EXPECT_EQ(hex(facts.spki), hex(device.public_key().spki()));

  const CertificateFacts root = inspect_certificate(authority.certificate);
  EXPECT_TRUE(root.authority);
  EXPECT_TRUE(root.self_issued);
  EXPECT_THAT(problem([&] {
                return make_signed(device.public_key(), {.common_name = "x"}, authority.certificate,
                                   device);
              }),
              HasSubstr("not that of the certificate"));
}

TEST(Certificate, ChainsAreReadInBothForms) {
  LINNET_REQ("SEC-19");
  const TestAuthority authority("Example Root", kThen, kThen + kYear);
  const PrivateKey key = PrivateKey::generate();
  const CertificateContent content{
      .common_name = "device", .not_before = kThen, .not_after = kThen + kYear};
  const std::vector<Bytes> chain = {authority.sign(key.public_key(), content),
                                    authority.certificate};
  EXPECT_EQ(read_certificates(join(chain)), chain);
  const std::string pem =
      "a line of text\n" + certificate_pem(chain[0]) + key.pem() + certificate_pem(chain[1]);
  EXPECT_EQ(read_certificates(as_bytes(pem)), chain);
  EXPECT_TRUE(inspect_certificate(make_self_signed(key, content)).self_issued);
}

TEST(Certificate, SaysSoIfItCannotBeReadOrMade) {
  const PrivateKey key = PrivateKey::generate();
  const CertificateContent content{
      .common_name = "device", .not_before = kThen, .not_after = kThen + kYear};
  const Bytes der = make_self_signed(key, content);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_THAT(problem([&] { return read_certificates(ByteView(der).first(size)); }),
                HasSubstr("no X.509 certificate"));
  }
  EXPECT_THAT(problem([&] { return read_certificates(as_bytes(key.pem())); }),
              HasSubstr("no certificate in this PEM"));
  EXPECT_THAT(problem([&] {
                return make_self_signed(key, {.common_name = "x", .addresses = {"192.0.2"}});
              }),
              HasSubstr("no IP address"));
}

}  // namespace
}  // namespace linnet::dtls_gnutls
