// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/device.hpp>

namespace linnet::client {

namespace device = lwm2m::objects::device;

void DeviceObject::set(Id resource, std::int32_t number) {
  if (numbers_.set(resource, number)) note(resource);
}

void DeviceObject::set_power(std::size_t index, std::int32_t millivolts,
                             std::int32_t milliamperes) {
  LINNET_CHECK(index < power_sources_.size());
  PowerSource& source = power_sources_[index];
  const Path object(device::kObject, 0);
  const auto id = static_cast<Id>(index);
  if (source.millivolts != millivolts) {
    changes_.add(object.child(device::kPowerSourceVoltage).child(id));
  }
  if (source.milliamperes != milliamperes) {
    changes_.add(object.child(device::kPowerSourceCurrent).child(id));
  }
  source.millivolts = millivolts;
  source.milliamperes = milliamperes;
}

// --- Errors [OBJ-04] ---

bool DeviceObject::raise_error(std::uint8_t code) {
  std::uint8_t* free = nullptr;
  for (std::uint8_t& slot : errors_) {
    if (slot == code) return true;
    if (slot == 0 && free == nullptr) free = &slot;
  }
  if (free == nullptr) return false;
  *free = code;
  note(device::kErrorCode);
  return true;
}

void DeviceObject::clear_error(std::uint8_t code) {
  for (std::uint8_t& slot : errors_) {
    if (code == 0 || slot != code) continue;
    slot = 0;
    note(device::kErrorCode);
  }
}

// --- Time [OBJ-07] ---

void DeviceObject::set_time(Instant now, std::int64_t unix_seconds) {
  now_ = now;
  time_set_at_ = now;
  time_set_ = unix_seconds;
  note(device::kCurrentTime);
}

std::optional<std::int64_t> DeviceObject::time() const {
  if (time_set_at_.is_never()) return std::nullopt;
  return time_set_ + (now_ - time_set_at_).ms / 1000;
}

bool DeviceObject::set_utc_offset(std::string_view text) {
  if (!utc_offset_.assign(text)) return false;
  note(device::kUtcOffset);
  return true;
}

bool DeviceObject::set_timezone(std::string_view text) {
  if (!timezone_.assign(text)) return false;
  note(device::kTimezone);
  return true;
}

bool DeviceObject::poll_request(DeviceRequest& out) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    if ((requests_ >> kind & 1u) == 0) continue;
    requests_ &= static_cast<std::uint8_t>(~(1u << kind));
    out = static_cast<DeviceRequest>(kind);
    return true;
  }
  return false;
}

// --- Object ---

std::string_view DeviceObject::text(Id resource) const {
  switch (resource) {
    case device::kManufacturer: return info_.manufacturer;
    case device::kModelNumber: return info_.model_number;
    case device::kSerialNumber: return info_.serial_number;
    case device::kFirmwareVersion: return info_.firmware_version;
    case device::kSupportedBindingAndModes: return info_.binding;
    case device::kDeviceType: return info_.device_type;
    case device::kHardwareVersion: return info_.hardware_version;
    case device::kSoftwareVersion: return info_.software_version;
    case device::kUtcOffset: return utc_offset_.text();
    case device::kTimezone: return timezone_.text();
    default: return {};
  }
}

bool DeviceObject::has_resource(const Path& resource) const {
  switch (resource.resource()) {
    case device::kReboot:
    case device::kErrorCode:
    case device::kResetErrorCode:
    case device::kSupportedBindingAndModes: return true;
    case device::kFactoryReset: return info_.factory_reset;
    case device::kAvailablePowerSources:
    case device::kPowerSourceVoltage:
    case device::kPowerSourceCurrent: return !power_sources_.empty();
    case device::kCurrentTime: return !time_set_at_.is_never();
    default: return numbers_.has(resource.resource()) || !text(resource.resource()).empty();
  }
}

Id DeviceObject::next_resource_instance(const Path& resource, Id after) const {
  const auto at_least = static_cast<Id>(after + 1);
  if (resource.resource() != device::kErrorCode) {
    return at_least < power_sources_.size() ? at_least : kNoId;
  }
  if (healthy()) return at_least == 0 ? Id{0} : kNoId;
  for (std::size_t id = at_least; id < errors_.size(); ++id) {
    if (errors_[id] != 0) return static_cast<Id>(id);
  }
  return kNoId;
}

Result<Value> DeviceObject::read(const Path& path) {
  const Id id = path.resource();
  switch (id) {
    case device::kErrorCode: return Value::integer(errors_[path.resource_instance()]);
    case device::kAvailablePowerSources:
      return Value::integer(power_sources_[path.resource_instance()].kind);
    case device::kPowerSourceVoltage:
      return Value::integer(power_sources_[path.resource_instance()].millivolts);
    case device::kPowerSourceCurrent:
      return Value::integer(power_sources_[path.resource_instance()].milliamperes);
    case device::kCurrentTime: return Value::time(time().value_or(0));
    default: break;
  }
  if (numbers_.has(id)) return Value::integer(numbers_.get(id));
  return Value::string(text(id));
}

Status DeviceObject::check(const Path& path, const Value& value) {
  if (path.resource() == device::kCurrentTime) return {};
  const std::size_t capacity =
      path.resource() == device::kUtcOffset ? utc_offset_.capacity() : timezone_.capacity();
  return value.as_string().size() <= capacity ? Status() : Error::Range;
}

Status DeviceObject::write(const Path& path, const Value& value) {
  switch (path.resource()) {
    case device::kCurrentTime:
      time_set_at_ = now_;
      time_set_ = value.as_integer();
      return {};
    case device::kUtcOffset: return utc_offset_.assign(value.as_string()) ? Status() : Error::Range;
    case device::kTimezone: return timezone_.assign(value.as_string()) ? Status() : Error::Range;
    default: return Error::NotAllowed;
  }
}

Status DeviceObject::reset(const Path& path) {
  // The clock goes on: time is not forgotten because a Replace did not mention it.
  if (path.resource() == device::kUtcOffset) utc_offset_.clear();
  if (path.resource() == device::kTimezone) timezone_.clear();
  return {};
}

Status DeviceObject::execute(const Path& path, const ExecuteArguments& arguments) {
  (void)arguments;
  DeviceRequest request = DeviceRequest::Reboot;
  switch (path.resource()) {
    case device::kReboot: break;
    case device::kFactoryReset: request = DeviceRequest::FactoryReset; break;
    case device::kResetErrorCode:
      request = DeviceRequest::ErrorsReset;
      if (!healthy()) note(device::kErrorCode);
      errors_ = {};
      break;
    default: return Error::NotAllowed;
  }
  requests_ |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(request));
  return {};
}

}  // namespace linnet::client
