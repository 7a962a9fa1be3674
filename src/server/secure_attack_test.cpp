// SPDX-License-Identifier: Apache-2.0
// Pins that devices keep their sessions whatever an attacker does: random sequences of two devices
// on a bad network, and one who records, replays, forwards from elsewhere, truncates, forges,
// spoofs addresses and makes handshakes of its own, with crashes of the server in between.
#include <gtest/gtest.h>

#include "requirement.hpp"
#include "server/secure_bench.hpp"

namespace linnet::server {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using Kind = SecureEvent::Kind;

constexpr std::uint64_t kAttacker = 66;

struct Honest {
  Honest(std::uint64_t number, const SocketAddress& address) : device(number, address) {}
  FakeSecureDevice device;
  std::vector<std::pair<SocketAddress, Datagram>> air;  ///< on their way to the server
  SocketAddress session;
  Instant began;
  std::size_t told = 0;
  // Where its newest record came from, once one has come in the session there is. [SEC-08]
  std::optional<SocketAddress> seen_at;
  std::int64_t newest = -1;
};

class Attack {
 public:
  Attack(std::uint64_t seed, bool with_ids, bool resident)
      : dice_(seed), bench_(std::make_unique<Bench>(config(), seed)) {
    for (Honest* one : {&first_, &second_}) {
      one->device.parameters.id.used = with_ids;
      one->device.parameters.resident = resident && one == &second_;
    }
    // What the library keeps ends with the process.
    may_crash_ = !resident;
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      Honest& one = chance(50) ? first_ : second_;
      chance(60) ? behave(one) : attack(one);
      settle();
    }
    for (Honest* one : {&first_, &second_}) calm_down(*one);
    EXPECT_GT(delivered_, 20u);
    EXPECT_GT(replays_, 20u);
  }

 private:
  static SecureTransportConfig config() {
    SecureTransportConfig config = durable();
    config.max_handshakes = 8;
    config.hellos_per_second = 0;
    return config;
  }
  bool chance(std::uint32_t percent) { return dice_.below(100) < percent; }
  template <typename T>
  T& any(std::vector<T>& of) {
    return of[dice_.below(static_cast<std::uint32_t>(of.size()))];
  }
  Honest* of(const SocketAddress& address) {
    for (Honest* one : {&first_, &second_}) {
      if (one->device.address == address) return one;
    }
    return nullptr;
  }
  SocketAddress anywhere() {
    switch (dice_.below(4)) {
      case 0: return first_.device.address;
      case 1: return second_.device.address;
      default: return at(66, static_cast<std::uint16_t>(1000 + dice_.below(4)));
    }
  }

  // --- What devices do ---

