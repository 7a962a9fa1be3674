// SPDX-License-Identifier: Apache-2.0
// Pins in which order a client registers with its servers, what holds the later ones back, and when
// it finds that only a bootstrap would help.
#include <client/test_client.hpp>

namespace linnet::client::test {
namespace {

namespace account = lwm2m::objects::server;

constexpr Limits kThree{.servers = 3, .exchanges = 4, .events = 32};

/// Three accounts, 101 to 103, as peers 0 to 2.
class RegistrationOrder : public ::testing::Test {
 protected:
  RegistrationOrder() {
    for (Id i = 0; i < 3; ++i) {
      const auto id = static_cast<ShortServerId>(101 + i);
      (void)security.add({.instance = i,
                          .uri = "coap://server",
                          .bootstrap = false,
                          .mode = SecurityMode::NoSec,
                          .short_server_id = id,
                          .identity = {},
                          .server_key = {},
                          .secret_key = {}});
      (void)servers.put(ServerInstance(i, id, 86400));
      row(i).set(account::kBootstrapOnRegistrationFailure, 0);
    }
    config.endpoint = "dev-1";
    config.formats = kTestFormats;
    every.set(0, kInteger, Value::integer(42));
  }
  ServerInstance& row(std::size_t i) { return rows[i]; }
  void start() {
    client.emplace(config, rng, objects);
    peer.emplace(*client, PeerId{0});
    peer->now = Instant{1'000'000};
    client->start(peer->now);
  }
  /// Everything that leaves now: the peers of its Registers, in order.
  std::string registers() {
    std::string who;
    while (const auto sent = peer->poll()) {
      EXPECT_EQ(sent->path(), "/rd");
      last[sent->peer] = *sent;
      who += static_cast<char>('0' + sent->peer);
    }
    return who;
  }
  void answer(PeerId to, Code code) {
    CoapPeer other(*client, to);
    other.now = peer->now;
    other.answer(last.at(to), {.code = code, .location = code == Code::Created ? "/rd/1" : ""});
  }
  std::size_t events(EventType type) { return peer->events(type); }

