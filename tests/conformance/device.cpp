// SPDX-License-Identifier: Apache-2.0
#include <conformance/device.hpp>

namespace linnet::conformance {

namespace objects = lwm2m::objects;

DeviceObjects::DeviceObjects(const sim::DeviceOptions& options, const Configuration& configuration)
    : SimAccounts(options),
      device(
          info,
          sim::of_enabler(options.version, objects::kDevice_1_0, objects::kDevice_1_1,
                          objects::kDevice_1_2),
          configuration.power_sources ? std::span(power_rows) : std::span<client::PowerSource>()) {
  info.manufacturer = "Open Mobile Alliance";
  info.model_number = "Lightweight M2M Client";
  info.serial_number = "345000123";
  info.firmware_version = "1.0";
  client::Change change;
  if (configuration.default_periods) {
    EXPECT_TRUE(server.set(0, objects::server::kDefaultMinimumPeriod, 1).ok());
    EXPECT_TRUE(server.set(0, objects::server::kDefaultMaximumPeriod, 10).ok());
    EXPECT_TRUE(server.set(0, objects::server::kDisableTimeout, 86400).ok());
  }
  while (server.poll_change(change)) {
  }
  if (configuration.power_sources) {
    device.set(objects::device::kBatteryLevel, 100);
    while (device.poll_change(change)) {
    }
  }
  if (configuration.portfolio) {
    portfolio.instances[0] = {{0, "Host Device ID #1"},
                              {1, "Host Device Manufacturer #1"},
                              {2, "Host Device Model #1"},
                              {3, "Host Device Software Version #1"}};
    objects.push_back(&portfolio);
  }
  if (configuration.store) objects.push_back(&store);
}

lwm2m::FormatTable formats_of(lwm2m::Version enabler) {
  static constexpr const lwm2m::Format* k10[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv,
                                                 &lwm2m::kJson10};
  static constexpr const lwm2m::Format* k11[] = {&lwm2m::kText,      &lwm2m::kOpaque,
                                                 &lwm2m::kCbor,      &lwm2m::kSenmlJson,
                                                 &lwm2m::kSenmlCbor, &lwm2m::kTlv};
  static constexpr const lwm2m::Format* k12[] = {
      &lwm2m::kText,     &lwm2m::kOpaque,   &lwm2m::kCbor, &lwm2m::kSenmlJson, &lwm2m::kSenmlCbor,
      &lwm2m::kEtchJson, &lwm2m::kEtchCbor, &lwm2m::kTlv,  &lwm2m::kLwm2mCbor};
  if (enabler == lwm2m::kEnabler10) return k10;
  if (enabler == lwm2m::kEnabler11) return k11;
  return k12;
}

sim::DeviceOptions options_of(lwm2m::Version enabler, const Configuration& configuration) {
  sim::DeviceOptions options;
  options.endpoint = kEndpoint;
  options.lifetime = configuration.lifetime;
  options.version = enabler;
  options.formats = formats_of(enabler);
  return options;
}

const lwm2m::ObjectDefinition* Definitions::find(lwm2m::Id object, lwm2m::Version version) const {
  const auto pick = [&](const lwm2m::ObjectDefinition& v10, const lwm2m::ObjectDefinition& v11,
                        const lwm2m::ObjectDefinition& v12) {
    return version.minor == 0 ? &v10 : version.minor == 1 ? &v11 : &v12;
  };
  switch (object) {
    case 1: return pick(objects::kServer_1_0, objects::kServer_1_1, objects::kServer_1_2);
    case 3: return pick(objects::kDevice_1_0, objects::kDevice_1_1, objects::kDevice_1_2);
    case 16: return &Portfolio::kDefinition;
    case 33000: return &sim::SimStore::kDefinition;
    default: return nullptr;
  }
}

}  // namespace linnet::conformance
