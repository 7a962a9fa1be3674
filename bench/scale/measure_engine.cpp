// SPDX-License-Identifier: Apache-2.0
// The shard without sockets: what is Linnet's own in the time of a request, and a program to
// profile.
#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <linnet/base/random.hpp>
#include <linnet/server/shard.hpp>
#include "cpu_clock.hpp"
#include "measure.hpp"

namespace linnet::scale {
namespace {

constexpr std::uint16_t kPort = 5683;
/// The shard's time between bursts. Small enough for messages to be remembered in their hundreds of
/// thousands, large enough for the oldest to be forgotten as fast as new ones come.
constexpr Duration kBetweenBursts = milliseconds(50);

/// As many requests at a time as a batch of the driver brings, and then their answers.
class Bursts {
 public:
  Bursts(Fleet& fleet, server::Shard& shard, std::uint32_t size)
      : fleet_(fleet), shard_(shard), requests_(size), answers_(size) {}

  /// CPU time for all `devices`; throws if one is refused.
  std::int64_t run(Request request, std::span<const std::uint32_t> devices) {
    std::int64_t total = 0;
    while (!devices.empty()) {
      const auto burst = devices.first(std::min(requests_.size(), devices.size()));
      for (std::size_t i = 0; i < burst.size(); ++i) {
        requests_[i].size = fleet_.write(request, burst[i], ++last_number_, requests_[i].bytes);
        requests_[i].from = Fleet::address(burst[i], kPort);
      }
      const std::int64_t start = thread_cpu_ns();
      const std::size_t answered = serve(burst.size());
      total += thread_cpu_ns() - start;
      if (answered != burst.size()) throw std::runtime_error("the shard did not answer");
      for (std::size_t i = 0; i < burst.size(); ++i) check(request, burst[i], i);
      devices = devices.subspan(burst.size());
    }
    return total;
  }

  /// Observes a resource of each device.
  void observe() {
    std::uint32_t cursor = 0;
    while (const auto device = shard_.next_registration(cursor)) {
      server::Operation operation;
      operation.kind = server::OperationKind::Observe;
      operation.path = lwm2m::Path(3303, 0, 5700);
      const bool asked = shard_.submit(now_, device->id, std::move(operation)).ok();
      const auto sent = shard_.poll_transmit(now_, requests_[0].bytes);
      const auto number = sent ? fleet_.device_at(sent->to) : std::nullopt;
      if (!asked || !number) throw std::runtime_error("the shard did not observe");
      const ByteView request = ByteView(requests_[0].bytes).first(sent->size);
      const std::size_t size =
          fleet_.answer_observe(*number, ++last_number_, request, answers_[0].bytes);
      shard_.receive(now_, sent->to, ByteView(answers_[0].bytes).first(size));
      while (shard_.poll_event()) {
      }
    }
    if (shard_.counters().observations != fleet_.size()) {
      throw std::runtime_error("the shard lost observations");
    }
  }

 private:
  struct Datagram {
    std::array<std::uint8_t, 2048> bytes;
    std::size_t size = 0;
    SocketAddress from;
    [[nodiscard]] ByteView view() const { return ByteView(bytes).first(size); }
  };

  std::size_t serve(std::size_t count) {
    now_ = now_ + kBetweenBursts;
    for (std::size_t i = 0; i < count; ++i) {
      shard_.receive(now_, requests_[i].from, requests_[i].view());
    }
    std::size_t answered = 0;
    for (; answered < count; ++answered) {
      const auto sent = shard_.poll_transmit(now_, answers_[answered].bytes);
      if (!sent) break;
      answers_[answered].size = sent->size;
    }
    if (shard_.next_timeout() <= now_) shard_.on_timeout(now_);
    while (shard_.poll_event()) {
    }
    return answered;
  }

  void check(Request request, std::uint32_t device, std::size_t i) {
    if (fleet_.granted(request, device, requests_[i].view(), answers_[i].view())) return;
    throw std::runtime_error("device " + std::to_string(device) + " got a wrong answer");
  }

  Fleet& fleet_;
  server::Shard& shard_;
  std::uint32_t last_number_ = 0;
  Instant now_{0};
  std::vector<Datagram> requests_;
  std::vector<Datagram> answers_;
};

Result summarise(Request request, std::uint32_t devices, std::size_t requests_a_round,
                 std::vector<double> samples) {
  Result result;
  result.request = request;
  result.devices = devices;
  result.rounds = samples.size();
  result.requests = samples.size() * requests_a_round;
  result.shard_ns = spread_of(std::move(samples));
  result.per_second = 1e9 / result.shard_ns.median;
  return result;
}

}  // namespace

std::vector<Result> measure_engine(const Options& options, std::uint32_t devices, double deadline,
                                   Progress& progress) {
  Fleet fleet(devices, std::min(options.models, devices));
  server::ShardConfig config;
  config.max_registrations = config.max_observations = kMaxDevices;
  std::vector<std::uint32_t> order(devices);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<double> samples;
  const auto show = [&](Request request) {
    progress.show(name_of(request) + (" with " + std::to_string(devices)) + " devices, no sockets");
  };

  show(Request::Register);
  constexpr std::size_t kTimes = 5;
  SeededRng rng(1);
  while (samples.size() + 1 < kTimes) {
    server::Shard shard(config, rng);
    const auto ns = Bursts(fleet, shard, options.window).run(Request::Register, order);
    samples.push_back(static_cast<double>(ns) / devices);
  }
  server::Shard shard(config, rng);
  Bursts bursts(fleet, shard, options.window);
  samples.push_back(static_cast<double>(bursts.run(Request::Register, order)) / devices);
  std::vector<Result> results{summarise(Request::Register, devices, devices, std::move(samples))};

  bursts.observe();
  order = fleet.shuffled();
  const std::uint32_t passes = std::max(1u, options.round_size / devices);
  for (const Request request : {Request::Update, Request::Notify}) {
    show(request);
    samples.clear();
    (void)bursts.run(request, order);
    while (samples.size() < options.rounds &&
           (samples.size() < kTimes || wall_seconds() < deadline)) {
      std::int64_t ns = 0;
      for (std::uint32_t pass = 0; pass < passes; ++pass) ns += bursts.run(request, order);
      samples.push_back(static_cast<double>(ns) / devices / passes);
    }
    results.push_back(
        summarise(request, devices, std::size_t{devices} * passes, std::move(samples)));
  }
  return results;
}

}  // namespace linnet::scale