  SecurityStorage<SecurityCapacity{.instances = 3}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 3> rows;
  ServerObject servers{rows, lwm2m::objects::kServer_1_2};
  EveryObject every;
  std::array<Object*, 3> objects{&security, &servers, &every};
  Config config;
  SeededRng rng{42};
  std::optional<Client<kThree>> client;
  std::optional<CoapPeer> peer;
  std::map<PeerId, Sent> last;
};

TEST_F(RegistrationOrder, WithoutOneAllBeginAtOnce) {
  LINNET_REQ("SRV-01");
  LINNET_REQ("BS-56");
  start();
  EXPECT_EQ(registers(), "012");
}

TEST_F(RegistrationOrder, AscendingAndOneAfterTheOther) {
  LINNET_REQ("SRV-01");
  row(0).set(account::kRegistrationPriorityOrder, 30);
  row(1).set(account::kRegistrationPriorityOrder, 10);
  row(2).set(account::kRegistrationPriorityOrder, 20);
  start();
  EXPECT_EQ(registers(), "1");
  peer->pass(seconds(1));
  EXPECT_EQ(registers(), "");
  answer(1, Code::Created);
  EXPECT_LE(client->next_timeout(), peer->now);
  EXPECT_EQ(registers(), "2");
  answer(2, Code::Created);
  EXPECT_EQ(registers(), "0");
  answer(0, Code::Created);
  EXPECT_TRUE(client->registered(0) && client->registered(1) && client->registered(2));
}

TEST_F(RegistrationOrder, EqualOnesTogetherAndThoseWithoutWheneverTheyLike) {
  LINNET_REQ("SRV-01");
  row(0).set(account::kRegistrationPriorityOrder, 7);
  row(1).set(account::kRegistrationPriorityOrder, 7);
  start();
  EXPECT_EQ(registers(), "012");
  row(0).set(account::kRegistrationPriorityOrder, 8);
  start();
  EXPECT_EQ(registers(), "12");
  answer(1, Code::Created);
  EXPECT_EQ(registers(), "0");
}

TEST_F(RegistrationOrder, TheDelayCountsFromTheEndOfTheOneBefore) {
  LINNET_REQ("SRV-02");
  row(0).set(account::kRegistrationPriorityOrder, 1);
  row(1).set(account::kRegistrationPriorityOrder, 2);
  row(1).set(account::kInitialRegistrationDelayTimer, 30);
  row(2).set(account::kInitialRegistrationDelayTimer, 10);  // in no order: from the start
  start();
  EXPECT_EQ(registers(), "0");
  peer->pass(seconds(1));
  EXPECT_EQ(registers(), "");
  answer(0, Code::Created);
  peer->pass(seconds(9) - milliseconds(1));
  EXPECT_EQ(registers(), "");
  peer->pass(milliseconds(1));
  EXPECT_EQ(registers(), "2");
  answer(2, Code::Created);
  peer->at(Instant{1'031'000 - 1});
  EXPECT_EQ(registers(), "");
  peer->at(Instant{1'031'000});
  EXPECT_EQ(registers(), "1");
  answer(1, Code::Created);
  // Only until the first success: registering again does not wait.
  client->session_replaced(peer->now, 1);
  EXPECT_EQ(registers(), "1");
}

TEST_F(RegistrationOrder, ADeviceThatHadRegisteredDoesNotDelayAfterARestart) {
  LINNET_REQ("SRV-02");
  config.registered_before = true;
  row(0).set(account::kInitialRegistrationDelayTimer, 30);
  start();
  EXPECT_EQ(registers(), "012");
}

TEST_F(RegistrationOrder, WhoDoesNotBlockLetsOthersGoOnAfterOneSequence) {
  LINNET_REQ("SRV-03");
  LINNET_REQ("SRV-07");
  for (int i = 0; i < 3; ++i) row(i).set(account::kRegistrationPriorityOrder, 1 + i);
  row(0).set(account::kCommunicationRetryCount, 2);
  row(0).set(account::kCommunicationRetryTimer, 5);
  row(0).set(account::kCommunicationSequenceRetryCount, 3);
  row(0).set(account::kCommunicationSequenceDelayTimer, 100);
  start();
  EXPECT_EQ(registers(), "0");
  answer(0, Code::Forbidden);
  EXPECT_EQ(registers(), "");
  peer->pass(seconds(5));
  EXPECT_EQ(registers(), "0");
  answer(0, Code::Forbidden);
  EXPECT_EQ(registers(), "1");
  answer(1, Code::Created);
  EXPECT_EQ(registers(), "2");
  answer(2, Code::Created);
  // The one that failed goes on like one in no order.
  peer->pass(seconds(100) - milliseconds(1));
  EXPECT_EQ(registers(), "");
  peer->pass(milliseconds(1));
  EXPECT_EQ(registers(), "0");
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
}

TEST_F(RegistrationOrder, WhoBlocksHoldsOthersUntilItsLastSequence) {
  LINNET_REQ("SRV-03");
  LINNET_REQ("SRV-06");
  row(0).set(account::kRegistrationPriorityOrder, 1);
  row(1).set(account::kRegistrationPriorityOrder, 2);
  row(0).set(account::kRegistrationFailureBlock, 1);
  row(0).set(account::kCommunicationRetryCount, 1);
  row(0).set(account::kCommunicationSequenceRetryCount, 3);
  row(0).set(account::kCommunicationSequenceDelayTimer, 100);
  row(2).set(account::kRegistrationPriorityOrder, 3);
  start();
  for (int sequence = 1; sequence <= 3; ++sequence) {
    EXPECT_EQ(registers(), "0") << sequence;
    answer(0, Code::ServiceUnavailable);
    if (sequence == 3) break;
    EXPECT_EQ(registers(), "");
    peer->pass(seconds(100));
  }
  EXPECT_EQ(registers(), "1");
  // And if it succeeds, at once.
  start();
  EXPECT_EQ(registers(), "0");
  answer(0, Code::ServiceUnavailable);
  peer->pass(seconds(100));
  EXPECT_EQ(registers(), "0");
  answer(0, Code::Created);
  EXPECT_EQ(registers(), "1");
}

TEST_F(RegistrationOrder, TheLargestPauseMeansNoFurtherSequence) {
  LINNET_REQ("SRV-06");
  row(0).set(account::kRegistrationPriorityOrder, 1);
  row(1).set(account::kRegistrationPriorityOrder, 2);
  row(0).set(account::kRegistrationFailureBlock, 1);
  row(0).set(account::kCommunicationRetryCount, 1);
  row(0).set(account::kCommunicationSequenceRetryCount, 9);
  row(0).set(account::kCommunicationSequenceDelayTimer, 0xFFFFFFFF);
  row(2).set(account::kRegistrationPriorityOrder, 3);
  start();
  EXPECT_EQ(registers(), "0");
  answer(0, Code::ServiceUnavailable);
  EXPECT_EQ(events(EventType::RegistrationFailed), 1u);
  EXPECT_TRUE(peer->last_event.retry_at.is_never());
  EXPECT_EQ(registers(), "1");
}

TEST_F(RegistrationOrder, ADisabledServerKeepsNobodyWaiting) {
  row(0).set(account::kRegistrationPriorityOrder, 1);
  row(1).set(account::kRegistrationPriorityOrder, 2);
  start();
  EXPECT_EQ(registers(), "02");
  client->disable(peer->now, 0, seconds(50));
  EXPECT_EQ(registers(), "1");
}

// --- When a bootstrap is needed ---

TEST_F(RegistrationOrder, ARejectionAsksForABootstrapUnlessToldOtherwise) {
  LINNET_REQ("SRV-04");
  row(0).clear(account::kBootstrapOnRegistrationFailure);  // true if absent
  row(1).set(account::kBootstrapOnRegistrationFailure, 1);
  start();
  EXPECT_EQ(registers(), "012");
  answer(0, Code::Forbidden);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 1u);
  EXPECT_EQ(peer->last_event.peer, 0);
  answer(1, Code::BadRequest);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 2u);
  EXPECT_EQ(peer->last_event.peer, 1);
  answer(2, Code::Forbidden);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 2u);
  // Without a bootstrap the attempts go on.
  peer->pass(seconds(60));
  EXPECT_EQ(registers(), "012");
}

