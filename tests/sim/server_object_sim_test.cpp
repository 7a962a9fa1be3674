// SPDX-License-Identifier: Apache-2.0
// Pins what the Server object makes a client do, against our server over a network: being disabled,
// being offline, telling afterwards what happened, updating when told to.
#include <requirement.hpp>
#include <sim_world.hpp>

namespace linnet::sim {
namespace {

namespace account = lwm2m::objects::server;
using client::EventType;
using server::Operation;
using server::OperationKind;

const Path kTemperature(3303, 0, 5700);

Operation operation(OperationKind kind, const Path& path) {
  Operation op;
  op.kind = kind;
  op.path = path;
  return op;
}

Operation observe(const Path& path, bool keep = false) {
  Operation op = operation(OperationKind::Observe, path);
  op.format = coap::ContentFormat::SenmlJson;
  op.keep = keep;
  return op;
}

/// Servers 101, 102, ... at hosts 1, 2, ...; a device at host 9.
class ServerObject : public ::testing::Test {
 protected:
  static constexpr const char* kName = "urn:dev:sim:1";

  void begin(std::size_t count = 1, std::uint64_t seed = 31, const LinkQuality& quality = {}) {
    net.emplace(seed);
    net->quality = quality;
    servers.clear();
    DeviceOptions options{.seed = seed};
    options.servers.clear();
    server::ShardConfig config;
    config.grace = seconds(60);
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = static_cast<std::uint8_t>(1 + i);
      options.servers.push_back(host(number));
      servers.push_back(std::make_unique<SimServer>(*net, host(number), config, seed + i));
    }
    device.emplace(*net, host(9), options);
    net->on_datagram = [this](Instant now, const Datagram& datagram, bool) {
      const auto message = coap::MessageView::parse(datagram.bytes);
      ASSERT_TRUE(message.ok());
      traffic.push_back({now, datagram.from, datagram.to, message->code()});
      if (lose_after_created && message->code() == coap::Code::Created) net->drop_next(1);
    };
    device->start();
    ASSERT_TRUE(net->run_until(
        [&] {
          for (client::PeerId peer = 0; peer < count; ++peer) {
            if (!device->registered(peer)) return false;
          }
          return true;
        },
        seconds(3600)))
        << "seed " << seed;
    traffic.clear();
  }
  void TearDown() override {
    device.reset();
    servers.clear();
  }
  SimServer& first() { return *servers[0]; }
  void set_account(lwm2m::Id resource, std::uint32_t number, lwm2m::Id instance = 0) {
    ASSERT_TRUE(device->server.set(instance, resource, number).ok());
  }
  void set_temperature(double value) {
    device->thermometers.set(0, value);
    net->run_for(seconds(1));
  }
  server::OperationResult disable(SimServer& by, lwm2m::Id instance = 0) {
    return by.perform(kName, operation(OperationKind::Execute, Path(1, instance, 4)));
  }
  /// Values of all notifications of a server, and whether each has a time.
  std::vector<double> notified(SimServer& at, std::size_t* timed = nullptr) {
    std::vector<double> values;
    for (const auto& notification : at.all<server::Notification>()) {
      for (const auto& value : notification.values) {
        values.push_back(value.value.view().number());
        if (timed != nullptr && value.time) ++*timed;
      }
    }
    return values;
  }
  /// Datagrams of the device to a server since `since`.
  std::size_t sent_to(std::uint8_t number, Instant since) const {
    std::size_t n = 0;
    for (const Line& line : traffic) {
      n += line.from == host(9) && line.to == host(number) && line.at >= since ? 1 : 0;
    }
    return n;
  }

