// SPDX-License-Identifier: Apache-2.0
// Handshakes of client and server against each other in memory: what each mode proves and what it
// refuses.
#include <gnutls/crypto.h>

#include "client_hello.hpp"
#include "handshake_fixture.hpp"

#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

using secure::Alert;
using secure::ClientCredentials;
using Gate = secure::ServerHandshakes::Gate;
using Kind = secure::HandshakeFailure::Kind;
using State = secure::Handshake::State;

secure::ConnectionId connection_id(std::size_t size) {
  secure::ConnectionId id;
  id.used = true;
  id.size = static_cast<std::uint8_t>(size);
  for (std::size_t i = 0; i < size; ++i) id.bytes[i] = static_cast<std::uint8_t>(0xC0 + i);
  return id;
}

class PskHandshake : public testing::Test {
 protected:
  PskHandshake() {
    directory.psk[TestDirectory::bytes("device")] = {7, "urn:dev:device", key};
    credentials.identity = as_bytes("device");
    credentials.secret_key = key;
  }
  Bytes key = TestDirectory::bytes("0123456789abcdef");
  TestDirectory directory;
  GnutlsServerHandshakes server{ServerIdentity{}, directory};
  ClientCredentials credentials;
};

TEST_F(PskHandshake, GivesASession) {
  Pair pair(server, credentials);
  pair.run();
  ASSERT_EQ(pair.client->state(), State::Done) << pair.client->failure().reason;
  ASSERT_TRUE(pair.done());
  EXPECT_EQ(pair.challenges, 1u);
  EXPECT_EQ(pair.sent, 6u) << "each flight in one datagram";
  EXPECT_LE(pair.bytes, 576u) << "a suite, an extension or an algorithm more costs airtime";
  std::array<std::uint8_t, 1024> resumption{};
  EXPECT_EQ(pair.client->resumption(resumption), 0u);
  EXPECT_EQ(pair.client->suite(), secure::CipherSuite::PskAes128Ccm8);
  EXPECT_EQ(pair.accepted->suite(), secure::CipherSuite::PskAes128Ccm8);
  EXPECT_EQ(pair.accepted->peer().proof, secure::Proof::Psk);
  EXPECT_EQ(pair.accepted->peer().credential, 7u);
  EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:device");
  EXPECT_EQ(pair.accepted->peer().text, "device");
  pair.expect_traffic();
}

TEST_F(PskHandshake, AgreesOnConnectionIds) {
  LINNET_REQ("SEC-08");
  Pair pair(server, credentials, connection_id(6));
  pair.run();
  ASSERT_TRUE(pair.done());
  pair.expect_traffic();
  EXPECT_EQ(pair.server_session.own_id().size, 6);
  EXPECT_EQ(pair.client_session.peer_id().size, 6);
  EXPECT_TRUE(pair.client_session.own_id().used);
  EXPECT_EQ(pair.client_session.own_id().size, 0);
}

TEST_F(PskHandshake, TakesLongIdentitiesAndKeys) {
  LINNET_REQ("SEC-15");
  const std::string identity(128, 'i');
  key = Bytes(64, 0xA5);
  directory.psk[TestDirectory::bytes(identity)] = {8, "long", key};
  credentials.identity = as_bytes(identity);
  credentials.secret_key = key;
  Pair pair(server, credentials);
  pair.run();
  ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
  EXPECT_EQ(pair.accepted->peer().endpoint, "long");
  pair.expect_traffic();
}

TEST_F(PskHandshake, SaysWhenTheIdentityIsUnknown) {
  credentials.identity = as_bytes("nobody\n");
  Pair pair(server, credentials);
  pair.run();
  ASSERT_EQ(pair.client->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertReceived);
  EXPECT_EQ(pair.client->failure().alert, Alert::UnknownPskIdentity);
  EXPECT_EQ(pair.client->failure().reason, secure::describe(Alert::UnknownPskIdentity));
  ASSERT_EQ(pair.accepted->state(), State::Failed);
  EXPECT_EQ(pair.accepted->failure().kind, Kind::AlertSent);
  EXPECT_EQ(pair.accepted->failure().alert, Alert::UnknownPskIdentity);
  EXPECT_EQ(pair.accepted->failure().reason, "no credential has the PSK identity nobody\\x0a");
  EXPECT_LT(pair.now.ms, 1'000'100) << "at once, not by a timeout";
}

