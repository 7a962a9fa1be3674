// SPDX-License-Identifier: Apache-2.0
#include "simulated_device.hpp"

#include <algorithm>
#include <cmath>

#include <linnet/lwm2m/format.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::cli {
namespace {

namespace objects = lwm2m::objects;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using lwm2m::Value;

/// The version of each core object that an enabler brought.
template <typename T>
const T& by_enabler(lwm2m::Version version, const T& v10, const T& v11, const T& v12) {
  return version >= lwm2m::kEnabler12 ? v12 : version >= lwm2m::kEnabler11 ? v11 : v10;
}

constexpr std::uint8_t kEthernet = 41;
constexpr std::uint8_t kWlan = 21;
constexpr std::uint8_t kBearers[] = {kWlan, kEthernet};

constexpr Duration kInstallation = seconds(3);

double to_tenths(double value) { return std::round(value * 10) / 10; }

}  // namespace

SimulatedDevice::SimulatedDevice(const std::string& serial_number, lwm2m::Version version,
                                 std::uint32_t seed, bool queue_mode)
    : rng_(seed),
      serial_number_(serial_number),
      ip_view_(ip_address_),
      info_{.manufacturer = "Linnet",
            .model_number = "Simulated device",
            .serial_number = serial_number_,
            .firmware_version = firmware_version_,
            .device_type = "simulator",
            .hardware_version = "1",
            .software_version = "1.0.0",
            .binding = queue_mode && version == lwm2m::kEnabler10 ? "UQ" : "U",
            .factory_reset = true},
      power_{client::PowerSource{1, 3800, 125}, client::PowerSource{5, 5000, 900}},
      security_(security_rows_.rows(), by_enabler(version, objects::kSecurity_1_0,
                                                  objects::kSecurity_1_1, objects::kSecurity_1_2)),
      servers_(
          server_rows_, server_lists_,
          by_enabler(version, objects::kServer_1_0, objects::kServer_1_1, objects::kServer_1_2)),
      access_(access_rows_.rows(), servers_,
              by_enabler(version, objects::kAccessControl_1_0, objects::kAccessControl_1_0,
                         objects::kAccessControl_1_1),
              version),
      device_(info_,
              by_enabler(version, objects::kDevice_1_0, objects::kDevice_1_1, objects::kDevice_1_2),
              power_),
      connectivity_(
          by_enabler(version, objects::kConnectivityMonitoring_1_0,
                     objects::kConnectivityMonitoring_1_2, objects::kConnectivityMonitoring_1_3),
          kWlan, kBearers),
      firmware_({.protocols = {}, .sink = &flash_},
                by_enabler(version, objects::kFirmwareUpdate_1_0, objects::kFirmwareUpdate_1_1,
                           objects::kFirmwareUpdate_1_2)),
      temperature_(sensors_, objects::kTemperature_1_0),
      light_(lights_),
      objects_{&security_, &servers_,  &access_,     &device_,      &connectivity_,
               &firmware_, &location_, &statistics_, &temperature_, &light_} {
  sensors_[0].id = 0;
  sensors_[0].range_minimum = -40;
  sensors_[0].range_maximum = 85;
  (void)temperature_.set_value(0, to_tenths(21 + wobble(3)));
  lights_[0].id = 0;
  lights_[0].dimmer = 100;
  lights_[0].has_colour = true;
  (void)lights_[0].colour.assign("#ffd080");
  lights_[0].cumulative_power = 0;
  device_.set(objects::device::kBatteryLevel, 87);
  device_.set(objects::device::kMemoryFree, 512);
  device_.set(objects::device::kMemoryTotal, 1024);
  device_.set(objects::device::kBatteryStatus, 0);
  (void)device_.set_utc_offset("+00:00");
  (void)device_.set_timezone("Etc/UTC");
  connectivity_.set(objects::connectivity_monitoring::kRadioSignalStrength, -61);
  connectivity_.set(objects::connectivity_monitoring::kLinkQuality, 90);
  connectivity_.set_ip_addresses({&ip_view_, 1});
  client::Location place;
  place.latitude = 52.52;
  place.longitude = 13.405;
  place.altitude = 34;
  place.radius = 8;
  location_.set(place);
}

