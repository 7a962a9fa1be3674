// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server shard and devices on a virtual network, ready for scenarios: objects 0, 1, 3, a
// thermometer (3303) and a private object with an opaque resource that is written and read as a
// stream. Everything a device or the server tells is kept for assertions.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <linnet/client/client.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/server/shard.hpp>
#include <sim_network.hpp>

namespace linnet::sim {

using lwm2m::Path;
using lwm2m::Value;

/// /3/0 with what a device must have, a serial number, and the time zone to write to.
class SimDeviceObject final : public client::Object {
 public:
  std::string serial = "sim-1";
  std::string timezone = "UTC";
  int reboots = 0;

  const lwm2m::ObjectDefinition& definition() const override { return lwm2m::objects::kDevice_1_1; }
  bool has_resource(const Path& p) const override {
    switch (p.resource()) {
      case 0:
      case 2:
      case 4:
      case 11:
      case 15:
      case 16: return true;
      default: return false;
    }
  }
  lwm2m::Id next_resource_instance(const Path& p, lwm2m::Id after) const override {
    return p.resource() == 11 && after == lwm2m::kNoId ? lwm2m::Id{0} : lwm2m::kNoId;
  }
  Result<Value> read(const Path& p) override {
    switch (p.resource()) {
      case 0: return Value::string("Linnet");
      case 2: return Value::string(serial);
      case 11: return Value::integer(0);
      case 15: return Value::string(timezone);
      case 16: return Value::string("U");
      default: return Error::NotFound;
    }
  }
  Status write(const Path& p, const Value& value) override {
    if (p.resource() != 15) return Error::NotAllowed;
    timezone = value.as_string();
    return {};
  }
  Status execute(const Path& p, const client::ExecuteArguments&) override {
    if (p.resource() != 4) return Error::NotAllowed;
    ++reboots;
    return {};
  }
};

/// Thermometers: instances come and go by the test or by Create and Delete.
class SimThermometers final : public client::Object {
 public:
  std::map<lwm2m::Id, double> values{{0, 20.0}};

  const lwm2m::ObjectDefinition& definition() const override {
    return lwm2m::objects::kTemperature;
  }
  lwm2m::Id next_instance(lwm2m::Id after) const override {
    const auto it = after == lwm2m::kNoId ? values.begin() : values.upper_bound(after);
    return it == values.end() ? lwm2m::kNoId : it->first;
  }
  bool has_resource(const Path& p) const override {
    return p.resource() == 5700 || p.resource() == 5701;
  }
  Result<Value> read(const Path& p) override {
    const auto it = values.find(p.instance());
    if (it == values.end()) return Error::NotFound;
    return p.resource() == 5700 ? Value::floating(it->second) : Value::string("Cel");
  }
  Status write(const Path& p, const Value& value) override {
    if (p.resource() == 5700) values[p.instance()] = value.as_float();
    return {};
  }
  Status create(lwm2m::Id id) override {
    values[id] = 0;
    return {};
  }
  Status remove(lwm2m::Id id) override {
    return values.erase(id) != 0 ? Status{} : Status{Error::NotFound};
  }
  /// Sets a value as the application does; the engine notices through `poll_change`.
  void set(lwm2m::Id instance, double value) {
    const bool is_new = !values.contains(instance);
    values[instance] = value;
    log_.add(is_new ? Path(3303, instance) : Path(3303, instance, 5700),
             is_new ? client::Change::Kind::Created : client::Change::Kind::Value);
  }
  bool poll_change(client::Change& out) override { return log_.poll(out); }

 private:
  client::ChangeLog log_;
};

/// Object 33000: resource 0 is an opaque of any length, moved block by block; 1 counts executions.
class SimStore final : public client::Object {
 public:
  std::vector<std::uint8_t> bytes;
  bool complete = false;
  int executions = 0;
  /// Told what an Execute says as its argument 0.
  std::function<void(std::string)> on_execute;

  static constexpr lwm2m::ResourceDefinition kResources[] = {
      {.id = 0, .type = lwm2m::DataType::Opaque, .operations = lwm2m::kReadWrite},
      {.id = 1, .type = lwm2m::DataType::None, .operations = lwm2m::kExecute},
      {.id = 2, .type = lwm2m::DataType::Integer, .operations = lwm2m::kRead},
  };
  static constexpr lwm2m::ObjectDefinition kDefinition = {.id = 33000,
                                                          .version = {1, 0},
                                                          .multiple = false,
                                                          .mandatory = false,
                                                          .resources = kResources};

  const lwm2m::ObjectDefinition& definition() const override { return kDefinition; }
  Result<Value> read(const Path& p) override {
    return p.resource() == 2 ? Result<Value>(Value::integer(executions)) : Error::NotFound;
  }
  bool is_stream(const Path& p) const override { return p.resource() == 0; }
  Result<client::StreamBlock> read_block(const Path&, std::size_t offset,
                                         MutableBytes out) override {
    if (offset > bytes.size()) return Error::Range;
    const std::size_t n = std::min(out.size(), bytes.size() - offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), n, out.begin());
    return client::StreamBlock{n, offset + n == bytes.size()};
  }
  Status write_block(const Path&, std::size_t offset, ByteView part, bool last) override {
    if (offset == 0) bytes.clear();
    if (offset != bytes.size()) return Error::Order;
    bytes.insert(bytes.end(), part.begin(), part.end());
    complete = last;
    return {};
  }
  Status execute(const Path&, const client::ExecuteArguments& arguments) override {
    ++executions;
    const auto said = arguments.find('0');
    if (on_execute) on_execute(std::string(said ? said->value : std::string_view{}));
    return {};
  }
};

