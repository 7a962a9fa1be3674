// SPDX-License-Identifier: Apache-2.0
// Pins when a client uses its session, resumes it or makes a new one, what it holds meanwhile, and
// what it makes of alerts. Handshakes are fake, sessions are real.
#include <gtest/gtest.h>

#include <fake_dtls.hpp>
#include <linnet/coap/message.hpp>
#include <requirement.hpp>

namespace linnet::secure {
namespace {

using linnet::test::Bytes;
using linnet::test::FakeCredentials;
using linnet::test::FakeDtlsServer;
using linnet::test::FakeHandshakes;
using linnet::test::plain_record;
using Kind = HandshakeFailure::Kind;
using Type = LinkEvent::Type;

/// A CoAP message of four bytes and a text.
Bytes message(std::uint16_t id, coap::Type type = coap::Type::Con, std::string_view text = "") {
  const auto head = coap::empty_message(type, id);
  Bytes bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

class ClientLinkTest : public ::testing::Test {
 protected:
  ClientLinkTest() { now = Instant{1'000'000}; }

  /// Sends, and carries what goes out on the way; false if nothing left at once.
  bool send(const Bytes& plain) {
    Bytes out(512);
    const std::size_t size = link.send(now, plain, out);
    if (size != 0) arrive(ByteView(out).first(size));
    exchange();
    return size != 0;
  }
  /// Everything there is to carry, both ways, until nobody has anything to say.
  void exchange() {
    Bytes out(512);
    for (int i = 0; i < 20; ++i) {
      const auto size = link.poll_transmit(now, out);
      if (!size) {
        if (answers.empty()) return;
        deliver(answers.front());
        answers.erase(answers.begin());
        continue;
      }
      wire.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size));
      arrive(wire.back());
    }
    FAIL() << "never ends";
  }
  void arrive(ByteView datagram) {
    if (lost > 0) {
      --lost;
      return;
    }
    for (Bytes& answer : server.receive(datagram)) answers.push_back(std::move(answer));
  }
  void deliver(Bytes datagram) {
    link.receive(now, datagram, [&](MutableBytes plain) { received.push_back(text_of(plain)); });
  }
  void pass(Duration time) {
    const Instant end = now + time;
    while (link.next_timeout() <= end) {
      now = std::max(now, link.next_timeout());
      link.on_timeout(now);
      exchange();
    }
    now = end;
    exchange();
  }
  /// The only event there is.
  LinkEvent event() {
    const auto first = link.poll_event();
    if (!first) {
      ADD_FAILURE() << "there is no event";
      return {};
    }
    reason = first->failure.reason;
    const auto second = link.poll_event();
    EXPECT_FALSE(second);
    return *first;
  }
  void establish() {
    send(message(1));
    ASSERT_EQ(event().type, Type::Established);
    ASSERT_EQ(server.heard.back(), text_of(message(1)));
    deliver(server.say("answer"));
    received.clear();
    wire.clear();
  }

