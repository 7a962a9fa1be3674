// SPDX-License-Identifier: Apache-2.0
// Handshakes with certificates: every usage with every matching type, names, dates and authorities.
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "handshake_fixture.hpp"

#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

using secure::Alert;
using secure::ClientCredentials;
using Kind = secure::HandshakeFailure::Kind;
using Matching = ClientCredentials::Matching;
using State = secure::Handshake::State;
using Usage = ClientCredentials::Usage;

constexpr std::int64_t kNow = 1'800'000'000;  // 2027-01-15
constexpr std::int64_t kYear = 365 * 86400;

CertificateContent content(std::string common_name, std::vector<std::string> names = {}) {
  CertificateContent out;
  out.common_name = std::move(common_name);
  out.dns_names = std::move(names);
  out.not_before = kNow - kYear;
  out.not_after = kNow + kYear;
  return out;
}

CertificateContent authority(std::string common_name) {
  CertificateContent out = content(std::move(common_name));
  out.authority = true;
  return out;
}

Bytes digest(Matching matching, const Bytes& of) {
  if (matching == Matching::Exact) return of;
  const auto algorithm = matching == Matching::Sha256   ? GNUTLS_DIG_SHA256
                         : matching == Matching::Sha384 ? GNUTLS_DIG_SHA384
                                                        : GNUTLS_DIG_SHA512;
  Bytes out(gnutls_hash_get_len(algorithm));
  EXPECT_EQ(gnutls_hash_fast(algorithm, of.data(), of.size(), out.data()), 0);
  return out;
}

constexpr Matching kMatchings[] = {Matching::Exact, Matching::Sha256, Matching::Sha384,
                                   Matching::Sha512};

class CertificateHandshake : public testing::Test {
 protected:
  CertificateHandshake() {
    directory.names["urn:dev:x509"] = {3, "urn:dev:x509", {}};
    credentials.mode = ClientCredentials::Mode::X509;
    credentials.identity = device_certificate;
    credentials.secret_key = device_secret;
    credentials.server_key = server_certificate;
    credentials.server_name = "lwm2m.example";
    credentials.unix_time = kNow;
    restart();
  }
  void restart() {
    ServerIdentity identity;
    identity.key = server_key;
    identity.certificates = chain;
    identity.trust_anchors = {root.certificate};
    server.emplace(identity, directory,
                   ServerSettings{.unix_time = [this] { return server_time; }});
  }
  void expect_accepted() {
    Pair pair(*server, credentials);
    pair.run();
    EXPECT_TRUE(pair.done()) << pair.client->failure().reason;
  }
  void expect_refused(Alert alert, std::string_view reason) {
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_EQ(pair.client->state(), State::Failed);
    EXPECT_EQ(pair.client->failure().kind, Kind::AlertSent);
    EXPECT_EQ(pair.client->failure().alert, alert);
    EXPECT_NE(pair.client->failure().reason.find(reason), std::string_view::npos)
        << pair.client->failure().reason;
    ASSERT_NE(pair.accepted, nullptr);
    EXPECT_EQ(pair.accepted->failure().kind, Kind::AlertReceived);
    EXPECT_EQ(pair.accepted->failure().alert, alert);
  }
  void expect_device_refused(Alert alert, std::string_view reason) {
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_NE(pair.accepted, nullptr);
    ASSERT_EQ(pair.accepted->state(), State::Failed);
    EXPECT_EQ(pair.accepted->failure().kind, Kind::AlertSent);
    EXPECT_EQ(pair.accepted->failure().alert, alert);
    EXPECT_NE(pair.accepted->failure().reason.find(reason), std::string_view::npos)
        << pair.accepted->failure().reason;
    EXPECT_EQ(pair.client->failure().kind, Kind::AlertReceived);
    EXPECT_EQ(pair.client->failure().alert, alert);
  }

