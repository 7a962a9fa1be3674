// SPDX-License-Identifier: Apache-2.0
// Pins what operations promise, against devices that sleep, lose messages and remember what they
// did, and a server that is killed at any step: nothing accepted is lost, nothing is done twice
// within EXCHANGE_LIFETIME, and what is done is done in the order of acceptance.
#include <gtest/gtest.h>
#include <operation_world.hpp>
#include <requirement.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

#include <linnet/service/json_text.hpp>

namespace linnet::service {
namespace {

using coap::Code;
using coap::OptionNumber;
using coap::Type;
using test::Folder;
using test::kNoon;
using test::MessageBuilder;
using test::OperationWorld;
using test::Reply;
using test::SentMessage;

using Crash = OperationWorld::Crash;
constexpr std::int64_t kExchangeLifetime = 247'000;

struct Asked {
  int device = 0;
  bool execute = false;
  bool cancelled = false;
  bool short_deadline = false;
  std::string id{};  // empty: nobody was told
};

/// A device with a memory, on a wire that loses.
class Device {
 public:
  Device(int number, bool queue_mode)
      : endpoint_("dev-" + std::to_string(number)),
        address_(SocketAddress::v4(192, 0, 2, 1, static_cast<std::uint16_t>(6000 + number))),
        queue_mode_(queue_mode) {}

  struct Done {
    int number = 0;
    std::int64_t time = 0;
  };
  std::vector<Done> log;
  bool awake = true;
  std::uint32_t loss = 0;  // percent

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  void register_or_update(OperationWorld& world, SeededRng& rng) {
    if (location_.empty() || !update(world, rng)) register_anew(world, rng);
  }
  /// Forgets everything, as a power cut does; then it does nothing before it is registered.
  void reboot(OperationWorld& world, SeededRng& rng) {
    memory_.clear();
    location_.clear();
    register_anew(world, rng);
  }
  /// What came: answers it, remembers it, or loses it.
  void work(OperationWorld& world, SeededRng& rng) {
    while (auto message = world.take(address_)) {
      take(*message, world, rng);
    }
  }

 private:
  struct Memory {
    std::int64_t time = 0;
    std::vector<std::uint8_t> reply{};
  };

  bool lost(SeededRng& rng) const { return rng.next() % 100 < loss; }
  static std::string key_of(const coap::Token& token) { return std::string(as_text(token.view())); }
  void take(const SentMessage& message, OperationWorld& world, SeededRng& rng) {
    if (!awake || location_.empty() || lost(rng) || message.view().type() != Type::Con) return;
    const auto now = world.unix_ms();
    auto& known = memory_[{message.view().message_id(), key_of(message.view().token())}];
    if (known.reply.empty() || now - known.time >= kExchangeLifetime) {
      known = {now, answer(message, now)};
    }
    if (!lost(rng)) world.deliver(address_, known.reply);
  }
  std::vector<std::uint8_t> answer(const SentMessage& message, std::int64_t now) {
    // "n17" is written, or is the argument of an execute: 0='n17'.
    const std::string payload = message.payload();
    const auto at = payload.find('n');
    if (at != std::string::npos) log.push_back({std::atoi(payload.c_str() + at + 1), now});
    return MessageBuilder(Type::Ack, Code::Changed, message.view().message_id(),
                          message.view().token())
        .bytes();
  }
  std::optional<SentMessage> ask(OperationWorld& world, SeededRng& rng, MessageBuilder& request) {
    if (lost(rng)) return std::nullopt;
    world.deliver(address_, request.bytes());
    std::optional<SentMessage> found;
    // Requests of the server may come before the answer: they are looked at later.
    std::vector<SentMessage> others;
    while (auto message = world.take(address_)) {
      if (message->view().type() == Type::Ack && message->view().message_id() == message_id_) {
        found.emplace(std::move(*message));
      } else {
        others.push_back(std::move(*message));
      }
    }
    for (auto& other : others) take(other, world, rng);
    return found;
  }
  MessageBuilder request(std::string_view path) {
    ++message_id_;
    return MessageBuilder(Type::Con, Code::Post, message_id_,
                          coap::Token::from_number(message_id_, 2))
        .path(path);
  }
  bool update(OperationWorld& world, SeededRng& rng) {
    auto message = request(location_);
    const auto reply = ask(world, rng, message);
    return !reply || reply->code() == Code::Changed;
  }
  void register_anew(OperationWorld& world, SeededRng& rng) {
    auto message = request("/rd");
    message.query("ep=" + endpoint_ + "&lwm2m=1.1&lt=86400" + (queue_mode_ ? "&Q" : ""))
        .format(40)
        .payload("</1/0>,</3/0>");
    const auto reply = ask(world, rng, message);
    if (reply && reply->code() == Code::Created) {
      location_ = reply->path(OptionNumber::LocationPath);
    }
  }

