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
  using Kind = ServerProcess::Kind;
  Fleet fleet(devices, std::min(options.models, devices));
  Generator generator(fleet, options.window);
  std::vector<std::uint32_t> in_order(devices);
  std::iota(in_order.begin(), in_order.end(), 0u);
  ServerProcess echo(Kind::Echo, 1);

  std::unique_ptr<ServerProcess> shard;
  std::vector<Round> rounds;
  std::vector<double> memory;
  const std::size_t wanted = registrations_of(devices);
  while (rounds.size() < wanted && !is_over(deadline, rounds.size())) {
    progress.show(label(Request::Register, devices), rounds.size(), wanted);
    shard.reset();
    shard = std::make_unique<ServerProcess>(Kind::Shard, options.clock_factor);
    const auto before = static_cast<double>(shard->status().resident_bytes);
    rounds.push_back(one_round(generator, *shard, echo, Request::Register, in_order));
    const ServerStatus after = shard->status();
    if (after.registrations != devices) throw std::runtime_error("the shard lost registrations");
    memory.push_back((static_cast<double>(after.resident_bytes) - before) / devices);
  }
  std::vector<Result> results{summarise(Request::Register, devices, rounds)};
  results.back().bytes_per_device = spread_of(std::move(memory)).median;

  Walk walk(fleet.shuffled());
  // One round for nothing: the memory of messages answered is taken from the system then.
  (void)one_round(generator, *shard, echo, Request::Update, walk.take(options.round_size));
  rounds.clear();
  while (rounds.size() < options.rounds && !is_over(deadline, rounds.size())) {
    progress.show(label(Request::Update, devices), rounds.size(), options.rounds);
    const auto& piece = walk.take(options.round_size);
    rounds.push_back(one_round(generator, *shard, echo, Request::Update, piece));
  }
  results.push_back(summarise(Request::Update, devices, rounds));
  return results;
}

}  // namespace linnet::scale