bool SimulatedDevice::add_server(const std::string& uri, std::uint32_t lifetime,
                                 const AccountSecurity& security) {
  Id instance = 0;
  while (security_.find(instance) != nullptr || servers_.find(instance) != nullptr) ++instance;
  client::ShortServerId server = 1;
  while (servers_.find_server(server) != nullptr) ++server;
  client::ServerInstance row(instance, server, lifetime, info_.binding);
  if (servers_.definition().version >= lwm2m::Version{1, 1}) row.set(objects::server::kMuteSend, 0);
  return servers_.put(row).ok() &&
         add_account({.instance = instance, .uri = uri, .short_server_id = server}, security);
}

bool SimulatedDevice::add_bootstrap_server(const std::string& uri,
                                           const AccountSecurity& security) {
  Id instance = 0;
  for (const auto& row : security_.rows()) {
    if (row.id != kNoId && row.is_bootstrap()) return false;
  }
  while (security_.find(instance) != nullptr) ++instance;
  return add_account({.instance = instance, .uri = uri, .bootstrap = true}, security);
}

bool SimulatedDevice::add_account(client::SecurityAccount account,
                                  const AccountSecurity& security) {
  account.mode = security.mode;
  account.identity = as_bytes(security.identity);
  account.server_key = as_bytes(security.server_key);
  account.secret_key = as_bytes(security.key);
  if (!security_.add(account).ok()) return false;
  const auto put = [&](Id resource, const Value& value) {
    const Path path(objects::security::kObject, account.instance, resource);
    return security_.definition().find(resource) != nullptr && security_.write(path, value).ok();
  };
  if (security.matching_type &&
      !put(objects::security::kMatchingType, Value::unsigned_integer(*security.matching_type))) {
    return false;
  }
  if (security.certificate_usage && !put(objects::security::kCertificateUsage,
                                         Value::unsigned_integer(*security.certificate_usage))) {
    return false;
  }
  return security.sni.empty() || put(objects::security::kSni, Value::string(security.sni));
}

void SimulatedDevice::set_ip_address(const std::string& address) {
  ip_address_ = address;
  ip_view_ = ip_address_;
  connectivity_.set_ip_addresses({&ip_view_, 1});
}

client::Object* SimulatedDevice::find(Id object) const {
  for (auto* item : objects_) {
    if (item->definition().id == object) return item;
  }
  return nullptr;
}

double SimulatedDevice::wobble(double width) {
  return (static_cast<double>(rng_.below(2001)) / 1000.0 - 1.0) * width;
}

Status SimulatedFlash::write(std::size_t offset, ByteView bytes, bool) {
  if (offset + bytes.size() > kBytes) return Error::NoSpace;
  size_ = offset + bytes.size();
  return {};
}

/// An installation takes a few seconds, and ends with the next version.
void SimulatedDevice::install(Instant now) {
  client::FirmwareRequest request;
  while (firmware_.poll_request(request)) {
    if (request.kind == client::FirmwareRequest::Kind::Install) installed_at_ = now + kInstallation;
  }
  if (installed_at_ > now) return;
  installed_at_ = Instant::never();
  firmware_version_ = "1.0." + std::to_string(++updates_);
  info_.firmware_version = firmware_version_;
  device_.info_changed(objects::device::kFirmwareVersion);
  firmware_.updated();
}