  std::string endpoint_;
  SocketAddress address_;
  bool queue_mode_;
  std::string location_;
  std::uint16_t message_id_ = 0;
  std::map<std::pair<std::uint16_t, std::string>, Memory> memory_;
};

class Story {
 public:
  explicit Story(std::uint32_t seed) : seed_(seed), rng_(seed) {
    for (int i = 0; i < 3; ++i) devices_.emplace_back(i, i != 1);
    start(Duration{0});
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (chance(12)) world_->crash_at(chance(50) ? Crash::BeforeCommit : Crash::AfterCommit);
      step();
      for (auto& device : devices_) device.work(*world_, rng_);
      if (world_->dead() || chance(3)) start(seconds(pick(chance(20) ? 400 : 30)));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  /// Everything works from now on: what has not ended gets its chance.
  void come_to_rest() {
    if (world_->dead()) start(seconds(1));
    for (int round = 0; round < 400 && world_->desk->waiting() != 0; ++round) {
      for (auto& device : devices_) {
        device.awake = true;
        device.loss = 0;
        device.register_or_update(*world_, rng_);
        for (int i = 0; i < 4; ++i) device.work(*world_, rng_);
      }
      world_->run_for(seconds(20));
    }
  }
  void check() {
    ASSERT_EQ(world_->desk->waiting(), 0u) << "seed " << seed_;
    for (const auto& device : devices_) check_device(device);
    for (const auto& [number, asked] : asked_) check_operation(number, asked);
  }

 private:
  bool chance(std::uint32_t percent) { return rng_.next() % 100 < percent; }
  std::int64_t pick(std::int64_t below) { return 1 + rng_.next() % below; }

  void start(Duration down) {
    OperationSettings settings;
    settings.kept_per_device = 100'000;
    const Instant begin = world_ ? world_->now + seconds(5000) : Instant{1'000'000};
    const std::int64_t wall = world_ ? world_->unix_ms() + down.ms : kNoon;
    world_.reset();
    world_ =
        std::make_unique<OperationWorld>(folder_ / "linnet.db", rng_.next(), begin, wall, settings);
    world_->settle();
  }

  void step() {
    Device& device = devices_[rng_.next() % devices_.size()];
    switch (rng_.next() % 10) {
      case 0:
      case 1:
      case 2:
      case 3: return ask(static_cast<int>(&device - devices_.data()));
      case 4:
      case 5: return device.register_or_update(*world_, rng_);
      case 6:
        device.awake = chance(60);
        device.loss = chance(50) ? 0 : static_cast<std::uint32_t>(pick(70));
        return;
      case 7: return chance(30) ? device.reboot(*world_, rng_) : cancel();
      case 8: return pass(milliseconds(pick(4000)));
      default: return pass(seconds(pick(chance(20) ? 300 : 60)));
    }
  }
  /// What is sent is there within a second, or lost.
  void pass(Duration time) {
    for (; time.ms > 0 && !world_->dead(); time = time - seconds(1)) {
      world_->run_for(std::min(time, seconds(1)));
      for (auto& device : devices_) device.work(*world_, rng_);
    }
  }
  void ask(int device) {
    const int number = ++last_;
    Asked asked{device, chance(40)};
    asked.short_deadline = chance(10);
    const std::string value = "n" + std::to_string(number);
    std::string body = asked.execute
                           ? R"({"op":"execute","path":"/3/0/4","arguments":"0=')" + value + "'\""
                           : R"({"op":"write","path":"/3/0/15","value":")" + value + "\"";
    body += R"(,"mode":"queue","deadline":)" + std::string(asked.short_deadline ? "50" : "200000");
    body += "}";
    const auto reply = world_->ask(devices_[static_cast<std::size_t>(device)].endpoint(), body);
    if (reply->status() == 202) asked.id = reply->text("id");
    asked_.emplace(number, asked);
  }
  void cancel() {
    if (asked_.empty()) return;
    auto it = asked_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng_.next() % asked_.size()));
    if (it->second.id.empty()) return;
    it->second.cancelled = true;
    (void)world_->cancel(it->second.id);
  }