TEST_F(PskHandshake, EndsByTimeoutWhenTheKeysDiffer) {
  LINNET_REQ("SEC-44");
  const Bytes other = TestDirectory::bytes("0123456789abcdeF");
  credentials.secret_key = other;
  Pair pair(server, credentials);
  pair.run();
  // What cannot be opened is dropped silently: anybody may have sent it.
  ASSERT_EQ(pair.client->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().kind, Kind::Timeout);
  EXPECT_NE(pair.client->failure().reason.find("pre-shared keys of both sides differ"),
            std::string_view::npos);
  ASSERT_EQ(pair.accepted->state(), State::Failed);
  EXPECT_EQ(pair.accepted->failure().reason,
            "the pre-shared key of the device is not the one on record for device");
}

TEST_F(PskHandshake, WaitsForASilentServerWithGrowingPauses) {
  GnutlsClientHandshakes clients;
  Instant now{50};
  credentials.timeout = seconds(100);
  secure::Handshake* client = clients.begin(now, credentials);
  std::array<std::uint8_t, 1200> out{};
  std::vector<std::int64_t> sent;
  while (client->state() == State::Running) {
    while (client->poll_transmit(now, out)) sent.push_back((now.ms - 50) / 1000);
    now = client->next_timeout();
    client->on_timeout(now);
  }
  EXPECT_EQ(sent, (std::vector<std::int64_t>{0, 1, 3, 7, 15, 31, 63}));
  EXPECT_EQ(client->failure().kind, Kind::Timeout);
  EXPECT_EQ(client->failure().reason, "the server did not answer");
  clients.end(client);
}

TEST_F(PskHandshake, RefusesCredentialsThatAreNone) {
  struct Case {
    std::string_view identity, key;
    std::vector<std::uint16_t> suites, groups, signatures;
    std::string_view reason;
  };
  const std::string long_key(65, 'k');
  const Case cases[] = {
      {"", "0123", {}, {}, {}, "there is no PSK identity in /0/x/3"},
      {"device", "", {}, {}, {}, "there is no pre-shared key in /0/x/5"},
      {"device", long_key, {}, {}, {}, "the pre-shared key in /0/x/5 is longer than 64 bytes"},
      {"device",
       "0123",
       {0xC0AE},
       {},
       {},
       "none of the cipher suites in /0/x/16 is one that works with this security mode"},
      {"device", "0123", {}, {21}, {}, "none of the groups in /0/x/18 is one we have"},
      {"device",
       "0123",
       {},
       {},
       {0x0203},
       "none of the signature algorithms in /0/x/20 is one we have"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    credentials.identity = as_bytes(c.identity);
    credentials.secret_key = as_bytes(c.key);
    credentials.suites = c.suites;
    credentials.groups = c.groups;
    credentials.signatures = c.signatures;
    Pair pair(server, credentials);
    EXPECT_EQ(pair.client->state(), State::Failed);
    EXPECT_EQ(pair.client->failure().kind, Kind::Refused);
    EXPECT_EQ(pair.client->failure().reason, c.reason);
    EXPECT_EQ(pair.sent, 0u);
  }
}

TEST_F(PskHandshake, OffersTheSuitesOfTheSecurityObject) {
  LINNET_REQ("SEC-14");
  LINNET_REQ("SEC-28");
  for (const secure::CipherSuite suite : secure::cipher_suites()) {
    if (!uses_psk(suite) || aead_of(suite) == secure::Aead::None) continue;
    SCOPED_TRACE(name(suite));
    const std::uint16_t suites[] = {static_cast<std::uint16_t>(suite)};
    credentials.suites = suites;
    Pair pair(server, credentials, connection_id(4));
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_EQ(pair.client->suite(), suite);
    EXPECT_EQ(pair.accepted->suite(), suite);
    pair.expect_traffic();
    EXPECT_EQ(pair.client_session.peer_id().size, 4);
  }
}

TEST_F(PskHandshake, GivesItsLastFlightAlsoWhenTheSessionWasTaken) {
  GnutlsClientHandshakes clients;
  const Instant now{0};
  const SocketAddress from = SocketAddress::v4(192, 0, 2, 7, 40000);
  secure::Handshake* client = clients.begin(now, credentials);
  secure::Handshake* accepted = nullptr;
  std::array<std::uint8_t, 1200> out{};
  while (accepted == nullptr || accepted->state() == State::Running) {
    if (accepted != nullptr) {
      while (const auto size = accepted->poll_transmit(now, out)) {
        client->receive(now, ByteView{out}.first(*size));
      }
    }
    const auto size = client->poll_transmit(now, out);
    ASSERT_TRUE(size.has_value());
    const Bytes datagram(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size));
    std::size_t challenge = 0;
    if (accepted != nullptr) {
      accepted->receive(now, datagram);
    } else if (server.admit(from, datagram, out, challenge) == Gate::Admit) {
      accepted = server.begin(now, from, datagram, {});
    } else {
      client->receive(now, ByteView{out}.first(challenge));
    }
  }
  auto ours = accepted->take_session();
  ASSERT_TRUE(ours.ok());
  const auto size = accepted->poll_transmit(now, out);
  ASSERT_TRUE(size.has_value());
  client->receive(now, ByteView{out}.first(*size));
  ASSERT_EQ(client->state(), State::Done);
  auto theirs = client->take_session();
  // The numbers go on behind it.
  ASSERT_TRUE(theirs.ok());
  Pair::expect_echo(*ours, *theirs, "after the last flight");
  Pair::expect_echo(*theirs, *ours, "and back");
  clients.end(client);
  server.end(accepted);
}

