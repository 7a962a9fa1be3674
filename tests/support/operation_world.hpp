// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server's thread on a virtual clock: a shard, a store and the desk of operations, in the order
// of a turn (events, commit, datagrams). It may crash between any two of these, and begin anew on
// what is in the file.
#include <boost/json/parse.hpp>
#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <folder.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/operation_batch.hpp"
#include "service/operation_desk.hpp"

namespace linnet::test {

inline constexpr std::int64_t kNoon = 1'800'000'000'000;  // the clock on the wall at the start, ms

/// What a request got, as soon as it got it.
struct Reply {
  std::optional<service::HttpResponse> response{};

  [[nodiscard]] unsigned status() const { return response ? response->status : 0; }
  [[nodiscard]] boost::json::object body() const {
    return response ? boost::json::parse(response->body).as_object() : boost::json::object{};
  }
  [[nodiscard]] std::string text(std::string_view member) const {
    const auto object = body();
    const auto* value = object.if_contains(member);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
};

class OperationWorld final : public Wire {
 public:
  enum class Crash : std::uint8_t { No, BeforeCommit, AfterCommit };

  /// `begin` on the shard's clock is `wall` on the one on the wall.
  OperationWorld(const std::filesystem::path& file, std::uint32_t seed, Instant begin = {1'000'000},
                 std::int64_t wall = kNoon, service::OperationSettings settings = {},
                 server::ShardConfig config = {})
      : offset_(wall - begin.ms), store(std::make_unique<service::Store>(file)) {
    rng = SeededRng(seed);
    now = begin;
    config.id_key = store->id_key();
    shard.emplace(config, rng, nullptr, &definitions_);
    devices.emplace(store->database(), [this] { return unix_ms(); });
    service::OperationStore::Limits limits;
    limits.kept_per_device = settings.kept_per_device;
    limits.kept_ms = std::int64_t{settings.kept_days} * 86'400'000;
    operations.emplace(store->database(), limits);
    desk.emplace(
        service::OperationDesk::Ports{
            *shard,
            *operations,
            *devices,
            log,
            {},
            false,
            [this](std::function<void(bool)> done) { store->after_commit(std::move(done)); },
            [this](service::ShardHost::Job job) { jobs_.push_back(std::move(job)); },
            [this] { return now; },
            [this] { return unix_ms(); },
            nullptr},
        settings, models_);
    store->add(*devices);
    store->add(*operations);
    (void)store->restore(*shard, now, unix_ms());
    desk->recover();
    next_tick_ = now;
  }

  [[nodiscard]] std::int64_t unix_ms() const { return now.ms + offset_; }
  /// How often the desk is woken; longer where hours pass.
  Duration tick{1000};

  /// A request of the API for one device.
  std::shared_ptr<Reply> ask(const std::string& endpoint, std::string_view body,
                             std::string key = {}) {
    auto reply = std::make_shared<Reply>();
    attempt(reply, [&] {
      service::OperationDesk::Order order{endpoint, service::parse_operation(body), "tester", {}};
      if (!key.empty()) order.key = key_for(key, body);
      desk->submit(std::move(order), answer(reply));
    });
    return reply;
  }
  /// For many; `choice` is "devices" of the API.
  std::shared_ptr<Reply> ask_many(std::string_view choice, std::string_view body,
                                  std::string key = {}) {
    auto reply = std::make_shared<Reply>();
    attempt(reply, [&] {
      const auto named = key.empty() ? service::RequestKey{} : key_for(key, body);
      if (desk->replay(named, answer(reply))) return;
      const auto job = std::make_shared<service::OperationBatchJob>(
          *desk, service::DeviceChoice::parse(boost::json::parse(choice)),
          service::parse_operation(body), "tester", named, answer(reply));
      jobs_.push_back([job] { return job->step(); });
    });
    return reply;
  }
  std::shared_ptr<Reply> cancel(const std::string& id) {
    auto reply = std::make_shared<Reply>();
    attempt(reply, [&] { desk->cancel(std::stoll(id), answer(reply)); });
    return reply;
  }
  [[nodiscard]] boost::json::object show(const std::string& id) {
    return desk->show(std::stoll(id));
  }
  [[nodiscard]] std::string state(const std::string& id) {
    return std::string(show(id).at("state").as_string());
  }
  void one_turn() {
    on_timeout();
    (void)silent();
  }
  /// Does all turns there are to do now.
  void settle() {
    do {
      Wire::run_for(Duration{0});
      (void)silent();
    } while (!jobs_.empty() && !dead_);
  }

  /// The next turn goes only so far.
  void crash_at(Crash when) { crash_ = when; }
  [[nodiscard]] bool dead() const { return dead_; }

  server::Shard& the_shard() { return *shard; }

 private:
  std::int64_t offset_;
  lwm2m::ModelStore models_;
  CoreDefinitions definitions_;
  std::vector<service::ShardHost::Job> jobs_;
  Instant next_tick_{};
  bool sending_ = false;
  bool dead_ = false;
  Crash crash_ = Crash::No;

 public:
  std::unique_ptr<service::Store> store;
  std::optional<server::Shard> shard;
  std::optional<service::DeviceTable> devices;
  service::EventLog log{64u << 20, "test"};
  std::optional<service::OperationStore> operations;
  std::optional<service::OperationDesk> desk;

 private:
  static service::OperationDesk::Answer answer(std::shared_ptr<Reply> reply) {
    return [reply](service::HttpResponse response) { reply->response = std::move(response); };
  }
  static service::RequestKey key_for(std::string key, std::string_view body) {
    return {"tester", std::move(key), {body.begin(), body.end()}};
  }
  void attempt(const std::shared_ptr<Reply>& reply, const std::function<void()>& work) {
    if (dead_) return;
    try {
      work();
    } catch (const service::Problem& problem) {
      reply->response = to_response(problem);
    }
    (void)silent();
  }
  /// Events and commit, as the shard's host does before it sends.
  bool turn() {
    while (auto event = shard->poll_event()) {
      store->note(*shard, *event);
      if (const auto* registered = std::get_if<server::Registered>(&*event)) {
        if (const auto device = shard->find(registered->id))
          (void)devices->arrived(device->endpoint);
      }
      desk->handle(*event);
    }
    if (crash_ == Crash::BeforeCommit) return die();
    if (!store->commit(*shard, now, unix_ms())) shard->drop_answers();
    return crash_ == Crash::AfterCommit ? die() : true;
  }
  bool die() {
    dead_ = true;
    return false;
  }

  void receive(const SocketAddress& from, ByteView datagram) override {
    if (!dead_) shard->receive(now, from, datagram);
  }
  std::optional<server::Transmit> poll_transmit(MutableBytes out) override {
    if (dead_ || (!sending_ && !turn())) return std::nullopt;
    sending_ = true;
    auto sent = shard->poll_transmit(now, out);
    if (!sent) sending_ = false;
    return sent;
  }
  [[nodiscard]] Instant next_timeout() const override {
    if (dead_) return Instant::never();
    return jobs_.empty() ? earlier(shard->next_timeout(), next_tick_) : now;
  }
  void on_timeout() override {
    if (dead_) return;
    if (next_tick_ <= now) {
      next_tick_ = now + tick;
      desk->tick(now);
    }
    auto jobs = std::exchange(jobs_, {});
    std::erase_if(jobs, [](const auto& job) { return job(); });
    jobs_.insert(jobs_.begin(), jobs.begin(), jobs.end());
    if (shard->next_timeout() <= now) shard->on_timeout(now);
  }
};

}  // namespace linnet::test