  TestAuthority root{"Test Root", kNow - kYear, kNow + kYear};
  TestAuthority stranger{"Another Root", kNow - kYear, kNow + kYear};
  PrivateKey middle_key = PrivateKey::generate();
  Bytes middle = root.sign(middle_key.public_key(), authority("Test Middle"));
  PrivateKey server_key = PrivateKey::generate();
  Bytes server_certificate = make_signed(
      server_key.public_key(), content("lwm2m.example", {"lwm2m.example"}), middle, middle_key);
  std::vector<Bytes> chain{server_certificate, middle};
  PrivateKey device = PrivateKey::generate();
  Bytes device_secret = device.one_asymmetric_key();
  Bytes device_certificate = root.sign(device.public_key(), content("urn:dev:x509"));
  std::int64_t server_time = kNow;
  TestDirectory directory;
  std::optional<GnutlsServerHandshakes> server;
  ClientCredentials credentials;
};

TEST_F(CertificateHandshake, GivesASession) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-19");
  LINNET_REQ("SEC-20");
  secure::ConnectionId id;
  id.used = true;
  id.size = 6;
  Pair pair(*server, credentials, id);
  pair.run();
  ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
  EXPECT_EQ(pair.client->peer().proof, secure::Proof::Certificate);
  EXPECT_EQ(pair.client->peer().text, "CN=lwm2m.example");
  EXPECT_EQ(pair.accepted->peer().proof, secure::Proof::Certificate);
  EXPECT_EQ(pair.accepted->peer().credential, 3u);
  EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:x509");
  EXPECT_EQ(pair.accepted->peer().text, "CN=urn:dev:x509");
  pair.expect_traffic();
}

TEST_F(CertificateHandshake, ResumesAndLooksAtTheCertificateAgain) {
  LINNET_REQ("SEC-09");
  Bytes ticket(4096);
  {
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done());
    ticket.resize(pair.client->resumption(ticket));
  }
  credentials.resumption = ticket;
  {
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done());
    EXPECT_TRUE(pair.accepted->resumed());
    EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:x509");
    EXPECT_EQ(pair.client->peer().text, "CN=lwm2m.example");
    pair.expect_traffic();
  }
  // A server of usage 2 whose authority expired since.
  {
    credentials.usage = Usage::TrustAnchorAssertion;
    credentials.server_key = root.certificate;
    credentials.resumption = {};
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done());
    ticket.resize(4096);
    ticket.resize(pair.client->resumption(ticket));
    credentials.resumption = ticket;
    credentials.unix_time = kNow + kYear + 86400;
    expect_refused(Alert::CertificateExpired, "expired on 2028-01-15");
    credentials.unix_time = kNow;
  }
  // Since then the device's certificate expired.
  server_time = kNow + kYear + 86400;
  expect_device_refused(Alert::CertificateExpired, "expired on 2028-01-15");
}

// --- Usages ---

TEST_F(CertificateHandshake, Usage3TakesExactlyThatCertificate) {
  LINNET_REQ("SEC-26");
  LINNET_REQ("SEC-27");
  for (const Matching matching : kMatchings) {
    SCOPED_TRACE(static_cast<int>(matching));
    credentials.matching = matching;
    const Bytes own = digest(matching, server_certificate);
    credentials.server_key = own;
    expect_accepted();
    for (const Bytes& other : {middle, root.certificate, stranger.certificate}) {
      const Bytes wrong = digest(matching, other);
      credentials.server_key = wrong;
      expect_refused(Alert::CertificateUnknown, "is not the one in /0/x/4 (certificate usage 3)");
    }
  }
}

TEST_F(CertificateHandshake, Usage3AsksForNothingElse) {
  LINNET_REQ("SEC-21");
  // Self-signed, of another name and expired: it is the one that was agreed on.
  CertificateContent old = content("something else");
  old.not_after = kNow - 1;
  server_certificate = make_self_signed(server_key, old);
  chain = {server_certificate};
  restart();
  credentials.server_key = server_certificate;
  expect_accepted();
}

TEST_F(CertificateHandshake, Usage2TakesAPathToThatAuthority) {
  LINNET_REQ("SEC-26");
  LINNET_REQ("SEC-27");
  credentials.usage = Usage::TrustAnchorAssertion;
  for (const Bytes& anchor : {middle, root.certificate}) {
    credentials.server_key = anchor;
    expect_accepted();
  }
  for (const Bytes& other : {server_certificate, stranger.certificate}) {
    credentials.server_key = other;
    expect_refused(Alert::UnknownCa, "no trust anchor of ours stands behind it");
  }
  for (const Matching matching : {Matching::Sha256, Matching::Sha384, Matching::Sha512}) {
    credentials.matching = matching;
    const Bytes good = digest(matching, middle);
    credentials.server_key = good;
    expect_accepted();
    // The root is not sent along, so that a digest cannot find it (RFC 7671 §5.2).
    const Bytes absent = digest(matching, root.certificate);
    credentials.server_key = absent;
    expect_refused(Alert::UnknownCa, "sent no authority with the digest");
    const Bytes leaf = digest(matching, server_certificate);
    credentials.server_key = leaf;
    expect_refused(Alert::UnknownCa, "sent no authority with the digest");
  }
}

