// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>

#include "cpu_clock.hpp"
#include "generator.hpp"
#include "server_process.hpp"

namespace linnet::scale {
namespace {

/// Enough rounds for a median even if time is up.
constexpr std::size_t kLeastRounds = 3;

/// What one server did in a round, put together from turns.
struct Share {
  std::int64_t cpu_ns = 0;
  std::uint64_t requests = 0;
  std::uint64_t wakeups = 0;
  std::uint64_t retransmissions = 0;
  double seconds = 0;

  [[nodiscard]] double ns() const {
    return static_cast<double>(cpu_ns) / static_cast<double>(requests);
  }
  void add(const Share& other) {
    cpu_ns += other.cpu_ns;
    requests += other.requests;
    wakeups += other.wakeups;
    retransmissions += other.retransmissions;
    seconds += other.seconds;
  }
};

Share one_turn(Generator& generator, ServerProcess& server, Request request,
               std::span<const std::uint32_t> devices) {
  const ServerStatus before = server.status();
  const bool echo = server.kind() == ServerProcess::Kind::Echo;
  const TrafficCount count = generator.run(request, server.address(), echo, devices);
  const ServerStatus after = server.status();
  // What is not handled must not be measured.
  const std::uint64_t copies = after.duplicates - before.duplicates;
  if (copies > count.retransmissions || after.dropped != 0) {
    throw std::runtime_error("the shard took " + std::to_string(copies) +
                             " requests for copies where " + std::to_string(count.retransmissions) +
                             " were, and dropped " + std::to_string(after.dropped));
  }
  return {after.cpu_ns - before.cpu_ns, count.requests, after.wakeups - before.wakeups,
          count.retransmissions, count.seconds};
}

struct Round {
  Share shard;
  Share echo;
};

/// Shard and echo in turns short enough that what disturbs one disturbs the other.
Round one_round(Generator& generator, ServerProcess& shard, ServerProcess& echo, Request request,
                std::span<const std::uint32_t> devices) {
  constexpr std::size_t kTurn = 10'000;
  Round round;
  while (!devices.empty()) {
    const auto turn = devices.first(std::min(kTurn, devices.size()));
    round.echo.add(one_turn(generator, echo, request, turn));
    round.shard.add(one_turn(generator, shard, request, turn));
    devices = devices.subspan(turn.size());
  }
  return round;
}

Result summarise(Request request, std::uint32_t devices, const std::vector<Round>& rounds) {
  Result result;
  result.request = request;
  result.devices = devices;
  result.rounds = rounds.size();
  std::vector<double> shard_ns;
  std::vector<double> echo_ns;
  std::vector<double> ratio;
  Round sum;
  for (const Round& round : rounds) {
    shard_ns.push_back(round.shard.ns());
    echo_ns.push_back(round.echo.ns());
    ratio.push_back(round.shard.ns() / round.echo.ns());
    sum.shard.add(round.shard);
    sum.echo.add(round.echo);
  }
  result.requests = sum.shard.requests;
  result.shard_ns = spread_of(std::move(shard_ns));
  result.echo_ns = spread_of(std::move(echo_ns));
  result.ratio = spread_of(std::move(ratio));
  result.per_second = static_cast<double>(sum.shard.requests) / sum.shard.seconds;
  const auto batch = [](const Share& share) {
    return static_cast<double>(share.requests) / static_cast<double>(share.wakeups);
  };
  result.shard_batch = batch(sum.shard);
  result.echo_batch = batch(sum.echo);
  result.retransmissions = sum.shard.retransmissions + sum.echo.retransmissions;
  return result;
}

/// Small fleets register more often: each time takes a moment only.
std::size_t registrations_of(std::uint32_t devices) {
  if (devices <= 2'000) return 21;
  if (devices <= 20'000) return 9;
  return devices <= 200'000 ? 5 : kLeastRounds;
}

std::string label(Request request, std::uint32_t devices) {
  return std::string(name_of(request)) + " with " + std::to_string(devices) + " devices";
}

bool is_over(double deadline, std::size_t done) {
  return done >= kLeastRounds && wall_seconds() > deadline;
}

/// `order` again and again, in pieces of `size`.
class Walk {
 public:
  explicit Walk(std::vector<std::uint32_t> order) : order_(std::move(order)) {}
  const std::vector<std::uint32_t>& take(std::uint32_t size) {
    piece_.clear();
    for (; size != 0; --size, next_ = (next_ + 1) % order_.size()) piece_.push_back(order_[next_]);
    return piece_;
  }

 private:
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> piece_;
  std::size_t next_ = 0;
};

/// One fleet against a shard and an echo: the steps in their order.
class SocketRun {
 public:
  SocketRun(const Options& options, std::uint32_t devices, double deadline, Progress& progress)
      : options_(options),
        progress_(progress),
        start_(wall_seconds()),
        deadline_(deadline),
        fleet_(devices, std::min(options.models, devices)),
        generator_(fleet_, options.window),
        walk_(fleet_.shuffled()) {}

  /// Registers the fleet with a new shard again and again; the last one stays.
  Result register_fleet() {
    std::vector<std::uint32_t> in_order(fleet_.size());
    std::iota(in_order.begin(), in_order.end(), 0u);
    std::vector<Round> rounds;
    std::vector<double> memory;
    const std::size_t wanted = registrations_of(fleet_.size());
    while (rounds.size() < wanted && !is_over(time_until(1), rounds.size())) {
      progress_.show(label(Request::Register, fleet_.size()), rounds.size(), wanted);
      shard_.reset();
      shard_ = std::make_unique<ServerProcess>(Kind::Shard, options_.clock_factor);
      resident_before_ = shard_->status().resident_bytes;
      rounds.push_back(one_round(generator_, *shard_, echo_, Request::Register, in_order));
      const ServerStatus after = shard_->status();
      if (after.registrations != fleet_.size()) {
        throw std::runtime_error("the shard lost registrations");
      }
      memory.push_back(bytes_per_device(after));
    }
    Result result = summarise(Request::Register, fleet_.size(), rounds);
    result.bytes_per_device = spread_of(std::move(memory)).median;
    return result;
  }

  Result update() { return repeat(Request::Update, time_until(2)); }

  /// Observes a resource of each device, and has each notify.
  Result notify() {
    progress_.show("observing " + std::to_string(fleet_.size()) + " devices");
    shard_->observe_all();
    generator_.answer_observes();
    ServerStatus before = shard_->status();
    // The last answers may still be on their way.
    for (int i = 0; i < 100 && before.observed != fleet_.size(); ++i) {
      usleep(10'000);
      before = shard_->status();
    }
    if (before.observed != fleet_.size()) throw std::runtime_error("the shard lost observations");
    Result result = repeat(Request::Notify, time_until(3));
    result.bytes_per_device = bytes_per_device(before);
    const std::uint64_t values = shard_->status().notifications - before.notifications;
    if (values != result.requests + options_.round_size) {
      throw std::runtime_error("the shard lost notifications");
    }
    return result;
  }

 private:
  using Kind = ServerProcess::Kind;

  /// Each of the three steps has a third of the time.
  [[nodiscard]] double time_until(int step) const {
    return start_ + (deadline_ - start_) * step / 3;
  }

  [[nodiscard]] double bytes_per_device(const ServerStatus& status) const {
    return static_cast<double>(status.resident_bytes - resident_before_) / fleet_.size();
  }

  Result repeat(Request request, double deadline) {
    // One round for nothing: what the shard keeps of messages is taken from the system then.
    (void)one_round(generator_, *shard_, echo_, request, walk_.take(options_.round_size));
    std::vector<Round> rounds;
    while (rounds.size() < options_.rounds && !is_over(deadline, rounds.size())) {
      progress_.show(label(request, fleet_.size()), rounds.size(), options_.rounds);
      const auto& devices = walk_.take(options_.round_size);
      rounds.push_back(one_round(generator_, *shard_, echo_, request, devices));
    }
    return summarise(request, fleet_.size(), rounds);
  }

  const Options& options_;
  Progress& progress_;
  double start_;
  double deadline_;
  ServerProcess echo_{Kind::Echo, 1};
  std::unique_ptr<ServerProcess> shard_;
  std::uint64_t resident_before_ = 0;
  Fleet fleet_;
  Generator generator_;
  Walk walk_;
};

}  // namespace

void Progress::show(const std::string& what, std::size_t round, std::size_t rounds) {
  if (isatty(STDERR_FILENO) == 0) {
    if (round == 0) std::fprintf(stderr, "%s\n", what.c_str());
    return;
  }
  std::fprintf(stderr, "\r\x1b[K%s", what.c_str());
  if (rounds != 0) std::fprintf(stderr, ", round %zu of %zu", round + 1, rounds);
  shown_ = true;
}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
}

std::vector<Result> measure_over_sockets(const Options& options, std::uint32_t devices,
                                         double deadline, Progress& progress) {
  SocketRun run(options, devices, deadline, progress);
  std::vector<Result> results;
  results.push_back(run.register_fleet());
  results.push_back(run.update());
  results.push_back(run.notify());
  return results;
}

}  // namespace linnet::scale
