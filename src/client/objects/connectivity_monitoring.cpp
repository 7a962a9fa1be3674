// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/connectivity_monitoring.hpp>

namespace linnet::client {

namespace monitoring = lwm2m::objects::connectivity_monitoring;

ConnectivityMonitoringObject::ConnectivityMonitoringObject(
    const lwm2m::ObjectDefinition& definition, std::uint8_t bearer,
    std::span<const std::uint8_t> available)
    : definition_(definition), available_(available) {
  numbers_.set(monitoring::kNetworkBearer, bearer);
  numbers_.set(monitoring::kRadioSignalStrength, 0);
}

void ConnectivityMonitoringObject::note(Id resource) {
  changes_.add(Path(monitoring::kObject, 0, resource));
}

void ConnectivityMonitoringObject::set(Id resource, std::int32_t number) {
  if (numbers_.set(resource, number)) note(resource);
}

void ConnectivityMonitoringObject::clear(Id resource) {
  if (!numbers_.has(resource)) return;
  numbers_.clear(resource);
  note(resource);
}

void ConnectivityMonitoringObject::set_ip_addresses(Texts addresses) {
  ip_addresses_ = addresses;
  note(monitoring::kIpAddresses);
}

void ConnectivityMonitoringObject::set_router_addresses(Texts addresses) {
  router_addresses_ = addresses;
  note(monitoring::kRouterIpAddresses);
}

void ConnectivityMonitoringObject::set_apns(Texts apns) {
  apns_ = apns;
  note(monitoring::kApn);
}

const ConnectivityMonitoringObject::Texts* ConnectivityMonitoringObject::texts(Id resource) const {
  switch (resource) {
    case monitoring::kIpAddresses: return &ip_addresses_;
    case monitoring::kRouterIpAddresses: return &router_addresses_;
    case monitoring::kApn: return &apns_;
    default: return nullptr;
  }
}

bool ConnectivityMonitoringObject::has_resource(const Path& resource) const {
  const Id id = resource.resource();
  if (id == monitoring::kAvailableNetworkBearer || id == monitoring::kIpAddresses) return true;
  const Texts* list = texts(id);
  return list != nullptr ? !list->empty() : numbers_.has(id);
}

Id ConnectivityMonitoringObject::next_resource_instance(const Path& resource, Id after) const {
  const Texts* list = texts(resource.resource());
  const std::size_t size = list != nullptr ? list->size() : available_.size();
  const auto next = static_cast<Id>(after + 1);
  return next < size ? next : kNoId;
}

Result<Value> ConnectivityMonitoringObject::read(const Path& path) {
  const Id id = path.resource();
  if (id == monitoring::kAvailableNetworkBearer) {
    return Value::integer(available_[path.resource_instance()]);
  }
  if (const Texts* list = texts(id)) return Value::string((*list)[path.resource_instance()]);
  return Value::integer(numbers_.get(id));
}

}  // namespace linnet::client