TEST_F(CertificateHandshake, Usage2RefusesASelfSignedServer) {
  credentials.usage = Usage::TrustAnchorAssertion;
  server_certificate = make_self_signed(server_key, content("lwm2m.example", {"lwm2m.example"}));
  chain = {server_certificate};
  restart();
  credentials.server_key = root.certificate;
  expect_refused(Alert::UnknownCa, "it is self-signed");
  credentials.server_key = server_certificate;
  expect_refused(Alert::UnknownCa, "it is self-signed");
}

TEST_F(CertificateHandshake, Usage1TakesThatCertificateWithAPathToATrustAnchor) {
  LINNET_REQ("SEC-26");
  LINNET_REQ("SEC-27");
  credentials.usage = Usage::ServiceCertificateConstraint;
  for (const Matching matching : kMatchings) {
    SCOPED_TRACE(static_cast<int>(matching));
    credentials.matching = matching;
    credentials.trust_anchors = root.certificate;
    const Bytes own = digest(matching, server_certificate);
    credentials.server_key = own;
    expect_accepted();
    credentials.trust_anchors = stranger.certificate;
    expect_refused(Alert::UnknownCa, "no trust anchor of ours");
    credentials.trust_anchors = {};
    expect_refused(Alert::UnknownCa, "there are no trust anchors");
    credentials.trust_anchors = root.certificate;
    for (const Bytes& other : {middle, root.certificate, stranger.certificate}) {
      const Bytes wrong = digest(matching, other);
      credentials.server_key = wrong;
      expect_refused(Alert::CertificateUnknown, "(certificate usage 1)");
    }
  }
}

TEST_F(CertificateHandshake, Usage0TakesAPathThroughThatAuthority) {
  LINNET_REQ("SEC-26");
  LINNET_REQ("SEC-27");
  credentials.usage = Usage::CaConstraint;
  const Bytes anchors = join({stranger.certificate, root.certificate});
  for (const Matching matching : kMatchings) {
    SCOPED_TRACE(static_cast<int>(matching));
    credentials.matching = matching;
    credentials.trust_anchors = anchors;
    for (const Bytes& good : {middle, root.certificate}) {
      const Bytes key = digest(matching, good);
      credentials.server_key = key;
      expect_accepted();
    }
    // The certificate itself is no authority, and the other one has no part in this.
    for (const Bytes& bad : {server_certificate, stranger.certificate}) {
      const Bytes key = digest(matching, bad);
      credentials.server_key = key;
      expect_refused(Alert::UnknownCa, "(certificate usage 0)");
    }
    const Bytes key = digest(matching, middle);
    credentials.server_key = key;
    credentials.trust_anchors = {};
    expect_refused(Alert::UnknownCa, "there are no trust anchors");
    credentials.trust_anchors = stranger.certificate;
    expect_refused(Alert::UnknownCa, "no trust anchor of ours");
  }
}

TEST_F(CertificateHandshake, Usage0RefusesASelfSignedServer) {
  credentials.usage = Usage::CaConstraint;
  server_certificate = make_self_signed(server_key, content("lwm2m.example", {"lwm2m.example"}));
  chain = {server_certificate};
  restart();
  credentials.server_key = server_certificate;
  credentials.trust_anchors = root.certificate;
  expect_refused(Alert::UnknownCa, "it is self-signed");
  credentials.trust_anchors = server_certificate;
  expect_refused(Alert::UnknownCa, "it is self-signed");
}

// --- Names ---

