// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/light_control.hpp>

#include <client/objects/next_row.hpp>

namespace linnet::client {

namespace light = lwm2m::objects::light_control;

namespace {

/// What a server gets when it creates a lamp.
Light new_light(Id id) {
  Light result;
  result.id = id;
  result.dimmer = 100;
  return result;
}

}  // namespace

Light* LightControlObject::row(Id instance) const {
  for (Light& row : lights_) {
    if (row.id == instance && instance != kNoId) return &row;
  }
  return nullptr;
}

const Light* LightControlObject::find(Id instance) const { return row(instance); }

Status LightControlObject::set_on(Id instance, bool on) {
  Light* target = row(instance);
  if (target == nullptr) return Error::NotFound;
  if (target->on != on) changes_.add(Path(light::kObject, instance, light::kOnOff));
  target->on = on;
  return {};
}

Status LightControlObject::set_dimmer(Id instance, std::uint8_t percent) {
  Light* target = row(instance);
  if (target == nullptr) return Error::NotFound;
  if (!target->dimmer) return Error::NotAllowed;
  if (percent > 100) return Error::Range;
  if (target->dimmer != percent) changes_.add(Path(light::kObject, instance, light::kDimmer));
  target->dimmer = percent;
  return {};
}

Id LightControlObject::next_instance(Id after) const {
  return next_row<&Light::id>(lights_, after);
}

bool LightControlObject::has_resource(const Path& resource) const {
  const Light* target = row(resource.instance());
  if (target == nullptr) return false;
  switch (resource.resource()) {
    case light::kOnOff:
    case light::kOnTime: return true;
    case light::kDimmer: return target->dimmer.has_value();
    case light::kColour: return target->has_colour;
    case light::kSensorUnits: return !target->colour_units.empty();
    case light::kApplicationType: return !target->application_type.empty();
    case light::kPowerFactor: return target->power_factor.has_value();
    case light::kCumulativeActivePower: return target->cumulative_power.has_value();
    default: return false;
  }
}

Result<Value> LightControlObject::read(const Path& path) {
  const Light& target = *row(path.instance());
  switch (path.resource()) {
    case light::kOnOff: return Value::boolean(target.on);
    case light::kOnTime: return Value::integer(target.on_for.ms / 1000);
    case light::kDimmer: return Value::integer(target.dimmer.value_or(0));
    case light::kColour: return Value::string(target.colour.text());
    case light::kSensorUnits: return Value::string(target.colour_units);
    case light::kApplicationType: return Value::string(target.application_type.text());
    case light::kPowerFactor: return Value::floating(target.power_factor.value_or(0));
    case light::kCumulativeActivePower: return Value::floating(target.cumulative_power.value_or(0));
    default: return Error::NotFound;
  }
}

Status LightControlObject::check(const Path& path, const Value& value) {
  // An instance that is not there yet is about to be created.
  const Light created = new_light(path.instance());
  const Light* target = row(path.instance());
  if (target == nullptr) target = &created;
  switch (path.resource()) {
    case light::kOnOff: return {};
    case light::kDimmer: return target->dimmer ? Status() : Error::NotFound;
    case light::kOnTime: return value.as_integer() == 0 ? Status() : Error::Range;
    case light::kColour:
      if (!target->has_colour) return Error::NotFound;
      return value.as_string().size() <= target->colour.capacity() ? Status() : Error::Range;
    case light::kApplicationType:
      return value.as_string().size() <= target->application_type.capacity() ? Status()
                                                                             : Error::Range;
    default: return Error::NotAllowed;
  }
}

Status LightControlObject::write(const Path& path, const Value& value) {
  Light& target = *row(path.instance());
  switch (path.resource()) {
    case light::kOnOff: target.on = value.as_boolean(); return {};
    case light::kDimmer: target.dimmer = static_cast<std::uint8_t>(value.as_integer()); return {};
    case light::kOnTime: target.on_for = {}; return {};
    case light::kColour: return target.colour.assign(value.as_string()) ? Status() : Error::Range;
    case light::kApplicationType:
      return target.application_type.assign(value.as_string()) ? Status() : Error::Range;
    default: return Error::NotAllowed;
  }
}

Status LightControlObject::reset(const Path& path) {
  // Only a name can be taken away: what a lamp can do does not depend on a Replace.
  if (path.resource() == light::kApplicationType) row(path.instance())->application_type.clear();
  return {};
}

Status LightControlObject::create(Id instance) {
  for (Light& row : lights_) {
    if (row.id != kNoId) continue;
    row = new_light(instance);
    return {};
  }
  return Error::NoSpace;
}

Status LightControlObject::remove(Id instance) {
  Light* target = row(instance);
  if (target == nullptr) return Error::NotFound;
  *target = {};
  return {};
}

void LightControlObject::advance(Instant now) {
  for (Light& row : lights_) {
    if (row.on && now_) row.on_for = row.on_for + (now - *now_);
  }
  now_ = now;
}

}  // namespace linnet::client
