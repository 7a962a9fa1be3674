// SPDX-License-Identifier: Apache-2.0
// Create and Delete (Core 1.2 §6.3.6, §6.3.7).
#include <client/write_operation.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

namespace objects = lwm2m::objects;

/// A friend of the dispatcher, so that the table can be left out.
struct Instances {
  struct CreateOperation;

  static Status create(DeviceManagement& model, const Request& request, Reply& reply);
  static Status make(DeviceManagement& model, CreateOperation& operation);
  static Status inspect(DeviceManagement& model, DeviceManagement::WriteOperation& operation,
                        const lwm2m::Record& record);
  static Status remove(DeviceManagement& model, const Request& request);
};

constinit const InstanceOperations kInstanceOperations = {.create = Instances::create,
                                                          .remove = Instances::remove};

struct Instances::CreateOperation : DeviceManagement::WriteOperation {
  /// Instances one Create may make.
  static constexpr std::size_t kMaxCreated = 8;

  explicit CreateOperation(const Request& asked)
      : WriteOperation(asked, nullptr, WriteMode::Create) {
    inspect = Instances::inspect;
  }
  [[nodiscard]] std::span<const Id> named() const { return std::span(created).first(count); }

  std::uint8_t count = 0;  ///< of `created`
  std::array<Id, kMaxCreated> created;
};

/// Remembers an instance that a Create names [DM-51] [DM-52].
Status Instances::inspect(DeviceManagement& model, DeviceManagement::WriteOperation& operation,
                          const lwm2m::Record& record) {
  auto& create = static_cast<CreateOperation&>(operation);
  if (record.path.depth() < 2) return Error::Malformed;
  const Id id = record.path.instance();
  for (const Id known : create.named()) {
    if (known == id) return {};
  }
  if (model.has_instance(record.path)) return Error::Exists;
  if (id != 0 && !model.object(record.path.object())->definition().multiple) return Error::Range;
  if (create.count == create.created.size()) return Error::TooLarge;
  create.created[create.count++] = id;
  return {};
}

Status Instances::create(DeviceManagement& model, const Request& request, Reply& reply) {
  const Id id = request.path.object();
  LINNET_TRY(model.admit(request.server, request.path, Right::Create));
  const Object& object = *model.object(id);
  // An account has a second half in /0: only a bootstrap can make one.
  const bool taken = !object.definition().multiple && object.next_instance(kNoId) != kNoId;
  if (taken || id == objects::server::kObject) return Error::NotAllowed;

  Id fresh = 0;
  for (Id i = object.next_instance(kNoId); i == fresh; i = object.next_instance(i)) ++fresh;

  CreateOperation operation(request);
  if (request.content_format) {
    LINNET_TRY_ASSIGN(operation.format, model.payload_format(request));
    if (operation.format->single) return Error::Format;
    Status checked = model.run(operation, false);
    if (checked.error() == Error::NotFound) {
      // [DM-50] Resources without an instance around them.
      operation.base = request.path.child(fresh);
      checked = model.run(operation, false);
    }
    LINNET_TRY(checked);
  } else if (!request.payload.empty()) {
    return Error::Malformed;
  }
  // [DM-55]
  if (operation.count == 0) operation.created[operation.count++] = fresh;
  LINNET_TRY(make(model, operation));
  for (const Id instance : operation.named()) {
    model.report(request.server, Path(id, instance), Change::Kind::Created);
  }
  reply.location = Path(id, operation.created[0]);
  return {};
}

/// All of them with all their resources, or none. [DM-53]
Status Instances::make(DeviceManagement& model, CreateOperation& operation) {
  const Id id = operation.request.path.object();
  Object& object = *model.object(id);
  std::size_t made = 0;
  Status status;
  while (status.ok() && made < operation.count) {
    status = object.create(operation.created[made]);
    if (status.ok()) ++made;
  }
  if (status.ok() && operation.format != nullptr) status = model.run(operation, true);
  for (const Id instance : operation.named()) {
    for (const lwm2m::ResourceDefinition& definition : object.definition().resources) {
      if (!status.ok() || !definition.mandatory) continue;
      if (!object.has_resource(Path(id, instance, definition.id))) status = Error::Malformed;
    }
  }
  // [DM-57]
  AccessControl* access = model.settings().access;
  for (std::size_t i = 0; status.ok() && access != nullptr && i < made; ++i) {
    status = access->created(operation.request.server, Path(id, operation.created[i]));
  }
  while (!status.ok() && made > 0) {
    const Id instance = operation.created[--made];
    if (access != nullptr) access->removed(Path(id, instance));
    (void)object.remove(instance);
  }
  return status;
}

Status Instances::remove(DeviceManagement& model, const Request& request) {
  const Path& path = request.path;
  LINNET_TRY(model.admit(request.server, path, Right::Delete));
  Object& object = *model.object(path.object());
  if (path.is_resource_instance()) {
    LINNET_TRY_ASSIGN(const lwm2m::ResourceDefinition* definition, model.find_resource(path));
    if (!definition->writable()) return Error::NotAllowed;
    LINNET_TRY(object.reset(path));
    model.report(request.server, path.parent(), Change::Kind::Value);
  } else {
    // The device itself stays [DM-60]; a server account is removed by a bootstrap only, together
    // with its other half in /0.
    if (!path.is_instance() || path.object() == objects::device::kObject ||
        path.object() == objects::server::kObject) {
      return Error::NotAllowed;
    }
    LINNET_TRY(object.remove(path.instance()));
    if (model.settings().access != nullptr) model.settings().access->removed(path);
    model.report(request.server, path, Change::Kind::Removed);
  }
  if (model.settings().attributes != nullptr) model.settings().attributes->remove_below(path);
  return {};
}

}  // namespace linnet::client