TEST_F(CertificateHandshake, ChecksTheName) {
  LINNET_REQ("SEC-21");
  for (const Usage usage : {Usage::CaConstraint, Usage::TrustAnchorAssertion}) {
    credentials.usage = usage;
    credentials.server_key = middle;
    credentials.trust_anchors = root.certificate;
    credentials.server_name = "lwm2m.example";
    expect_accepted();
    credentials.server_name = "other.example";
    expect_refused(Alert::BadCertificate,
                   "the server's certificate is for lwm2m.example, not for other.example");
    credentials.server_name = {};
    expect_refused(Alert::BadCertificate, "cannot be checked without a name");
  }
}

TEST_F(CertificateHandshake, ChecksAnAddress) {
  LINNET_REQ("SEC-21");
  CertificateContent both = content("lwm2m.example", {"lwm2m.example"});
  both.addresses = {"192.0.2.1", "2001:db8::1"};
  server_certificate = make_signed(server_key.public_key(), both, middle, middle_key);
  chain = {server_certificate, middle};
  restart();
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = middle;
  credentials.name_is_address = true;
  for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
    credentials.server_name = address;
    expect_accepted();
  }
  credentials.server_name = "192.0.2.2";
  expect_refused(Alert::BadCertificate, "not for 192.0.2.2");
}

TEST_F(CertificateHandshake, NamesTheHostButNoAddress) {
  LINNET_REQ("SEC-22");
  const auto says = [&](std::string_view name) {
    Pair pair(*server, credentials);
    pair.run();
    EXPECT_TRUE(pair.done()) << pair.client->failure().reason;
    return as_text(pair.first).find(name) != std::string_view::npos;
  };
  credentials.server_name = "lwm2m.example";
  EXPECT_TRUE(says("lwm2m.example"));
  credentials.server_name = "192.0.2.1";
  credentials.name_is_address = true;
  EXPECT_FALSE(says("192.0.2.1"));
}