  void check_device(const Device& device) {
    Device::Done before{};
    for (const auto& done : device.log) {
      EXPECT_GE(done.number, before.number)
          << "seed " << seed_ << ": " << device.endpoint() << " out of order";
      // A value may be written again, but not over a later one.
      if (done.number == before.number && asked_.at(done.number).execute) {
        EXPECT_GE(done.time - before.time, kExchangeLifetime)
            << "seed " << seed_ << ": " << done.number << " was executed twice: " << done.time
            << " " << text_of(asked_.at(done.number));
      }
      before = done;
    }
  }
  [[nodiscard]] std::string text_of(const Asked& asked) {
    return asked.id.empty() ? "" : to_text(world_->show(asked.id));
  }
  void check_operation(int number, const Asked& asked) {
    const auto& log = devices_[static_cast<std::size_t>(asked.device)].log;
    const bool done = std::any_of(log.begin(), log.end(),
                                  [&](const auto& item) { return item.number == number; });
    if (asked.id.empty()) return;
    const auto shown = world_->show(asked.id);
    const std::string state(shown.at("state").as_string());
    const auto text = text_of(asked);
    if (state == "done") {
      EXPECT_TRUE(done) << "seed " << seed_ << ": " << text;
    } else if (state == "cancelled") {
      EXPECT_TRUE(asked.cancelled) << "seed " << seed_ << ": " << text;
    } else if (state == "expired") {
      EXPECT_TRUE(asked.short_deadline) << "seed " << seed_ << ": " << text;
    } else {
      EXPECT_EQ(state, "failed");
      EXPECT_TRUE(asked.execute || asked.short_deadline) << "seed " << seed_ << ": " << text;
      if (!asked.short_deadline) {
        EXPECT_NE(text.find("not known whether"), std::string::npos) << text;
      }
    }
  }

  std::uint32_t seed_;
  SeededRng rng_;
  Folder folder_;
  std::unique_ptr<OperationWorld> world_;
  std::vector<Device> devices_;
  std::map<int, Asked> asked_;
  int last_ = 0;
};

TEST(OperationCrash, NothingIsLostOrDoneTwiceOrOutOfOrder) {
  LINNET_REQ("QM-06");
  LINNET_REQ("QM-07");
  const char* more = std::getenv("LINNET_SEEDS");
  const std::uint32_t seeds = more != nullptr ? static_cast<std::uint32_t>(std::atoi(more)) : 6;
  const char* from = std::getenv("LINNET_SEED");
  const std::uint32_t first = from != nullptr ? static_cast<std::uint32_t>(std::atoi(from)) : 1;
  for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story story(seed);
    story.live(250);
    story.come_to_rest();
    story.check();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace linnet::service
