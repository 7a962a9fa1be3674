// SPDX-License-Identifier: Apache-2.0
// Handshakes of client and server against each other in memory: what each mode proves and what it
// refuses.
#include "handshake_fixture.hpp"

#include <requirement.hpp>

namespace linnet::dtls_gnutls {
namespace {

using secure::Alert;
using secure::ClientCredentials;
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

}  // namespace
}  // namespace linnet::dtls_gnutls
