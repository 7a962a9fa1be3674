// SPDX-License-Identifier: Apache-2.0
// Pins DTLS between a whole client and a whole server on the virtual network: rebinding NATs, a
// server that forgot, lost datagrams, keys that change and credentials that are revoked.
#include <requirement.hpp>
#include <sim_secure.hpp>

namespace linnet::sim {
namespace {

using client::EventType;
using server::SecureEvent;
using LinkType = secure::LinkEvent::Type;

const SocketAddress kServer = host(1, 5684);
const SocketAddress kDevice = host(9, 40000);
const std::string kName = "urn:dev:sim:1";
const Path kTemperature(3303, 0, 5700);

class SecureLink : public ::testing::Test {
 protected:
  SecureLink() {
    net.on_datagram = [this](Instant, const Datagram& datagram, bool) {
      const auto first = datagram.bytes.front();
      handshakes += first == 22 || first == 20 ? 1 : 0;
      const bool dtls12 = datagram.bytes[1] == 0xFE && datagram.bytes[2] == 0xFD;
      others += dtls12 || first == 22 ? 0 : 1;
    };
  }
  void begin(const server::SecureTransportConfig& config = {}, SimKeys keys = SimKeys::PreShared) {
    server.emplace(net, kServer, config);
    credential =
        keys == SimKeys::PreShared ? server->admit(kName) : server->admit_public_key(kName);
    device.emplace(net, kDevice, kServer, keys);
    device->start();
    ASSERT_TRUE(net.run_until([&] { return device->registered(); }, seconds(60)));
    handshakes = 0;
  }
  void observe() {
    server::Operation operation;
    operation.kind = server::OperationKind::Observe;
    operation.path = kTemperature;
    const auto result = server->perform(kName, operation);
    ASSERT_EQ(result.code, coap::Code::Content);
  }
  /// A new value, and whether the server hears of it in time.
  bool notifies(double value) {
    const std::size_t before = server->all<server::Notification>().size();
    device->thermometers.set(0, value);
    return net.run_until([&] { return server->all<server::Notification>().size() > before; },
                         seconds(90));
  }
  bool reads() { return server->read(kName, kTemperature).code == coap::Code::Content; }

