// SPDX-License-Identifier: Apache-2.0
// Whatever devices and strangers send, a bootstrap server never spins, keeps to its limits, ends
// each session once, and still configures a device that behaves.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include <bootstrap_bench.hpp>

namespace linnet::server {
namespace {

using coap::Code;
using test::MessageBuilder;
using Event = BootstrapEvent::Kind;

constexpr std::uint32_t kMaxSessions = 2;

class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : dice_(seed), shard_(config(), rng_, source_, &definitions_) {
    for (const char* name : {"all", "some"}) {
      auto configuration = test::one_server(name, std::string(name) + "*");
      if (configuration.name == "some") configuration.mode = BootstrapMode::Needed;
      EXPECT_FALSE(prepare(configuration, &definitions_));
      source_.put(std::move(configuration));
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      if (chance(35)) {
        const Instant next = shard_.next_timeout();
        now_ = chance(60) && !next.is_never() ? std::max(now_, next)
                                              : now_ + milliseconds(dice_.below(30'000));
      } else {
        act();
      }
      settle();
    }
  }

  /// A device that behaves is served as soon as the others are silent.
  void calm() {
    while (!shard_.next_timeout().is_never() && !::testing::Test::HasFailure()) {
      now_ = std::max(now_, shard_.next_timeout());
      asked_.clear();
      settle();
    }
    EXPECT_TRUE(open_.empty());
    EXPECT_EQ(shard_.counters().sessions, 0u);
    well_ = true;
    const std::size_t before = finished_;
    receive(9, request("ep=all-9"));
    settle();
    EXPECT_EQ(finished_, before + 1);
  }

 private:
  static BootstrapShardConfig config() {
    BootstrapShardConfig config;
    config.max_sessions = kMaxSessions;
    config.max_dedup_entries = 16;
    config.max_replies = 4;
    config.max_events = 40;
    config.max_response_bytes = 512;
    return config;
  }
  bool chance(std::uint32_t percent) { return dice_.below(100) < percent; }
  static SocketAddress address(std::uint32_t number) {
    return SocketAddress::v4(192, 0, 2, 1, static_cast<std::uint16_t>(1000 + number));
  }
  std::vector<std::uint8_t> request(const std::string& query) {
    return MessageBuilder(coap::Type::Con, Code::Post, ++message_id_, token())
        .path("/bs")
        .query(query)
        .bytes();
  }
  coap::Token token() { return coap::Token::from_number(++token_, 4); }
  void receive(std::uint32_t from, ByteView datagram) {
    shard_.receive(now_, address(from), datagram);
  }

  void settle() {
    std::vector<std::uint8_t> out(1500);
    int idle = 0;
    for (int round = 0; round < 500; ++round) {
      bool moved = false;
      if (shard_.next_timeout() <= now_) shard_.on_timeout(now_);
      while (const auto sent = shard_.poll_transmit(now_, out)) {
        moved = true;
        const auto message = coap::MessageView::parse(ByteView(out).first(sent->size));
        ASSERT_TRUE(message.ok());
        const std::vector<std::uint8_t> bytes(out.begin(),
                                              out.begin() + static_cast<long>(sent->size));
        if (!coap::is_request(message->code())) continue;
        asked_.insert_or_assign(sent->to.port - 1000u, bytes);
        if (well_) reply(9, bytes);
      }
      while (const auto event = shard_.poll_event()) {
        moved = true;
        note(*event);
      }
      ASSERT_LE(shard_.counters().sessions, kMaxSessions);
      ASSERT_EQ(shard_.counters().sessions, open_.size());
      if (shard_.next_timeout() > now_ && !moved) return;
      idle = moved ? 0 : idle + 1;
      ASSERT_LT(idle, 3) << "nothing happens, but something is due";
    }
    FAIL() << "no rest";
  }

  /// Each session begins and ends once.
  void note(const BootstrapEvent& event) {
    if (!event.session.valid()) return;
    const bool known = open_.contains(event.session.value);
    if (event.kind == Event::Started) {
      EXPECT_TRUE(open_.insert(event.session.value).second);
    } else {
      EXPECT_TRUE(known) << describe(event.kind);
    }
    if (event.kind != Event::Finished && event.kind != Event::Failed) return;
    open_.erase(event.session.value);
    if (event.kind == Event::Finished) ++finished_;
  }

  void act() {
    const std::uint32_t from = dice_.below(4);
    switch (dice_.below(8)) {
      case 0:
      case 1: {
        static const char* const kNames[] = {"ep=all-1", "ep=all-2", "ep=some-1", "ep=none", ""};
        last_ = request(std::string(kNames[dice_.below(5)]) + (chance(20) ? "&pct=112" : ""));
        return receive(from, last_);
      }
      case 2:
        if (!last_.empty()) receive(chance(70) ? from : dice_.below(4), last_);
        return;
      case 3: {
        std::vector<std::uint8_t> bytes(dice_.below(30));
        dice_.fill(bytes);
        return receive(from, bytes);
      }
      case 4: return (void)shard_.begin(now_, chance(50) ? "all-3" : "some-3", address(from));
      default: {
        const auto asked = asked_.find(from);
        if (asked == asked_.end()) return;
        const auto bytes = asked->second;
        reply(chance(90) ? from : dice_.below(4), bytes);
      }
    }
  }

  void reply(std::uint32_t from, ByteView bytes) {
    const auto asked = *coap::MessageView::parse(bytes);
    if (!well_ && chance(10)) {
      return receive(from, coap::empty_message(coap::Type::Rst, asked.message_id()));
    }
    if (!well_ && chance(15)) {
      return receive(from, coap::empty_message(coap::Type::Ack, asked.message_id()));
    }
    Code code = Code::Changed;
    if (asked.code() == Code::Delete) code = Code::Deleted;
    if (asked.code() == Code::Get) code = Code::Content;
    if (!well_ && chance(15)) {
      static constexpr Code kCodes[] = {Code::NotAcceptable, Code::UnsupportedContentFormat,
                                        Code::BadRequest,    Code::Continue,
                                        Code::NotFound,      Code::InternalServerError};
      code = kCodes[dice_.below(6)];
    }
    const bool apart = !well_ && chance(20);
    MessageBuilder answer(apart ? coap::Type::Con : coap::Type::Ack, code,
                          apart ? ++message_id_ : asked.message_id(), asked.token());
    if (code == Code::Content) {
      const bool links = asked.accept() == coap::ContentFormat::LinkFormat;
      answer.format(links ? 40 : 110)
          .payload(std::string_view(links ? R"(</>;lwm2m=1.1,</0/1>;ssid=7,</1/1>;ssid=7,</1/2>)"
                                          : R"([{"n":"/1/1/1","v":300}])"));
      if (!well_ && chance(20)) answer.block2(dice_.below(3), chance(50), 2);
    }
    if (!well_ && chance(10)) answer.block1(dice_.below(3), chance(50), 2);
    receive(from, answer.bytes());
  }

  SeededRng dice_;
  SeededRng rng_{1};
  Instant now_{1'000'000};
  test::CoreDefinitions definitions_;
  BootstrapConfigurations source_;
  BootstrapShard shard_;
  std::map<std::uint32_t, std::vector<std::uint8_t>> asked_;  ///< last, by address
  std::set<std::uint64_t> open_;
  std::vector<std::uint8_t> last_;
  std::size_t finished_ = 0;
  std::uint32_t token_ = 0;
  std::uint16_t message_id_ = 0;
  bool well_ = false;
};

TEST(BootstrapProgress, NeverSpinsAndKeepsToItsLimits) {
  // LINNET_SEED=n: this one only. LINNET_SEEDS=n: so many.
  const char* const only = std::getenv("LINNET_SEED");
  const char* const many = std::getenv("LINNET_SEEDS");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  std::uint64_t count = many != nullptr ? std::strtoull(many, nullptr, 10) : 200;
  if (only != nullptr) count = 1;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("LINNET_SEED=" + std::to_string(seed));
    Crowd crowd(seed);
    crowd.run(200);
    if (!HasFailure()) crowd.calm();
  }
}

}  // namespace
}  // namespace linnet::server