TEST_F(PskHandshake, BindsTheSessionToItsHandshake) {
  Pair pair(server, credentials);
  pair.run();
  const auto hello = ClientHelloView::parse(pair.first);
  ASSERT_TRUE(hello.has_value());
  EXPECT_TRUE(hello->find(Extension::ExtendedMasterSecret).has_value());
  EXPECT_FALSE(hello->find(Extension::SessionTicket).has_value());
  EXPECT_TRUE(hello->find(Extension::ConnectionId).has_value());
  EXPECT_TRUE(hello->offer().psk_records);
  EXPECT_FALSE(hello->offer().psk_cbc || hello->offer().key_records);
}

TEST_F(PskHandshake, IsNeverTheSessionOfTwoOwners) {
  Pair pair(server, credentials);
  pair.run();
  ASSERT_TRUE(pair.done());
  EXPECT_TRUE(pair.accepted->take_session().ok());
  EXPECT_EQ(pair.accepted->take_session().error(), Error::State);
  EXPECT_EQ(pair.accepted->resident(), nullptr);
}

// --- CBC: the library keeps the session ---

TEST_F(PskHandshake, KeepsCbcSessionsInTheLibrary) {
  LINNET_REQ("SEC-14");
  const std::uint16_t suites[] = {0x00AE};
  credentials.suites = suites;
  Pair pair(server, credentials, connection_id(4));
  pair.run();
  ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
  EXPECT_EQ(pair.accepted->suite(), secure::CipherSuite::PskAes128CbcSha256);
  EXPECT_EQ(pair.accepted->take_session().error(), Error::Unsupported);
  secure::ResidentSession* ours = pair.accepted->resident();
  secure::ResidentSession* theirs = pair.client->resident();
  ASSERT_NE(ours, nullptr);
  ASSERT_NE(theirs, nullptr);
  std::array<std::uint8_t, 256> datagram{};
  for (const std::string text : {"one", "two", "three"}) {
    for (const auto& [from, to] : {std::pair{ours, theirs}, std::pair{theirs, ours}}) {
      const auto size = from->seal(secure::ContentType::ApplicationData, as_bytes(text), datagram);
      ASSERT_TRUE(size.ok());
      const std::array<std::uint8_t, 256> copy = datagram;
      const auto record = secure::RecordReader(ByteView{datagram}.first(*size)).next();
      ASSERT_TRUE(record.has_value());
      const auto opened = to->open(*record, datagram);
      ASSERT_TRUE(opened.ok()) << describe(opened.error());
      EXPECT_EQ(as_text(opened->plaintext), text);
      EXPECT_TRUE(opened->newest);
      datagram = copy;
      EXPECT_FALSE(to->open(*record, datagram).ok()) << "a second time";
    }
  }
  // A record that was changed is dropped, the session goes on.
  auto size = theirs->seal(secure::ContentType::ApplicationData, as_bytes("changed"), datagram);
  datagram[*size - 1] ^= 1;
  auto record = secure::RecordReader(ByteView{datagram}.first(*size)).next();
  EXPECT_FALSE(ours->open(*record, datagram).ok());
  const std::uint8_t close[] = {1, 0};
  size = theirs->seal(secure::ContentType::Alert, close, datagram);
  ASSERT_TRUE(size.ok());
  record = secure::RecordReader(ByteView{datagram}.first(*size)).next();
  const auto opened = ours->open(*record, datagram);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->type, secure::ContentType::Alert);
  EXPECT_TRUE(equal(opened->plaintext, close));
}

