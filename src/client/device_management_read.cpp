// SPDX-License-Identifier: Apache-2.0
// Read, Read-Composite and what observations are made of (Core 1.2 §6.3.1, §6.3.8).
#include <client/walk.hpp>
#include <linnet/client/device_management.hpp>

namespace linnet::client {

using lwm2m::DataType;
using lwm2m::Format;
using lwm2m::RecordWriter;
using lwm2m::ResourceDefinition;

/// How many instances a server was allowed and not allowed to read, and why the value asked for
/// itself could not be had.
struct DeviceManagement::Tally {
  std::uint16_t allowed = 0;
  std::uint16_t denied = 0;
  Error target = Error::Ok;
};

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
  if (opaque && format->id == ContentFormat::Opaque &&
      object(path.object())->is_stream(path)) {
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
  const ResourceDefinition* definition = resource(target);
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
      definition = resource(path);
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

Reply DeviceManagement::read(ShortServerId server, const Path& path, ContentFormat format,
                             Writer& body) {
  return handle({.server = server,
                 .method = coap::Code::Get,
                 .path = path,
                 .content_format = {},
                 .accept = format,
                 .queries = {},
                 .payload = {},
                 .observe = true},
                body);
}

// --- Composite ---

Result<std::size_t> DeviceManagement::parse_paths(const Request& request, std::span<Path> out) {
  if (!request.content_format) return Error::Malformed;
  const Format* format = find(settings_.formats, *request.content_format);
  if (format == nullptr || !format->composite) return Error::Format;
  lwm2m::RecordReader reader(*format, request.payload, Path{});
  std::size_t count = 0;
  lwm2m::Record record;
  while (true) {
    LINNET_TRY_ASSIGN(const bool more, reader.next(record));
    if (!more) break;
    if (record.value.kind != lwm2m::RawValue::Kind::None) return Error::Malformed;
    if (count == out.size()) return Error::TooLarge;
    out[count++] = record.path;
  }
  if (count == 0) return Error::Malformed;
  return count;
}

Status DeviceManagement::read_composite_request(const Request& request, Reply& reply,
                                                Writer& body) {
  std::array<Path, kMaxCompositePaths> paths;
  LINNET_TRY_ASSIGN(const std::size_t count, parse_paths(request, paths));
  ContentFormat accept = settings_.composite_format;
  if (request.accept) accept = *request.accept;
  return read_all(request.server, std::span(paths).first(count), accept, reply, body);
}

/// Best effort, in the order of the paths, each node once however often it is named.
/// [DM-63] [DM-64]
Status DeviceManagement::read_all(ShortServerId server, std::span<const Path> paths,
                                  ContentFormat accept, Reply& reply, Writer& body) {
  const Format* format = find(settings_.formats, accept);
  if (format == nullptr || !format->composite) return Error::NotAcceptable;
  reply.format = accept;
  RecordWriter out(*format, body, Path{});
  Tally tally;
  const Path* last = nullptr;
  while (true) {
    const Path* next = nullptr;
    for (const Path& path : paths) {
      if (last != nullptr && (path <= *last || last->contains(path))) continue;
      if (next == nullptr || path < *next) next = &path;
    }
    if (next == nullptr) break;
    last = next;
    const Status admitted = admit(server, *next, Right::Read);
    if (admitted.error() == Error::Unauthorized) ++tally.denied;
    if (!admitted.ok()) continue;
    if (next->depth() > 2) {
      ++tally.allowed;
      const Result<const ResourceDefinition*> definition = find_resource(*next);
      if (!definition.ok() || !(*definition)->readable()) continue;
    }
    LINNET_TRY(read_below(server, *next, out, tally));
  }
  if (tally.allowed == 0 && tally.denied != 0) return Error::Unauthorized;
  return out.finish();
}

Reply DeviceManagement::read_composite(ShortServerId server, std::span<const Path> paths,
                                       ContentFormat format, Writer& body) {
  Reply reply;
  reply.code = coap::Code::Content;
  const std::size_t start = body.size();
  const Status status = read_all(server, paths, format, reply, body);
  if (!status.ok()) {
    body.truncate(start);
    reply = {};
    reply.code = coap::response_code(status.error());
  }
  return reply;
}

}  // namespace linnet::client
