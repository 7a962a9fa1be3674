// SPDX-License-Identifier: Apache-2.0
// Pins how sessions come to be, are found, move, end and survive a restart, with handshakes that
// are not real and records that are.
#include <linnet/server/secure_transport.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "requirement.hpp"
#include "server/secure_bench.hpp"

namespace linnet::server {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using secure::Alert;
using secure::AlertLevel;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = SecureEvent::Kind;
using End = SecureEvent::End;

TEST(SecureTransport, AHandshakeMakesASession) {
  LINNET_REQ("SEC-03");
  Bench bench;
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.kind, Kind::Established);
  EXPECT_EQ(event.address, at(1));
  EXPECT_EQ(event.endpoint, "device-7");
  EXPECT_EQ(event.identity, "identity-7");
  EXPECT_EQ(event.credential, 7u);
  EXPECT_EQ(event.proof, secure::Proof::Psk);
  EXPECT_EQ(event.suite, secure::CipherSuite::PskAes128Ccm8);
  EXPECT_TRUE(event.connection_id);
  EXPECT_FALSE(event.continued);
  EXPECT_EQ(bench.handshakes.alive, 0u) << "the library's object goes";

  bench.say(device, "hello");
  EXPECT_THAT(bench.delivered, ElementsAre(std::pair(event.session, std::string("hello"))));
  EXPECT_EQ(bench.tell(device, event.session, "answer"), Error::Ok);
  EXPECT_THAT(device.received, ElementsAre("answer"));
}

TEST(SecureTransport, NothingPassesBeforeTheHandshakeIsDone) {
  LINNET_REQ("SEC-01");
  Bench bench;
  FakeSecureDevice device(7, at(1));
  device.session = *secure::Session::make(fake_keys(device.parameters, false));
  bench.say(device, "early");
  bench.receive(at(1), Datagram{0x44, 0x02, 0, 1, 0xB2, 'r', 'd'});  // plain CoAP
  bench.receive(at(1), device.hello());
  bench.say(device, "early");
  bench.run(device);
  EXPECT_THAT(bench.delivered, IsEmpty());
  EXPECT_EQ(bench.transport.counters().malformed, 1u);
}

TEST(SecureTransport, ReplayedAndForgedRecordsAreDroppedSilently) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-44");
  for (const bool with_id : {true, false}) {
    Bench bench;
    FakeSecureDevice device(7, at(1));
    device.parameters.id.used = with_id;
    ASSERT_TRUE(bench.connect(device));
    const Datagram good = device.seal("once");
    for (std::size_t i = 0; i < good.size(); ++i) {
      Datagram bad = good;
      bad[i] ^= 0x10;
      bench.receive(at(1), bad);
    }
    EXPECT_THAT(bench.delivered, IsEmpty());
    EXPECT_THAT(bench.sent(), IsEmpty());
    bench.receive(at(1), good);
    bench.receive(at(1), good);
    EXPECT_EQ(bench.delivered.size(), 1u);
    EXPECT_EQ(bench.transport.counters().replayed, 1u);
    EXPECT_GT(bench.transport.counters().unauthentic, 8u);
    EXPECT_THAT(bench.sent(), IsEmpty());
  }
}

TEST(SecureTransport, ASessionWithAnIdFollowsItsPeer) {
  LINNET_REQ("SEC-08");
  Bench bench;
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  const SocketAddress session = bench.session_of(device);
  (void)bench.events();
  const Datagram older = device.seal("older");
  device.address = at(2, 1234);
  bench.say(device, "moved");
  EXPECT_EQ(bench.one_event().kind, Kind::Moved);
  EXPECT_EQ(bench.delivered.back(), (std::pair(session, std::string("moved"))));
  EXPECT_EQ(bench.transport.peer(session)->address, at(2, 1234));
  EXPECT_EQ(bench.tell(device, session, "there"), Error::Ok);

  // Neither an older record, nor a replayed or forged one takes the session elsewhere.
  Datagram forged = device.seal("forged");
  forged.back() ^= 1;
  bench.receive(at(3), older);
  bench.receive(at(3), older);
  bench.receive(at(3), forged);
  EXPECT_EQ(bench.delivered.back().second, "older");
  EXPECT_EQ(bench.transport.peer(session)->address, at(2, 1234));
  EXPECT_EQ(bench.transport.counters().moved, 1u);
  EXPECT_EQ(bench.transport.counters().handshakes, 1u);
}

