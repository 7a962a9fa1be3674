// SPDX-License-Identifier: Apache-2.0
// Pins queue mode of client and server against a model, over random sequences: operations asked of
// a device that sleeps and is deaf then, values it reports, cancellations, a server that crashes
// and goes on, outages. Every operation is done exactly once and in order, or ends with a reason.
#include <requirement.hpp>
#include <sim_world.hpp>

#include <algorithm>
#include <deque>

namespace linnet::sim {
namespace {

using server::Operation;
using server::OperationId;
using server::OperationKind;
using server::OperationResult;
using server::Outcome;
using server::RegistrationId;

const SocketAddress kServer = host(1);
const SocketAddress kDevice = host(9);
const std::string kName = "urn:dev:sim:1";
const Path kTemperature(3303, 0, 5700);

DeviceOptions sleeper(std::uint64_t seed) {
  DeviceOptions options;
  options.seed = seed;
  options.lifetime = 3600;
  options.queue_mode = options.sleeps = true;
  return options;
}

/// A server that keeps what it was asked as a service does: whatever it promised outlives it.
class DurableServer {
 public:
  struct Asked {
    int number = 0;
    Instant deadline;
    std::optional<OperationId> id{};  ///< while the shard has it
    std::optional<server::RequestRecord> record{};
    std::optional<OperationResult> result{};  ///< the end
  };

  explicit DurableServer(Network& network) : network_(network) {
    make(0);
    network.attach(
        kServer,
        {.receive = [this](Instant now, const SocketAddress& from,
                           ByteView bytes) { shard->receive(now, from, bytes); },
         .poll_transmit = [this](Instant now, MutableBytes out) { return transmit(now, out); },
         .next_timeout = [this] { return shard->next_timeout(); },
         .on_timeout = [this](Instant now) { shard->on_timeout(now); },
         .drain = [this](Instant) { take_events(); }});
  }
  ~DurableServer() { network_.detach(kServer); }
  DurableServer(const DurableServer&) = delete;

  void ask(int number, Duration timeout) {
    take_events();
    asked.push_back({.number = number, .deadline = network_.now() + timeout});
    submit_all();
    take_events();
  }
  void cancel(std::size_t index) {
    Asked& one = asked[index];
    if (one.result || !one.id) return;
    EXPECT_TRUE(shard->cancel(network_.now(), *one.id));
    take_events();
  }
  /// Everything that is not stored is lost.
  void crash() {
    take_events();
    struct Kept {
      server::RegistrationView view;
      std::string endpoint;
      std::vector<server::RegisteredLink> links;
      std::vector<coap::ContentFormat> formats;
    };
    std::vector<Kept> devices;
    std::vector<server::ObservationRecord> observations;
    std::uint32_t cursor = 0;
    while (const auto device = shard->next_registration(cursor)) {
      devices.push_back({*device,
                         std::string(device->endpoint),
                         {device->links.begin(), device->links.end()},
                         {device->formats.begin(), device->formats.end()}});
      shard->for_each_observation(device->id, [&](const server::ObservationView& view) {
        observations.push_back(*shard->record(view.id));
      });
    }
    make(shard->id_key());
    for (Kept& device : devices) {
      device.view.endpoint = device.endpoint;
      device.view.links = device.links;
      device.view.formats = device.formats;
      device.view.sms = device.view.profile_ids = device.view.root_path = {};
      EXPECT_TRUE(shard->restore(network_.now(), device.view).ok());
      // That a request went unanswered is not kept: what was heard tells, and one tries once more.
      const Duration silent = network_.now() - device.view.heard;
      EXPECT_EQ(shard->is_awake(device.view.id), silent < server::ShardConfig{}.awake_for)
          << "seed " << network_.seed();
      EXPECT_TRUE(!awake_ || shard->is_awake(device.view.id)) << "seed " << network_.seed();
      awake_ = shard->is_awake(device.view.id);
    }
    for (const auto& observation : observations) {
      EXPECT_TRUE(shard->restore(network_.now(), observation).ok());
    }
    for (Asked& one : asked) one.id.reset();
    ++crashes;
    submit_all();
    take_events();
  }
  [[nodiscard]] bool done() const {
    return std::ranges::all_of(asked, [](const Asked& one) { return one.result.has_value(); });
  }
  [[nodiscard]] bool awake() const { return awake_; }

