// SPDX-License-Identifier: Apache-2.0
// Pins that a device which answers with garbage fails its own operations, with a reason, and that
// the others do not notice; and that mutated datagrams neither crash nor fill a shard or a client.
#include <hex.hpp>
#include <sim_world.hpp>

#include <linnet/coap/message.hpp>

namespace linnet::sim {
namespace {

/// A device that registers properly and then answers every request with nonsense.
class GarbageDevice {
 public:
  GarbageDevice(Network& network, const SocketAddress& address, const SocketAddress& server,
                std::uint64_t seed)
      : rng_(seed) {
    network.attach(
        address,
        {.receive =
             [this, server](Instant, const SocketAddress& from, ByteView bytes) {
               if (from == server) answer(bytes);
             },
         .poll_transmit = [this, server](
                              Instant, MutableBytes out) -> std::pair<SocketAddress, std::size_t> {
           if (queue_.empty()) return {server, 0};
           const auto bytes = std::move(queue_.front());
           queue_.erase(queue_.begin());
           std::copy(bytes.begin(), bytes.end(), out.begin());
           return {server, bytes.size()};
         },
         .next_timeout = [] { return Instant::never(); },
         .on_timeout = [](Instant) {},
         .drain = {}});
    const auto registration = test::hex(
        "44 02 1001 01020304 b2 7264 11 28 3a 65703d67617262616765 06 6c743d363030"
        "09 6c776d326d3d312e31 ff 3c2f332f303e2c3c2f333330332f303e");
    queue_.push_back(registration);
  }

 private:
  void answer(ByteView request) {
    const auto message = coap::MessageView::parse(request);
    if (!message || request.size() < 4 || (request[1] >> 5) != 0 || request[1] == 0) return;
    const std::size_t token = request[0] & 15u;
    // A well-formed piggybacked 2.05 with this token, in a random format, with a random payload.
    std::vector<std::uint8_t> bytes(request.begin(),
                                    request.begin() + static_cast<std::ptrdiff_t>(4 + token));
    bytes[0] = static_cast<std::uint8_t>(0x60 | token);
    bytes[1] = 0x45;
    static constexpr std::uint16_t kFormats[] = {0, 40, 42, 60, 110, 112, 11542, 11543, 11544, 7};
    const std::uint16_t format = kFormats[rng_.below(10)];
    bytes.insert(bytes.end(), {0xc2, static_cast<std::uint8_t>(format >> 8),
                               static_cast<std::uint8_t>(format), 0xff});
    const std::uint32_t size = 1 + rng_.below(60);
    for (std::uint32_t i = 0; i < size; ++i)
      bytes.push_back(static_cast<std::uint8_t>(rng_.next()));
    if (rng_.below(4) == 0)
      bytes.resize(rng_.below(static_cast<std::uint32_t>(bytes.size())));  // cut short
    queue_.push_back(std::move(bytes));
  }

  SeededRng rng_;
  std::vector<std::vector<std::uint8_t>> queue_;
};

class HostileSim : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(HostileSim, GarbageFailsTheOperationWithAReasonAndNobodyElses) {
  Network net(GetParam());
  SimServer server(net, host(1));
  SimDevice good(net, host(9), {.endpoint = "good"});
  GarbageDevice bad(net, host(66), host(1), GetParam());
  good.start();
  net.run_for(seconds(10));
  ASSERT_TRUE(server.registered("garbage"));
  ASSERT_TRUE(server.registered("good"));
  int bad_answers = 0;
  for (int i = 0; i < 60; ++i) {
    server::Operation op;
    op.kind = i % 3 == 0 ? server::OperationKind::Discover : server::OperationKind::Read;
    op.path = Path(3, 0);
    op.timeout = seconds(60);
    const auto result = server.perform("garbage", op);
    if (result.outcome == server::Outcome::BadAnswer) {
      ++bad_answers;
      EXPECT_FALSE(result.reason.empty()) << "seed " << GetParam();
    }
    EXPECT_TRUE(server.read("good", Path(3, 0, 2)).success()) << "seed " << GetParam();
  }
  EXPECT_GT(bad_answers, 10) << "seed " << GetParam();
  EXPECT_EQ(server.shard.counters().pending_operations, 0u);
}

TEST_P(HostileSim, MutatedTrafficLeavesBothSidesWorking) {
  Network net(GetParam());
  SimServer server(net, host(1));
  SimDevice device(net, host(9), {.endpoint = "good"});
  // Every datagram of the session is remembered, and comes back mutated from its own sender.
  std::vector<Datagram> seen;
  net.on_datagram = [&](Instant, const Datagram& d, bool) {
    if (seen.size() < 4000) seen.push_back(d);
  };
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(60)));
  SeededRng rng(GetParam());
  for (int round = 0; round < 1500; ++round) {
    Datagram d = seen[rng.below(static_cast<std::uint32_t>(seen.size()))];
    for (std::uint32_t n = 1 + rng.below(4); n > 0 && !d.bytes.empty(); --n) {
      const std::uint32_t at = rng.below(static_cast<std::uint32_t>(d.bytes.size()));
      switch (rng.below(3)) {
        case 0: d.bytes[at] = static_cast<std::uint8_t>(rng.next()); break;
        case 1: d.bytes.resize(at); break;
        default: d.bytes.insert(d.bytes.begin() + at, static_cast<std::uint8_t>(rng.next())); break;
      }
    }
    net.inject(std::move(d));
    if (round % 50 == 0 && server.registered("good")) (void)server.read("good", Path(3303, 0));
    net.run_for(milliseconds(50));
  }
  // Mutations may well have de-registered it; after its next update it is back, and it works.
  net.run_for(seconds(900));
  ASSERT_TRUE(server.registered("good")) << "seed " << GetParam();
  EXPECT_TRUE(server.read("good", Path(3, 0, 2)).success()) << "seed " << GetParam();
  EXPECT_LT(server.shard.counters().registrations, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileSim, ::testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace linnet::sim
