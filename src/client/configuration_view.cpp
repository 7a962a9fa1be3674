// SPDX-License-Identifier: Apache-2.0
#include <client/configuration_view.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;

Id DeviceConfiguration::next_instance(Id object, Id after) const {
  const Object* found = model_.object(object);
  return found == nullptr ? kNoId : found->next_instance(after);
}

/// Whether /o/i/r is there, of the definition and of the instance.
bool DeviceConfiguration::has(const Path& resource) const {
  return model_.has_instance(resource.first(2)) && model_.resource(resource) != nullptr &&
         model_.object(resource.object())->has_resource(resource);
}

Id DeviceConfiguration::next_resource_instance(const Path& resource, Id after) const {
  if (!has(resource) || !model_.resource(resource)->multiple) return kNoId;
  return model_.object(resource.object())->next_resource_instance(resource, after);
}

Result<Value> DeviceConfiguration::value(const Path& path) const {
  const Path resource = path.first(3);
  if (!has(resource)) return Error::NotFound;
  const lwm2m::ResourceDefinition& definition = *model_.resource(resource);
  if (definition.type == lwm2m::DataType::None ||
      definition.multiple != path.is_resource_instance()) {
    return Error::NotFound;
  }
  const auto before = static_cast<Id>(path.resource_instance() - 1);
  if (definition.multiple && next_resource_instance(resource, before) != path.resource_instance()) {
    return Error::NotFound;
  }
  // The account of a bootstrap server has no Short Server ID [BS-03]; some servers write one, which
  // the client has no use for and a person cannot take away.
  if (path.object() == security::kObject && path.resource() == security::kShortServerId) {
    const Result<Value> bootstrap = value(path.first(2).child(security::kBootstrapServer));
    if (bootstrap.ok() && bootstrap->as_boolean()) return Error::NotFound;
  }
  return model_.object(path.object())->read(path);
}

bool DeviceConfiguration::has_instance(const Path& instance) const {
  return model_.has_instance(instance);
}

Path DeviceConfiguration::missing_resource() const {
  for (const Object* object : model_.settings().objects) {
    const lwm2m::ObjectDefinition& definition = object->definition();
    for (Id id = kNoId; (id = object->next_instance(id)) != kNoId;) {
      for (const lwm2m::ResourceDefinition& resource : definition.resources) {
        const Path path(definition.id, id, resource.id);
        if (resource.mandatory && !object->has_resource(path)) return path;
      }
    }
  }
  return {};
}

}  // namespace linnet::client
