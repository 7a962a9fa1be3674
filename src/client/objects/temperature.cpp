// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/temperature.hpp>

#include <client/objects/next_row.hpp>

namespace linnet::client {

namespace temperature = lwm2m::objects::temperature;

TemperatureSensor* TemperatureObject::row(Id instance) const {
  for (TemperatureSensor& sensor : sensors_) {
    if (sensor.id == instance && instance != kNoId) return &sensor;
  }
  return nullptr;
}

const TemperatureSensor* TemperatureObject::find(Id instance) const { return row(instance); }

void TemperatureObject::note(const TemperatureSensor& sensor, Id resource) {
  changes_.add(Path(temperature::kObject, sensor.id, resource));
}

Status TemperatureObject::set_value(Id instance, double value) {
  TemperatureSensor* sensor = row(instance);
  if (sensor == nullptr) return Error::NotFound;
  if (sensor->value != value) note(*sensor, temperature::kSensorValue);
  sensor->value = value;
  if (!sensor->measured_minimum || value < *sensor->measured_minimum) {
    sensor->measured_minimum = value;
    note(*sensor, temperature::kMinMeasuredValue);
  }
  if (!sensor->measured_maximum || value > *sensor->measured_maximum) {
    sensor->measured_maximum = value;
    note(*sensor, temperature::kMaxMeasuredValue);
  }
  return {};
}

Id TemperatureObject::next_instance(Id after) const {
  return next_row<&TemperatureSensor::id>(sensors_, after);
}

namespace {

/// The optional number behind a resource, or null if it is another kind of resource.
const std::optional<double>* number(const TemperatureSensor& sensor, Id resource) {
  switch (resource) {
    case temperature::kMinMeasuredValue: return &sensor.measured_minimum;
    case temperature::kMaxMeasuredValue: return &sensor.measured_maximum;
    case temperature::kMinRangeValue: return &sensor.range_minimum;
    case temperature::kMaxRangeValue: return &sensor.range_maximum;
    default: return nullptr;
  }
}

}  // namespace

bool TemperatureObject::has_resource(const Path& resource) const {
  const TemperatureSensor* sensor = row(resource.instance());
  if (sensor == nullptr) return false;
  switch (resource.resource()) {
    case temperature::kSensorValue:
    case temperature::kResetMinAndMaxMeasuredValues: return true;
    case temperature::kSensorUnits: return !sensor->units.empty();
    case temperature::kApplicationType: return !sensor->application_type.empty();
    default: {
      const std::optional<double>* found = number(*sensor, resource.resource());
      return found != nullptr && found->has_value();
    }
  }
}

Result<Value> TemperatureObject::read(const Path& path) {
  const TemperatureSensor& sensor = *row(path.instance());
  switch (path.resource()) {
    case temperature::kSensorValue: return Value::floating(sensor.value);
    case temperature::kSensorUnits: return Value::string(sensor.units);
    case temperature::kApplicationType: return Value::string(sensor.application_type.text());
    default: {
      const std::optional<double>* found = number(sensor, path.resource());
      return found != nullptr ? Result<Value>(Value::floating(found->value_or(0)))
                              : Error::NotFound;
    }
  }
}

Status TemperatureObject::check(const Path& path, const Value& value) {
  if (path.resource() != temperature::kApplicationType) return Error::NotAllowed;
  const bool fits =
      value.as_string().size() <= decltype(TemperatureSensor::application_type)::capacity();
  return fits ? Status() : Error::Range;
}

Status TemperatureObject::write(const Path& path, const Value& value) {
  if (path.resource() != temperature::kApplicationType) return Error::NotAllowed;
  return row(path.instance())->application_type.assign(value.as_string()) ? Status() : Error::Range;
}

Status TemperatureObject::reset(const Path& path) {
  if (path.resource() == temperature::kApplicationType) {
    row(path.instance())->application_type.clear();
  }
  return {};
}

Status TemperatureObject::execute(const Path& path, const ExecuteArguments&) {
  if (path.resource() != temperature::kResetMinAndMaxMeasuredValues) return Error::NotAllowed;
  TemperatureSensor& sensor = *row(path.instance());
  sensor.measured_minimum = sensor.value;
  sensor.measured_maximum = sensor.value;
  note(sensor, temperature::kMinMeasuredValue);
  note(sensor, temperature::kMaxMeasuredValue);
  return {};
}

}  // namespace linnet::client