  Network net{1};
  std::optional<SecureSimServer> server;
  std::uint64_t credential = 0;
  std::optional<SecureSimDevice> device;
  int handshakes = 0;  ///< datagrams that begin with a handshake's record
  int others = 0;      ///< that are no DTLS 1.2
};

TEST_F(SecureLink, RegistersAndIsManaged) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-03");
  LINNET_REQ("SEC-05");
  begin();
  EXPECT_TRUE(server->registered(kName));
  EXPECT_TRUE(reads());
  EXPECT_EQ(handshakes, 0);
  EXPECT_EQ(others, 0);
  EXPECT_EQ(device->link.suite(), secure::CipherSuite::PskAes128Ccm8);
  const auto established = server->secure(SecureEvent::Kind::Established);
  ASSERT_EQ(established.size(), 1u);
  EXPECT_EQ(established[0].endpoint, kName);
  EXPECT_TRUE(established[0].connection_id);
  // A day of updates in the one session.
  net.run_for(seconds(86400));
  EXPECT_TRUE(server->registered(kName));
  EXPECT_EQ(handshakes, 0);
  EXPECT_EQ(device->count(EventType::Registered), 1u);
}

TEST_F(SecureLink, AnObservationGoesOnBehindANatThatForgotUs) {
  LINNET_REQ("SEC-08");
  LINNET_REQ("SEC-07");
  begin();
  observe();
  EXPECT_TRUE(notifies(21));
  for (std::uint16_t port = 50000; port < 50005; ++port) {
    net.rebind(kDevice, host(2, port));
    EXPECT_TRUE(notifies(port)) << port;
    // And the way back is the new one.
    EXPECT_TRUE(reads()) << port;
    net.run_for(seconds(3600));
  }
  EXPECT_EQ(handshakes, 0);
  EXPECT_EQ(server->secure(SecureEvent::Kind::Moved).size(), 5u);
  EXPECT_EQ(device->count(EventType::Registered), 1u);
  EXPECT_EQ(device->count(EventType::ObservationEnded), 0u);
  EXPECT_EQ(server->all<server::ObservationEnded>().size(), 0u);
}

TEST_F(SecureLink, WithoutConnectionIdTheSessionIsResumed) {
  LINNET_REQ("SEC-09");
  begin({.connection_ids = false}, SimKeys::RawPublic);
  observe();
  EXPECT_EQ(device->link.connection_id().size, 0);
  net.run_for(seconds(100));
  net.rebind(kDevice, host(2, 50000));
  // The next Update stays unanswered once.
  ASSERT_TRUE(net.run_until([&] { return device->links(LinkType::Resumed) == 1; }, seconds(300)));
  net.run_for(seconds(10));
  EXPECT_TRUE(notifies(33));
  EXPECT_TRUE(reads());
  EXPECT_EQ(device->count(EventType::Registered), 1u);
  EXPECT_EQ(device->count(EventType::RegistrationLost), 0u);
  EXPECT_EQ(device->count(EventType::ObservationEnded), 0u);
  const auto established = server->secure(SecureEvent::Kind::Established);
  ASSERT_EQ(established.size(), 2u);
  EXPECT_TRUE(established[1].resumed);
  EXPECT_TRUE(established[1].continued);
}

TEST_F(SecureLink, AKnownMoveWithoutConnectionIdResumesAtOnce) {
  LINNET_REQ("SEC-09");
  begin({.connection_ids = false}, SimKeys::RawPublic);
  net.rebind(kDevice, host(2, 50000));
  device->link.address_changed(net.now());
  device->client.update_registration(net.now(), 0);
  net.run_for(seconds(1));
  EXPECT_EQ(device->links(LinkType::Resumed), 1u);
  EXPECT_EQ(device->count(EventType::Updated), 1u);
}

TEST_F(SecureLink, ResumesWithAServerThatForgotItsSessions) {
  LINNET_REQ("SEC-09");
  begin({}, SimKeys::RawPublic);
  server->forget_sessions(false);
  ASSERT_TRUE(net.run_until([&] { return device->links(LinkType::Resumed) == 1; }, seconds(600)));
  ASSERT_TRUE(net.run_until([&] { return server->registered(kName) && device->registered(); },
                            seconds(60)));
  EXPECT_TRUE(reads());
}

TEST_F(SecureLink, WithAPreSharedKeyAndNoConnectionIdTheDeviceRegistersAgain) {
  LINNET_REQ("REG-20");
  begin({.connection_ids = false});
  net.rebind(kDevice, host(2, 50000));
  device->link.address_changed(net.now());
  device->client.update_registration(net.now(), 0);
  net.run_for(seconds(2));
  EXPECT_EQ(device->links(LinkType::Established), 2u);
  EXPECT_EQ(device->count(EventType::Registered), 2u);
  EXPECT_TRUE(reads());
}

TEST_F(SecureLink, RegistersAgainWithAServerThatForgotEverything) {
  LINNET_REQ("REG-20");
  begin();
  observe();
  server->forget_sessions(true);
  ASSERT_TRUE(
      net.run_until([&] { return device->links(LinkType::Established) == 2; }, seconds(600)));
  EXPECT_TRUE(device->link_events.back().replaced);
  ASSERT_TRUE(
      net.run_until([&] { return device->count(EventType::Registered) == 2; }, seconds(60)));
  EXPECT_EQ(device->count(EventType::ObservationEnded), 1u);
  EXPECT_TRUE(reads());
}

TEST_F(SecureLink, ARevokedCredentialEndsTheSession) {
  LINNET_REQ("SEC-41");
  LINNET_REQ("SEC-45");
  begin();
  server->revoke(credential);
  net.run_for(seconds(5));
  EXPECT_EQ(device->links(LinkType::Closed), 1u);
  EXPECT_GE(device->count(EventType::RegistrationLost), 1u);
  EXPECT_GE(device->links(LinkType::Failed), 1u);
  EXPECT_GE(device->count(EventType::BootstrapNeeded), 1u);
  EXPECT_FALSE(device->registered());
  const Path code(1, 0, lwm2m::objects::server::kTlsDtlsAlertCode);
  ASSERT_TRUE(device->server.has_resource(code));
  EXPECT_EQ(device->server.read(code)->as_unsigned(), 115u);  // unknown_psk_identity
  // It tries on, more and more rarely, and is back when it may.
  net.run_for(seconds(3600));
  EXPECT_LE(device->links(LinkType::Failed), 10u);
  server->admit(kName);
  EXPECT_TRUE(net.run_until([&] { return device->registered(); }, seconds(2 * 86400)));
}

TEST_F(SecureLink, NewKeysBeginANewSession) {
  LINNET_REQ("SEC-10");
  LINNET_REQ("BS-14");
  begin();
  ASSERT_TRUE(server->credentials.remove(credential));
  server->admit(kName, "another key of 24 bytes.");
  device->change_key("another key of 24 bytes.");
  ASSERT_TRUE(
      net.run_until([&] { return device->count(EventType::Registered) == 2; }, seconds(60)));
  const auto ended = server->secure(SecureEvent::Kind::Ended);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].end, SecureEvent::End::Closed);
  EXPECT_FALSE(device->link.resumed());
  EXPECT_TRUE(reads());
}

TEST_F(SecureLink, ADeviceWithAWrongKeyGetsNowhere) {
  LINNET_REQ("SEC-01");
  server.emplace(net, kServer);
  server->admit(kName, "not what the device has");
  device.emplace(net, kDevice, kServer);
  device->start();
  net.run_for(seconds(600));
  EXPECT_FALSE(device->registered());
  EXPECT_FALSE(server->registered(kName));
  EXPECT_EQ(device->links(LinkType::Established), 0u);
  EXPECT_GE(device->count(EventType::ConnectionFailed), 1u);
}

class LossySecureLink : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LossySecureLink, ADayOfLossReorderingAndRebinding) {
  LINNET_REQ("SEC-07");
  Network net(GetParam());
  net.quality = {
      .loss = 20, .duplicate = 10, .delay_min = milliseconds(20), .delay_max = milliseconds(900)};
  // Every other seed without connection ids.
  SecureSimServer server(net, kServer, {.connection_ids = GetParam() % 2 == 0});
  server.admit(kName);
  SecureSimDevice device(net, kDevice, kServer, SimKeys::PreShared,
                         {.lifetime = 600, .seed = GetParam()});
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(86400)))
      << "seed " << net.seed();
  for (std::uint16_t hour = 0; hour < 24; ++hour) {
    net.run_for(seconds(3600));
    net.rebind(kDevice, host(2, static_cast<std::uint16_t>(50000 + hour)));
  }
  net.quality = {};
  ASSERT_TRUE(
      net.run_until([&] { return device.registered() && server.registered(kName); }, seconds(1200)))
      << "seed " << net.seed();
  net.run_for(seconds(600));
  EXPECT_EQ(server.read(kName, kTemperature).code, coap::Code::Content) << "seed " << net.seed();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossySecureLink, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace linnet::sim
