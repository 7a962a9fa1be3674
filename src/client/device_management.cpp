// SPDX-License-Identifier: Apache-2.0
#include <client/change_conditions.hpp>
#include <client/objects/number_value.hpp>
#include <linnet/client/device_management.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using lwm2m::Attribute;
namespace objects = lwm2m::objects;

/// The greatest identifier below `id`, in the sense of "after": kNoId before 0.
Id before(Id id) { return static_cast<Id>(id - 1); }

Code success_code(Code method) {
  switch (method) {
    case Code::Delete: return Code::Deleted;
    case Code::Get:
    case Code::Fetch: return Code::Content;
    default: return Code::Changed;
  }
}

}  // namespace

// --- Where a path leads ---

bool is_hidden(Id object) {
  return object == objects::security::kObject || object == objects::oscore::kObject;
}

Object* DeviceManagement::object(Id id) const {
  for (Object* object : settings_.objects) {
    if (object->definition().id == id) return object;
  }
  return nullptr;
}

Id DeviceManagement::next_child(const Path& parent, Id after) const {
  const auto at_least = static_cast<Id>(after + 1);  // kNoId + 1 is 0: from the start
  if (parent.is_root()) {
    for (const Object* object : settings_.objects) {
      const Id id = object->definition().id;
      if (id >= at_least && !is_hidden(id)) return id;
    }
    return kNoId;
  }
  const Object* object = this->object(parent.object());
  if (object == nullptr || parent.is_resource_instance()) return kNoId;
  if (parent.is_object()) return object->next_instance(after);
  if (parent.is_instance()) {
    for (const lwm2m::ResourceDefinition& resource : object->definition().resources) {
      if (resource.id >= at_least && object->has_resource(parent.child(resource.id))) {
        return resource.id;
      }
    }
    return kNoId;
  }
  const lwm2m::ResourceDefinition* resource = object->definition().find(parent.resource());
  if (resource == nullptr || !resource->multiple) return kNoId;
  return object->next_resource_instance(parent, after);
}

bool DeviceManagement::exists(const Path& path) const {
  for (std::size_t depth = 0; depth < path.depth(); ++depth) {
    if (next_child(path.first(depth), before(path[depth])) != path[depth]) return false;
  }
  return true;
}

bool DeviceManagement::has_instance(const Path& path) const {
  const Object* object = this->object(path.object());
  return object != nullptr && object->next_instance(before(path.instance())) == path.instance();
}

const lwm2m::ResourceDefinition* DeviceManagement::resource(const Path& path) const {
  const Object* object = this->object(path.object());
  return object == nullptr ? nullptr : object->definition().find(path.resource());
}

// [DM-03] Existence and rights of the instance come before what the resource supports.
Status DeviceManagement::admit(ShortServerId server, const Path& path, Right right) const {
  if (is_hidden(path.object())) return Error::Unauthorized;  // [DM-02]
  const Path instance = path.first(2);
  if (!exists(instance)) return Error::NotFound;
  const bool asked = instance.is_instance() || right == Right::Create;
  if (asked && settings_.access != nullptr && !settings_.access->allows(server, right, instance)) {
    return Error::Unauthorized;
  }
  return {};
}

Result<const lwm2m::ResourceDefinition*> DeviceManagement::find_resource(const Path& path) const {
  if (!exists(path.first(3))) return Error::NotFound;
  const lwm2m::ResourceDefinition* definition = resource(path);
  if (path.is_resource_instance()) {
    if (!definition->multiple) return Error::NotAllowed;  // [DM-04] [DM-16]
    if (!exists(path)) return Error::NotFound;
  }
  return definition;
}

void DeviceManagement::report(ShortServerId by, const Path& path, Change::Kind kind) const {
  if (settings_.changes != nullptr) settings_.changes->changed(by, {.path = path, .kind = kind});
}

// --- From the method to the operation ---

/// Turns an error into a code, and takes back what was written of the body.
void DeviceManagement::conclude(Status status, std::size_t start, Reply& reply, Writer& body) {
  if (status.ok()) return;
  body.truncate(start);
  reply = {};
  // 4.09 is no answer of this interface: what contradicts itself is a bad request.
  reply.code =
      status.error() == Error::Conflict ? Code::BadRequest : coap::response_code(status.error());
}

Reply DeviceManagement::handle(const Request& request, Writer& body) {
  Reply reply;
  reply.code = success_code(request.method);
  const std::size_t start = body.size();
  conclude(dispatch(request, reply, body), start, reply, body);
  return reply;
}

// [DM-09]
Status DeviceManagement::dispatch(const Request& request, Reply& reply, Writer& body) {
  const Path& path = request.path;
  if (request.method == Code::Fetch || request.method == Code::IPatch) {
    if (!path.is_root()) return Error::NotAllowed;
    if (settings_.features.composite == nullptr) return Error::NotAllowed;
    if (request.method == Code::Fetch) {
      return settings_.features.composite->read(*this, request, reply, body);
    }
    return settings_.features.composite->write(*this, request);
  }
  if (path.is_root()) return Error::NotAllowed;
  switch (request.method) {
    case Code::Get:
      if (request.accept == ContentFormat::LinkFormat && !request.observe) {
        reply.format = ContentFormat::LinkFormat;
        return discover(request, body);
      }
      return read_at(request.server, path, request.accept, reply, body);
    case Code::Put:
      if (request.payload.empty() && !request.content_format && !request.queries.empty()) {
        return write_attributes(request);
      }
      return write(request, true);
    case Code::Post: return dispatch_post(request, reply);
    case Code::Delete:
      if (settings_.features.instances == nullptr) return Error::NotAllowed;
      return settings_.features.instances->remove(*this, request);
    default: return Error::NotAllowed;
  }
}