  std::unique_ptr<server::Shard> shard;
  std::deque<Asked> asked;
  int crashes = 0;
  int naps = 0;

 private:
  void make(std::uint64_t id_key) {
    server::ShardConfig config;
    config.id_key = id_key;
    config.max_operations_per_device = 0xFFFF;
    shard.reset();
    rng_.emplace(100 + network_.seed() * 50 + static_cast<std::uint64_t>(crashes));
    shard = std::make_unique<server::Shard>(config, *rng_);
  }
  void submit_all() {
    const auto device = shard->find(kName);
    if (!device) return;
    const RegistrationId id = device->id;
    for (Asked& one : asked) {
      if (one.result || one.id) continue;
      const Duration left = one.deadline - network_.now();
      if (left.ms <= 0) {
        one.result.emplace();
        one.result->outcome = Outcome::Expired;
        one.result->reason = "the device was not registered until the deadline";
        continue;
      }
      Operation operation{.kind = OperationKind::Execute,
                          .path = Path(33000, 0, 1),
                          .arguments = "0='" + std::to_string(one.number) + "'",
                          .timeout = left,
                          .hold = true,
                          .report_start = true,
                          .resume = one.record};
      const auto submitted = shard->submit(network_.now(), id, std::move(operation));
      ASSERT_TRUE(submitted.ok()) << describe(submitted.error());
      one.id = *submitted;
    }
  }
  Asked* find(OperationId id) {
    const auto found = std::ranges::find_if(asked, [&](const Asked& one) { return one.id == id; });
    return found == asked.end() ? nullptr : &*found;
  }
  void take_events() {
    while (auto event = shard->poll_event()) {
      if (std::holds_alternative<server::Registered>(*event)) {
        awake_ = true;
        submit_all();
      } else if (std::holds_alternative<server::Sleeping>(*event)) {
        EXPECT_TRUE(awake_) << "once; seed " << network_.seed();
        awake_ = false;
        ++naps;
      } else if (std::holds_alternative<server::Awake>(*event)) {
        EXPECT_FALSE(awake_) << "once; seed " << network_.seed();
        awake_ = true;
      } else if (const auto* started = std::get_if<server::OperationStarted>(&*event)) {
        Asked* one = find(started->operation);
        ASSERT_NE(one, nullptr);
        one->record = shard->record(started->operation);
        EXPECT_TRUE(one->record && one->record->resumable);
      } else if (auto* result = std::get_if<OperationResult>(&*event)) {
        Asked* one = find(result->operation);
        if (one == nullptr) continue;  // the observation
        one->id.reset();
        if (result->outcome != Outcome::RegistrationGone) one->result = std::move(*result);
      }
    }
  }
  std::pair<SocketAddress, std::size_t> transmit(Instant now, MutableBytes out) {
    take_events();
    const auto sent = shard->poll_transmit(now, out);
    return sent ? std::pair{sent->to, sent->size} : std::pair{SocketAddress{}, std::size_t{0}};
  }

  Network& network_;
  std::optional<SeededRng> rng_;
  bool awake_ = false;
};

struct Scenario {
  Scenario(std::uint64_t run_seed, bool is_lossy)
      : seed(run_seed),
        lossy(is_lossy),
        net(run_seed),
        server(net),
        device(net, kDevice, sleeper(run_seed)) {
    device.store.on_execute = [this](const std::string& what) {
      executed.push_back({net.now(), std::stoi(what)});
      EXPECT_FALSE(device.asleep());
    };
    net.on_datagram = [this](Instant, const Datagram& datagram, bool) { look_at(datagram); };
    device.start();
    EXPECT_TRUE(net.run_until([&] { return device.registered(); }, seconds(600)));
    observe();
    if (lossy) net.quality = {.loss = 12, .duplicate = 10, .delay_max = milliseconds(700)};
  }

