// SPDX-License-Identifier: Apache-2.0
// Pins that a device gets the last flight of a real handshake again when it was lost, whatever it
// is made of, after the server has let the handshake go.
#include <gtest/gtest.h>

#include <linnet/dtls_gnutls/client_handshakes.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/dtls_gnutls/server_handshakes.hpp>
#include <linnet/server/credentials.hpp>
#include <linnet/server/secure_transport.hpp>
#include <requirement.hpp>

namespace linnet::sim {
namespace {

using dtls_gnutls::Bytes;
using secure::ClientCredentials;
using State = secure::Handshake::State;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kYear = 365 * 86400;
constexpr std::size_t kMtu = 1152;

dtls_gnutls::CertificateContent content(std::string name, bool authority) {
  dtls_gnutls::CertificateContent out;
  out.common_name = std::move(name);
  out.not_before = kNow - kYear;
  out.not_after = kNow + kYear;
  out.authority = authority;
  return out;
}

class LastFlight : public ::testing::Test {
 protected:
  ~LastFlight() override {
    if (client_ != nullptr) clients_.end(client_);
  }

  void serve(const dtls_gnutls::ServerIdentity& identity) {
    handshakes_.emplace(identity, credentials_,
                        dtls_gnutls::ServerSettings{.unix_time = [] { return kNow; }});
    transport_.emplace(server::SecureTransportConfig{}, rng_, *handshakes_, &credentials_);
  }
  /// A handshake whose last flight is lost `lost` times. Counts what goes to the device after that.
  void connect(const ClientCredentials& own, int lost) {
    client_ = clients_.begin(now_, own);
    const Instant end = now_ + seconds(60);
    while (client_->state() == State::Running && now_ < end) {
      exchange(lost);
      now_ = now_ + milliseconds(100);
      if (client_->next_timeout() <= now_) client_->on_timeout(now_);
    }
    EXPECT_EQ(client_->state(), State::Done) << client_->failure().reason;
  }
  void exchange(int& lost) {
    Bytes buffer(2048);
    while (const auto size = client_->poll_transmit(now_, buffer)) {
      give({buffer.begin(), buffer.begin() + std::ptrdiff_t(*size)});
    }
    transport_->on_timeout(now_, deliver_);
    const bool done = transport_->counters().sessions != 0;
    int sent = 0;
    while (const auto next = transport_->poll_transmit(now_, buffer)) {
      EXPECT_LE(next->size, kMtu);
      ++sent;
      if (done && lost > 0) continue;
      last_flight_ += done ? 1 : 0;
      client_->receive(now_, ByteView(buffer).first(next->size));
    }
    if (done && sent != 0) --lost;
  }
  void give(Bytes datagram) { transport_->receive(now_, address_, datagram, deliver_); }

  struct Deliver {
    std::vector<std::string>& heard;
    void operator()(const SocketAddress&, MutableBytes plain) {
      heard.emplace_back(as_text(plain));
    }
  };

  Instant now_{1'000'000};
  SocketAddress address_ = SocketAddress::v4(192, 0, 2, 7, 40000);
  SeededRng rng_{5};
  server::Credentials credentials_{[] { return kNow; }};
  std::optional<dtls_gnutls::GnutlsServerHandshakes> handshakes_;
  std::optional<server::SecureTransport> transport_;
  dtls_gnutls::GnutlsClientHandshakes clients_;
  secure::Handshake* client_ = nullptr;
  std::vector<std::string> heard_;
  Deliver deliver_{heard_};
  int last_flight_ = 0;  ///< datagrams of it that arrived
};

TEST_F(LastFlight, OfAChainOfCertificatesIsRepeatedInSeveralDatagrams) {
  LINNET_REQ("SEC-19");
  LINNET_REQ("TR-13");
  const dtls_gnutls::TestAuthority root("Root", kNow - kYear, kNow + kYear);
  const auto upper_key = dtls_gnutls::PrivateKey::generate();
  const auto lower_key = dtls_gnutls::PrivateKey::generate();
  const auto device_key = dtls_gnutls::PrivateKey::generate();
  const auto server_key = dtls_gnutls::PrivateKey::generate();
  const Bytes upper = root.sign(upper_key.public_key(), content("Upper", true));
  const Bytes lower = make_signed(lower_key.public_key(), content("Lower", true), upper, upper_key);
  const Bytes device =
      make_signed(device_key.public_key(), content("device-1", false), lower, lower_key);
  const Bytes own = root.sign(server_key.public_key(), content("server", false));
  server::Credential credential;
  credential.endpoint = "device-1";
  credential.kind = server::CredentialKind::NamedCertificate;
  ASSERT_FALSE(credentials_.add(credential).fault);
  serve({.key = server_key, .certificates = {own}, .trust_anchors = {root.certificate}});

  const Bytes chain = dtls_gnutls::join({device, lower, upper});
  const Bytes secret = device_key.one_asymmetric_key();
  ClientCredentials mine;
  mine.mode = ClientCredentials::Mode::X509;
  mine.identity = chain;
  mine.secret_key = secret;
  mine.server_key = own;
  mine.unix_time = kNow;
  connect(mine, 2);
  EXPECT_GE(last_flight_, 2) << "the ticket has the whole chain";
  auto session = client_->take_session();
  ASSERT_TRUE(session.ok());
  Bytes record(256);
  record.resize(*session->seal(secure::ContentType::ApplicationData, as_bytes("hello"), record));
  give(record);
  EXPECT_EQ(heard_, std::vector<std::string>{"hello"});
}

TEST_F(LastFlight, OfASessionTheLibraryKeepsIsRepeated) {
  LINNET_REQ("SEC-14");
  server::Credential credential;
  credential.endpoint = "device-1";
  credential.identity = "device-1";
  credential.key = server::Secret(as_bytes("0123456789abcdef"));
  ASSERT_FALSE(credentials_.add(credential).fault);
  serve({});

  constexpr std::uint16_t kCbc[] = {0x00AE};
  ClientCredentials mine;
  mine.identity = as_bytes("device-1");
  mine.secret_key = as_bytes("0123456789abcdef");
  mine.suites = kCbc;
  connect(mine, 2);
  EXPECT_EQ(transport_->counters().resident, 1u);
  ASSERT_NE(client_->resident(), nullptr);
  Bytes record(256);
  record.resize(
      *client_->resident()->seal(secure::ContentType::ApplicationData, as_bytes("hello"), record));
  give(record);
  EXPECT_EQ(heard_, std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace linnet::sim
