// SPDX-License-Identifier: Apache-2.0
// Read, Read-Composite and what observations are made of (Core 1.2 §6.3.1, §6.3.8).
#include <client/walk.hpp>
#include <linnet/client/device_management.hpp>

namespace linnet::client {

using lwm2m::DataType;
using lwm2m::Format;
using lwm2m::RecordWriter;
using lwm2m::ResourceDefinition;

Result<Value> DeviceManagement::fetch(Object& object, const Path& path) {
  if (!object.is_stream(path)) return object.read(path);
  LINNET_TRY_ASSIGN(const StreamBlock block, object.read_block(path, 0, settings_.scratch));
  if (!block.last) return Error::NotAcceptable;  // only as opaque, block by block
  return Value::opaque(settings_.scratch.first(block.size));
}

Result<Value> DeviceManagement::value(const Path& path) {
  const ResourceDefinition* definition = resource(path);
  if (definition == nullptr || !exists(path)) return Error::NotFound;
  if (definition->multiple != path.is_resource_instance()) return Error::NotAllowed;
  return fetch(*object(path.object()), path);
}

Result<StreamBlock> DeviceManagement::read_block(const Path& path, std::size_t offset,
                                                 MutableBytes out) {
  if (path.depth() < 3 || !exists(path)) return Error::NotFound;
  return object(path.object())->read_block(path, offset, out);
}

/// The format of an answer [DM-05]. What a single-value format cannot hold is not acceptable
/// [FMT-03] [FMT-05].
Result<const Format*> DeviceManagement::choose_format(std::optional<ContentFormat> accept,
                                                      bool single_opaque, bool single) const {
  const Format* format = nullptr;
  if (accept) {
    format = find(settings_.formats, *accept);
  } else {
    if (single_opaque) format = find(settings_.formats, ContentFormat::Opaque);
    if (single && format == nullptr) format = find(settings_.formats, settings_.single_format);
    if (format == nullptr) format = find(settings_.formats, settings_.multiple_format);
  }
  if (format == nullptr || (format->single && !single)) return Error::NotAcceptable;
  return format;
}

Status DeviceManagement::read_at(ShortServerId server, const Path& path,
                                 std::optional<ContentFormat> accept, Reply& reply, Writer& body) {
  LINNET_TRY(admit(server, path, Right::Read));
  bool single = false;
  bool opaque = false;
  if (path.depth() > 2) {
    LINNET_TRY_ASSIGN(const ResourceDefinition* definition, find_resource(path));
    if (!definition->readable()) return Error::NotAllowed;  // [DM-14]
    single = !definition->multiple || path.is_resource_instance();
    opaque = single && definition->type == DataType::Opaque;
  }
  LINNET_TRY_ASSIGN(const Format* format, choose_format(accept, opaque, single));
  reply.format = accept ? *accept : format->id;
  if (opaque && format->id == ContentFormat::Opaque && object(path.object())->is_stream(path)) {
    reply.stream = true;
    return {};
  }
  RecordWriter out(*format, body, path);
  Tally tally;
  LINNET_TRY(read_below(server, path, out, tally));
  if (tally.target != Error::Ok) return tally.target;
  return out.finish();
}

/// Adds every readable value at and below `target`, which exists. What cannot be read is left out
/// [DM-14] [DM-15].
Status DeviceManagement::read_below(ShortServerId server, const Path& target, RecordWriter& out,
                                    Tally& tally) {
  Walk walk(*this, target, 4);
  while (walk.next()) {
    const Path& path = walk.path();
    if (path.depth() < 2) continue;
    if (path.is_instance()) {
      if (!admit(server, path, Right::Read).ok()) {
        ++tally.denied;
        walk.skip_children();
        continue;
      }
      ++tally.allowed;
      if (path != target) LINNET_TRY(out.add_container(path));
      continue;
    }
    if (path.is_resource()) {
      const ResourceDefinition* definition = resource(path);
      if (!definition->readable()) {
        walk.skip_children();
        continue;
      }
      if (definition->multiple) {
        LINNET_TRY(out.add_container(path));
        continue;
      }
    }
    const Result<Value> value = fetch(*object(path.object()), path);
    if (value.ok()) {
      LINNET_TRY(out.add(path, *value));
    } else if (path == target) {
      tally.target = value.error();
    }
  }
  return {};
}

Status DeviceManagement::read_values(ShortServerId server, const Path& path, RecordWriter& out) {
  LINNET_TRY(admit(server, path, Right::Read));
  if (path.depth() > 2) {
    LINNET_TRY_ASSIGN(const ResourceDefinition* definition, find_resource(path));
    if (!definition->readable()) return Error::NotAllowed;
  }
  Tally tally;
  LINNET_TRY(read_below(server, path, out, tally));
  if (tally.target != Error::Ok) return tally.target;
  return out.finish();
}

Reply DeviceManagement::read(ShortServerId server, const Path& path, ContentFormat format,
                             Writer& body) {
  Reply reply;
  reply.code = coap::Code::Content;
  const std::size_t start = body.size();
  conclude(read_at(server, path, format, reply, body), start, reply, body);
  return reply;
}

}  // namespace linnet::client