TEST_F(PskHandshake, PrefersOurRecordsToCbc) {
  const std::uint16_t suites[] = {0x00AE, 0xC0A8};
  credentials.suites = suites;
  Pair pair(server, credentials, connection_id(4));
  pair.run();
  ASSERT_TRUE(pair.done());
  EXPECT_EQ(pair.accepted->suite(), secure::CipherSuite::PskAes128Ccm8);
  pair.expect_traffic();
  EXPECT_FALSE(pair.server_session.own_id().used) << "a client that offers CBC offers no id";
}

// --- Raw public keys ---

class RawKeyHandshake : public testing::Test {
 protected:
  RawKeyHandshake() {
    directory.keys[device.public_key().spki()] = {9, "urn:dev:rpk", {}};
    credentials.mode = ClientCredentials::Mode::RawPublicKey;
    credentials.identity = device_spki;
    credentials.secret_key = device_key;
    credentials.server_key = server_spki;
  }
  void expect_refused(Pair& pair, Alert alert, std::string_view reason) {
    pair.run();
    ASSERT_EQ(pair.client->state(), State::Failed);
    EXPECT_EQ(pair.client->failure().kind, Kind::AlertSent);
    EXPECT_EQ(pair.client->failure().alert, alert);
    EXPECT_NE(pair.client->failure().reason.find(reason), std::string_view::npos)
        << pair.client->failure().reason;
    ASSERT_EQ(pair.accepted->state(), State::Failed);
    EXPECT_EQ(pair.accepted->failure().kind, Kind::AlertReceived);
    EXPECT_EQ(pair.accepted->failure().alert, alert);
  }

  PrivateKey device = PrivateKey::generate();
  PrivateKey own = PrivateKey::generate();
  Bytes device_spki = device.public_key().spki();
  Bytes device_key = device.one_asymmetric_key();
  Bytes server_spki = own.public_key().spki();
  TestDirectory directory;
  GnutlsServerHandshakes server{ServerIdentity{.key = own}, directory};
  ClientCredentials credentials;
};

TEST_F(RawKeyHandshake, GivesASession) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-16");
  LINNET_REQ("SEC-18");
  Pair pair(server, credentials, connection_id(6));
  pair.run();
  ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
  EXPECT_EQ(pair.sent, 6u);
  EXPECT_EQ(pair.client->suite(), secure::CipherSuite::EcdheEcdsaAes128Ccm8);
  EXPECT_EQ(pair.client->peer().proof, secure::Proof::RawPublicKey);
  EXPECT_EQ(pair.client->peer().text, own.public_key().fingerprint());
  EXPECT_EQ(pair.accepted->peer().proof, secure::Proof::RawPublicKey);
  EXPECT_EQ(pair.accepted->peer().credential, 9u);
  EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:rpk");
  EXPECT_EQ(pair.accepted->peer().text, device.public_key().fingerprint());
  pair.expect_traffic();
  EXPECT_EQ(pair.server_session.own_id().size, 6);
}

TEST_F(RawKeyHandshake, OffersTheSuitesOfTheSecurityObject) {
  LINNET_REQ("SEC-16");
  for (const secure::CipherSuite suite : secure::cipher_suites()) {
    if (uses_psk(suite)) continue;
    SCOPED_TRACE(name(suite));
    const std::uint16_t suites[] = {static_cast<std::uint16_t>(suite)};
    credentials.suites = suites;
    Pair pair(server, credentials, connection_id(4));
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_EQ(pair.accepted->suite(), suite);
    if (aead_of(suite) != secure::Aead::None) {
      pair.expect_traffic();
    } else {
      EXPECT_NE(pair.accepted->resident(), nullptr);
    }
  }
}

TEST_F(RawKeyHandshake, OffersTheGroupsAndSignaturesOfTheSecurityObject) {
  LINNET_REQ("SEC-29");
  LINNET_REQ("SEC-11");
  for (const int group : {23, 24, 29}) {
    const std::uint16_t groups[] = {static_cast<std::uint16_t>(group)};
    const std::uint16_t signatures[] = {0x0403};
    credentials.groups = groups;
    credentials.signatures = signatures;
    Pair pair(server, credentials);
    pair.run();
    EXPECT_TRUE(pair.done()) << group << ": " << pair.client->failure().reason;
  }
}