TEST(SecureTransport, LookingAheadChangesNothing) {
  Bench bench;
  FakeSecureDevice with_id(7, at(1)), without(8, at(2));
  without.parameters.id.used = false;
  ASSERT_TRUE(bench.connect(with_id));
  ASSERT_TRUE(bench.connect(without));
  const SecureCounters before = bench.transport.counters();
  std::vector<std::pair<SocketAddress, Datagram>> batch;
  for (int i = 0; i < 50; ++i) {
    batch.emplace_back(at(1), with_id.seal("by id"));
    batch.emplace_back(at(2), without.seal("by address"));
    batch.emplace_back(at(3), Datagram(static_cast<std::size_t>(i), 25));
    Datagram other_id = with_id.seal("nobody's");
    other_id[11 + static_cast<std::size_t>(i % 5)] ^= static_cast<std::uint8_t>(i + 1);
    batch.emplace_back(at(1), other_id);
  }
  bench.transport.expect(batch.size(), [&](std::size_t i) {
    return SecureTransport::Incoming{batch[i].first, batch[i].second};
  });
  EXPECT_EQ(bench.transport.counters().datagrams, before.datagrams);
  EXPECT_EQ(bench.transport.counters().records_in, before.records_in);
  for (auto& [from, datagram] : batch) bench.receive(from, datagram);
  EXPECT_EQ(bench.delivered.size(), 100u);
}

TEST(SecureTransport, ASessionWithoutAnIdIsBoundToItsAddress) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  device.parameters.id.used = false;
  ASSERT_TRUE(bench.connect(device));
  EXPECT_FALSE(bench.one_event().connection_id);
  bench.say(device, "here");
  device.address = at(2);
  bench.say(device, "elsewhere");
  EXPECT_EQ(bench.delivered.size(), 1u);
  EXPECT_EQ(bench.transport.counters().unknown, 1u);
}

TEST(SecureTransport, TheDevicesNewSessionGoesOnUnderTheNameOfTheOldOne) {
  LINNET_REQ("SEC-07");
  for (const bool with_id : {true, false}) {
    for (const bool resumed : {true, false}) {
      Bench bench;
      FakeSecureDevice device(7, at(1));
      device.parameters.id.used = with_id;
      ASSERT_TRUE(bench.connect(device));
      const SocketAddress session = bench.session_of(device);
      const Datagram of_old_keys = device.seal("old");
      (void)bench.events();
      device.address = at(9);
      device.parameters.resume = resumed;
      ASSERT_TRUE(bench.connect(device));
      const SecureEvent event = bench.one_event();
      EXPECT_EQ(event.kind, Kind::Established);
      EXPECT_TRUE(event.continued);
      EXPECT_EQ(event.resumed, resumed);
      EXPECT_EQ(event.session, session);
      EXPECT_THAT(bench.used.begun_anew, ElementsAre(session));
      bench.say(device, "new");
      EXPECT_EQ(bench.delivered.back(), (std::pair(session, std::string("new"))));
      bench.receive(at(1), of_old_keys);
      EXPECT_EQ(bench.delivered.size(), 1u);
      EXPECT_EQ(bench.tell(device, session, "answer"), Error::Ok);
      EXPECT_EQ(bench.transport.counters().sessions, 1u);
    }
  }
}

TEST(SecureTransport, ACredentialOfManyEndpointsMakesASessionForEachOfThem) {
  Bench bench;
  bench.handshakes.shared_from = 7;
  FakeSecureDevice first(7, at(1));
  FakeSecureDevice second(7, at(2));
  second.parameters.variant = 1;
  ASSERT_TRUE(bench.connect(first));
  ASSERT_TRUE(bench.connect(second));
  EXPECT_EQ(bench.transport.counters().sessions, 2u);
  ASSERT_TRUE(bench.connect(second));
  EXPECT_EQ(bench.transport.counters().sessions, 2u);
  const std::uint64_t seven[] = {7};
  EXPECT_EQ(bench.transport.end_credentials(bench.now, seven, End::Revoked), 2u);
}

