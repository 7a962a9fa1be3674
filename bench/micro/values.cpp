// SPDX-License-Identifier: Apache-2.0
// Measures what becomes of a notification behind the socket: CPU time of one, in bursts of 64 from
// 10,000 devices, step by step. The shard alone; its event as text and its value kept; everything
// committed to a store on disk, folds into the tables included; and the text that a reader of
// events gets. bench/scale/stream measures the same with sockets and the API's thread.
//
//   cmake --preset release && cmake --build --preset release --target bench_values
//   build/release/bench/micro/bench_values
#include <benchmark/benchmark.h>
#include <folder.hpp>

#include <array>
#include <stdexcept>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/server/shard.hpp>

#include "../scale/cpu_clock.hpp"
#include "../scale/fleet.hpp"
#include "service/event_journal.hpp"
#include "service/store.hpp"
#include "service/value_desk.hpp"

namespace linnet::service {
namespace {

using scale::Fleet;
using scale::Request;

constexpr std::uint32_t kDevices = 10'000;
constexpr std::size_t kBurst = 64;

enum Steps : std::int64_t { kShard, kDesk, kStore, kReader };

server::ShardConfig config() {
  server::ShardConfig config;
  config.max_registrations = kDevices;
  config.max_observations = kDevices;
  return config;
}

/// What a service has between its socket and its streams.
class World {
 public:
  explicit World(std::int64_t steps) : steps_(steps) {
    store_.add(devices_);
    store_.add(journal_);
    store_.add(values_);
    register_all();
    observe_all();
    (void)store_.commit(shard_, now_, wall());
  }

  /// One burst; returns nanoseconds.
  std::int64_t notify() {
    std::array<std::array<std::uint8_t, scale::kMaxRequest>, kBurst> bytes;
    std::array<std::size_t, kBurst> sizes{};
    std::array<std::uint32_t, kBurst> senders{};
    for (std::size_t i = 0; i < kBurst; ++i) {
      senders[i] = order_[next_++ % order_.size()];
      sizes[i] = fleet_.write(Request::Notify, senders[i], ++number_, bytes[i]);
    }
    now_ = now_ + Duration{10};
    const std::int64_t begin = scale::thread_cpu_ns();
    for (std::size_t i = 0; i < kBurst; ++i) {
      shard_.receive(now_, Fleet::address(senders[i], kPort), {bytes[i].data(), sizes[i]});
    }
    if (shard_.next_timeout() <= now_) shard_.on_timeout(now_);
    handle_events();
    if (steps_ >= kStore) {
      journal_.pin(values_.applied());
      if (!store_.commit(shard_, now_, wall())) throw std::runtime_error(store_.problem());
    }
    if (steps_ >= kReader) read();
    while (const auto sent = shard_.poll_transmit(now_, out_)) ++answers_;
    return scale::thread_cpu_ns() - begin;
  }
  void check(std::uint64_t notifications) const {
    if (seen_ != notifications || answers_ < notifications) {
      throw std::runtime_error("notifications were lost");
    }
    if (steps_ >= kReader && text_ == 0) throw std::runtime_error("nothing was read");
  }
  [[nodiscard]] std::uint64_t text_bytes() const { return text_; }

 private:
  static constexpr std::uint16_t kPort = 5000;

  [[nodiscard]] std::int64_t wall() const { return now_.ms + 1'764'427'344'000; }

  void register_all() {
    std::array<std::uint8_t, scale::kMaxRequest> bytes;
    for (std::uint32_t device = 0; device < kDevices; ++device) {
      const auto size = fleet_.write(Request::Register, device, ++number_, bytes);
      const ByteView sent(bytes.data(), size);
      shard_.receive(now_, Fleet::address(device, kPort), sent);
      const auto answer = shard_.poll_transmit(now_, out_);
      if (!answer ||
          !fleet_.granted(Request::Register, device, sent, {out_.data(), answer->size})) {
        throw std::runtime_error("a registration was refused");
      }
      while (const auto event = shard_.poll_event()) store_.note(shard_, *event);
    }
  }
  void observe_all() {
    std::array<std::uint8_t, scale::kMaxRequest> bytes;
    std::uint32_t cursor = 0;
    while (const auto view = shard_.next_registration(cursor)) {
      const auto device = fleet_.device_at(view->address);
      const std::string endpoint(view->endpoint);
      server::Operation observe;
      observe.kind = server::OperationKind::Observe;
      observe.path = lwm2m::Path(3303, 0, 5700);
      (void)shard_.submit(now_, view->id, std::move(observe));
      const auto asked = shard_.poll_transmit(now_, out_);
      if (!asked || !device) throw std::runtime_error("nothing was asked");
      const auto size =
          fleet_.answer_observe(*device, ++number_, {out_.data(), asked->size}, bytes);
      shard_.receive(now_, Fleet::address(*device, kPort), {bytes.data(), size});
      while (auto event = shard_.poll_event()) {
        store_.note(shard_, *event);
        if (const auto* result = std::get_if<server::OperationResult>(&*event)) {
          desk_.started(*result, endpoint, {lwm2m::Path(3303, 0, 5700)});
        }
      }
    }
  }
  void handle_events() {
    while (auto event = shard_.poll_event()) {
      auto* notification = std::get_if<server::Notification>(&*event);
      if (notification == nullptr) continue;
      ++seen_;
      if (steps_ >= kStore) store_.note(shard_, *event);
      if (steps_ >= kDesk) desk_.on(*notification);
    }
  }
  void read() {
    while (const auto chunk = log_.find(read_).chunk) {
      text_ += chunk->stream_from(read_ + 1 - chunk->first(), "bench").size();
      read_ = chunk->last();
    }
  }

  std::int64_t steps_;
  test::Folder folder_;
  Store store_{folder_ / "store"};
  SeededRng rng_{1};
  Instant now_{1'000'000};
  lwm2m::ModelStore models_ = lwm2m::ModelStore::with_core_objects();
  server::Shard shard_{config(), rng_};
  EventLog log_{16u << 20, "none"};
  EventJournal journal_{store_.database(), log_, {}, rng_, [this] { return wall(); }};
  DeviceTable devices_{store_.database(), [this] { return wall(); }};
  ValueStore values_{
      {store_.database(), [this] { return wall(); }, [this] { return log_.published(); }}, {}};
  ValueDesk desk_{{shard_, models_, devices_, values_, log_, {}, [this] { return wall(); }}};
  Fleet fleet_{kDevices, 4};
  std::vector<std::uint32_t> order_ = fleet_.shuffled();
  std::array<std::uint8_t, 1500> out_{};
  std::uint32_t number_ = 0;
  std::size_t next_ = 0;
  std::uint64_t seen_ = 0, answers_ = 0, read_ = 0, text_ = 0;
};

void notify(benchmark::State& state) {
  World world(state.range(0));
  for (int i = 0; i < 1000; ++i) (void)world.notify();  // memory is taken from the system
  std::uint64_t notifications = 1000 * kBurst;
  double ns = 0;
  for (auto _ : state) {
    const auto took = static_cast<double>(world.notify());
    ns += took;
    state.SetIterationTime(took * 1e-9);
    notifications += kBurst;
  }
  world.check(notifications);
  const double each = ns / static_cast<double>(state.iterations() * kBurst);
  state.counters["ns_each"] = each;
  state.counters["k_per_s"] = 1e6 / each;
}
BENCHMARK(notify)
    ->ArgName("steps")
    ->DenseRange(kShard, kReader)
    ->UseManualTime()
    ->Iterations(10'000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace linnet::service