TEST_F(RawKeyHandshake, TakesKeysInEveryForm) {
  LINNET_REQ("SEC-17");
  const PublicKey shown = own.public_key();
  const Bytes point(shown.point().begin(), shown.point().end());
  const Bytes x(shown.x().begin(), shown.x().end());
  const Bytes raw(device.raw().begin(), device.raw().end());
  const Bytes device_x(device.public_key().x().begin(), device.public_key().x().end());
  for (const Bytes& server_key : {server_spki, point, x}) {
    for (const Bytes& secret : {device_key, raw}) {
      for (const Bytes& identity : {device_spki, device_x, Bytes{}}) {
        credentials.server_key = server_key;
        credentials.secret_key = secret;
        credentials.identity = identity;
        Pair pair(server, credentials);
        pair.run();
        EXPECT_TRUE(pair.done()) << pair.client->failure().reason;
      }
    }
  }
}

TEST_F(RawKeyHandshake, TakesDigestsOfTheServersKey) {
  LINNET_REQ("SEC-26");
  using Matching = ClientCredentials::Matching;
  for (const auto& [matching, algorithm] : {std::pair{Matching::Sha256, GNUTLS_DIG_SHA256},
                                            std::pair{Matching::Sha384, GNUTLS_DIG_SHA384},
                                            std::pair{Matching::Sha512, GNUTLS_DIG_SHA512}}) {
    Bytes digest(gnutls_hash_get_len(algorithm));
    ASSERT_EQ(gnutls_hash_fast(algorithm, server_spki.data(), server_spki.size(), digest.data()),
              0);
    credentials.matching = matching;
    credentials.server_key = digest;
    {
      Pair pair(server, credentials);
      pair.run();
      EXPECT_TRUE(pair.done()) << pair.client->failure().reason;
    }
    digest.back() ^= 1;
    Pair wrong(server, credentials);
    expect_refused(wrong, Alert::CertificateUnknown, "is not the one in /0/x/4");
    digest.pop_back();
    credentials.server_key = digest;
    Pair cut(server, credentials);
    EXPECT_EQ(cut.client->failure().reason, "/0/x/4 is no digest of the kind /0/x/13 says");
  }
}

TEST_F(RawKeyHandshake, RefusesAServerWithAnotherKey) {
  LINNET_REQ("SEC-18");
  const Bytes other = PrivateKey::generate().public_key().spki();
  credentials.server_key = other;
  Pair pair(server, credentials);
  expect_refused(pair, Alert::CertificateUnknown, own.public_key().fingerprint());
}

TEST_F(RawKeyHandshake, RefusesADeviceNobodyKnows) {
  LINNET_REQ("SEC-18");
  directory.keys.clear();
  Pair pair(server, credentials);
  pair.run();
  ASSERT_EQ(pair.accepted->state(), State::Failed);
  EXPECT_EQ(pair.accepted->failure().kind, Kind::AlertSent);
  EXPECT_EQ(pair.accepted->failure().alert, Alert::CertificateUnknown);
  EXPECT_EQ(pair.accepted->failure().reason,
            "no credential has the public key " + device.public_key().fingerprint());
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertReceived);
  EXPECT_EQ(pair.client->failure().alert, Alert::CertificateUnknown);
}

TEST_F(RawKeyHandshake, RefusesADeviceWithoutTheKeyItShows) {
  // The public key of one, the private key of another: our own client does not even begin.
  const Bytes other = PrivateKey::generate().one_asymmetric_key();
  credentials.secret_key = other;
  Pair pair(server, credentials);
  EXPECT_EQ(pair.client->failure().kind, Kind::Refused);
  EXPECT_EQ(pair.client->failure().reason,
            "the public key in /0/x/3 is not that of the private key in /0/x/5");
}

TEST_F(RawKeyHandshake, NeedsWhatItChecksWith) {
  credentials.server_key = {};
  Pair without(server, credentials);
  EXPECT_EQ(without.client->failure().reason, "there is no public key of the server in /0/x/4");
  const Bytes garbage(91, 1);
  credentials.server_key = garbage;
  Pair wrong(server, credentials);
  EXPECT_EQ(wrong.client->failure().kind, Kind::Refused);
}

TEST_F(RawKeyHandshake, FailsAgainstAServerOfPreSharedKeysOnly) {
  GnutlsServerHandshakes other{ServerIdentity{}, directory};
  Pair pair(other, credentials);
  pair.run();
  EXPECT_EQ(pair.client->failure().kind, Kind::AlertReceived);
  EXPECT_EQ(pair.client->failure().alert, Alert::HandshakeFailure);
  EXPECT_EQ(pair.accepted->failure().reason, "the two sides have no cipher suite in common");
}

