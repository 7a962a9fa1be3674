// SPDX-License-Identifier: Apache-2.0
// Pins what a client does when a secure connection cannot be made, or is ended: what is kept of the
// alert, when it tries again, and when it asks for a bootstrap.
#include <client/bootstrap_device.hpp>
#include <linnet/secure/handshake.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

using secure::Alert;
using secure::HandshakeFailure;

HandshakeFailure received(Alert alert) {
  return {.kind = HandshakeFailure::Kind::AlertReceived, .alert = alert};
}
constexpr HandshakeFailure kSilence{.kind = HandshakeFailure::Kind::Timeout};

const Path kAlertCode(account::kObject, 1, account::kTlsDtlsAlertCode);

class ConnectionTest : public BootstrapTest {
 protected:
  void set(Id resource, std::uint32_t number) {
    ASSERT_TRUE(servers.set(1, resource, number).ok());
  }
  void fail(const HandshakeFailure& failure, PeerId peer = 0) {
    client->connection_failed(now, peer, failure);
  }
  /// The Register to peer 0 goes out, and there is no connection.
  void fail_register(const HandshakeFailure& failure) {
    const Sent request = bootstrap->expect();
    ASSERT_EQ(request.peer, 0);
    ASSERT_EQ(request.path(), "/rd");
    fail(failure);
    // What was to be repeated is not any more.
    EXPECT_TRUE(bootstrap->silent());
  }
  [[nodiscard]] std::optional<std::uint64_t> alert_code() {
    if (!servers.has_resource(kAlertCode)) return std::nullopt;
    return servers.read(kAlertCode)->as_unsigned();
  }
};

TEST_F(ConnectionTest, KeepsTheAlertReceivedLast) {
  LINNET_REQ("SEC-45");
  LINNET_REQ("SRV-20");
  add_server(101);
  start();
  EXPECT_FALSE(alert_code());
  fail_register(received(Alert::UnknownPskIdentity));
  EXPECT_EQ(alert_code(), 115u);
  ASSERT_EQ(events(EventType::ConnectionFailed), 1u);
  EXPECT_EQ(bootstrap->last_event.peer, 0);
  EXPECT_EQ(bootstrap->last_event.error, Error::Unauthorized);
  EXPECT_EQ(bootstrap->last_event.id, 115);
  set_time(client->next_timeout());
  fail_register(received(Alert::HandshakeFailure));
  EXPECT_EQ(alert_code(), 40u);
  // Not what we said ourselves, nor silence.
  set_time(client->next_timeout());
  fail_register({.kind = HandshakeFailure::Kind::AlertSent, .alert = Alert::BadCertificate});
  EXPECT_EQ(alert_code(), 40u);
  EXPECT_EQ(events(EventType::ConnectionFailed), 3u);
  EXPECT_EQ(bootstrap->last_event.id, 42);
  set_time(client->next_timeout());
  fail_register(kSilence);
  EXPECT_EQ(alert_code(), 40u);
  EXPECT_EQ(events(EventType::ConnectionFailed), 4u);
  EXPECT_EQ(bootstrap->last_event.error, Error::Timeout);
}

TEST_F(ConnectionTest, HasNoPlaceForTheAlertBefore11) {
  std::array<ServerInstance, 1> rows;
  ServerObject old(rows, lwm2m::objects::kServer_1_0);
  objects[1] = &old;
  add_server(101);
  ASSERT_TRUE(old.put(ServerInstance(1, 101, 300)).ok());
  start();
  fail_register(received(Alert::UnknownPskIdentity));
  EXPECT_FALSE(old.has_resource(kAlertCode));
  EXPECT_EQ(events(EventType::ConnectionFailed), 1u);
}

TEST_F(ConnectionTest, CountsAsACommunicationFailure) {
  LINNET_REQ("SRV-08");
  LINNET_REQ("SEC-46");
  LINNET_REQ("SEC-40");
  add_server(101);
  set(account::kCommunicationRetryCount, 3);
  set(account::kCommunicationRetryTimer, 10);
  set(account::kCommunicationSequenceDelayTimer, 500);
  set(account::kCommunicationSequenceRetryCount, 2);
  for (const HandshakeFailure& failure :
       {kSilence, received(Alert::HandshakeFailure), received(Alert::UnknownPskIdentity)}) {
    start();
    for (const int pause : {10, 20, 500, 10, 20}) {
      SCOPED_TRACE(pause);
      fail_register(failure);
      const Instant next = now + seconds(pause);
      EXPECT_EQ(client->next_timeout(), next);
      EXPECT_GE(events(EventType::RegistrationFailed), 1u);
      EXPECT_EQ(bootstrap->last_event.retry_at, next);
      EXPECT_EQ(bootstrap->last_event.code, Code::Empty);
      set_time(next - milliseconds(1));
      EXPECT_TRUE(bootstrap->silent());
      set_time(next);
    }
  }
}