  void observe() {
    Operation operation{.kind = OperationKind::Observe, .path = kTemperature, .keep = true};
    EXPECT_TRUE(server.shard->submit(net.now(), server.shard->find(kName)->id, operation).ok());
  }
  /// Nothing is asked of a device presumed asleep; only a successor may try once more.
  void look_at(const Datagram& datagram) {
    if (datagram.from != kServer || server.awake()) return;
    const auto header = coap::peek_header(datagram.bytes);
    if (!header || !coap::is_request(header->code)) return;
    EXPECT_GT(server.crashes, 0) << "seed " << seed;
  }
  void step(SeededRng& rng) {
    const std::uint32_t what = rng.below(100);
    if (what < 40) {
      for (std::uint32_t i = rng.below(4); i-- > 0;) {
        server.ask(next++, rng.below(4) == 0 ? seconds(30 + rng.below(600))
                                             : seconds(7200 + rng.below(14400)));
      }
    } else if (what < 50) {
      device.thermometers.set(0, rng.below(1000));
    } else if (what < 60) {
      device.client.update_registration(net.now(), 0);
    } else if (what < 68) {
      server.crash();
    } else if (what < 74 && !server.asked.empty()) {
      server.cancel(rng.below(static_cast<std::uint32_t>(server.asked.size())));
    } else if (what < 78 && lossy) {
      const LinkQuality before = net.quality;
      net.quality.loss = 100;
      net.run_for(seconds(rng.below(240)));
      net.quality = before;
    }
    constexpr std::int64_t kPauses[] = {0, 3, 200, 40'000, 100'000, 1'800'000};
    net.run_for(milliseconds(kPauses[rng.below(6)] + rng.below(1000)));
  }
  void finish() {
    net.quality = {};
    EXPECT_TRUE(net.run_until([&] { return server.done(); }, seconds(6 * 3600))) << "seed " << seed;
    net.run_for(seconds(300));
  }
  void check() {
    std::vector<int> order;
    for (const auto& one : server.asked) check(one);
    for (const auto& [at, number] : executed) {
      if (std::ranges::find(order, number) == order.end()) order.push_back(number);
    }
    EXPECT_TRUE(std::ranges::is_sorted(order)) << "in order; seed " << seed;
  }
  void check(const DurableServer::Asked& one) {
    std::vector<Instant> times;
    for (const auto& [at, number] : executed) {
      if (number == one.number) times.push_back(at);
    }
    ASSERT_TRUE(one.result.has_value());
    const std::string which = "operation " + std::to_string(one.number) + ", " +
                              describe(one.result->outcome) + ", seed " + std::to_string(seed);
    if (one.result->success()) {
      EXPECT_GE(times.size(), 1u) << which;
    } else if (one.result->outcome == Outcome::Expired) {
      EXPECT_EQ(times.size(), 0u) << which;
      EXPECT_FALSE(one.result->reason.empty()) << which;
    } else {
      EXPECT_TRUE(one.result->outcome == Outcome::NotAcknowledged ||
                  one.result->outcome == Outcome::NoResponse ||
                  one.result->outcome == Outcome::Cancelled)
          << which;
    }
    // Again only when every answer was lost, and the device has forgotten by then.
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_TRUE(lossy) << which;
      EXPECT_GE(times[i] - times[i - 1], seconds(200)) << which;
    }
  }

  std::uint64_t seed;
  bool lossy;
  Network net;
  DurableServer server;
  SimDevice device;
  std::vector<std::pair<Instant, int>> executed;
  int next = 1;
};

class QueueModeModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(QueueModeModel, EachOperationIsDoneOnceAndInOrderOrEndsWithAReason) {
  LINNET_REQ("QM-01");
  LINNET_REQ("QM-03");
  LINNET_REQ("QM-06");
  LINNET_REQ("QM-07");
  const std::uint64_t seed = GetParam();
  Scenario run(seed, seed % 2 == 0);
  SeededRng rng(seed * 7919);
  for (int i = 0; i < 150; ++i) run.step(rng);
  run.finish();
  run.check();
  EXPECT_GT(run.server.naps, 5);
  EXPECT_GT(run.executed.size(), 20u);
  EXPECT_GT(run.server.crashes, 1);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueModeModel, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace linnet::sim