void SimulatedDevice::tick(Instant now, double unix_time) {
  if (!device_.time()) {
    device_.set_time(now, static_cast<std::int64_t>(unix_time));
    firmware_.set_time(now, static_cast<std::int64_t>(unix_time));
    client::Location place = location_.get();
    place.timestamp = static_cast<std::int64_t>(unix_time);
    location_.set(place);
  }
  if (is_free(Path(3303, 0, 5700))) {
    const double value = sensors_[0].value;
    // Drawn back to 21 degrees, so that it stays a room's temperature.
    (void)temperature_.set_value(0, to_tenths(value + wobble(0.4) + (21 - value) * 0.05));
  }
  if (is_free(Path(3, 0, 9))) {
    battery_ += charging_ ? 1.0 : -0.1;
    if (battery_ <= 20) charging_ = true;
    if (battery_ >= 99) charging_ = false;
    device_.set(objects::device::kBatteryLevel, static_cast<std::int32_t>(battery_));
    device_.set(objects::device::kBatteryStatus, charging_ ? 1 : 0);
    device_.set_power(0, 3300 + static_cast<std::int32_t>(battery_ * 8), charging_ ? 500 : 125);
  }
  if (is_free(Path(4, 0, 2)) && rng_.below(4) == 0) {
    connectivity_.set(objects::connectivity_monitoring::kRadioSignalStrength,
                      -61 + static_cast<std::int32_t>(wobble(6)));
  }
  if (lights_[0].on && lights_[0].cumulative_power)
    lights_[0].cumulative_power = to_tenths(*lights_[0].cumulative_power + 0.1);
}

std::vector<Path> SimulatedDevice::instances() const {
  std::vector<Path> out;
  for (const auto* object : objects_) {
    for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
      out.emplace_back(object->definition().id, id);
    }
  }
  return out;
}

std::vector<Path> SimulatedDevice::values_below(const Path& path) const {
  std::vector<Path> out;
  const auto add_resource = [&](client::Object& object, const Path& resource,
                                const lwm2m::ResourceDefinition& definition) {
    if (!definition.readable() && object.definition().id != 0) return;
    if (!object.has_resource(resource)) return;
    if (!definition.multiple) {
      if (path.contains(resource)) out.push_back(resource);
      return;
    }
    for (Id id = object.next_resource_instance(resource, kNoId); id != kNoId;
         id = object.next_resource_instance(resource, id)) {
      if (path.contains(resource.child(id))) out.push_back(resource.child(id));
    }
  };
  for (auto* object : objects_) {
    const auto& definition = object->definition();
    for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
      for (const auto& resource : definition.resources) {
        add_resource(*object, Path(definition.id, id, resource.id), resource);
      }
    }
  }
  return out;
}

std::string SimulatedDevice::set(client::Engine& engine, const Path& path,
                                 const std::string& text) {
  auto* object = path.is_root() ? nullptr : find(path.object());
  if (object == nullptr) return "this device has no such object; `list` shows what there is";
  const auto* resource = path.depth() < 3 ? nullptr : object->definition().find(path.resource());
  if (path.depth() < 3) return "say which resource, such as /3303/0/5700";
  if (resource == nullptr) return "the object has no such resource";
  if (resource->type == lwm2m::DataType::None)
    return "this resource is executable and has no value";
  std::string scratch(text.size() + 1, '\0');
  lwm2m::RawValue raw;
  raw.kind = lwm2m::RawValue::Kind::Text;
  const std::string plain = resource->type != lwm2m::DataType::Boolean ? text
                            : text == "true" || text == "on"           ? "1"
                            : text == "false" || text == "off"         ? "0"
                                                                       : text;
  raw.bytes = as_bytes(plain);
  const auto value = lwm2m::convert(
      raw, resource->type, {reinterpret_cast<std::uint8_t*>(scratch.data()), scratch.size()});
  if (!value.ok()) {
    return "\"" + text + "\" is no value of type " + lwm2m::describe(resource->type);
  }
  if (!lwm2m::check(*resource, *value).ok())
    return "the value is outside the range of the resource";
  const Status status = apply(engine, path, *value);
  if (!status.ok()) {
    return status.error() == Error::NotFound     ? "there is no such instance or resource"
           : status.error() == Error::NotAllowed ? "this value is fixed"
                                                 : describe(status.error());
  }
  pinned_.insert(path);
  return {};
}

