// SPDX-License-Identifier: Apache-2.0
// Pins queue mode between our client and our server: a day of a device that is deaf while it
// sleeps, with lost datagrams; and that its secure session outlives sleep.
#include <requirement.hpp>
#include <sim_secure.hpp>

namespace linnet::sim {
namespace {

using client::EventType;
using server::Operation;
using server::OperationKind;
using server::OperationResult;
using LinkType = secure::LinkEvent::Type;

const Path kTemperature(3303, 0, 5700);
const std::string kName = "urn:dev:sim:1";

DeviceOptions sleeper() {
  DeviceOptions options;
  options.lifetime = 7200;
  options.queue_mode = options.sleeps = true;
  return options;
}

Operation execute(std::string argument) {
  return {.kind = OperationKind::Execute,
          .path = Path(33000, 0, 1),
          .arguments = "0='" + argument + "'",
          .timeout = seconds(86400),
          .hold = true};
}

class QueueModeDay : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(QueueModeDay, EverythingIsDeliveredThoughItIsHardlyEverAwake) {
  LINNET_REQ("QM-01");
  LINNET_REQ("QM-03");
  LINNET_REQ("QM-05");
  Network net(GetParam());
  SimServer server(net, host(1));
  SimDevice device(net, host(9), sleeper());
  device.start();
  ASSERT_TRUE(net.run_until([&] { return device.registered(); }, seconds(60)));
  ASSERT_TRUE(
      server.perform(kName, {.kind = OperationKind::Observe, .path = kTemperature, .keep = true})
          .success());
  server.events.clear();
  net.quality = {.loss = 15, .delay_max = milliseconds(300)};
  std::vector<std::string> executed;
  Instant last{};
  device.store.on_execute = [&](std::string what) {
    // Again only if every answer was lost and the message is so old that it is another one.
    const bool again = !executed.empty() && executed.back() == what;
    if (again) {
      EXPECT_GT(net.now() - last, seconds(200)) << "seed " << GetParam();
    } else {
      executed.push_back(std::move(what));
    }
    last = net.now();
  };
  std::vector<std::string> asked;
  Duration awake{0};
  constexpr Duration kStep = seconds(10);
  for (int step = 0; step < 8640; ++step) {
    if (step % 200 == 7) {
      const auto registration = server.shard.find(kName);
      ASSERT_TRUE(registration.has_value()) << "seed " << GetParam();
      asked.push_back(std::to_string(step));
      ASSERT_TRUE(server.shard.submit(net.now(), registration->id, execute(asked.back())).ok());
    }
    // Four times a day something is to be reported.
    if (step % 2160 == 1000) device.thermometers.set(0, step);
    net.run_for(kStep);
    if (!device.asleep()) awake = awake + kStep;
  }
  net.quality = {};
  net.run_for(seconds(7300));
  EXPECT_LT(awake, seconds(86400 / 5)) << "seed " << GetParam();
  EXPECT_EQ(executed, asked) << "each once and in order; seed " << GetParam();
  std::size_t successes = 0;
  for (const auto& result : server.all<OperationResult>()) successes += result.success() ? 1 : 0;
  EXPECT_EQ(successes, asked.size()) << "seed " << GetParam();
  EXPECT_GE(server.all<server::Awake>().size(), 12u);
  EXPECT_GE(server.all<server::Notification>().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueModeDay, ::testing::Range<std::uint64_t>(1, 9));

class SleepingSession : public ::testing::Test {
 protected:
  void begin(const server::SecureTransportConfig& config = {}, SimKeys keys = SimKeys::PreShared) {
    server_.emplace(net_, host(1, 5684), config);
    (void)(keys == SimKeys::PreShared ? server_->admit(kName) : server_->admit_public_key(kName));
    device_.emplace(net_, kDevice, host(1, 5684), keys, sleeper());
    device_->start();
    ASSERT_TRUE(net_.run_until([&] { return device_->registered(); }, seconds(60)));
    net_.run_for(seconds(1800));
    ASSERT_TRUE(device_->asleep());
    asked_ = *server_->shard.submit(net_.now(), server_->shard.find(kName)->id, execute("x"));
  }
  /// The device wakes, and what waited is done.
  bool wakes() {
    device_->client.update_registration(net_.now(), 0);
    return net_.run_until(
        [&] {
          const auto results = server_->all<OperationResult>();
          return !results.empty() && results.back().success();
        },
        seconds(200));
  }

  const SocketAddress kDevice = host(9, 40000);
  Network net_{1};
  std::optional<SecureSimServer> server_;
  std::optional<SecureSimDevice> device_;
  server::OperationId asked_;
};

TEST_F(SleepingSession, GoesOnByItsConnectionIdFromAnotherAddress) {
  LINNET_REQ("QM-08");
  LINNET_REQ("SEC-08");
  begin();
  net_.rebind(kDevice, host(2, 50000));
  int handshakes = 0;
  net_.on_datagram = [&](Instant, const Datagram& datagram, bool) {
    handshakes += datagram.bytes.front() == 22 ? 1 : 0;
  };
  EXPECT_TRUE(wakes());
  EXPECT_EQ(handshakes, 0);
  EXPECT_EQ(device_->links(LinkType::Established), 1u);
  EXPECT_EQ(device_->links(LinkType::Resumed), 0u);
  EXPECT_EQ(device_->count(EventType::Registered), 1u);
}

TEST_F(SleepingSession, WithoutAConnectionIdItIsUsedAsItIsIfTheAddressIsTheSame) {
  LINNET_REQ("QM-08");
  begin({.connection_ids = false});
  EXPECT_TRUE(wakes());
  EXPECT_EQ(device_->links(LinkType::Established), 1u);
  EXPECT_EQ(device_->links(LinkType::Resumed), 0u);
}

TEST_F(SleepingSession, WithoutAConnectionIdItIsResumedFromAnotherAddress) {
  LINNET_REQ("QM-08");
  LINNET_REQ("SEC-09");
  begin({.connection_ids = false}, SimKeys::RawPublic);
  net_.rebind(kDevice, host(2, 50000));
  EXPECT_TRUE(wakes());
  EXPECT_EQ(device_->links(LinkType::Established), 1u) << "the first";
  EXPECT_GE(device_->links(LinkType::Resumed), 1u);
  EXPECT_EQ(device_->count(EventType::Registered), 1u);
}

TEST_F(SleepingSession, OnlyIfNothingElseHelpsThereIsAFullHandshake) {
  LINNET_REQ("QM-08");
  begin();
  server_->forget_sessions(true);
  device_->client.update_registration(net_.now(), 0);
  EXPECT_TRUE(net_.run_until(
      [&] { return device_->count(EventType::Registered) == 2 && device_->registered(); },
      seconds(400)));
  EXPECT_EQ(device_->links(LinkType::Established), 2u);
}

}  // namespace
}  // namespace linnet::sim