  Instant now;
  FakeHandshakes handshakes;
  FakeCredentials credentials;
  Bytes held = Bytes(256);
  Bytes resumption = Bytes(64);
  FakeDtlsServer server;
  std::vector<Bytes> answers;
  std::vector<Bytes> wire;
  std::vector<std::string> received;
  std::string reason;
  int lost = 0;
  ClientLink link{handshakes, credentials, {.held = held, .resumption = resumption}};
};

TEST_F(ClientLinkTest, BeginsAHandshakeWithTheFirstMessage) {
  LINNET_REQ("SEC-03");
  EXPECT_EQ(link.state(), ClientLink::State::Idle);
  EXPECT_TRUE(link.next_timeout().is_never());
  EXPECT_FALSE(send(message(1)));
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  EXPECT_EQ(server.heard, (std::vector<std::string>{"hello ", text_of(message(1))}));
  const LinkEvent established = event();
  EXPECT_EQ(established.type, Type::Established);
  EXPECT_FALSE(established.replaced);
  EXPECT_EQ(link.suite(), CipherSuite::PskAes128Ccm8);
  EXPECT_EQ(link.connection_id().size, 6);
  EXPECT_EQ(link.server(), "the server");
  EXPECT_EQ(link.since(), now);
  EXPECT_FALSE(credentials.lent);
  EXPECT_TRUE(handshakes.handshakes.empty());  // it was let go
}

TEST_F(ClientLinkTest, HoldsTwoMessagesAndACopyTakesThePlaceOfTheFirst) {
  lost = 100;
  send(message(1, coap::Type::Con, "old"));
  send(message(2, coap::Type::Non));
  send(message(3, coap::Type::Non));  // one too many
  send(message(1, coap::Type::Con, "new"));
  EXPECT_EQ(link.state(), ClientLink::State::Connecting);
  EXPECT_TRUE(credentials.lent);
  lost = 0;
  pass(seconds(1));
  EXPECT_EQ(server.heard,
            (std::vector<std::string>{"hello ", text_of(message(1, coap::Type::Con, "new")),
                                      text_of(message(2, coap::Type::Non))}));
}

TEST_F(ClientLinkTest, CarriesMessagesBothWays) {
  establish();
  EXPECT_TRUE(send(message(2)));
  EXPECT_EQ(server.heard.back(), text_of(message(2)));
  deliver(server.say("one"));
  // Two records in one datagram.
  Bytes both = server.say("two");
  const Bytes three = server.say("three");
  both.insert(both.end(), three.begin(), three.end());
  deliver(both);
  EXPECT_EQ(received, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(handshakes.begun, 1);
}

TEST_F(ClientLinkTest, DropsSilentlyWhatIsNotTheServers) {
  LINNET_REQ("SEC-44");
  LINNET_REQ("SEC-01");
  establish();
  const Bytes good = server.say("good");
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    deliver(bad);
    bad.resize(i);
    deliver(bad);
  }
  // Nobody ends a session with a record that is not protected.
  deliver(plain_record("\2\50", 0, ContentType::Alert));
  deliver(plain_record("\1\0", 0, ContentType::Alert));
  deliver(plain_record("hello "));
  EXPECT_TRUE(received.empty());
  EXPECT_GE(link.dropped(), good.size());
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  EXPECT_FALSE(link.poll_event());
  EXPECT_FALSE(link.poll_transmit(now, resumption));
  deliver(good);
  deliver(good);  // a replay
  EXPECT_EQ(received, (std::vector<std::string>{"good"}));
  EXPECT_EQ(handshakes.begun, 1);
}

TEST_F(ClientLinkTest, GoesOnUnderItsConnectionIdFromANewAddress) {
  LINNET_REQ("SEC-08");
  establish();
  pass(seconds(86400));
  link.address_changed(now);
  EXPECT_TRUE(send(message(2)));
  EXPECT_EQ(server.heard.back(), text_of(message(2)));
  EXPECT_EQ(handshakes.begun, 1);
}

TEST_F(ClientLinkTest, ResumesAtANewAddressWithoutConnectionId) {
  LINNET_REQ("SEC-09");
  server.id_bytes = 0;
  establish();
  link.address_changed(now);
  EXPECT_FALSE(send(message(2)));
  EXPECT_EQ(server.heard[server.heard.size() - 3], "hello ticket-1");
  EXPECT_EQ(server.heard.back(), text_of(message(2)));
  EXPECT_EQ(event().type, Type::Resumed);
  EXPECT_TRUE(link.resumed());
  EXPECT_TRUE(send(message(3)));
  EXPECT_EQ(handshakes.begun, 2);
}

TEST_F(ClientLinkTest, ResumesWhenTheServerIsSilent) {
  struct Case {
    std::uint8_t id_bytes;
    Duration idle;
    int unanswered;  // that are sent in the session
  };
  for (const Case& c : {Case{6, seconds(3600), 2}, Case{0, seconds(3600), 1},
                        Case{6, seconds(1), 3}, Case{0, seconds(1), 3}}) {
    SCOPED_TRACE(static_cast<int>(c.id_bytes) * 10000 + c.idle.ms / 1000);
    link.renew(now);
    exchange();
    server.id_bytes = c.id_bytes;
    establish();
    pass(c.idle);
    const int before = handshakes.begun;
    for (int i = 0; i < c.unanswered; ++i) {
      EXPECT_TRUE(send(message(9)));
      EXPECT_TRUE(send(message(10, coap::Type::Non)));  // of which nobody expects an answer
      EXPECT_EQ(handshakes.begun, before);
    }
    EXPECT_FALSE(send(message(9)));
    EXPECT_EQ(handshakes.begun, before + 1);
    EXPECT_EQ(event().type, Type::Resumed);
    EXPECT_EQ(server.heard.back(), text_of(message(9)));
  }
}

TEST_F(ClientLinkTest, AnAnswerRenewsItsPatience) {
  establish();
  pass(seconds(3600));
  for (std::uint16_t id = 2; id < 50; ++id) {
    EXPECT_TRUE(send(message(id)));
    EXPECT_TRUE(send(message(id)));
    deliver(server.say("answer"));
  }
  EXPECT_EQ(handshakes.begun, 1);
}

TEST_F(ClientLinkTest, TellsThatTheServerHadForgottenTheSession) {
  establish();
  server.knows_tickets = false;
  pass(seconds(3600));
  for (int i = 0; i < 3; ++i) send(message(2));
  const LinkEvent established = event();
  EXPECT_EQ(established.type, Type::Established);
  EXPECT_TRUE(established.replaced);
  // The engine registers again: what it had said before does not go out.
  EXPECT_EQ(server.heard.back(), "hello ticket-1");
  send(message(3));
  EXPECT_EQ(server.heard.back(), text_of(message(3)));
}

TEST_F(ClientLinkTest, KeepsTheSessionUntilThereIsAnother) {
  LINNET_REQ("SEC-07");
  establish();
  FakeDtlsServer old = server;
  pass(seconds(3600));
  lost = 1000;
  for (int i = 0; i < 3; ++i) send(message(2));
  EXPECT_TRUE(link.handshaking());
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  deliver(old.say("late"));
  EXPECT_EQ(received, (std::vector<std::string>{"late"}));
  // And what is asked is answered in the session it was asked in.
  Bytes out(512);
  EXPECT_NE(link.send(now, message(77, coap::Type::Ack), out), 0u);
  // Nobody answers: it stays, and is the first thing tried next time.
  pass(seconds(70));
  EXPECT_EQ(event().failure.kind, Kind::Timeout);
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  EXPECT_TRUE(link.can_resume());
  lost = 0;
  pass(seconds(600));
  deliver(old.say("there again"));
  EXPECT_TRUE(send(message(3)));
}

TEST_F(ClientLinkTest, RepeatsItsFinalFlightWhenAskedAndNotTooOften) {
  server.id_bytes = 0;
  establish();
  link.address_changed(now);
  send(message(2));
  EXPECT_EQ(event().type, Type::Resumed);
  const auto flights = [&] {
    return std::count(server.heard.begin(), server.heard.end(), std::string("finished"));
  };
  EXPECT_EQ(flights(), 1);
  const Bytes again = plain_record("done again");
  deliver(again);
  exchange();
  EXPECT_EQ(flights(), 2);
  deliver(again);
  exchange();
  EXPECT_EQ(flights(), 2);
  pass(seconds(1));
  deliver(again);
  exchange();
  EXPECT_EQ(flights(), 3);
  pass(seconds(1));
  deliver(server.say("the first message"));
  deliver(again);
  exchange();
  EXPECT_EQ(flights(), 3);
}

TEST_F(ClientLinkTest, ForgetsItsFinalFlightAfterAMinute) {
  server.id_bytes = 0;
  establish();
  link.address_changed(now);
  send(message(2));
  pass(seconds(60));
  const auto before = server.heard.size();
  deliver(plain_record("done again"));
  exchange();
  EXPECT_EQ(server.heard.size(), before);
}

// --- Alerts ---

TEST_F(ClientLinkTest, ReportsTheAlertAHandshakeEndedWith) {
  LINNET_REQ("SEC-41");
  server.alert = static_cast<int>(Alert::UnknownPskIdentity);
  send(message(1));
  const LinkEvent failed = event();
  EXPECT_EQ(failed.type, Type::Failed);
  EXPECT_EQ(failed.failure.kind, Kind::AlertReceived);
  EXPECT_EQ(failed.failure.alert, Alert::UnknownPskIdentity);
  EXPECT_EQ(reason, describe(Alert::UnknownPskIdentity));
  EXPECT_EQ(link.state(), ClientLink::State::Idle);
  EXPECT_FALSE(credentials.lent);
  EXPECT_TRUE(handshakes.handshakes.empty());
}

/// Plain alerts are anybody's.
TEST_F(ClientLinkTest, ARefusedHandshakeEndsNoSession) {
  LINNET_REQ("SEC-44");
  establish();
  pass(seconds(3600));
  server.alert = static_cast<int>(Alert::UnknownPskIdentity);
  for (int i = 0; i < 3; ++i) send(message(2));
  EXPECT_EQ(event().type, Type::Failed);
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  EXPECT_FALSE(link.can_resume());
  deliver(server.say("still here"));
  EXPECT_EQ(received, (std::vector<std::string>{"still here"}));
  // It was, and what the engine says next goes out in it.
  EXPECT_TRUE(send(message(3)));
  EXPECT_EQ(link.suite(), CipherSuite::PskAes128Ccm8);
  EXPECT_FALSE(link.handshaking());
}

TEST_F(ClientLinkTest, AServerThatRefusedUsIsAskedAgain) {
  establish();
  pass(seconds(3600));
  server.alert = static_cast<int>(Alert::UnknownPskIdentity);
  for (int i = 0; i < 3; ++i) send(message(2));
  EXPECT_EQ(event().type, Type::Failed);
  server.alert = -1;
  send(message(3));
  pass(seconds(2));
  // The engine was told, so nothing is replaced.
  EXPECT_FALSE(event().replaced);
  EXPECT_EQ(server.heard.back(), text_of(message(3)));
}

TEST_F(ClientLinkTest, PausesLongerAfterEachFailure) {
  LINNET_REQ("SEC-40");
  LINNET_REQ("SEC-43");
  server.alert = static_cast<int>(Alert::HandshakeFailure);
  send(message(1));
  (void)event();
  for (const int pause : {1, 2, 4, 8, 16, 32, 64, 64}) {
    SCOPED_TRACE(pause);
    const Instant failed_at = now;
    const int before = server.hellos;
    send(message(1));
    EXPECT_EQ(link.next_timeout(), failed_at + seconds(pause));
    pass(seconds(pause) - milliseconds(1));
    EXPECT_EQ(server.hellos, before);
    pass(milliseconds(1));
    EXPECT_EQ(server.hellos, before + 1);
    EXPECT_EQ(event().type, Type::Failed);
  }
  server.alert = -1;
  send(message(1));
  pass(seconds(64));
  EXPECT_EQ(event().type, Type::Established);
  server.alert = static_cast<int>(Alert::HandshakeFailure);
  link.close(now);
  send(message(2));
  EXPECT_EQ(event().type, Type::Failed);  // the pause had begun anew
}

TEST_F(ClientLinkTest, IgnoresTheAlertsThatMeanNothing) {
  LINNET_REQ("SEC-42");
  for (const Alert alert : {Alert::DecompressionFailure, Alert::NoCertificate,
                            Alert::ExportRestriction, Alert::UnsupportedExtension}) {
    link.renew(now);
    exchange();
    server.alert = static_cast<int>(alert);
    send(message(1));
    EXPECT_FALSE(link.poll_event());
    server.alert = -1;
    pass(seconds(2));
    EXPECT_EQ(event().type, Type::Established);
    EXPECT_EQ(server.heard.back(), text_of(message(1)));
    deliver(server.say_alert(AlertLevel::Fatal, alert));
    EXPECT_EQ(link.state(), ClientLink::State::Open);
    EXPECT_FALSE(link.poll_event());
  }
}

TEST_F(ClientLinkTest, TakesNothingButIgnoredAlertsForSilence) {
  server.alert = static_cast<int>(Alert::NoCertificate);
  send(message(1));
  const Instant begun = now;
  while (link.state() != ClientLink::State::Idle) pass(milliseconds(500));
  EXPECT_GE(now, begun + seconds(60));
  EXPECT_LT(now, begun + seconds(130));
  EXPECT_EQ(event().failure.kind, Kind::Timeout);
}

TEST_F(ClientLinkTest, AnswersCloseNotifyAndResumesAfterIt) {
  establish();
  pass(seconds(100));
  deliver(server.say_alert(AlertLevel::Warning, Alert::CloseNotify));
  exchange();
  EXPECT_EQ(server.heard.back(), "alert 0");
  const LinkEvent closed = event();
  EXPECT_EQ(closed.type, Type::Closed);
  EXPECT_EQ(closed.failure.alert, Alert::CloseNotify);
  EXPECT_EQ(link.state(), ClientLink::State::Idle);
  send(message(2));
  EXPECT_EQ(event().type, Type::Resumed);
}

TEST_F(ClientLinkTest, DoesNotResumeWhatAFatalAlertEnded) {
  establish();
  pass(seconds(100));
  deliver(server.say_alert(AlertLevel::Warning, Alert::UserCanceled));
  EXPECT_EQ(link.state(), ClientLink::State::Open);
  deliver(server.say_alert(AlertLevel::Fatal, Alert::AccessDenied));
  EXPECT_EQ(event().failure.alert, Alert::AccessDenied);
  EXPECT_FALSE(link.can_resume());
  send(message(2));
  EXPECT_EQ(server.heard[server.heard.size() - 2], "hello ");
  EXPECT_FALSE(event().replaced);  // the engine was told that it ended
}

TEST_F(ClientLinkTest, PausesBeforeAServerThatClosesAtOnce) {
  LINNET_REQ("SEC-43");
  establish();
  for (const int pause : {1, 2, 4}) {
    deliver(server.say_alert(AlertLevel::Warning, Alert::CloseNotify));
    exchange();
    EXPECT_EQ(event().type, Type::Closed);
    const int before = server.hellos;
    send(message(2));
    pass(seconds(pause) - milliseconds(1));
    EXPECT_EQ(server.hellos, before);
    pass(milliseconds(1));
    EXPECT_EQ(server.hellos, before + 1);
    EXPECT_EQ(event().type, Type::Resumed);
  }
  pass(seconds(60));
  deliver(server.say("a good session"));
  deliver(server.say_alert(AlertLevel::Warning, Alert::CloseNotify));
  exchange();
  (void)event();
  send(message(3));
  EXPECT_EQ(event().type, Type::Resumed);
}

// --- Ends ---

TEST_F(ClientLinkTest, ClosesWithCloseNotifyAndResumes) {
  establish();
  link.close(now);
  EXPECT_EQ(link.state(), ClientLink::State::Idle);
  exchange();
  EXPECT_EQ(server.heard.back(), "alert 0");
  EXPECT_FALSE(link.poll_event());
  send(message(2));
  EXPECT_EQ(event().type, Type::Resumed);
}

TEST_F(ClientLinkTest, RenewsWithoutAnythingOfBefore) {
  LINNET_REQ("SEC-10");
  establish();
  link.renew(now);
  exchange();
  EXPECT_EQ(server.heard.back(), "alert 0");
  EXPECT_FALSE(link.can_resume());
  send(message(2));
  const LinkEvent established = event();
  EXPECT_EQ(established.type, Type::Established);
  EXPECT_FALSE(established.replaced);
  EXPECT_EQ(server.heard[server.heard.size() - 2], "hello ");
}

TEST_F(ClientLinkTest, NewKeysAreTriedAtOnceAndBeginWithShortPauses) {
  server.alert = static_cast<int>(Alert::UnknownPskIdentity);
  for (int i = 0; i < 5; ++i) {
    send(message(1));
    pass(seconds(64));
    (void)event();
  }
  link.renew(now);
  send(message(2));
  EXPECT_EQ(event().type, Type::Failed);
  send(message(2));
  EXPECT_EQ(link.next_timeout(), now + seconds(1));
}

TEST_F(ClientLinkTest, RenewsInTheMiddleOfAHandshake) {
  lost = 100;
  send(message(1));
  link.renew(now);
  EXPECT_EQ(link.state(), ClientLink::State::Idle);
  EXPECT_FALSE(credentials.lent);
  EXPECT_TRUE(handshakes.handshakes.empty());
  EXPECT_TRUE(link.next_timeout().is_never());
}

TEST_F(ClientLinkTest, SaysWhyItsOwnSideDoesNotConnect) {
  credentials.error = Error::NotFound;
  send(message(1));
  LinkEvent failed = event();
  EXPECT_EQ(failed.failure.kind, Kind::Refused);
  EXPECT_EQ(reason, "the account has no credentials to connect with");
  credentials.error = Error::Ok;
  handshakes.refuse = true;
  link.renew(now);
  send(message(1));
  failed = event();
  EXPECT_EQ(failed.failure.kind, Kind::Refused);
  EXPECT_EQ(reason, "the key is no key");
  handshakes.no_memory = true;
  link.renew(now);
  send(message(1));
  EXPECT_EQ(event().failure.kind, Kind::Refused);
  EXPECT_EQ(reason, "there is no memory for a handshake");
  EXPECT_TRUE(handshakes.handshakes.empty());
}

TEST_F(ClientLinkTest, KeepsASessionOfTheLibraryThere) {
  handshakes.resident = true;
  server.id_bytes = 0;
  establish();
  EXPECT_EQ(link.suite(), CipherSuite::PskAes128CbcSha256);
  EXPECT_EQ(handshakes.handshakes.size(), 1u);
  EXPECT_TRUE(send(message(2)));
  deliver(server.say("there"));
  EXPECT_EQ(received, (std::vector<std::string>{"there"}));
  Bytes packed(512);
  Writer out(packed);
  EXPECT_EQ(link.pack(out).error(), Error::Unsupported);
  // The one that follows takes its place.
  link.address_changed(now);
  send(message(3));
  EXPECT_EQ(event().type, Type::Resumed);
  EXPECT_EQ(handshakes.handshakes.size(), 1u);
  EXPECT_EQ(server.heard.back(), text_of(message(3)));
  // It repeats the final flight itself.
  deliver(plain_record("done again"));
  exchange();
  EXPECT_EQ(server.heard.back(), "finished");
  deliver(server.say_alert(AlertLevel::Fatal, Alert::InternalError));
  EXPECT_TRUE(handshakes.handshakes.empty());
}

// --- Deep sleep ---

TEST_F(ClientLinkTest, GoesOnAfterDeepSleep) {
  LINNET_REQ("SEC-07");
  establish();
  Bytes storage(512);
  Writer out(storage);
  const auto mark = link.pack(out);
  ASSERT_TRUE(mark.ok());
  link.reserved(*mark);
  send(message(2));

  Bytes other_held(256);
  Bytes other_resumption(64);
  ClientLink woken(handshakes, credentials, {.held = other_held, .resumption = other_resumption});
  Reader in(out.written());
  ASSERT_TRUE(woken.restore(now, in).ok());
  EXPECT_EQ(woken.state(), ClientLink::State::Open);
  Bytes record(512);
  EXPECT_EQ(woken.send(now, message(3), record), 0u);  // not before it is reserved
  Writer again(storage);
  woken.reserved(*woken.pack(again));
  const std::size_t size = woken.send(now, message(3), record);
  ASSERT_NE(size, 0u);
  EXPECT_TRUE(server.receive(ByteView(record).first(size)).empty());
  EXPECT_EQ(server.heard.back(), text_of(message(3)));
  EXPECT_EQ(handshakes.begun, 1);
  EXPECT_TRUE(woken.can_resume());
  // Nobody was heard yet in this life: two unanswered messages are enough.
  EXPECT_NE(woken.send(now, message(3), record), 0u);
  EXPECT_EQ(woken.send(now, message(3), record), 0u);
  server.knows_tickets = false;
  while (const auto sent = woken.poll_transmit(now, record)) {
    for (Bytes& answer : server.receive(ByteView(record).first(*sent))) {
      woken.receive(now, answer, [](MutableBytes) {});
    }
  }
  const auto news = woken.poll_event();
  ASSERT_TRUE(news);
  EXPECT_EQ(news->type, Type::Established);
  EXPECT_TRUE(news->replaced);
}

TEST_F(ClientLinkTest, IsAsNewAfterWhatCannotBeRestored) {
  establish();
  Bytes storage(512);
  Writer out(storage);
  ASSERT_TRUE(link.pack(out).ok());
  const ByteView packed = out.written();
  for (std::size_t size = 0; size < packed.size(); ++size) {
    Reader in(packed.first(size));
    EXPECT_FALSE(link.restore(now, in).ok()) << size;
    EXPECT_EQ(link.state(), ClientLink::State::Idle);
  }
  storage[0] = 9;
  Reader in(packed);
  EXPECT_EQ(link.restore(now, in).error(), Error::Unsupported);
}

TEST_F(ClientLinkTest, LeavesNothingSecretBehind) {
  establish();
  EXPECT_TRUE(link.can_resume());
  link.renew(now);
  EXPECT_TRUE(std::all_of(resumption.begin(), resumption.end(), [](auto b) { return b == 0; }));
}

}  // namespace
}  // namespace linnet::secure
