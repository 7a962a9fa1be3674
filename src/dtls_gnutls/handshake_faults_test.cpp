// SPDX-License-Identifier: Apache-2.0
// Handshakes over a network that loses, doubles and delays datagrams: every datagram of every kind
// of handshake, once each. And what is left to do when the last flight was lost and the handshake
// gone.
#include "handshake_fixture.hpp"

#include <linnet/base/random.hpp>
#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

using secure::ClientCredentials;
using State = secure::Handshake::State;

/// Cuts the flights with certificates and tickets.
constexpr std::size_t kMtu = 300;
/// A ClientHello with a ticket has to fit.
constexpr std::size_t kTicketMtu = 800;
constexpr std::int64_t kNow = 1'800'000'000;

struct World {
  PrivateKey device = PrivateKey::generate();
  PrivateKey own = PrivateKey::generate();
  TestAuthority authority{"Test CA", kNow - 1000, kNow + 1'000'000};
  Bytes own_certificate = authority.sign(own.public_key(), {.common_name = "lwm2m.example",
                                                            .dns_names = {"lwm2m.example"},
                                                            .not_before = kNow - 10,
                                                            .not_after = kNow + 1000});
  Bytes device_certificate = authority.sign(
      device.public_key(),
      {.common_name = "urn:dev:x509", .not_before = kNow - 10, .not_after = kNow + 1000});
  TestDirectory directory;
  GnutlsServerHandshakes server{
      ServerIdentity{
          .key = own, .certificates = {own_certificate}, .trust_anchors = {authority.certificate}},
      directory,
      {.mtu = kMtu, .unix_time = [] { return kNow; }}};
  Bytes psk = TestDirectory::bytes("0123456789abcdef");
  Bytes device_key = device.one_asymmetric_key();
  Bytes device_spki = device.public_key().spki();
  Bytes server_spki = own.public_key().spki();
  Bytes ticket;
  static constexpr std::uint16_t kCbc[] = {0x00AE};

  World() {
    directory.psk[TestDirectory::bytes("device")] = {1, "psk", psk};
    directory.keys[device_spki] = {2, "rpk", {}};
    directory.names["urn:dev:x509"] = {3, "x509", {}};
  }
  ClientCredentials credentials(std::string_view mode) {
    ClientCredentials out;
    out.mtu = kMtu;
    out.unix_time = kNow;
    if (mode == "PSK" || mode == "CBC") {
      out.identity = as_bytes("device");
      out.secret_key = psk;
      if (mode == "CBC") out.suites = kCbc;
      return out;
    }
    out.secret_key = device_key;
    if (mode == "X509") {
      out.mode = ClientCredentials::Mode::X509;
      out.identity = device_certificate;
      out.server_key = authority.certificate;
      out.usage = ClientCredentials::Usage::TrustAnchorAssertion;
      out.server_name = "lwm2m.example";
      return out;
    }
    out.mode = ClientCredentials::Mode::RawPublicKey;
    out.identity = device_spki;
    out.server_key = server_spki;
    if (mode == "Ticket") {
      if (ticket.empty()) earn(out);
      out.resumption = ticket;
      out.mtu = kTicketMtu;
    }
    return out;
  }
  void earn(const ClientCredentials& credentials) {
    Pair pair(server, credentials);
    pair.run();
    ticket.resize(4096);
    ticket.resize(pair.client->resumption(ticket));
  }
};

secure::ConnectionId some_id() {
  secure::ConnectionId id;
  id.used = true;
  id.size = 5;
  id.bytes = {1, 2, 3, 4, 5};
  return id;
}

class Faults : public testing::TestWithParam<const char*> {
 protected:
  /// Each datagram of an undisturbed handshake meets `fate` once. Both sides come to an end, though
  /// the last flight may need its owner, who is asked as a transport would be.
  void expect_survival(Fate fate, bool hibernate = false) {
    std::size_t datagrams = 0;
    {
      Pair pair(world.server, world.credentials(GetParam()), some_id());
      pair.run();
      ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
      datagrams = pair.sent;
      EXPECT_LE(pair.largest, GetParam() == std::string_view("Ticket") ? kTicketMtu : kMtu);
    }
    for (std::size_t victim = 0; victim < datagrams; ++victim) {
      SCOPED_TRACE(victim);
      Pair pair(world.server, world.credentials(GetParam()), some_id());
      pair.fate = [&](std::size_t index) { return index == victim ? fate : Fate::Deliver; };
      pair.mtu = kMtu;
      if (hibernate) pair.hibernate();
      pair.run();
      ASSERT_TRUE(pair.done()) << pair.client->failure().reason << " / "
                               << (pair.accepted ? pair.accepted->failure().reason : "nobody");
      EXPECT_LT(pair.now.ms, 1'000'000 + 8000) << "one loss costs a second or two";
      if (pair.client->resident() == nullptr) pair.expect_traffic();
    }
  }
  World world;
};

TEST_P(Faults, SurvivesTheLossOfAnyDatagram) { expect_survival(Fate::Drop); }
TEST_P(Faults, SurvivesTheDoublingOfAnyDatagram) { expect_survival(Fate::Duplicate); }
TEST_P(Faults, SurvivesTheDelayOfAnyDatagram) { expect_survival(Fate::Late); }
/// The last flight too, when the handshake is gone and its owner has only keys and a copy.
TEST_P(Faults, SurvivesTheLossOfAnyDatagramAsleep) { expect_survival(Fate::Drop, true); }
TEST_P(Faults, SurvivesTheDelayOfAnyDatagramAsleep) { expect_survival(Fate::Late, true); }

INSTANTIATE_TEST_SUITE_P(Modes, Faults, testing::Values("PSK", "RPK", "X509", "Ticket", "CBC"),
                         [](const auto& mode) { return std::string(mode.param); });

/// Many seeds of a bad network.
TEST_P(Faults, SurvivesABadNetwork) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRng rng(seed);
    Pair pair(world.server, world.credentials(GetParam()), some_id());
    pair.fate = [&](std::size_t) {
      const std::uint32_t dice = rng.below(100);
      return dice < 15   ? Fate::Drop
             : dice < 25 ? Fate::Duplicate
             : dice < 40 ? Fate::Late
                         : Fate::Deliver;
    };
    pair.run();
    ASSERT_TRUE(pair.done()) << pair.client->failure().reason;
  }
}

}  // namespace
}  // namespace linnet::dtls_gnutls
