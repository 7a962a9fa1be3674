// SPDX-License-Identifier: Apache-2.0
// Write of a bootstrap server, and Bootstrap-Pack (Core 1.2 §6.1.7.4, §6.1.8); [BS-39]..[BS-43],
// [BS-59] [BS-60]. A payload is walked three times: to check it, to make its instances ready, and
// to apply it.
#include <client/bootstrap_interface.hpp>
#include <client/objects/number_value.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

using lwm2m::DataType;
using lwm2m::Format;
using lwm2m::Record;
using lwm2m::RecordReader;
using lwm2m::ResourceDefinition;
using Kind = lwm2m::RawValue::Kind;
namespace security = lwm2m::objects::security;
namespace account = lwm2m::objects::server;

/// A payload and what it is to be written to.
struct BootstrapInterface::Source {
  const Format& format;
  ByteView payload;
  Path base;

  /// Calls `take` for each record.
  template <typename Take>
  Status for_each(Take take) const {
    RecordReader reader(format, payload, base);
    Record record;
    while (true) {
      const Result<bool> more = reader.next(record);
      if (!more.ok()) return more.error() == Error::Format ? Error::Format : Error::Malformed;
      if (!*more) return {};
      LINNET_TRY(take(record));
    }
  }
};

namespace {

/// What a Replace clears although servers may not write it: accounts are a bootstrap server's.
bool is_account_data(Id object) {
  return is_hidden(object) || object == account::kObject ||
         object == lwm2m::objects::access_control::kObject;
}

/// An optional resource that the object does not support is skipped [BS-41].
Status unless_optional(const ResourceDefinition& resource, Status status) {
  return status.error() == Error::NotAllowed && !resource.mandatory ? Status() : status;
}

/// No bytes where there have to be some say that an optional resource is not there: servers that
/// send an account whole send the keys for SMS so.
bool is_none(Object& object, const ResourceDefinition& resource, const Path& path,
             const Value& value) {
  if (resource.mandatory || value.type() != DataType::Opaque || !value.as_opaque().empty()) {
    return false;
  }
  const Status status = lwm2m::check(resource, value);
  return (status.ok() ? object.check_bootstrap(path, value) : status).error() == Error::Range;
}

}  // namespace

Status BootstrapInterface::write(const Request& request) {
  const Path& path = request.path;
  if (path.is_root() || path.is_resource_instance()) return Error::NotAllowed;
  const Object* object = model_.object(path.object());
  if (object == nullptr) return Error::NotFound;
  if (path.is_resource() && object->definition().find(path.resource()) == nullptr) {
    return Error::NotFound;
  }
  LINNET_TRY_ASSIGN(const Format* format, model_.payload_format(request));
  if (format->single && !path.is_resource()) return Error::Format;
  const Source source{*format, request.payload, path};
  LINNET_TRY(source.for_each([&](const Record& record) { return check(source, record); }));
  touch(path.object());
  LINNET_TRY(prepare(source));
  LINNET_TRY(source.for_each([&](const Record& record) { return apply(source, record); }));
  note_bootstrapped(path);
  return {};
}

Status BootstrapInterface::take_pack(ContentFormat id, ByteView payload) {
  const Format* format = lwm2m::find(model_.settings().formats, id);
  if (format == nullptr || !format->composite) return Error::Format;
  const Source source{*format, payload, Path{}};
  std::uint64_t named = 0;
  std::swap(named, effects_.touched);
  Status good = source.for_each([&](const Record& record) {
    touch(record.path.object());
    return check(source, record);
  });
  std::swap(named, effects_.touched);
  effects_.touched |= named;
  LINNET_TRY(good);
  // Servers that are in the pack again do not leave.
  FixedVector<ShortServerId, BootstrapEffects::kMostServers> before;
  const Object* accounts = model_.object(security::kObject);
  for (Id i = accounts->next_instance(kNoId); i != kNoId; i = accounts->next_instance(i)) {
    const ShortServerId server = server_of(Path(security::kObject, i));
    if (server != 0) (void)before.push_back(server);
  }
  const auto all = model_.settings().objects;
  for (std::size_t i = 0; i < all.size() && i < 64; ++i) {
    if ((named >> i & 1) != 0) remove_below(Path(all[i]->definition().id));
  }
  LINNET_TRY(prepare(source));
  LINNET_TRY(source.for_each([&](const Record& record) { return apply(source, record); }));
  FixedVector<ShortServerId, BootstrapEffects::kMostServers> leaving;
  for (const ShortServerId server : before) {
    bool stays = false;
    for (Id i = accounts->next_instance(kNoId); i != kNoId; i = accounts->next_instance(i)) {
      stays = stays || server_of(Path(security::kObject, i)) == server;
    }
    if (!stays) (void)leaving.push_back(server);
  }
  if (!leaving.empty()) unbootstrap({leaving.data(), leaving.size()});
  note_bootstrapped(Path{});
  return {};
}

// --- Checking ---