// --- Resumption ---

class Resumption : public RawKeyHandshake {
 protected:
  /// The ticket of a full handshake.
  Bytes earn(std::size_t id_bytes) {
    Pair pair(server, credentials, connection_id(id_bytes));
    pair.run();
    EXPECT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_FALSE(pair.client->resumed());
    Bytes out(4096);
    out.resize(pair.client->resumption(out));
    EXPECT_FALSE(out.empty());
    std::array<std::uint8_t, 16> little{};
    EXPECT_EQ(pair.client->resumption(little), 0u);
    return out;
  }
};

TEST_F(Resumption, GoesOnWithATicket) {
  LINNET_REQ("SEC-09");
  for (const std::size_t ids : {0U, 6U}) {
    const Bytes ticket = earn(ids);
    credentials.resumption = ticket;
    Bytes next(4096);
    {
      Pair pair(server, credentials, connection_id(ids + 2));
      pair.run();
      ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
      EXPECT_TRUE(pair.client->resumed());
      EXPECT_TRUE(pair.accepted->resumed());
      EXPECT_EQ(pair.sent, 5u);
      EXPECT_EQ(pair.accepted->peer().credential, 9u);
      EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:rpk");
      EXPECT_EQ(pair.accepted->peer().proof, secure::Proof::RawPublicKey);
      EXPECT_TRUE(pair.accepted->final_flight().empty());
      EXPECT_FALSE(pair.client->final_flight().empty());
      pair.expect_traffic();
      EXPECT_EQ(pair.client_session.peer_id().size, ids + 2);
      next.resize(pair.client->resumption(next));
    }
    credentials.resumption = next;
    Pair again(server, credentials);
    again.run();
    EXPECT_TRUE(again.client->resumed()) << "a ticket is good more than once";
    credentials.resumption = {};
  }
}

TEST_F(Resumption, TakesAFullHandshakeWhenTheCredentialIsAnother) {
  LINNET_REQ("SEC-10");
  const Bytes ticket = earn(6);
  credentials.resumption = ticket;
  // The same key stands for another credential now: what counts is what the directory says today.
  directory.keys[device_spki].credential = 10;
  directory.keys[device_spki].endpoint = "urn:dev:other";
  {
    Pair pair(server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done());
    EXPECT_EQ(pair.accepted->peer().endpoint, "urn:dev:other");
  }
  // Revoked: neither the ticket nor the key gets in.
  directory.gone.insert(10);
  Pair pair(server, credentials);
  pair.run();
  EXPECT_EQ(pair.accepted->state(), State::Failed);
  EXPECT_EQ(pair.client->failure().alert, Alert::CertificateUnknown);
}

TEST_F(Resumption, FallsBackWhenTheTicketIsRefused) {
  const Bytes ticket = earn(6);
  credentials.resumption = ticket;
  {
    // Its credential was replaced by another that the same key opens.
    directory.stale = 1;
    Pair pair(server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_FALSE(pair.client->resumed());
    EXPECT_FALSE(pair.accepted->resumed());
    EXPECT_EQ(directory.stale, 0);
    pair.expect_traffic();
  }
  Bytes broken = ticket;
  broken[broken.size() / 2] ^= 1;
  for (const Bytes& data : {broken, Bytes(10, 1), Bytes(400, 2)}) {
    credentials.resumption = data;
    Pair pair(server, credentials);
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
    EXPECT_FALSE(pair.client->resumed());
  }
}

TEST_F(Resumption, IsNotOfferedWithOtherCredentials) {
  const Bytes ticket = earn(6);
  credentials.resumption = ticket;
  const Bytes raw(own.public_key().x().begin(), own.public_key().x().end());
  credentials.server_key = raw;  // the same key, but a Security object that was written anew
  Pair pair(server, credentials);
  pair.run();
  ASSERT_TRUE(pair.done());
  EXPECT_FALSE(pair.client->resumed());
}

TEST_F(Resumption, DoesWithoutTickets) {
  GnutlsServerHandshakes plain{ServerIdentity{.key = own}, directory, {.ticket_life = {0}}};
  Pair pair(plain, credentials);
  pair.run();
  ASSERT_TRUE(pair.done());
  EXPECT_EQ(pair.accepted->final_flight().size(), (5u + 1) + (5 + 24)) << "no NewSessionTicket";
}

}  // namespace
}  // namespace linnet::dtls_gnutls
