// SPDX-License-Identifier: Apache-2.0
// Pins that a client keeps its session on a bad network whatever an attacker adds to it, over power
// cuts and servers that forget: random sequences with handshakes that are not real and records that
// are.
#include <gtest/gtest.h>

#include <fake_dtls.hpp>
#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <requirement.hpp>

#include <set>

namespace linnet::secure {
namespace {

using linnet::test::Bytes;
using linnet::test::fake_session;
using linnet::test::FakeCredentials;
using linnet::test::FakeDtlsServer;
using linnet::test::FakeHandshakes;
using linnet::test::plain_record;
using linnet::test::plain_text;

Bytes message(std::uint16_t id) {
  const auto head = coap::empty_message(coap::Type::Con, id);
  return {head.begin(), head.end()};
}

class Attack {
 public:
  Attack(std::uint64_t seed, std::uint8_t id_bytes) : dice_(seed) {
    server_.id_bytes = id_bytes;
    make_link();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      chance(65) ? behave() : attack();
      carry();
      while (link_->poll_event()) {
      }
    }
    calm_down();
    EXPECT_GT(received_, 50u);
    EXPECT_GT(server_.key, 1);
    EXPECT_FALSE(sealed_.empty());
  }

 private:
  bool chance(std::uint32_t percent) { return dice_.below(100) < percent; }
  template <typename T>
  T& any(std::vector<T>& of) {
    return of[dice_.below(static_cast<std::uint32_t>(of.size()))];
  }
  void make_link() {
    link_.emplace(handshakes_, credentials_, LinkStorage{.held = held_, .resumption = resumption_});
  }

  // --- Both ends ---

  void behave() {
    switch (dice_.below(12)) {
      case 0: return pass(milliseconds(dice_.below(4000)));
      case 1: return pass(seconds(dice_.below(chance(10) ? 4000 : 30)));
      case 2:
      case 3:
        if (!server_.session.valid()) return;
        // Each has its number: so it can be told whether one came twice.
        to_client_.push_back(server_.say("say " + std::to_string(++said_)));
        recorded_.push_back(to_client_.back());
        return;
      case 4:
        if (chance(10)) link_->address_changed(now_);
        return;
      case 5:
        if (chance(5)) power_cut();
        return;
      case 6:
        // The server was started anew.
        if (chance(5)) {
          server_.session = {};
          server_.knows_tickets = chance(50);
        }
        return;
      case 7: return keep();
      default: {
        Bytes out(512);
        const std::size_t size = link_->send(now_, message(next_id_++), out);
        if (size != 0) to_server(ByteView(out).first(size));
      }
    }
  }
  void pass(Duration time) {
    const Instant end = now_ + time;
    while (link_->next_timeout() <= end) {
      now_ = std::max(now_, link_->next_timeout());
      link_->on_timeout(now_);
      carry();
    }
    now_ = end;
  }
  void keep() {
    if (link_->state() != ClientLink::State::Open) return;
    Bytes bytes(512);
    Writer out(bytes);
    const auto mark = link_->pack(out);
    ASSERT_TRUE(mark.ok());
    bytes.resize(out.size());
    stored_ = bytes;
    if (chance(90)) link_->reserved(*mark);  // or the power goes just now
  }
  void power_cut() {
    make_link();
    // What came since can come again (docs/security.md).
    heard_.clear();
    to_client_.clear();
    if (stored_.empty()) return;
    Reader in(stored_);
    ASSERT_TRUE(link_->restore(now_, in).ok());
    keep();
  }
  /// What the link has to send, and what is on its way to it.
  void carry() {
    Bytes out(512);
    for (int i = 0; i < 50; ++i) {
      if (const auto size = link_->poll_transmit(now_, out)) {
        to_server(ByteView(out).first(*size));
      } else if (to_client_.empty()) {
        return;
      } else {
        const auto index = static_cast<std::ptrdiff_t>(
            chance(80) ? 0 : dice_.below(static_cast<std::uint32_t>(to_client_.size())));
        const Bytes datagram = to_client_[static_cast<std::size_t>(index)];
        to_client_.erase(to_client_.begin() + index);
        if (chance(loss_)) continue;
        receive(datagram);
        if (chance(loss_)) receive(datagram);
      }
    }
    FAIL() << "never ends";
  }
  void receive(Bytes datagram) {
    link_->receive(now_, datagram, [&](MutableBytes plain) {
      const std::string text(as_text(plain));
      EXPECT_TRUE(text.starts_with("say ")) << text;
      EXPECT_TRUE(heard_.insert(text).second) << text << " came twice";
      ++received_;
    });
  }
  void to_server(ByteView datagram) {
    look_at_numbers(datagram);
    if (chance(loss_)) return;
    for (Bytes& answer : server_.receive(datagram)) to_client_.push_back(std::move(answer));
  }
  /// No record number twice under one key.
  void look_at_numbers(ByteView datagram) {
    for (std::uint8_t key = 1; key <= server_.key; ++key) {
      Session peer = fake_session(key, false, server_.id_bytes);
      Bytes copy(datagram.begin(), datagram.end());
      RecordReader records(copy, peer.own_id().size);
      while (const auto record = records.next()) {
        if (!peer.open(*record, copy).ok()) continue;
        EXPECT_TRUE(sealed_.emplace(key, record->sequence).second)
            << "key " << int{key} << ", number " << record->sequence;
      }
    }
  }