Status BootstrapInterface::check(const Source& source, const Record& record) {
  const Path& path = record.path;
  if (path.is_root() || !source.base.contains(path)) return Error::Malformed;
  Object* object = model_.object(path.object());
  if (object == nullptr) return source.base.is_root() ? Status() : Error::NotFound;
  const lwm2m::ObjectDefinition& definition = object->definition();
  if (path.depth() > 1 && path.instance() != 0 && !definition.multiple) return Error::Malformed;
  if (record.value.kind == Kind::None) return {};  // an empty container
  if (path.depth() < 3) return Error::Malformed;
  const ResourceDefinition* resource = definition.find(path.resource());
  if (resource == nullptr || resource->type == DataType::None) return {};  // [BS-41]
  if (resource->multiple != path.is_resource_instance()) return Error::Malformed;
  // What is never whole in memory cannot be put back when the bootstrap fails.
  if (object->is_stream(path)) return Error::NotAllowed;
  LINNET_TRY_ASSIGN(const Value value, model_.convert(source.format, *resource, record.value));
  if (is_none(*object, *resource, path, value)) return {};
  LINNET_TRY(lwm2m::check(*resource, value));
  return unless_optional(*resource, object->check_bootstrap(path, value));
}

// --- Making ready ---

/// Every instance that the payload names, once, before any of its values are written.
Status BootstrapInterface::prepare(const Source& source) {
  std::size_t position = 0;
  Path last;
  return source.for_each([&](const Record& record) -> Status {
    const Path instance = record.path.first(2);
    ++position;
    if (instance.depth() < 2 || instance == last) return {};
    last = instance;
    if (model_.object(instance.object()) == nullptr) return {};
    // A payload may come back to an instance: the first time counts.
    std::size_t earlier = 0;
    bool known = false;
    LINNET_TRY(source.for_each([&](const Record& other) -> Status {
      known = known || (++earlier < position && other.path.first(2) == instance);
      return {};
    }));
    return known ? Status() : make_ready(source, instance);
  });
}

/// Makes the instance if it is not there. If it is, takes away what the payload does not name, like
/// a Replace, so that what is there afterwards does not depend on what was there before. [BS-41]
Status BootstrapInterface::make_ready(const Source& source, const Path& instance) {
  Object& object = *model_.object(instance.object());
  if (!model_.has_instance(instance)) {
    LINNET_TRY(object.create(instance.instance()));
    model_.report(0, instance, Change::Kind::Created);
    return {};
  }
  for (const ResourceDefinition& resource : object.definition().resources) {
    const Path path = instance.child(resource.id);
    if (resource.type == DataType::None || !object.has_resource(path)) continue;
    if (!resource.writable() && !is_account_data(instance.object())) continue;
    if (path == Path(account::kObject, instance.instance(), account::kLastBootstrapped)) continue;
    bool named = false;
    LINNET_TRY(source.for_each([&](const Record& record) -> Status {
      named = named || path.contains(record.path);
      return {};
    }));
    const bool outside = source.base.is_resource() && path != source.base;
    if (outside || (named ? !resource.multiple : resource.mandatory)) continue;
    (void)object.reset(path);
  }
  return {};
}

// --- Applying ---

Status BootstrapInterface::apply(const Source& source, const Record& record) {
  const Path& path = record.path;
  if (record.value.kind == Kind::None || path.depth() < 3) return {};
  Object* object = model_.object(path.object());
  if (object == nullptr) return {};
  const ResourceDefinition* resource = object->definition().find(path.resource());
  if (resource == nullptr || resource->type == DataType::None) return {};
  LINNET_TRY_ASSIGN(const Value value, model_.convert(source.format, *resource, record.value));
  if (is_none(*object, *resource, path, value)) {
    if (object->has_resource(path.first(3))) (void)object->reset(path);
    return {};
  }
  const Status written = object->write(path, value);  // [BS-42]
  LINNET_TRY(unless_optional(*resource, written));
  if (!written.ok()) return {};
  model_.report(0, path, Change::Kind::Value);
  return {};
}

/// /1/x/12 of the accounts that were written, where there is one and the time is known. [BS-43]
void BootstrapInterface::note_bootstrapped(const Path& written) {
  const Result<Value> now =
      model_.value(Path(lwm2m::objects::device::kObject, 0, lwm2m::objects::device::kCurrentTime));
  Object* servers = model_.object(account::kObject);
  const Object* keys = model_.object(security::kObject);
  if (!now.ok() || servers == nullptr || keys == nullptr) return;
  for (Id id = servers->next_instance(kNoId); id != kNoId; id = servers->next_instance(id)) {
    const Path instance(account::kObject, id);
    const Path resource = instance.child(account::kLastBootstrapped);
    if (!servers->has_resource(resource)) continue;
    bool concerned = written.touches(instance);
    const std::uint32_t server = number(instance.child(account::kShortServerId), 0);
    for (Id key = keys->next_instance(kNoId); key != kNoId; key = keys->next_instance(key)) {
      const Path other(security::kObject, key);
      concerned = concerned || (written.touches(other) && server_of(other) == server);
    }
    if (concerned) (void)servers->write(resource, *now);
  }
}

}  // namespace linnet::client
