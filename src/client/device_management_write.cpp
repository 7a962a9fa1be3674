// SPDX-License-Identifier: Apache-2.0
// Write (Core 1.2 §6.3.3), and what Write-Composite and Create share with it. A payload is walked
// twice: first everything in it is checked, then everything is applied.
#include <client/write_operation.hpp>

namespace linnet::client {

using lwm2m::Format;
using lwm2m::Record;
using lwm2m::RecordReader;
using lwm2m::ResourceDefinition;
using Kind = lwm2m::RawValue::Kind;

// --- Both passes ---

Status DeviceManagement::run(WriteOperation& operation, bool apply) {
  RecordReader reader(*operation.format, operation.request.payload, operation.base);
  Record record;
  operation.records = 0;
  while (true) {
    const Result<bool> more = reader.next(record);
    // Whatever a decoder does not like is the peer's fault; NotFound tells of a Create that names
    // no instance, Format of a format that cannot be used here.
    if (!more.ok()) {
      const bool told = more.error() == Error::NotFound || more.error() == Error::Format;
      return told ? more.error() : Error::Malformed;
    }
    if (!*more) return {};
    ++operation.records;
    LINNET_TRY(write_record(operation, record, apply));
  }
}

Status DeviceManagement::write_record(WriteOperation& operation, const Record& record, bool apply) {
  const Path& path = record.path;
  if (!operation.base.contains(path)) return Error::Malformed;  // [FMT-22]
  if (!apply && operation.inspect != nullptr) {
    LINNET_TRY(operation.inspect(*this, operation, record));
  }
  if (record.value.kind == Kind::None) return {};  // an empty container
  if (path.depth() < 3) return Error::Malformed;
  const ResourceDefinition* definition = resource(path);
  if (definition == nullptr) {
    // [DM-35] [DM-54]
    const bool skip = operation.mode == WriteMode::Instance || operation.mode == WriteMode::Create;
    return skip ? Status() : Status(Error::NotFound);
  }
  if (!definition->writable()) {
    return operation.mode == WriteMode::Create ? Status() : Status(Error::NotAllowed);  // [DM-27]
  }
  if (definition->multiple != path.is_resource_instance()) return Error::Malformed;
  return write_value(operation, *object(path.object()), *definition, record, apply);
}

Status DeviceManagement::write_value(const WriteOperation& operation, Object& object,
                                     const ResourceDefinition& definition, const Record& record,
                                     bool apply) {
  const Path& path = record.path;
  Value value;
  if (record.value.kind == Kind::Null) {
    // [DM-67]
    if (operation.mode != WriteMode::Composite || !definition.multiple) return Error::Malformed;
    if (!apply && !exists(path)) return Error::NotFound;
  } else {
    LINNET_TRY_ASSIGN(value, convert(*operation.format, definition, record.value));
  }
  if (!apply) {
    if (!value.empty()) LINNET_TRY(lwm2m::check(definition, value));
    if (value.type() == lwm2m::DataType::Objlnk && !link_leads_somewhere(value.as_link())) {
      return Error::Malformed;  // [DM-29]
    }
    return object.check(path, value);
  }
  if (value.empty()) {
    LINNET_TRY(object.reset(path));
  } else if (object.is_stream(path)) {
    LINNET_TRY(object.write_block(path, 0, value.as_opaque(), true));
  } else {
    LINNET_TRY(object.write(path, value));
  }
  if (operation.mode != WriteMode::Create) {
    report(operation.request.server, path, Change::Kind::Value);
  }
  return {};
}

/// The value in the type of its resource, or what is to be answered.
Result<Value> DeviceManagement::convert(const Format& format, const ResourceDefinition& definition,
                                        const lwm2m::RawValue& raw) const {
  const Result<Value> converted = format.convert(raw, definition.type, settings_.scratch);
  if (converted.ok() || converted.error() == Error::Format) return converted;
  return converted.error() == Error::NoSpace ? Error::TooLarge : Error::Malformed;  // [DM-28]
}

bool DeviceManagement::link_leads_somewhere(const lwm2m::ObjectLink& link) const {
  if (link.object == kNoId) return link.instance == kNoId;
  if (object(link.object) == nullptr) return false;
  return link.instance == kNoId || has_instance(Path(link.object, link.instance));
}

// --- Write ---

Result<const Format*> DeviceManagement::payload_format(const Request& request) const {
  if (!request.content_format) return Error::Malformed;  // [DM-06]
  const Format* format = find(settings_.formats, *request.content_format);
  if (format == nullptr) return Error::Format;
  return format;
}

/// Checks everything about the target, and gives the format of the payload.
Result<const Format*> DeviceManagement::write_target(const Request& request) const {
  const Path& path = request.path;
  LINNET_TRY(admit(request.server, path, Right::Write));
  if (path.is_object()) return Error::NotAllowed;  // [DM-10]
  if (path.depth() > 2) {
    // An optional resource that is supported but not there may be written: that makes it.
    const ResourceDefinition* definition = resource(path);
    if (definition == nullptr) return Error::NotFound;
    if (!definition->writable()) return Error::NotAllowed;
    if (path.is_resource_instance()) LINNET_TRY(find_resource(path));  // [DM-04] [DM-33]
  }
  return payload_format(request);
}

Status DeviceManagement::write(const Request& request, bool replace) {
  LINNET_TRY_ASSIGN(const Format* format, write_target(request));
  const bool instance = request.path.is_instance();
  WriteOperation operation(request, format, instance ? WriteMode::Instance : WriteMode::Resource);
  LINNET_TRY(run(operation, false));
  if (operation.records == 0 && !instance && !resource(request.path)->multiple) {
    return Error::Malformed;
  }
  if (replace) LINNET_TRY(clear_replaced(operation));
  return run(operation, true);
}

/// What a Replace takes away before the new values come: the instances of a multiple resource
/// [DM-31], and optional resources that are not in the payload [DM-32].
Status DeviceManagement::clear_replaced(WriteOperation& operation) {
  const Path& base = operation.base;
  if (base.is_resource_instance()) return {};
  Object& object = *this->object(base.object());
  for (const ResourceDefinition& definition : object.definition().resources) {
    const Path path = base.first(2).child(definition.id);
    if (!definition.writable() || (base.is_resource() && path != base)) continue;
    if (!object.has_resource(path)) continue;
    bool mentioned = base.is_resource();
    RecordReader reader(*operation.format, operation.request.payload, base);
    Record record;
    while (!mentioned) {
      const Result<bool> more = reader.next(record);
      if (!more.ok() || !*more) break;
      mentioned = path.contains(record.path);
    }
    if (mentioned ? !definition.multiple : definition.mandatory) continue;
    const Status status = object.reset(path);
    if (mentioned) LINNET_TRY(status);
    if (status.ok()) report(operation.request.server, path, Change::Kind::Value);
  }
  return {};
}

// --- Streams ---

BodyPlan DeviceManagement::plan_body(const Request& head) {
  const bool writes = head.method == coap::Code::Put || head.method == coap::Code::Post;
  const ResourceDefinition* definition = resource(head.path);
  if (!writes || head.content_format != ContentFormat::Opaque || definition == nullptr ||
      definition->multiple != head.path.is_resource_instance() ||
      !object(head.path.object())->is_stream(head.path)) {
    return {};
  }
  const Result<const Format*> target = write_target(head);
  if (target.ok()) return {.handling = BodyPlan::Handling::Stream, .code = {}};
  return {.handling = BodyPlan::Handling::Refuse, .code = coap::response_code(target.error())};
}

Reply DeviceManagement::write_block(const Request& request, std::size_t offset, bool last) {
  Reply reply;
  const BodyPlan plan = plan_body(request);
  if (plan.handling != BodyPlan::Handling::Stream) {
    reply.code =
        plan.handling == BodyPlan::Handling::Refuse ? plan.code : coap::Code::MethodNotAllowed;
    return reply;
  }
  const Status status =
      object(request.path.object())->write_block(request.path, offset, request.payload, last);
  if (!status.ok()) {
    reply.code = coap::response_code(status.error());
  } else if (!last) {
    reply.code = coap::Code::Continue;
  } else {
    reply.code = coap::Code::Changed;
    report(request.server, request.path, Change::Kind::Value);
  }
  return reply;
}

}  // namespace linnet::client