TEST_F(ConnectionTest, AsksForABootstrapWhenNothingElseHelps) {
  LINNET_REQ("SEC-41");
  LINNET_REQ("SEC-46");
  add_bootstrap();
  add_server(101);
  for (const auto& [failure, at_once] :
       {std::pair{received(Alert::UnknownPskIdentity), true},
        std::pair{received(Alert::CertificateExpired), true},
        std::pair{received(Alert::AccessDenied), true},
        std::pair{
            HandshakeFailure{.kind = HandshakeFailure::Kind::AlertSent, .alert = Alert::UnknownCa},
            true},
        std::pair{HandshakeFailure{.kind = HandshakeFailure::Kind::Refused}, true},
        std::pair{received(Alert::HandshakeFailure), false}, std::pair{kSilence, false}}) {
    SCOPED_TRACE(static_cast<int>(failure.alert));
    start();
    ASSERT_EQ(bootstrap->expect().path(), "/rd");
    fail(failure);
    EXPECT_EQ(events(EventType::BootstrapNeeded), at_once ? 1u : 0u);
    EXPECT_EQ(client->bootstrap_state(), at_once ? BootstrapState::HoldOff : BootstrapState::Idle);
    if (!at_once) continue;
    const Sent request = bootstrap->expect();
    EXPECT_EQ(request.peer, kBootstrap);
    EXPECT_EQ(request.path(), "/bs");
  }
}

TEST_F(ConnectionTest, DoesNotAskIfTheAccountSaysNo) {
  LINNET_REQ("SEC-46");
  add_bootstrap();
  add_server(101);
  set(account::kBootstrapOnRegistrationFailure, 0);
  start();
  fail_register(received(Alert::UnknownPskIdentity));
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
}

TEST_F(ConnectionTest, GivesUpAfterTheLastSequence) {
  LINNET_REQ("SEC-43");
  add_bootstrap();
  add_server(101);
  set(account::kCommunicationRetryCount, 2);
  start();
  fail_register(kSilence);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
  set_time(client->next_timeout());
  ASSERT_EQ(bootstrap->expect().path(), "/rd");
  fail(kSilence);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 1u);
  EXPECT_EQ(bootstrap->expect().path(), "/bs");
}

TEST_F(ConnectionTest, RegistersAgainWhenTheServerEndsTheSession) {
  LINNET_REQ("SEC-46");
  add_server(101);
  every.set(0, kInteger, Value::integer(42));
  start();
  register_all();
  const Sent first = server[0]->ask({.code = Code::Get, .path = "/1000/0/1", .observe = 0});
  ASSERT_EQ(first.code(), Code::Content);
  fail(received(Alert::CloseNotify));
  EXPECT_EQ(alert_code(), 0u);
  EXPECT_EQ(events(EventType::RegistrationLost), 1u);
  EXPECT_EQ(events(EventType::ObservationEnded), 1u);
  EXPECT_FALSE(client->registered(0));
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
  // From here on as with any server that is not there.
  fail(kSilence);
  EXPECT_EQ(events(EventType::RegistrationFailed), 1u);
  EXPECT_TRUE(bootstrap->silent());
}

TEST_F(ConnectionTest, LosesAnUpdateToo) {
  add_server(101);
  start();
  register_all();
  client->update_registration(now, 0);
  EXPECT_EQ(bootstrap->expect().path(), "/rd/0");
  fail(received(Alert::InternalError));
  EXPECT_EQ(bootstrap->expect().path(), "/rd");
}

TEST_F(ConnectionTest, ARefusedUpdateSaysNothingAboutTheRegisterThatFollows) {
  LINNET_REQ("SEC-46");
  LINNET_REQ("SRV-04");
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  client->update_registration(now, 0);
  const Sent update = bootstrap->expect();
  ASSERT_EQ(update.path(), "/rd/0");
  server[0]->answer(update, {.code = Code::NotFound});
  fail_register(kSilence);
  EXPECT_EQ(events(EventType::RegistrationFailed), 1u);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
}

