// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bootstrap shard with its configurations, its clock and its wire, for a `FakeDevice`.
#include <optional>
#include <string>
#include <vector>

#include <core_definitions.hpp>
#include <fake_device.hpp>
#include <linnet/server/bootstrap_shard.hpp>

namespace linnet::test {

/// Values of one server account at `uri`, instances `instance` of /0 and /1.
inline std::vector<server::BootstrapValue> server_account(lwm2m::Id instance, std::int64_t ssid,
                                                          std::string_view uri) {
  using lwm2m::Path;
  using lwm2m::Value;
  return {
      {Path(0, instance, 0), Value::string(uri)},    {Path(0, instance, 1), Value::boolean(false)},
      {Path(0, instance, 2), Value::integer(3)},     {Path(0, instance, 3), Value::opaque({})},
      {Path(0, instance, 4), Value::opaque({})},     {Path(0, instance, 5), Value::opaque({})},
      {Path(0, instance, 10), Value::integer(ssid)}, {Path(1, instance, 0), Value::integer(ssid)},
      {Path(1, instance, 1), Value::integer(300)},   {Path(1, instance, 6), Value::boolean(true)},
      {Path(1, instance, 7), Value::string("U")}};
}

/// Replaces everything by one server account at instance 1.
inline server::BootstrapConfiguration one_server(std::string name = "meters",
                                                 std::string pattern = "*") {
  server::BootstrapConfiguration configuration;
  configuration.name = std::move(name);
  configuration.endpoints = {std::move(pattern)};
  configuration.deletes = {lwm2m::Path()};
  configuration.values = server_account(1, 101, "coap://192.0.2.9:5683");
  return configuration;
}

class BootstrapBench final : public Wire {
 public:
  explicit BootstrapBench(const server::BootstrapShardConfig& config = {},
                          server::BootstrapSource* other = nullptr)
      : shard(config, rng, other != nullptr ? *other : configurations, &definitions) {}

  /// Adds a configuration; the test fails if it has a fault.
  void put(server::BootstrapConfiguration configuration) {
    const auto fault = server::prepare(configuration, &definitions);
    EXPECT_FALSE(fault) << fault->reason;
    configurations.put(std::move(configuration));
  }
  /// The next event of this kind; those before it are dropped.
  std::optional<server::BootstrapEvent> event(server::BootstrapEvent::Kind kind) {
    while (auto next = shard.poll_event()) {
      if (next->kind == kind) return next;
    }
    return std::nullopt;
  }

  CoreDefinitions definitions;
  server::BootstrapConfigurations configurations;
  std::string identity;  ///< of whoever sends
  server::BootstrapShard shard;

 private:
  void receive(const SocketAddress& from, ByteView datagram) override {
    shard.receive(now, from, datagram, identity);
  }
  std::optional<server::Transmit> poll_transmit(MutableBytes out) override {
    return shard.poll_transmit(now, out);
  }
  [[nodiscard]] Instant next_timeout() const override { return shard.next_timeout(); }
  void on_timeout() override { shard.on_timeout(now); }
};

}  // namespace linnet::test