Status DeviceManagement::dispatch_post(const Request& request, Reply& reply) {
  const Path& path = request.path;
  if (path.is_object()) {
    if (settings_.features.instances == nullptr) return Error::NotAllowed;
    reply.code = Code::Created;
    return settings_.features.instances->create(*this, request, reply);
  }
  if (path.is_instance()) return write(request, false);
  if (path.is_resource()) {
    // A POST is an Execute unless it can only mean a Write: to a multiple resource, or with a
    // payload that no arguments of an Execute have (a package pushed to /5/0/0).
    const lwm2m::ResourceDefinition* definition = resource(path);
    const bool arguments =
        !request.content_format || *request.content_format == ContentFormat::Text;
    if (definition != nullptr && definition->writable() && (definition->multiple || !arguments)) {
      return write(request, false);
    }
  }
  return execute(request);
}

Status DeviceManagement::execute(const Request& request) {
  LINNET_TRY(admit(request.server, request.path, Right::Execute));
  if (!request.path.is_resource()) return Error::NotAllowed;  // [DM-46]
  LINNET_TRY_ASSIGN(const lwm2m::ResourceDefinition* definition, find_resource(request.path));
  if (!definition->executable()) return Error::NotAllowed;
  if (!request.payload.empty() && request.content_format &&
      *request.content_format != ContentFormat::Text) {
    return Error::Format;
  }
  LINNET_TRY_ASSIGN(const ExecuteArguments arguments,
                    ExecuteArguments::parse(as_text(request.payload)));  // [DM-48]
  LINNET_TRY(object(request.path.object())->execute(request.path, arguments));
  report(request.server, request.path, Change::Kind::Executed);
  return {};
}

Status DeviceManagement::write_attributes(const Request& request) {
  const Path& path = request.path;
  LINNET_TRY(admit(request.server, path, Right::Read));  // [DM-43]
  const lwm2m::ResourceDefinition* definition = nullptr;
  if (path.depth() > 2) {
    LINNET_TRY_ASSIGN(definition, find_resource(path));  // [DM-44]
    if (!definition->readable()) return Error::NotAllowed;
  }
  lwm2m::AttributeChange change;
  const Status parsed = parse_attributes(request, change);
  if (!parsed.ok()) return parsed;
  const ChangeConditions* conditions = settings_.features.conditions;
  if (conditions != nullptr && !conditions->allowed(change, definition)) return Error::Malformed;
  if (settings_.attributes == nullptr) return Error::NoSpace;
  return settings_.attributes->apply(request.server, path, change);
}

Status DeviceManagement::parse_attributes(const Request& request,
                                          lwm2m::AttributeChange& change) const {
  const ChangeConditions* conditions = settings_.features.conditions;
  const lwm2m::RealAttributes* reals = conditions != nullptr ? conditions->reals : nullptr;
  for (const std::string_view query : request.queries) LINNET_TRY(change.parse(query, reals));
  const bool known = reals != nullptr ? reals->consistent(change.set) : !change.needs_resource();
  return known ? Status() : Status(Error::Malformed);
}

// --- For the engine ---

lwm2m::Attributes DeviceManagement::effective_attributes(ShortServerId server, const Path& path) {
  struct Default {
    Id resource;
    Attribute attribute;
  };
  static constexpr Default kDefaults[] = {
      {objects::server::kDefaultMinimumPeriod, Attribute::Pmin},
      {objects::server::kDefaultMaximumPeriod, Attribute::Pmax},
      {objects::server::kDefaultNotificationMode, Attribute::Con},
  };
  lwm2m::Attributes defaults;
  const Path servers(objects::server::kObject);
  for (Id id = next_child(servers, kNoId); id != kNoId; id = next_child(servers, id)) {
    const Path instance = servers.child(id);
    if (number_of(value(instance.child(objects::server::kShortServerId)), 0) != server) continue;
    for (const Default& entry : kDefaults) {
      const Result<Value> number = value(instance.child(entry.resource));
      if (number.ok()) defaults.set_integer(entry.attribute, number_of(number, 0));
    }
  }
  if (settings_.attributes != nullptr) {
    defaults.override_with(settings_.attributes->effective(server, path));
  }
  return defaults;
}

void DeviceManagement::advance(Instant now) {
  for (Object* object : settings_.objects) object->advance(now);
}

bool DeviceManagement::poll_change(Change& out) {
  for (Object* object : settings_.objects) {
    if (!object->poll_change(out)) continue;
    if (out.kind == Change::Kind::Removed && !exists(out.path)) {
      if (settings_.attributes != nullptr) settings_.attributes->remove_below(out.path);
      if (settings_.access != nullptr) settings_.access->removed(out.path);
    }
    return true;
  }
  return false;
}

}  // namespace linnet::client