TEST_F(CertificateHandshake, FitsIntoAnyDatagram) {
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = root.certificate;
  for (const std::uint16_t mtu : std::initializer_list<std::uint16_t>{220, 300, 512, 1152}) {
    SCOPED_TRACE(mtu);
    ServerIdentity identity;
    identity.key = server_key;
    identity.certificates = {server_certificate, middle, root.certificate};
    identity.trust_anchors = {root.certificate};
    server.emplace(identity, directory,
                   ServerSettings{.mtu = mtu, .unix_time = [] { return kNow; }});
    credentials.mtu = mtu;
    Pair pair(*server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_LE(pair.largest, mtu);
    pair.expect_traffic();
  }
}

// --- Dates ---

TEST_F(CertificateHandshake, ChecksDatesIfTheTimeIsKnown) {
  LINNET_REQ("SEC-24");
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = middle;
  credentials.unix_time = kNow + kYear;
  expect_accepted();
  credentials.unix_time = kNow + kYear + 1;
  expect_refused(Alert::CertificateExpired, "it expired on 2028-01-15");
  credentials.unix_time = kNow - kYear - 1;
  expect_refused(Alert::CertificateExpired, "it is valid only from 2026-01-15");
  credentials.unix_time = 0;
  expect_accepted();
}

TEST_F(CertificateHandshake, ChecksTheDatesOfTheWholePath) {
  LINNET_REQ("SEC-24");
  CertificateContent brief = authority("Test Middle");
  brief.not_after = kNow - 86400;
  middle = root.sign(middle_key.public_key(), brief);
  server_certificate = make_signed(server_key.public_key(),
                                   content("lwm2m.example", {"lwm2m.example"}), middle, middle_key);
  chain = {server_certificate, middle};
  restart();
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = root.certificate;
  expect_refused(Alert::CertificateExpired, "the authority CN=Test Middle expired on 2027-01-14");
}

// --- Signatures ---

TEST_F(CertificateHandshake, RefusesAForgedPath) {
  LINNET_REQ("SEC-21");
  // The names of the authority, the key of somebody else.
  const PrivateKey thief = PrivateKey::generate();
  const Bytes forged_middle =
      make_signed(thief.public_key(), authority("Test Middle"), stranger.certificate, stranger.key);
  server_certificate = make_signed(
      server_key.public_key(), content("lwm2m.example", {"lwm2m.example"}), forged_middle, thief);
  chain = {server_certificate, middle};
  restart();
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = root.certificate;
  Pair pair(*server, credentials);
  pair.run();
  EXPECT_EQ(pair.client->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertSent);
}

TEST_F(CertificateHandshake, RefusesAnAuthorityThatIsNone) {
  // A device's certificate signs a server's.
  server_certificate =
      make_signed(server_key.public_key(), content("lwm2m.example", {"lwm2m.example"}),
                  device_certificate, device);
  chain = {server_certificate, device_certificate};
  restart();
  credentials.usage = Usage::TrustAnchorAssertion;
  credentials.server_key = root.certificate;
  Pair pair(*server, credentials);
  pair.run();
  EXPECT_EQ(pair.client->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertSent);
}

// --- Devices ---

TEST_F(CertificateHandshake, RefusesDevicesOfOtherAuthorities) {
  LINNET_REQ("SEC-20");
  device_certificate = stranger.sign(device.public_key(), content("urn:dev:x509"));
  credentials.identity = device_certificate;
  expect_device_refused(Alert::UnknownCa,
                        "the certificate CN=urn:dev:x509 is refused: no trust anchor of ours");
  device_certificate = make_self_signed(device, content("urn:dev:x509"));
  credentials.identity = device_certificate;
  expect_device_refused(Alert::UnknownCa, "it is self-signed");
}

TEST_F(CertificateHandshake, RefusesDevicesOfUnknownNames) {
  LINNET_REQ("SEC-20");
  device_certificate = root.sign(device.public_key(), content("urn:dev:nobody"));
  credentials.identity = device_certificate;
  expect_device_refused(Alert::CertificateUnknown, "nobody has this name");
}

TEST_F(CertificateHandshake, RefusesExpiredDevices) {
  LINNET_REQ("SEC-24");
  CertificateContent old = content("urn:dev:x509");
  old.not_after = kNow - 1;
  device_certificate = root.sign(device.public_key(), old);
  credentials.identity = device_certificate;
  expect_device_refused(Alert::CertificateExpired, "it expired on 2027-01-15");
}

TEST_F(CertificateHandshake, TakesADevicesChain) {
  LINNET_REQ("SEC-19");
  const Bytes own = make_signed(device.public_key(), content("urn:dev:x509"), middle, middle_key);
  const Bytes both = join({own, middle});
  credentials.identity = own;
  expect_device_refused(Alert::UnknownCa, "no trust anchor of ours");
  credentials.identity = both;
  expect_accepted();
}

TEST_F(CertificateHandshake, RefusesCredentialsThatAreNone) {
  const Bytes other_key = PrivateKey::generate().one_asymmetric_key();
  const Bytes garbage(100, 0x30);
  struct Case {
    ByteView identity, secret, server;
    std::string_view reason;
  };
  const Case cases[] = {
      {{}, device_secret, server_certificate, "there is no certificate in /0/x/3"},
      {device_certificate, {}, server_certificate, "there is no private key in /0/x/5"},
      {device_certificate, device_secret, {}, "there is no certificate of the server"},
      {device_certificate, other_key, server_certificate,
       "the private key is not that of the certificate"},
      {garbage, device_secret, server_certificate, ""},
      {device_certificate, garbage, server_certificate, ""},
      {device_certificate, device_secret, garbage, "/0/x/4 cannot be used"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    credentials.identity = c.identity;
    credentials.secret_key = c.secret;
    credentials.server_key = c.server;
    Pair pair(*server, credentials);
    EXPECT_EQ(pair.client->failure().kind, Kind::Refused);
    EXPECT_TRUE(pair.client->failure().reason.starts_with(c.reason))
        << pair.client->failure().reason;
    EXPECT_FALSE(pair.client->failure().reason.empty());
  }
}

TEST_F(CertificateHandshake, MeetsRawPublicKeysWithAReason) {
  // A device with a raw public key at a server that has both; one with a certificate at a server
  // that has only its raw key.
  ServerIdentity raw_only;
  raw_only.key = server_key;
  server.emplace(raw_only, directory);
  Pair pair(*server, credentials);
  pair.run();
  ASSERT_EQ(pair.client->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertReceived) << pair.client->failure().reason;
}

TEST_F(CertificateHandshake, SaysWhenTheServersOwnKeysDoNotFit) {
  ServerIdentity wrong;
  wrong.key = device;
  wrong.certificates = chain;
  EXPECT_THROW((GnutlsServerHandshakes(wrong, directory)), KeyError);
}

}  // namespace
}  // namespace linnet::dtls_gnutls
