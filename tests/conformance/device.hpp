// SPDX-License-Identifier: Apache-2.0
#pragma once
// The device under test: the configurations that the cases ask for, made of our ready objects 0, 1
// and 3, of a portfolio (16) to create and delete, and of a store with an opaque resource.
#include <array>
#include <map>
#include <string>

#include <linnet/client/objects/device.hpp>
#include <sim_world.hpp>

namespace linnet::conformance {

using lwm2m::Path;
using lwm2m::Value;

inline constexpr std::string_view kEndpoint = "urn:dev:ops:0000-linnet-1";

/// Which of the optional parts a case needs on top of objects 0, 1 and 3.
struct Configuration {
  bool default_periods = false;  ///< /1/0/2, 3 and 5 have values
  bool power_sources = false;    ///< /3/0/6, 7, 8 with two instances each, /3/0/9
  bool portfolio = false;        ///< /16/0 with four identities
  bool store = false;            ///< object 33000
  std::uint32_t lifetime = 86400;
};
inline constexpr Configuration kBasic{};
inline constexpr Configuration kServerDefaults{.default_periods = true};
inline constexpr Configuration kPowered{.power_sources = true};
inline constexpr Configuration kWithPortfolio{.portfolio = true};

/// Object 16: instances that a server creates and deletes, each with some identity texts.
class Portfolio final : public client::Object {
 public:
  static constexpr lwm2m::ResourceDefinition kResources[] = {
      {.id = 0,
       .type = lwm2m::DataType::String,
       .operations = lwm2m::kReadWrite,
       .multiple = true,
       .mandatory = true},
  };
  static constexpr lwm2m::ObjectDefinition kDefinition = {
      .id = 16, .version = {1, 0}, .multiple = true, .mandatory = false, .resources = kResources};

  using Identities = std::map<lwm2m::Id, std::string>;
  std::map<lwm2m::Id, Identities> instances;

  const lwm2m::ObjectDefinition& definition() const override { return kDefinition; }
  lwm2m::Id next_instance(lwm2m::Id after) const override { return next(instances, after); }
  lwm2m::Id next_resource_instance(const Path& p, lwm2m::Id after) const override {
    const auto it = instances.find(p.instance());
    return it == instances.end() ? lwm2m::kNoId : next(it->second, after);
  }
  bool has_resource(const Path& p) const override {
    // Mandatory, but a Create has to bring it along.
    const auto it = instances.find(p.instance());
    return it != instances.end() && !it->second.empty();
  }
  Result<Value> read(const Path& p) override {
    return Value::string(instances.at(p.instance()).at(p.resource_instance()));
  }
  Status write(const Path& p, const Value& value) override {
    instances[p.instance()][p.resource_instance()] = value.as_string();
    return {};
  }
  Status reset(const Path& p) override {
    if (p.is_resource()) {
      instances.at(p.instance()).clear();
    } else {
      instances.at(p.instance()).erase(p.resource_instance());
    }
    return {};
  }
  Status create(lwm2m::Id instance) override {
    instances[instance] = {};
    return {};
  }
  Status remove(lwm2m::Id instance) override {
    instances.erase(instance);
    return {};
  }

 private:
  template <typename T>
  static lwm2m::Id next(const std::map<lwm2m::Id, T>& rows, lwm2m::Id after) {
    const auto it = after == lwm2m::kNoId ? rows.begin() : rows.upper_bound(after);
    return it == rows.end() ? lwm2m::kNoId : it->first;
  }
};

/// The objects of a `Device`.
struct DeviceObjects : sim::SimAccounts {
  DeviceObjects(const sim::DeviceOptions& options, const Configuration& configuration);

  client::DeviceInfo info;
  std::array<client::PowerSource, 2> power_rows{
      {{.kind = 1, .millivolts = 3800, .milliamperes = 125},
       {.kind = 5, .millivolts = 5000, .milliamperes = 900}}};
  client::DeviceObject device;
  Portfolio portfolio;
  sim::SimStore store;
  std::vector<client::Object*> objects{&security, &server, &device};
};

/// A device on the network. What servers ask of the application behind it is done by the
/// application that `World` plays.
struct Device : DeviceObjects, sim::SimClient {
  Device(sim::Network& network, const sim::DeviceOptions& options,
         const Configuration& configuration)
      : DeviceObjects(options, configuration), SimClient(network, sim::host(9), options, objects) {}
};

/// The formats of an enabler: TLV and JSON for 1.0; CBOR and SenML, beside TLV for old servers, for
/// 1.1; ETCH and LwM2M CBOR as well for 1.2.
lwm2m::FormatTable formats_of(lwm2m::Version enabler);

/// The options of a device with one server, at host 1.
sim::DeviceOptions options_of(lwm2m::Version enabler, const Configuration& configuration);

/// The definitions of all objects above, as a server knows them.
class Definitions final : public server::DefinitionSource {
 public:
  const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version version) const override;
};

}  // namespace linnet::conformance