TEST_F(ConnectionTest, StopsWhereNobodyAnswers) {
  add_server(101);
  start();
  register_all();
  client->stop(now);
  EXPECT_EQ(bootstrap->expect().path(), "/rd/0");
  EXPECT_FALSE(client->stopped());
  fail(received(Alert::CloseNotify));
  EXPECT_TRUE(client->stopped());
  EXPECT_EQ(events(EventType::Deregistered), 1u);
}

TEST_F(ConnectionTest, ChangesNothingBetweenAttempts) {
  add_server(101);
  start();
  fail_register(kSilence);
  const Instant next = client->next_timeout();
  fail(received(Alert::CloseNotify));
  EXPECT_TRUE(bootstrap->silent());
  EXPECT_EQ(client->next_timeout(), next);
  EXPECT_EQ(events(EventType::RegistrationFailed), 1u);
  EXPECT_EQ(alert_code(), 0u);
  client->disable(now, 0, seconds(1000));
  fail(received(Alert::CloseNotify));
  EXPECT_TRUE(client->disabled(0));
  // Nobody has that one.
  fail(received(Alert::CloseNotify), 1);
  fail(received(Alert::CloseNotify), 200);
  EXPECT_EQ(events(EventType::ConnectionFailed), 3u);
}

TEST_F(ConnectionTest, AnObserverOfTheAlertIsTold) {
  add_server(101);
  add_server(102);
  start();
  register_all();
  const Sent first = server[1]->ask(
      {.code = Code::Get, .path = "/1/1", .accept = ContentFormat::SenmlJson, .observe = 0});
  ASSERT_EQ(first.code(), Code::Content);
  fail(received(Alert::AccessDenied));
  bool told = false;
  while (const auto sent = bootstrap->poll()) {
    told = told ||
           (sent->peer == 1 && sent->payload().find("\"n\":\"11\",\"v\":49") != std::string::npos);
  }
  EXPECT_TRUE(told);
}

// --- The bootstrap server ---

TEST_F(ConnectionTest, AsksTheBootstrapServerLessAndLessOften) {
  LINNET_REQ("SEC-43");
  add_bootstrap();
  start();
  Duration before{};
  for (int i = 0; i < 4; ++i) {
    const Sent request = bootstrap->expect();
    ASSERT_EQ(request.path(), "/bs");
    fail(received(Alert::UnknownPskIdentity), kBootstrap);
    EXPECT_EQ(events(EventType::BootstrapFailed), static_cast<std::size_t>(i + 1));
    EXPECT_EQ(bootstrap->last_event.error, Error::Unauthorized);
    EXPECT_TRUE(bootstrap->silent());
    const Duration pause = bootstrap->last_event.retry_at - now;
    EXPECT_GT(pause, before);
    before = pause;
    set_time(client->next_timeout());
  }
  EXPECT_EQ(events(EventType::ConnectionFailed), 4u);
  EXPECT_EQ(bootstrap->last_event.peer, kBootstrap);
}

TEST_F(ConnectionTest, TakesBackABootstrapThatIsCutOff) {
  LINNET_REQ("BS-14");
  add_bootstrap();
  start();
  open();
  write_account(101);
  EXPECT_NE(security.find(1), nullptr);
  fail(received(Alert::InternalError), kBootstrap);
  EXPECT_EQ(security.find(1), nullptr);
  EXPECT_EQ(events(EventType::BootstrapFailed), 1u);
  EXPECT_EQ(client->bootstrap_state(), BootstrapState::HoldOff);
}

TEST_F(ConnectionTest, ABootstrapIsDoneWhenItsServerClosesAfterFinish) {
  add_bootstrap();
  start();
  open();
  write_account(101);
  bootstrap->send({.code = Code::Post, .path = "/bs"});
  ASSERT_EQ(client->bootstrap_state(), BootstrapState::Closing);
  fail(received(Alert::CloseNotify), kBootstrap);
  EXPECT_EQ(events(EventType::BootstrapDone), 1u);
  EXPECT_EQ(events(EventType::BootstrapFailed), 0u);
  // And once more when nothing is under way.
  fail(received(Alert::CloseNotify), kBootstrap);
  EXPECT_EQ(events(EventType::BootstrapFailed), 0u);
}

TEST_F(ConnectionTest, WritesNoAlertIntoHalfAnAccount) {
  add_bootstrap();
  add_server(101);
  start();
  register_all();
  ASSERT_TRUE(client->bootstrap(now).ok());
  open();
  EXPECT_EQ(remove("/1/1").code(), Code::Deleted);
  fail(received(Alert::CloseNotify));
  EXPECT_EQ(servers.find(1), nullptr);
}

}  // namespace
}  // namespace linnet::client::test