  void behave(Honest& one) {
    if (!one.device.open()) return connect(one);
    switch (dice_.below(10)) {
      case 0:
        if (chance(20)) begin(one);
        break;
      case 1:
        // A session of the library has no id to be known by elsewhere.
        if (one.device.parameters.id.used && !one.device.parameters.resident && chance(30)) {
          one.device.address.port = static_cast<std::uint16_t>(40000 + dice_.below(1000));
        }
        break;
      case 2:
      case 3:
      case 4: tell(one); break;
      case 5:
        if (!one.air.empty()) one.air.erase(one.air.begin());  // lost
        break;
      case 6:
      case 7: arrive(one); break;
      default: put_on_air(one, one.device.seal(text(one))); break;
    }
  }
  std::string text(Honest& one) {
    return std::to_string(one.device.parameters.credential) + ":" + std::to_string(++one.told);
  }
  void begin(Honest& one) {
    one.began = bench_->now;
    one.newest = -1;
    one.seen_at.reset();
    one.air.clear();
    put_on_air(one, one.device.hello());
  }
  void connect(Honest& one) {
    if (!one.air.empty() && chance(80)) return arrive(one);
    const bool late = bench_->now - one.began > seconds(3);
    if (late && one.device.keyed() && bench_->now - one.began < seconds(30)) {
      put_on_air(one, one.device.finish());
    } else if (late || one.began == Instant{}) {
      begin(one);
    } else {
      bench_->now = bench_->now + milliseconds(500);
    }
  }
  void put_on_air(Honest& one, Datagram datagram) {
    recorded_.push_back(datagram);
    if (chance(10)) return;
    one.air.emplace_back(one.device.address, std::move(datagram));
  }
  /// What nobody has changed on its way.
  void receive(const SocketAddress& from, const Datagram& datagram) {
    for (Honest* one : {&first_, &second_}) {
      if (!one->device.keyed() || one->device.session.peer_id().size == 0) continue;
      secure::RecordReader records(datagram, one->device.session.peer_id().size);
      // Behind plain records it may be for a handshake.
      const bool alone = !datagram.empty() && datagram[0] == 25;
      while (const auto record = records.next()) {
        if (!equal(record->connection_id, one->device.session.peer_id().view())) continue;
        if (static_cast<std::int64_t>(record->sequence) <= one->newest) continue;
        one->newest = static_cast<std::int64_t>(record->sequence);
        one->seen_at = alone && one->device.open() ? std::optional(from) : std::nullopt;
      }
    }
    bench_->receive(from, datagram);
  }
  void arrive(Honest& one) {
    if (one.air.empty()) return;
    const auto index = static_cast<std::ptrdiff_t>(
        chance(70) ? 0 : dice_.below(static_cast<std::uint32_t>(one.air.size())));
    auto [from, datagram] = one.air[static_cast<std::size_t>(index)];
    one.air.erase(one.air.begin() + index);
    receive(from, datagram);
    if (chance(10)) receive(from, datagram);
  }
  void tell(Honest& one) {
    if (one.session == SocketAddress{}) return;
    Result<Transmit> sealed = bench_->seal(one.session, "answer");
    if (!sealed.ok() && sealed.error() == Error::Busy) {
      bench_->store();
      sealed = bench_->seal(one.session, "answer");
    }
    ASSERT_TRUE(sealed.ok()) << describe(sealed.error());
    if (sealed->to != one.device.address) return;  // until it is heard again
    const std::size_t before = one.device.received.size();
    one.device.receive({bench_->out.begin(), bench_->out.begin() + std::ptrdiff_t(sealed->size)});
    EXPECT_EQ(one.device.received.size(), before + 1);
  }

  // --- What the attacker does ---