TEST(SecureTransport, AnAddressKeepsItsSessionUntilTheNextOneIsProven) {
  Bench bench;
  FakeSecureDevice old(7, at(1));
  old.parameters.id.used = false;
  ASSERT_TRUE(bench.connect(old));
  const SocketAddress session = bench.session_of(old);
  FakeSecureDevice other(8, at(1));
  other.parameters.id.used = false;
  // Its handshake stands at the ServerHello.
  bench.receive(at(1), other.hello());
  auto answer = other.receive(bench.sent().at(0).second);
  bench.receive(at(1), *answer);
  answer = other.receive(bench.sent().at(0).second);
  bench.say(old, "still here");
  bench.work();
  EXPECT_EQ(bench.delivered.back().second, "still here");
  EXPECT_EQ(bench.tell(old, session, "yes"), Error::Ok);
  (void)bench.events();

  bench.receive(at(1), *answer);
  bench.run(other);
  ASSERT_TRUE(other.open());
  const auto events = bench.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, Kind::Ended);
  EXPECT_EQ(events[0].end, End::Replaced);
  EXPECT_EQ(events[0].session, session);
  EXPECT_NE(events[1].session, session);
  bench.say(old, "gone");
  EXPECT_EQ(bench.delivered.size(), 1u);
  EXPECT_FALSE(bench.transport.peer(session));
  EXPECT_EQ(bench.seal(session, "x").error(), Error::NotFound);
}

TEST(SecureTransport, TheLastFlightIsRepeatedAfterTheHandshakeIsGone) {
  for (const bool with_id : {true, false}) {
    Bench bench;
    FakeSecureDevice device(7, at(1));
    device.parameters.id.used = with_id;
    bench.receive(at(1), device.hello());
    bench.receive(at(1), *device.receive(bench.sent().at(0).second));
    bench.receive(at(1), *device.receive(bench.sent().at(0).second));
    EXPECT_EQ(bench.sent().size(), 1u);  // lost
    EXPECT_EQ(bench.handshakes.alive, 0u);
    for (int i = 1; i <= 3; ++i) {
      bench.now = bench.now + seconds(5);
      bench.receive(at(1), device.finish());
      auto again = bench.sent();
      ASSERT_EQ(again.size(), 1u);
      device.receive(again[0].second);
      EXPECT_EQ(device.finished, i);
    }
    EXPECT_FALSE(device.repeated_number);
    // Who uses the session has it.
    bench.say(device, "data");
    bench.receive(at(1), device.finish());
    EXPECT_THAT(bench.sent(), IsEmpty());
    EXPECT_EQ(bench.transport.counters().sessions, 1u);
  }
}

TEST(SecureTransport, TheLastFlightIsKeptForAMinute) {
  for (const auto& [after, expected] : {std::pair{59'999, 1u}, std::pair{60'000, 0u}}) {
    Bench bench;
    FakeSecureDevice device(7, at(1));
    ASSERT_TRUE(bench.connect(device));
    bench.now = bench.now + milliseconds(after);
    bench.work();
    bench.receive(at(1), device.finish());
    EXPECT_EQ(bench.sent().size(), expected);
  }
}

TEST(SecureTransport, TheLastFlightIsNotRepeatedAsOftenAsAsked) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  for (int i = 0; i < 20; ++i) bench.receive(at(1), device.finish());
  EXPECT_EQ(bench.sent().size(), 1u);
  bench.now = bench.now + milliseconds(499);
  bench.receive(at(1), device.finish());
  EXPECT_EQ(bench.sent().size(), 0u);
  bench.now = bench.now + milliseconds(1);
  bench.receive(at(1), device.finish());
  EXPECT_EQ(bench.sent().size(), 1u);
}

TEST(SecureTransport, DataRightBehindTheLastFlightIsNotLost) {
  for (const bool in_one_datagram : {true, false}) {
    Bench bench;
    FakeSecureDevice device(7, at(1));
    bench.receive(at(1), device.hello());
    bench.receive(at(1), *device.receive(bench.sent().at(0).second));
    Datagram flight = *device.receive(bench.sent().at(0).second);
    Datagram data = device.seal("data");
    if (in_one_datagram) {
      flight.insert(flight.end(), data.begin(), data.end());
      bench.receive(at(1), flight);
    } else {
      bench.receive(at(1), flight);
      bench.receive(at(1), data);
    }
    bench.work();
    ASSERT_EQ(bench.delivered.size(), 1u);
    EXPECT_EQ(bench.delivered[0].second, "data");
  }
}