  // --- The attacker ---

  /// Ends nothing, moves nothing, says nothing.
  void attack() {
    const bool open = link_->state() == ClientLink::State::Open;
    const ConnectionId id = link_->connection_id();
    Bytes datagram = recorded_.empty() ? Bytes{} : any(recorded_);
    switch (dice_.below(6)) {
      case 0: break;
      case 1:
        if (!datagram.empty()) {
          datagram.resize(dice_.below(static_cast<std::uint32_t>(datagram.size())));
        }
        break;
      case 2:
        if (!datagram.empty()) any(datagram) ^= static_cast<std::uint8_t>(1 + dice_.below(255));
        break;
      case 3: datagram = plain_record(chance(50) ? "\2\50" : "\1\0", 9, ContentType::Alert); break;
      case 4:
        // What a handshake takes for an alert of the server.
        datagram = plain_record(chance(50) ? "alert 40" : "alert 115");
        break;
      default: datagram = plain_record("junk");
    }
    receive(datagram);
    // A handshake may fail by it, a session not.
    Bytes out(512);
    while (const auto size = link_->poll_transmit(now_, out)) to_server(ByteView(out).first(*size));
    if (!open) return;
    EXPECT_EQ(link_->state(), ClientLink::State::Open);
    EXPECT_TRUE(equal(link_->connection_id().view(), id.view()));
  }

  void calm_down() {
    loss_ = 0;
    to_client_.clear();
    const std::size_t before = server_.heard.size();
    for (int i = 0; i < 20 && !heard_since(before); ++i) {
      Bytes out(512);
      const std::size_t size = link_->send(now_, message(0xFFFF), out);
      if (size != 0) to_server(ByteView(out).first(size));
      carry();
      keep();
      pass(seconds(20));
    }
    EXPECT_TRUE(heard_since(before)) << "they never found each other again";
  }
  [[nodiscard]] bool heard_since(std::size_t before) const {
    const std::string last(as_text(message(0xFFFF)));
    return std::find(server_.heard.begin() + static_cast<std::ptrdiff_t>(before),
                     server_.heard.end(), last) != server_.heard.end();
  }

  SeededRng dice_;
  std::uint32_t loss_ = 15;
  Instant now_{1'000'000};
  FakeHandshakes handshakes_;
  FakeCredentials credentials_;
  Bytes held_ = Bytes(256);
  Bytes resumption_ = Bytes(64);
  FakeDtlsServer server_;
  Bytes stored_;
  std::vector<Bytes> to_client_;
  std::vector<Bytes> recorded_;
  std::set<std::string> heard_;
  std::set<std::pair<std::uint8_t, std::uint64_t>> sealed_;
  std::uint16_t next_id_ = 1;
  std::size_t said_ = 0;
  std::size_t received_ = 0;
  std::optional<ClientLink> link_;
};

class ClientLinkAttack : public ::testing::TestWithParam<int> {};

TEST_P(ClientLinkAttack, EndsNoSessionAndRepeatsNoNumber) {
  LINNET_REQ("SEC-01");
  LINNET_REQ("SEC-07");
  LINNET_REQ("SEC-44");
  const auto seed = 20261129u + static_cast<unsigned>(GetParam());
  SCOPED_TRACE("seed " + std::to_string(seed));
  Attack(seed, (GetParam() & 1) != 0 ? 6 : 0).run(1500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ClientLinkAttack, testing::Range(0, 24));

}  // namespace
}  // namespace linnet::secure