inline constexpr client::Limits kSimLimits{.servers = 3,
                                           .exchanges = 4,
                                           .transfers = 2,
                                           .body_bytes = 4096,
                                           .observations = 8,
                                           .observed_paths = 16,
                                           .own_attributes = 8,
                                           .attributes = 16,
                                           .remembered_requests = 16,
                                           .remembered_answer_bytes = 128,
                                           .events = 64};

/// An address of the virtual network: 10.0.0.<host>.
inline SocketAddress host(std::uint8_t number, std::uint16_t port = 5683) {
  return SocketAddress::v4(10, 0, 0, number, port);
}

struct DeviceOptions {
  std::string endpoint = "urn:dev:sim:1";
  std::uint32_t lifetime = 300;
  lwm2m::Version version = lwm2m::kEnabler11;
  std::uint64_t seed = 1;
  /// One account for each server address; short server ids are 101, 102, ...
  std::vector<SocketAddress> servers = {host(1)};
  bool queue_mode = false;
  /// Deaf whenever the client says that its radio is not needed.
  bool sleeps = false;
  std::string binding = "U";
  lwm2m::FormatTable formats = lwm2m::all_formats();
  coap::TransmissionParameters transmission{};
};

/// The version of an object that belongs to an enabler.
const lwm2m::ObjectDefinition& of_enabler(lwm2m::Version enabler,
                                          const lwm2m::ObjectDefinition& v10,
                                          const lwm2m::ObjectDefinition& v11,
                                          const lwm2m::ObjectDefinition& v12);

/// Objects 0 and 1 in the versions of the enabler, with one account for each server.
class SimAccounts {
 public:
  explicit SimAccounts(const DeviceOptions& options);

 private:
  client::SecurityStorage<client::SecurityCapacity{.instances = 3}> security_rows_;
  std::array<client::ServerInstance, 3> server_rows_;

 public:
  client::SecurityObject security;
  client::ServerObject server;
};

/// A client attached to the network under one address; its servers are found by their URIs.
class SimClient {
 public:
  SimClient(Network& network, const SocketAddress& address, const DeviceOptions& options,
            std::span<client::Object* const> objects);
  ~SimClient() { network_.detach(address_); }
  SimClient(const SimClient&) = delete;

  void start() { client.start(network_.now()); }
  [[nodiscard]] std::size_t count(client::EventType type) const;
  [[nodiscard]] bool registered(client::PeerId peer = 0) const { return client.registered(peer); }
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  [[nodiscard]] bool asleep() { return options_.sleeps && !client.radio(network_.now()).needed; }

  /// Called for each event, after it was added to `events`: what an application would do.
  std::function<void(Instant, const client::Event&)> on_event;
  std::vector<client::Event> events;

 private:
  Network& network_;
  SocketAddress address_;
  DeviceOptions options_;
  SeededRng rng_;
  client::Config config_;

 public:
  client::Client<kSimLimits> client;
};

/// The objects of a `SimDevice`.
struct SimObjects : SimAccounts {
  explicit SimObjects(const DeviceOptions& options) : SimAccounts(options) {}
  SimDeviceObject device;
  SimThermometers thermometers;
  SimStore store;
  std::array<client::Object*, 5> objects{&security, &server, &device, &thermometers, &store};
};

/// A client with its objects.
struct SimDevice : SimObjects, SimClient {
  SimDevice(Network& network, const SocketAddress& address, const DeviceOptions& options)
      : SimObjects(options), SimClient(network, address, options, objects) {}
};

/// A shard, attached to the network under one address.
class SimServer {
 public:
  SimServer(Network& network, const SocketAddress& address, const server::ShardConfig& config = {},
            std::uint64_t seed = 2, const server::DefinitionSource* definitions = nullptr);
  ~SimServer() { network_.detach(address_); }
  SimServer(const SimServer&) = delete;

  /// Submits and runs the network until the result is there, or for ten minutes.
  server::OperationResult perform(std::string_view endpoint, server::Operation operation);
  /// Shorthand for a Read.
  server::OperationResult read(std::string_view endpoint, const Path& path);
  [[nodiscard]] bool registered(std::string_view endpoint) const {
    return shard.find(endpoint).has_value();
  }
  /// All events of one kind, oldest first.
  template <typename T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const server::Event& event : events) {
      if (const T* match = std::get_if<T>(&event)) found.push_back(*match);
    }
    return found;
  }

 private:
  Network& network_;
  SocketAddress address_;
  SeededRng rng_;

 public:
  std::vector<server::Event> events;
  server::Shard shard;
};

}  // namespace linnet::sim