TEST(SecureTransport, AFlightIsRepeatedByTheClockGiven) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  bench.receive(at(1), device.hello());
  bench.receive(at(1), *device.receive(bench.sent().at(0).second));
  EXPECT_EQ(bench.sent().size(), 1u);
  bench.now = bench.now + milliseconds(999);
  EXPECT_EQ(bench.sent().size(), 0u);
  bench.now = bench.now + milliseconds(1);
  EXPECT_EQ(bench.sent().size(), 1u);
}

TEST(SecureTransport, AHandshakeThatNobodyCompletesEnds) {
  SecureTransportConfig config;
  config.handshake_lifetime = seconds(30);
  Bench bench(config);
  FakeSecureDevice device(7, at(1));
  bench.receive(at(1), device.hello());
  bench.receive(at(1), *device.receive(bench.sent().at(0).second));
  (void)bench.sent();
  bench.now = bench.now + milliseconds(29'999);
  (void)bench.sent();
  EXPECT_EQ(bench.handshakes.alive, 1u);
  bench.now = bench.now + milliseconds(1);
  (void)bench.sent();
  EXPECT_EQ(bench.handshakes.alive, 0u);
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.kind, Kind::Failed);
  EXPECT_EQ(event.failure, secure::HandshakeFailure::Kind::Timeout);
  EXPECT_EQ(event.address, at(1));
}

TEST(SecureTransport, AFailedHandshakeSaysWhyAndSendsItsAlert) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  bench.receive(at(1), device.hello());
  bench.receive(at(1), *device.receive(bench.sent().at(0).second));
  (void)bench.sent();
  Datagram broken(64);
  Writer out(broken);
  const std::array<std::uint8_t, 1> body{99};
  secure::write_record(out, secure::ContentType::Handshake, 0, 5, body);
  bench.receive(at(1), Datagram(broken.begin(), broken.begin() + std::ptrdiff_t(out.size())));
  bench.run(device);
  EXPECT_THAT(device.alerts, ElementsAre(Alert::DecodeError));
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.kind, Kind::Failed);
  EXPECT_EQ(event.alert, Alert::DecodeError);
  EXPECT_EQ(event.reason, "the test said so");
  EXPECT_EQ(bench.handshakes.alive, 0u);
}

TEST(SecureTransport, AClientThatBeginsAnewReplacesItsHandshake) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  bench.receive(at(1), device.hello());
  bench.receive(at(1), *device.receive(bench.sent().at(0).second));
  (void)bench.sent();
  EXPECT_EQ(bench.handshakes.alive, 1u);
  ASSERT_TRUE(bench.connect(device));  // with another random
  EXPECT_EQ(bench.handshakes.begun, 2u);
  EXPECT_EQ(bench.handshakes.alive, 0u);
}

TEST(SecureTransport, AtTheLimitTheOldestHandshakeGoes) {
  SecureTransportConfig config;
  config.max_handshakes = 3;
  Bench bench(config);
  std::vector<FakeSecureDevice> devices;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    FakeSecureDevice& device = devices.emplace_back(i, at(i));
    bench.receive(at(i), device.hello());
    bench.receive(at(i), *device.receive(bench.sent().at(0).second));
    (void)bench.sent();
    bench.now = bench.now + milliseconds(10);
  }
  EXPECT_EQ(bench.handshakes.alive, 3u);
  EXPECT_EQ(bench.transport.counters().handshakes_open, 3u);
  const auto events = bench.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].address, at(1));
  EXPECT_EQ(events[1].address, at(2));
}

TEST(SecureTransport, CloseNotifyEndsTheSession) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  (void)bench.events();
  bench.receive(at(1), device.seal_alert(AlertLevel::Warning, Alert::CloseNotify));
  bench.run(device);
  EXPECT_THAT(device.alerts, ElementsAre(Alert::CloseNotify));
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.kind, Kind::Ended);
  EXPECT_EQ(event.end, End::Closed);
  EXPECT_EQ(event.endpoint, "device-7");
  EXPECT_EQ(bench.transport.counters().sessions, 0u);
}

