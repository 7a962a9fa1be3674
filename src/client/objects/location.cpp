// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/location.hpp>

namespace linnet::client {

namespace location = lwm2m::objects::location;

void LocationObject::set(const Location& measured) {
  location_ = measured;
  changes_.add(Path(location::kObject, 0));
}

bool LocationObject::has_resource(const Path& resource) const {
  switch (resource.resource()) {
    case location::kAltitude: return location_.altitude.has_value();
    case location::kRadius: return location_.radius.has_value();
    case location::kVelocity: return !location_.velocity.empty();
    case location::kSpeed: return location_.speed.has_value();
    default: return true;
  }
}

Result<Value> LocationObject::read(const Path& path) {
  switch (path.resource()) {
    case location::kLatitude: return Value::floating(location_.latitude);
    case location::kLongitude: return Value::floating(location_.longitude);
    case location::kAltitude: return Value::floating(location_.altitude.value_or(0));
    case location::kRadius: return Value::floating(location_.radius.value_or(0));
    case location::kVelocity: return Value::opaque(location_.velocity);
    case location::kTimestamp: return Value::time(location_.timestamp);
    case location::kSpeed: return Value::floating(location_.speed.value_or(0));
    default: return Error::NotFound;
  }
}

}  // namespace linnet::client