TEST_F(RegistrationOrder, ATroubledServerAsksOnlyWhenNothingIsLeftToTry) {
  LINNET_REQ("SRV-04");
  row(0).clear(account::kBootstrapOnRegistrationFailure);
  row(0).set(account::kCommunicationRetryCount, 2);
  start();
  EXPECT_EQ(registers(), "012");
  answer(0, Code::ServiceUnavailable);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
  peer->pass(seconds(60));
  (void)registers();
  answer(0, Code::ServiceUnavailable);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 1u);
}

TEST_F(RegistrationOrder, AllFailedAsksForABootstrapWhateverTheySay) {
  LINNET_REQ("BS-08");
  for (int i = 0; i < 3; ++i) row(i).set(account::kCommunicationRetryCount, 1);
  start();
  EXPECT_EQ(registers(), "012");
  answer(0, Code::Forbidden);
  answer(1, Code::ServiceUnavailable);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
  answer(2, Code::Forbidden);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 1u);
  EXPECT_EQ(peer->last_event.peer, kNoPeer);
  // One that registered is enough.
  start();
  EXPECT_EQ(registers(), "012");
  answer(0, Code::Created);
  answer(1, Code::Forbidden);
  answer(2, Code::Forbidden);
  EXPECT_EQ(events(EventType::BootstrapNeeded), 0u);
}

TEST_F(RegistrationOrder, NoServerAtAllAsksForABootstrapOnce) {
  LINNET_REQ("BS-08");
  for (Id i = 0; i < 3; ++i) ASSERT_TRUE(servers.remove(i).ok());
  start();
  EXPECT_EQ(registers(), "");
  EXPECT_EQ(registers(), "");
  EXPECT_EQ(events(EventType::BootstrapNeeded), 1u);
  EXPECT_EQ(peer->last_event.peer, kNoPeer);
  // Until there was one again.
  (void)servers.put(ServerInstance(0, 101, 86400));
  client->reload_accounts(peer->now);
  EXPECT_EQ(registers(), "0");
  ASSERT_TRUE(servers.remove(0).ok());
  client->reload_accounts(peer->now);
  EXPECT_EQ(registers(), "");
  EXPECT_EQ(events(EventType::BootstrapNeeded), 2u);
}

}  // namespace
}  // namespace linnet::client::test