TEST(SecureTransport, OnlyAuthenticFatalAlertsEndASession) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  device.parameters.id.used = false;
  ASSERT_TRUE(bench.connect(device));
  (void)bench.events();
  Datagram plain(32);
  Writer out(plain);
  const std::array<std::uint8_t, 2> fatal{2, 40};
  secure::write_record(out, secure::ContentType::Alert, 0, 77, fatal);
  plain.resize(out.size());
  bench.receive(at(1), plain);
  // A warning does not either.
  bench.receive(at(1), device.seal_alert(AlertLevel::Warning, Alert::NoRenegotiation));
  EXPECT_EQ(bench.transport.counters().sessions, 1u);
  bench.receive(at(1), device.seal_alert(AlertLevel::Fatal, Alert::InternalError));
  EXPECT_EQ(bench.one_event().end, End::Alert);
}

TEST(SecureTransport, RevocationEndsLiveSessions) {
  LINNET_REQ("SEC-10");
  Bench bench;
  FakeSecureDevice device(7, at(1));
  FakeSecureDevice other(8, at(2));
  ASSERT_TRUE(bench.connect(device));
  ASSERT_TRUE(bench.connect(other));
  (void)bench.events();
  const std::uint64_t revoked[] = {3, 7, 9};
  EXPECT_EQ(bench.transport.end_credentials(bench.now, revoked, End::Revoked), 1u);
  bench.run(device);
  EXPECT_THAT(device.alerts, ElementsAre(Alert::AccessDenied));
  EXPECT_EQ(bench.one_event().end, End::Revoked);
  bench.say(device, "no");
  bench.say(other, "yes");
  ASSERT_EQ(bench.delivered.size(), 1u);
  EXPECT_EQ(bench.delivered[0].second, "yes");
}

TEST(SecureTransport, ACredentialRevokedDuringTheHandshakeMakesNoSession) {
  LINNET_REQ("SEC-10");
  Bench bench;
  FakeSecureDevice device(7, at(1));
  bench.handshakes.revoked.insert(7);
  bench.connect(device);
  EXPECT_EQ(bench.transport.counters().sessions, 0u);
  EXPECT_EQ(bench.one_event().kind, Kind::Failed);
  EXPECT_EQ(bench.handshakes.alive, 0u);
}

TEST(SecureTransport, AFullTableLosesTheLongestSilentThatIsNotRegistered) {
  SecureTransportConfig config;
  config.max_sessions = 3;
  Bench bench(config);
  std::vector<FakeSecureDevice> devices;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(bench.connect(devices.emplace_back(i, at(i))));
    bench.now = bench.now + seconds(10);
  }
  bench.used.sessions.insert(bench.session_of(devices[0]));
  bench.say(devices[1], "awake");
  (void)bench.events();
  FakeSecureDevice fourth(4, at(4));
  ASSERT_TRUE(bench.connect(fourth));
  const auto events = bench.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].end, End::Evicted);
  EXPECT_EQ(events[0].endpoint, "device-3");

  // With a registration on each of them nobody else comes in.
  for (auto* device : {&devices[1], &fourth}) {
    bench.used.sessions.insert(bench.session_of(*device));
  }
  FakeSecureDevice fifth(5, at(5));
  bench.connect(fifth);
  EXPECT_EQ(bench.one_event().reason, "no room for more sessions");
  EXPECT_EQ(bench.transport.counters().sessions, 3u);
  // A device that has a session may renew it.
  EXPECT_TRUE(bench.connect(devices[1]));
}

TEST(SecureTransport, SilentSessionsWithoutRegistrationExpire) {
  SecureTransportConfig config;
  config.idle = seconds(3600);
  Bench bench(config);
  FakeSecureDevice registered(1, at(1));
  FakeSecureDevice silent(2, at(2));
  ASSERT_TRUE(bench.connect(registered));
  ASSERT_TRUE(bench.connect(silent));
  bench.used.sessions.insert(bench.session_of(registered));
  (void)bench.events();
  bench.now = bench.now + seconds(3599);
  bench.work();
  EXPECT_EQ(bench.transport.counters().sessions, 2u);
  bench.now = bench.now + seconds(2);
  bench.work();
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.end, End::Idle);
  EXPECT_EQ(event.endpoint, "device-2");
  EXPECT_EQ(bench.transport.counters().sessions, 1u);
}