  void attack(Honest& one) {
    switch (dice_.below(9)) {
      case 0:
      case 1: return replay();
      case 2: return forge();
      case 3:
        // Forwards from elsewhere what it holds back.
        if (one.air.empty()) return;
        receive(anywhere(), one.air.front().second);
        if (chance(50)) one.air.erase(one.air.begin());
        return;
      case 4: return bench_->receive(anywhere(), random_hello());
      case 5: return own_handshake();
      case 6: {
        FakeSecureDevice& own = own_;
        if (!own.open()) return;
        const auto fatal = own.seal_alert(secure::AlertLevel::Fatal, secure::Alert::InternalError);
        return bench_->receive(chance(50) ? own.address : one.device.address, fatal);
      }
      case 7: {
        bench_->now = bench_->now + milliseconds(dice_.below(chance(2) ? 90'000 : 2'000));
        return;
      }
      default:
        if (may_crash_ && chance(5)) crash();
    }
  }
  void replay() {
    if (recorded_.empty()) return;
    ++replays_;
    receive(anywhere(), any(recorded_));
  }
  void forge() {
    if (recorded_.empty()) return;
    Datagram datagram = any(recorded_);
    if (chance(50)) {
      datagram.resize(dice_.below(static_cast<std::uint32_t>(datagram.size())));
    } else {
      any(datagram) ^= static_cast<std::uint8_t>(1 + dice_.below(255));
    }
    if (chance(20)) {
      // A plain alert, of what anybody may write.
      datagram = {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
    }
    bench_->receive(anywhere(), datagram);
  }
  Datagram random_hello() {
    FakeSecureDevice ghost(1000 + dice_.below(1000), at(66));
    ghost.parameters.credential = chance(50) ? kAttacker : first_.device.parameters.credential;
    return ghost.hello();
  }
  void own_handshake() {
    own_.address.port = static_cast<std::uint16_t>(1000 + dice_.below(4));
    own_.parameters.id.used = chance(50);
    bench_->receive(own_.address, own_.hello());
  }
  void crash() {
    bench_->store();
    delivered_once_.clear();
    // What came since the last `store` can come again (docs/security.md).
    first_.seen_at = second_.seen_at = std::nullopt;
    bench_ = restart(*bench_, 1 + dice_.next());
    established_ = continued_ = failed_ = ended_ = moved_ = 0;
    restored_ = bench_->transport.counters().sessions;
  }

  // --- What must be true ---

  void settle() {
    for (auto& [to, datagram] : bench_->sent()) {
      if (to == own_.address) {
        if (auto answer = own_.receive(std::move(datagram))) bench_->receive(to, *answer);
      } else if (Honest* one = of(to); one != nullptr && !one->device.open() && chance(80)) {
        if (auto answer = one->device.receive(std::move(datagram))) {
          put_on_air(*one, std::move(*answer));
        }
      }
    }
    bench_->work();
    look_at_events();
    look_at_delivered();
    if (chance(50)) bench_->store();
    for (Honest* one : {&first_, &second_}) {
      EXPECT_FALSE(one->device.repeated_number);
      if (one->session == SocketAddress{}) continue;
      const auto peer = bench_->transport.peer(one->session);
      ASSERT_TRUE(peer) << "its session is gone";
      EXPECT_EQ(peer->credential, one->device.parameters.credential);
      if (one->seen_at) {
        EXPECT_EQ(peer->address, *one->seen_at);
      }
    }
    look_at_counters();
  }
  void look_at_events() {
    for (const SecureEvent& event : bench_->events()) {
      established_ += event.kind == Kind::Established;
      continued_ += event.kind == Kind::Established && event.continued;
      failed_ += event.kind == Kind::Failed;
      ended_ += event.kind == Kind::Ended;
      moved_ += event.kind == Kind::Moved;
      if (event.kind != Kind::Established) continue;
      for (Honest* one : {&first_, &second_}) {
        if (event.credential != one->device.parameters.credential) continue;
        EXPECT_EQ(event.continued, one->session != SocketAddress{});
        if (event.continued) {
          EXPECT_EQ(event.session, one->session);
        }
        one->session = event.session;
      }
    }
  }
  void look_at_delivered() {
    for (const auto& [session, plain] : bench_->delivered) {
      ++delivered_;
      EXPECT_TRUE(delivered_once_.insert(plain).second) << plain << " came twice";
      for (Honest* one : {&first_, &second_}) {
        const std::string mine = std::to_string(one->device.parameters.credential) + ":";
        EXPECT_EQ(plain.starts_with(mine), session == one->session) << plain;
      }
    }
    bench_->delivered.clear();
  }
  void look_at_counters() {
    const SecureCounters counters = bench_->transport.counters();
    EXPECT_EQ(counters.established, established_);
    EXPECT_EQ(counters.failed, failed_);
    EXPECT_EQ(counters.ended, ended_);
    EXPECT_EQ(counters.moved, moved_);
    EXPECT_EQ(counters.handshakes, established_ + failed_ + counters.handshakes_open);
    EXPECT_EQ(counters.sessions, restored_ + established_ - continued_ - ended_);
    EXPECT_LE(counters.handshakes_open, 8u);
    EXPECT_EQ(counters.events_lost, 0u);
  }
  /// On a network that works, both are there.
  void calm_down(Honest& one) {
    one.air.clear();
    if (!one.device.open()) {
      ASSERT_TRUE(bench_->connect(one.device));
      look_at_events();
    }
    bench_->say(one.device, "9" + text(one));
    ASSERT_EQ(bench_->delivered.size(), 1u);
    EXPECT_EQ(bench_->delivered[0].first, one.session);
    bench_->delivered.clear();
    bench_->store();
    EXPECT_EQ(bench_->tell(one.device, one.session, "answer"), Error::Ok);
  }

  SeededRng dice_;
  std::unique_ptr<Bench> bench_;
  Honest first_{1, at(1)};
  Honest second_{2, at(2)};
  FakeSecureDevice own_{kAttacker, at(66, 1000)};
  std::vector<Datagram> recorded_;
  std::set<std::string> delivered_once_;
  bool may_crash_ = false;
  std::size_t delivered_ = 0;
  std::size_t replays_ = 0;
  std::size_t established_ = 0, continued_ = 0, failed_ = 0, ended_ = 0, moved_ = 0;
  std::size_t restored_ = 0;
};

class SecureAttack : public ::testing::TestWithParam<int> {};

TEST_P(SecureAttack, TakesNobodysSession) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-07");
  LINNET_REQ("SEC-44");
  const auto seed = 20261129u + static_cast<unsigned>(GetParam());
  SCOPED_TRACE("seed " + std::to_string(seed));
  Attack(seed, (GetParam() & 1) != 0, (GetParam() & 6) == 6).run(1500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SecureAttack, testing::Range(0, 24));

}  // namespace
}  // namespace linnet::server