Status SimulatedDevice::apply(client::Engine& engine, const Path& path, const Value& value) {
  namespace light = objects::light_control;
  const Id resource = path.resource();
  switch (path.object()) {
    case 3: {
      const Status status = apply_device(path, value);
      if (status.ok() || status.error() != Error::NotAllowed) return status;
      break;
    }
    case 4:
      if (value.type() != lwm2m::DataType::Integer) return Error::NotAllowed;
      connectivity_.set(resource, static_cast<std::int32_t>(value.as_integer()));
      return {};
    case 6: return apply_location(resource, value);
    case 3303:
      if (resource == objects::temperature::kSensorValue) {
        return temperature_.set_value(path.instance(), value.as_float());
      }
      break;
    case 3311:
      if (resource == light::kOnOff) return light_.set_on(path.instance(), value.as_boolean());
      if (resource == light::kDimmer) {
        return light_.set_dimmer(path.instance(), static_cast<std::uint8_t>(value.as_integer()));
      }
      break;
    default: break;
  }
  // What a server may write, the device may too.
  auto* object = find(path.object());
  const auto* definition = object->definition().find(resource);
  if (!definition->writable()) return Error::NotAllowed;
  bool exists = false;
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    exists = exists || id == path.instance();
  }
  if (!exists) return Error::NotFound;
  LINNET_TRY(object->check(path, value));
  LINNET_TRY(object->write(path, value));
  engine.notify_changed(path);
  return {};
}

Status SimulatedDevice::apply_device(const Path& path, const Value& value) {
  namespace device = objects::device;
  if (path.instance() != 0) return Error::NotFound;
  const auto number = [&] { return static_cast<std::int32_t>(value.as_integer()); };
  switch (path.resource()) {
    case device::kBatteryLevel:
    case device::kMemoryFree:
    case device::kBatteryStatus:
    case device::kMemoryTotal: device_.set(path.resource(), number()); return {};
    case device::kPowerSourceVoltage:
    case device::kPowerSourceCurrent: {
      const Id index = path.resource_instance();
      if (index >= power_.size()) return Error::NotFound;
      const auto& source = power_[index];
      const bool voltage = path.resource() == device::kPowerSourceVoltage;
      device_.set_power(index, voltage ? number() : source.millivolts,
                        voltage ? source.milliamperes : number());
      pinned_.insert(Path(3, 0, device::kBatteryLevel));
      return {};
    }
    case device::kErrorCode:
      return value.as_integer() >= 1 && value.as_integer() <= 32 &&
                     device_.raise_error(static_cast<std::uint8_t>(value.as_integer()))
                 ? Status()
                 : Error::Range;
    case device::kUtcOffset:
      return device_.set_utc_offset(value.as_string()) ? Status() : Error::Range;
    case device::kTimezone:
      return device_.set_timezone(value.as_string()) ? Status() : Error::Range;
    default: return Error::NotAllowed;
  }
}

Status SimulatedDevice::apply_location(Id resource, const Value& value) {
  namespace location = objects::location;
  client::Location changed = location_.get();
  switch (resource) {
    case location::kLatitude: changed.latitude = value.as_float(); break;
    case location::kLongitude: changed.longitude = value.as_float(); break;
    case location::kAltitude: changed.altitude = value.as_float(); break;
    case location::kRadius: changed.radius = value.as_float(); break;
    case location::kSpeed: changed.speed = value.as_float(); break;
    case location::kTimestamp: changed.timestamp = value.as_integer(); break;
    default: return Error::NotAllowed;
  }
  location_.set(changed);
  return {};
}

}  // namespace linnet::cli