TEST(SecureTransport, ASessionOfTheLibraryLivesAsLongAsItsHandshake) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  device.parameters.resident = true;
  ASSERT_TRUE(bench.connect(device));
  const SecureEvent event = bench.one_event();
  EXPECT_EQ(event.suite, secure::CipherSuite::PskAes128CbcSha256);
  EXPECT_FALSE(event.connection_id);
  EXPECT_EQ(bench.handshakes.alive, 1u);
  EXPECT_EQ(bench.transport.counters().resident, 1u);
  EXPECT_EQ(bench.transport.counters().handshakes_open, 0u);
  // The library repeats the last flight itself.
  bench.receive(at(1), device.finish());
  EXPECT_EQ(bench.sent().size(), 1u);
  bench.say(device, "data");
  EXPECT_EQ(bench.delivered.back().second, "data");
  EXPECT_EQ(bench.tell(device, event.session, "answer"), Error::Ok);
  EXPECT_THAT(device.received, ElementsAre("answer"));

  // The next one, of whichever kind, takes its place.
  device.parameters.resident = false;
  ASSERT_TRUE(bench.connect(device));
  EXPECT_EQ(bench.session_of(device), event.session);
  EXPECT_EQ(bench.handshakes.alive, 0u);
  EXPECT_EQ(bench.transport.counters().resident, 0u);
  device.parameters.resident = true;
  ASSERT_TRUE(bench.connect(device));
  EXPECT_EQ(bench.handshakes.alive, 1u);
  EXPECT_TRUE(bench.transport.end(bench.now, event.session, End::Removed));
  EXPECT_EQ(bench.handshakes.alive, 0u);
}

TEST(SecureTransport, ASourceThatClaimsToBeASessionIsNobody) {
  Bench bench;
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  bench.receive(bench.session_of(device), device.seal("x"));
  EXPECT_THAT(bench.delivered, IsEmpty());
}

TEST(SecureTransport, HellosOfOneNetworkAreLimited) {
  SecureTransportConfig config;
  config.hellos_per_second = 10;
  config.hello_burst = 20;
  Bench bench(config);
  for (int i = 0; i < 100; ++i) {
    FakeSecureDevice device(1000u + static_cast<unsigned>(i), at(static_cast<std::uint8_t>(i)));
    bench.receive(device.address, device.hello());
  }
  EXPECT_EQ(bench.sent().size(), 20u);
  EXPECT_EQ(bench.transport.counters().throttled, 80u);
  FakeSecureDevice elsewhere(1, SocketAddress::v4(198, 51, 100, 1, 5684));
  EXPECT_TRUE(bench.connect(elsewhere));
}

// --- Over a restart ---

TEST(SecureTransport, ASessionGoesOnAfterARestart) {
  LINNET_REQ("SEC-07");
  for (const bool with_id : {true, false}) {
    auto bench = std::make_unique<Bench>(durable());
    FakeSecureDevice device(7, at(1));
    FakeSecureDevice gone(8, at(2));
    device.parameters.id.used = with_id;
    ASSERT_TRUE(bench->connect(device));
    ASSERT_TRUE(bench->connect(gone));
    const SocketAddress session = bench->session_of(device);
    const SocketAddress ended = bench->session_of(gone);
    bench->store();
    EXPECT_FALSE(bench->transport.changed());
    const Datagram before = device.seal("before");
    bench->receive(at(1), before);
    EXPECT_EQ(bench->tell(device, session, "one"), Error::Ok);
    bench->transport.end(bench->now, ended, End::Removed);
    bench->store();

    bench = restart(*bench);
    EXPECT_FALSE(bench->transport.peer(ended));
    const auto peer = bench->transport.peer(session);
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->endpoint, "device-7");
    EXPECT_EQ(peer->address, at(1));
    EXPECT_EQ(peer->credential, 7u);
    // Nothing leaves before new numbers are on stable storage.
    EXPECT_EQ(bench->seal(session, "x").error(), Error::Busy);
    EXPECT_TRUE(bench->transport.changed());
    bench->store();
    EXPECT_EQ(bench->tell(device, session, "two"), Error::Ok);
    bench->say(device, "after");
    EXPECT_EQ(bench->delivered.back(), (std::pair(session, std::string("after"))));
    EXPECT_THAT(device.received, ElementsAre("one", "two"));
    EXPECT_FALSE(device.repeated_number);
    // New ones find room beside it.
    FakeSecureDevice next(9, at(3));
    ASSERT_TRUE(bench->connect(next));
    EXPECT_NE(bench->session_of(next), session);
    EXPECT_NE(bench->session_of(next), ended);
  }
}