  struct Line {
    Instant at;
    SocketAddress from;
    SocketAddress to;
    coap::Code code;
  };
  std::optional<Network> net;
  std::vector<std::unique_ptr<SimServer>> servers;
  std::optional<SimDevice> device;
  std::vector<Line> traffic;
  bool lose_after_created = false;  ///< whatever is sent next after a 2.01
};

TEST_F(ServerObject, ADisableIsAnswerDeregisterSilenceRegister) {
  LINNET_REQ("SRV-10");
  LINNET_REQ("SRV-11");
  begin();
  set_account(account::kDisableTimeout, 3);
  Instant closed{};
  device->on_event = [&](Instant now, const client::Event& event) {
    if (event.type == EventType::Disabled) closed = now;
  };
  const std::uint64_t before = first().all<server::Registered>().size();
  const auto result = disable(first());
  EXPECT_EQ(result.code, coap::Code::Changed);
  ASSERT_TRUE(net->run_until([&] { return closed != Instant{}; }, seconds(10)));
  EXPECT_FALSE(first().registered(kName));
  std::vector<coap::Code> codes;
  for (const Line& line : traffic) {
    if (line.from == host(9)) codes.push_back(line.code);
  }
  EXPECT_EQ(codes, (std::vector<coap::Code>{coap::Code::Changed, coap::Code::Delete}));
  // The server asks nevertheless: confirmably, and with a ping.
  for (int i = 0; i < 3; ++i) {
    net->inject({host(1), host(9), {0x40, 0x01, 0x11, static_cast<std::uint8_t>(i), 0xB1, '3'}});
    net->inject({host(1), host(9), {0x40, 0x00, 0x22, static_cast<std::uint8_t>(i)}});
    net->run_for(milliseconds(900));
  }
  net->run_until(closed + milliseconds(2999));
  EXPECT_EQ(sent_to(1, closed), 0u);
  net->run_until(closed + milliseconds(3000));
  EXPECT_EQ(sent_to(1, closed), 1u);
  EXPECT_EQ(traffic.back().code, coap::Code::Post);
  net->run_for(seconds(1));
  EXPECT_TRUE(first().registered(kName));
  EXPECT_EQ(first().all<server::Registered>().size(), before + 1);
  EXPECT_TRUE(first().read(kName, Path(3, 0, 2)).success());
}

TEST_F(ServerObject, WithoutATimeoutADisableLastsADay) {
  LINNET_REQ("SRV-11");
  begin();
  Instant closed{};
  device->on_event = [&](Instant now, const client::Event& event) {
    if (event.type == EventType::Disabled) closed = now;
  };
  EXPECT_TRUE(disable(first()).success());
  ASSERT_TRUE(net->run_until([&] { return closed != Instant{}; }, seconds(10)));
  net->run_until(closed + seconds(86400) - milliseconds(1));
  EXPECT_EQ(sent_to(1, closed), 0u);
  net->run_until(closed + seconds(86400));
  EXPECT_EQ(sent_to(1, closed), 1u);
  net->run_for(seconds(1));
  EXPECT_TRUE(first().registered(kName));
}

TEST_F(ServerObject, OneServerDisabledOthersGoOn) {
  LINNET_REQ("SRV-11");
  begin(3);
  set_account(account::kDisableTimeout, 600, 1);
  for (const auto& server : servers) {
    ASSERT_TRUE(server->perform(kName, observe(kTemperature)).success());
  }
  EXPECT_TRUE(disable(*servers[1], 1).success());
  net->run_for(seconds(5));
  const Instant closed = net->now();
  EXPECT_FALSE(servers[1]->registered(kName));
  set_temperature(21);
  set_temperature(22);
  EXPECT_TRUE(servers[0]->read(kName, Path(3, 0, 2)).success());
  EXPECT_EQ(notified(*servers[0]), (std::vector<double>{21, 22}));
  EXPECT_EQ(notified(*servers[2]), (std::vector<double>{21, 22}));
  net->run_for(seconds(500));
  EXPECT_TRUE(servers[0]->registered(kName));
  EXPECT_TRUE(servers[2]->registered(kName));
  EXPECT_EQ(sent_to(2, closed), 0u);
  net->run_for(seconds(100));
  EXPECT_TRUE(servers[1]->registered(kName));
}

TEST_F(ServerObject, AServerThatObservesAgainLearnsWhatHappenedWhileItWasDisabled) {
  LINNET_REQ("SRV-12");
  LINNET_REQ("IR-43");
  LINNET_REQ("IR-47");
  begin();
  set_account(account::kDisableTimeout, 30);
  ASSERT_TRUE(first().perform(kName, observe(kTemperature)).success());
  EXPECT_TRUE(disable(first()).success());
  net->run_for(seconds(1));
  for (const double value : {21.0, 22.0, 23.0}) set_temperature(value);
  EXPECT_TRUE(notified(first()).empty());
  ASSERT_TRUE(net->run_until([&] { return first().registered(kName); }, seconds(60)));
  const auto again = first().perform(kName, observe(kTemperature));
  ASSERT_TRUE(again.success());
  EXPECT_EQ(again.values.at(0).value.view().number(), 23.0);
  net->run_for(seconds(5));
  std::size_t timed = 0;
  EXPECT_EQ(notified(first(), &timed), (std::vector<double>{21, 22, 23}));
  EXPECT_EQ(timed, 3u);
  set_temperature(24);
  EXPECT_EQ(notified(first()).back(), 24.0);
}

TEST_F(ServerObject, WithoutStoringOnlyLaterChangesAreTold) {
  LINNET_REQ("IR-43");
  for (const bool offline : {false, true}) {
    begin();
    set_account(account::kDisableTimeout, 30);
    set_account(account::kNotificationStoringWhenDisabledOrOffline, 0);
    ASSERT_TRUE(first().perform(kName, observe(kTemperature)).success());
    if (offline) {
      device->client.set_offline(net->now(), true);
    } else {
      EXPECT_TRUE(disable(first()).success());
    }
    net->run_for(seconds(1));
    for (const double value : {21.0, 22.0, 23.0}) set_temperature(value);
    if (offline) {
      device->client.set_offline(net->now(), false);
      net->run_for(seconds(1));
    } else {
      ASSERT_TRUE(net->run_until([&] { return first().registered(kName); }, seconds(60)));
      ASSERT_TRUE(first().perform(kName, observe(kTemperature)).success());
    }
    net->run_for(seconds(5));
    EXPECT_TRUE(notified(first()).empty()) << offline;
    set_temperature(24);
    EXPECT_EQ(notified(first()), (std::vector<double>{24})) << offline;
    TearDown();
  }
}

TEST_F(ServerObject, WhatHappenedOfflineIsToldAfterTheUpdate) {
  LINNET_REQ("IR-43");
  LINNET_REQ("IR-44");
  LINNET_REQ("IR-45");
  begin();
  ASSERT_TRUE(first().perform(kName, observe(kTemperature)).success());
  device->client.set_offline(net->now(), true);
  const Instant gone = net->now();
  for (const double value : {21.0, 22.0, 23.0}) set_temperature(value);
  net->run_for(seconds(100));
  EXPECT_EQ(sent_to(1, gone), 0u);
  device->client.set_offline(net->now(), false);
  const Instant back = net->now();
  net->run_for(milliseconds(100));
  std::size_t timed = 0;
  EXPECT_EQ(notified(first(), &timed), (std::vector<double>{21, 22, 23}));
  EXPECT_EQ(timed, 3u);
  EXPECT_EQ(sent_to(1, back), 2u) << "an Update and one notification";
  const auto values = first().all<server::Notification>().at(0).values;
  EXPECT_LT(*values[0].time, -100);
  EXPECT_EQ(device->count(EventType::Registered), 1u);
}

TEST_F(ServerObject, AKeptObservationGetsWhatWasStoredOverANewRegistration) {
  LINNET_REQ("IR-47");
  LINNET_REQ("REG-17");
  begin();
  ASSERT_TRUE(first().perform(kName, observe(kTemperature, true)).success());
  device->client.set_offline(net->now(), true);
  set_temperature(21);
  set_temperature(22);
  // Longer than the lifetime, but not than the server's patience.
  net->run_for(seconds(300));
  ASSERT_TRUE(first().registered(kName));
  device->client.set_offline(net->now(), false);
  net->run_for(seconds(10));
  EXPECT_EQ(device->count(EventType::Registered), 2u);
  // The server observes again by itself; the answer to that is the present value.
  EXPECT_EQ(notified(first()), (std::vector<double>{22, 21, 22}));
  set_temperature(23);
  EXPECT_EQ(notified(first()).back(), 23.0);
  EXPECT_TRUE(first().all<server::ObservationEnded>().empty());
}

TEST_F(ServerObject, TheOldTokenServesUntilTheServerHasObservedAgain) {
  LINNET_REQ("IR-47");
  begin();
  ASSERT_TRUE(first().perform(kName, observe(kTemperature, true)).success());
  device->client.set_offline(net->now(), true);
  set_temperature(21);
  set_temperature(22);
  net->run_for(seconds(300));
  ASSERT_TRUE(first().registered(kName));
  // The new Observe is lost, so that the grace ends before the server asks again.
  lose_after_created = true;
  device->client.set_offline(net->now(), false);
  ASSERT_TRUE(
      net->run_until([&] { return device->count(EventType::Registered) == 2; }, seconds(10)));
  net->run_for(milliseconds(2010));
  std::size_t timed = 0;
  EXPECT_EQ(notified(first(), &timed), (std::vector<double>{21, 22}));
  EXPECT_EQ(timed, 2u);
  net->run_for(seconds(10));
  set_temperature(23);
  EXPECT_EQ(notified(first()).back(), 23.0);
  EXPECT_TRUE(first().all<server::ObservationEnded>().empty());
}

TEST_F(ServerObject, AnUpdateTriggerGivesExactlyOneUpdate) {
  LINNET_REQ("REG-37");
  begin();
  const std::size_t before = first().all<server::Updated>().size();
  ASSERT_TRUE(first().perform(kName, operation(OperationKind::Execute, Path(1, 0, 8))).success());
  net->run_for(seconds(100));
  EXPECT_EQ(first().all<server::Updated>().size(), before + 1);
}

class LossyServerObject : public ServerObject,
                          public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(LossyServerObject, DisableAndOfflineOverABadNetwork) {
  LINNET_REQ("SRV-11");
  LINNET_REQ("IR-43");
  begin(
      1, GetParam(),
      {.loss = 20, .duplicate = 10, .delay_min = milliseconds(5), .delay_max = milliseconds(900)});
  set_account(account::kDisableTimeout, 120);
  set_account(account::kDefaultNotificationMode, 1);
  for (int round = 0; round < 3; ++round) {
    server::OperationResult result;
    for (int i = 0; i < 10 && !result.success(); ++i) {
      ASSERT_TRUE(net->run_until([&] { return first().registered(kName) && device->registered(); },
                                 seconds(86400)));
      result = first().perform(kName, observe(kTemperature));
    }
    ASSERT_TRUE(result.success()) << "seed " << GetParam();
    const std::size_t disables = device->count(EventType::Disabled);
    (void)disable(first());
    ASSERT_TRUE(
        net->run_until([&] { return device->count(EventType::Disabled) > disables; }, seconds(600)))
        << "seed " << GetParam();
    const Instant closed = net->now();
    net->run_until(closed + seconds(120) - milliseconds(1));
    EXPECT_EQ(sent_to(1, closed + milliseconds(1)), 0u) << "seed " << GetParam();
    ASSERT_TRUE(net->run_until([&] { return device->registered(); }, seconds(86400)))
        << "seed " << GetParam();
    device->client.set_offline(net->now(), true);
    const Instant gone = net->now();
    set_temperature(100 + round);
    net->run_for(seconds(60));
    EXPECT_EQ(sent_to(1, gone + milliseconds(1)), 0u) << "seed " << GetParam();
    device->client.set_offline(net->now(), false);
    net->run_for(seconds(600));
    EXPECT_TRUE(device->registered()) << "seed " << GetParam();
    EXPECT_TRUE(first().registered(kName)) << "seed " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyServerObject, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace linnet::sim
