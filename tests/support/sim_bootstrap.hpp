// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bootstrap server and devices that it configures, on the virtual network: objects 0, 1, 2, 3 and
// thermometers (3303) that servers and bootstrap servers make and remove.
#include <linnet/client/configuration_store.hpp>
#include <linnet/client/objects/access_control.hpp>
#include <linnet/server/bootstrap_shard.hpp>

#include <sim_world.hpp>

namespace linnet::sim {

/// Where a device keeps its configuration. The power can be cut at any call.
class SimFlash final : public client::ConfigurationStore {
 public:
  static constexpr std::size_t kBytes = 32 * 1024;

  client::MemoryConfigurationStore<kBytes> memory;
  /// Calls that change something, so far.
  std::size_t calls = 0;
  /// The power fails at this call: it has no effect, and neither has any later one.
  std::optional<std::size_t> cut_at;

  [[nodiscard]] bool cut() const { return cut_at && calls > *cut_at; }
  Status begin() override { return alive() ? memory.begin() : Status(Error::Io); }
  Status append(ByteView piece) override {
    return alive() ? memory.append(piece) : Status(Error::Io);
  }
  Status commit() override { return alive() ? memory.commit() : Status(Error::Io); }
  Status erase() override { return alive() ? memory.erase() : Status(Error::Io); }
  Result<std::size_t> read(std::size_t offset, MutableBytes out) override {
    return memory.read(offset, out);
  }

 private:
  bool alive() {
    ++calls;
    return !cut();
  }
};

inline constexpr client::Limits kBootstrapSimLimits{.servers = 6,
                                                    .bootstrap = true,
                                                    .exchanges = 8,
                                                    .transfers = 2,
                                                    .body_bytes = 16384,
                                                    .scratch_bytes = 512,
                                                    .observations = 8,
                                                    .observed_paths = 8,
                                                    .own_attributes = 2,
                                                    .attributes = 8,
                                                    .remembered_requests = 32,
                                                    .remembered_answer_bytes = 64,
                                                    .events = 128};

/// The objects, made before the client and there after it.
struct BootstrapSimObjects {
  explicit BootstrapSimObjects(lwm2m::Version version);

  client::SecurityStorage<client::SecurityCapacity{.instances = 8}> security_rows;
  client::SecurityObject security;
  std::array<client::ServerInstance, 7> server_rows;
  client::ServerObject server;
  client::AccessControlStorage<client::AccessControlCapacity{.instances = 64, .entries = 7}>
      access_rows;
  client::AccessControlObject access;
  SimDeviceObject device;
  SimThermometers thermometers;
  std::array<client::Object*, 5> objects{&security, &server, &access, &device, &thermometers};
};

class BootstrapSimDevice : public BootstrapSimObjects {
 public:
  /// Factory data: a bootstrap server's account with the URI of `bootstrap`, unless `flash` holds a
  /// configuration.
  BootstrapSimDevice(Network& network, const SocketAddress& address, const SocketAddress& bootstrap,
                     SimFlash& flash, std::uint64_t seed,
                     lwm2m::Version version = lwm2m::kEnabler11, bool pack = false);
  ~BootstrapSimDevice() { network_.detach(address_); }
  BootstrapSimDevice(const BootstrapSimDevice&) = delete;
  BootstrapSimDevice& operator=(const BootstrapSimDevice&) = delete;

  void start() { client.start(network_.now()); }
  [[nodiscard]] std::size_t count(client::EventType type) const;
  [[nodiscard]] bool registered(client::ShortServerId server) const;
  /// Objects 0, 1 and 2 and the thermometers as one text, to be compared.
  [[nodiscard]] std::string configuration();

  std::vector<client::Event> events;

 private:
  [[nodiscard]] static client::Config config_of(lwm2m::Version version, bool pack,
                                                BootstrapSimDevice& device, SimFlash& flash);
  [[nodiscard]] std::optional<SocketAddress> address_of(client::PeerId peer);

  Network& network_;
  SocketAddress address_;
  SeededRng rng_;
  /// Where each peer was last: a server that leaves has no account any more.
  std::array<std::optional<SocketAddress>, 7> peers_;

 public:
  client::Client<kBootstrapSimLimits> client;
};

class SimBootstrapServer {
 public:
  SimBootstrapServer(Network& network, const SocketAddress& address, std::uint64_t seed = 3,
                     const server::BootstrapShardConfig& config = {});
  ~SimBootstrapServer() { network_.detach(address_); }
  SimBootstrapServer(const SimBootstrapServer&) = delete;
  SimBootstrapServer& operator=(const SimBootstrapServer&) = delete;

  /// Checks and puts it.
  void put(server::BootstrapConfiguration configuration);
  [[nodiscard]] std::size_t count(server::BootstrapEvent::Kind kind) const;

  std::vector<server::BootstrapEvent> events;

 private:
  Network& network_;
  SocketAddress address_;
  SeededRng rng_;
  server::BootstrapConfigurations source_;

 public:
  server::BootstrapShard shard;
};

/// A configuration with the accounts of these servers, which live at `host(ssid - 100)`; everything
/// that was there before goes.
[[nodiscard]] server::BootstrapConfiguration accounts(std::vector<client::ShortServerId> servers,
                                                      std::uint32_t lifetime = 3600);
/// Adds an instance of /2.
void add_rule(server::BootstrapConfiguration& configuration, lwm2m::Id instance, const Path& target,
              client::ShortServerId owner,
              std::vector<std::pair<client::ShortServerId, int>> acl = {});

}  // namespace linnet::sim