TEST(SecureTransport, ARecordFromThePeerAsksForNumbersInTime) {
  auto bench = std::make_unique<Bench>(durable());
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench->connect(device));
  EXPECT_TRUE(bench->transport.changed());
  EXPECT_FALSE(bench->transport.reserves()) << "lost in a power failure, its numbers are as well";
  bench->store();
  bench = restart(*bench);
  EXPECT_FALSE(bench->transport.changed());
  bench->say(device, "update");
  EXPECT_TRUE(bench->transport.changed());
  EXPECT_TRUE(bench->transport.reserves());
  bench->store();
  EXPECT_EQ(bench->tell(device, bench->session_of(device), "changed"), Error::Ok);
}

TEST(SecureTransport, WhatCannotHaveBeenASessionIsNotRestored) {
  Bench bench(durable());
  FakeSecureDevice device(7, at(1));
  ASSERT_TRUE(bench.connect(device));
  bench.store();
  const auto& [session, kept] = *bench.kept.begin();
  SessionRecord record{session,         kept.address, kept.endpoint,
                       kept.credential, kept.proof,   kept.state};
  EXPECT_EQ(bench.transport.restore(bench.now, record).error(), Error::Exists);
  Bench other(durable());
  record.session = at(1);
  EXPECT_EQ(other.transport.restore(bench.now, record).error(), Error::Malformed);
  record.session = session;
  record.state = record.state.first(record.state.size() - 1);
  EXPECT_FALSE(other.transport.restore(bench.now, record).ok());
  EXPECT_EQ(other.transport.counters().sessions, 0u);
}

TEST(SecureTransport, OfTwoStoredSessionsOfOnePeerOneIsRestored) {
  for (const bool with_id : {true, false}) {
    Bench bench(durable());
    FakeSecureDevice device(7, at(1));
    device.parameters.id.used = with_id;
    ASSERT_TRUE(bench.connect(device));
    bench.store();
    // What the same device, or another one at its address, left behind long ago.
    Bench other(durable(), 1);
    FakeSecureDevice filler(9, at(9));  // so that it is not the place that is taken
    FakeSecureDevice stale(with_id ? 7u : 8u, with_id ? at(2) : at(1));
    stale.parameters.id.used = false;
    ASSERT_TRUE(other.connect(filler));
    ASSERT_TRUE(other.connect(stale));
    other.store();
    for (const auto& [session, kept] : other.kept) {
      const SessionRecord record{session,         kept.address, kept.endpoint,
                                 kept.credential, kept.proof,   kept.state};
      EXPECT_EQ(bench.transport.restore(bench.now, record).error(), Error::Exists);
    }
    EXPECT_EQ(bench.transport.counters().sessions, 1u);
    bench.say(device, "still mine");
    EXPECT_EQ(bench.delivered.size(), 1u);
  }
}

TEST(SecureTransport, NoRecordNumberIsUsedTwiceWhereverItCrashes) {
  constexpr std::uint64_t kSeed = 20261129;
  SeededRng random(kSeed);
  SCOPED_TRACE(kSeed);
  for (int round = 0; round < 40; ++round) {
    auto bench = std::make_unique<Bench>(durable(), 1 + random.next());
    FakeSecureDevice device(7, at(1));
    device.parameters.id.used = (round & 1) != 0;
    ASSERT_TRUE(bench->connect(device));
    const SocketAddress session = bench->session_of(device);
    bench->store();
    int crashes = 0;
    for (int step = 0; step < 400; ++step) {
      switch (random.below(8)) {
        case 0: bench->store(); break;
        case 1: bench->say(device, "x"); break;
        case 2:
          if (random.below(4) != 0) break;
          bench = restart(*bench);
          ++crashes;
          break;
        default: (void)bench->tell(device, session, "y"); break;
      }
    }
    ASSERT_FALSE(device.repeated_number) << "round " << round;
    ASSERT_GT(crashes, 0);
    ASSERT_GT(device.received.size(), 50u);
  }
}

}  // namespace
}  // namespace linnet::server
