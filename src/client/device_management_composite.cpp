// SPDX-License-Identifier: Apache-2.0
// Read-, Write- and Observe-Composite (Core 1.2 §6.3.8, §6.3.9, §6.4.4).
#include <client/write_operation.hpp>
#include <linnet/client/engine.hpp>

namespace linnet::client {

using lwm2m::Format;

/// A friend of the dispatcher, so that the table can be left out.
struct Composite {
  static Status read(DeviceManagement& model, const Request& request, Reply& reply, Writer& body);
  static Status read_paths(DeviceManagement& model, ShortServerId server,
                           std::span<const Path> paths, ContentFormat accept, Writer& body);
  static Status write(DeviceManagement& model, const Request& request);
  static Status inspect(DeviceManagement& model, DeviceManagement::WriteOperation& operation,
                        const lwm2m::Record& record);
};

struct Engine::ObserveComposite {
  static bool begin(Engine& engine, const Request& request, std::uint16_t index);
  static Reply read(Engine& engine, std::uint16_t index, Writer& body);
};

constinit const CompositeOperations kCompositeOperations = {
    .read = Composite::read,
    .write = Composite::write,
    .observe = Engine::ObserveComposite::begin,
    .read_observed = Engine::ObserveComposite::read};

Result<std::size_t> DeviceManagement::parse_paths(const Request& request, std::span<Path> out) {
  LINNET_TRY_ASSIGN(const Format* format, payload_format(request));
  if (!format->composite) return Error::Format;
  lwm2m::RecordReader reader(*format, request.payload, Path{});
  std::size_t count = 0;
  lwm2m::Record record;
  while (true) {
    const Result<bool> more = reader.next(record);
    if (!more.ok()) return Error::Malformed;
    if (!*more) break;
    if (record.value.kind != lwm2m::RawValue::Kind::None) return Error::Malformed;
    if (count == out.size()) return Error::TooLarge;
    out[count++] = record.path;
  }
  if (count == 0) return Error::Malformed;
  return count;
}

/// Best effort, in the order of the paths, each node once however often it is named.
/// [DM-63] [DM-64]
Status Composite::read_paths(DeviceManagement& model, ShortServerId server,
                             std::span<const Path> paths, ContentFormat accept, Writer& body) {
  const Format* format = find(model.settings().formats, accept);
  if (format == nullptr || !format->composite) return Error::NotAcceptable;
  lwm2m::RecordWriter out(*format, body, Path{});
  DeviceManagement::Tally tally;
  const Path* last = nullptr;
  while (true) {
    const Path* next = nullptr;
    for (const Path& path : paths) {
      if (last != nullptr && (path <= *last || last->contains(path))) continue;
      if (next == nullptr || path < *next) next = &path;
    }
    if (next == nullptr) break;
    last = next;
    const Status admitted = model.admit(server, *next, Right::Read);
    if (admitted.error() == Error::Unauthorized) ++tally.denied;
    if (!admitted.ok()) continue;
    if (next->depth() > 2) {
      ++tally.allowed;
      const auto definition = model.find_resource(*next);
      if (!definition.ok() || !(*definition)->readable()) continue;
    }
    LINNET_TRY(model.read_below(server, *next, out, tally));
  }
  if (tally.allowed == 0 && tally.denied != 0) return Error::Unauthorized;
  return out.finish();
}

Status Composite::inspect(DeviceManagement& model, DeviceManagement::WriteOperation& operation,
                          const lwm2m::Record& record) {
  if (record.path.depth() < 3 || record.value.kind == lwm2m::RawValue::Kind::None) {
    return Error::Malformed;
  }
  return model.admit(operation.request.server, record.path, Right::Write);  // [ACL-16]
}

Status Composite::write(DeviceManagement& model, const Request& request) {
  LINNET_TRY_ASSIGN(const Format* format, model.payload_format(request));
  if (!format->composite) return Error::Format;
  DeviceManagement::WriteOperation operation(request, format, WriteMode::Composite);
  operation.inspect = inspect;
  // [DM-65]
  LINNET_TRY(model.run(operation, false));
  return model.run(operation, true);
}

Status Composite::read(DeviceManagement& model, const Request& request, Reply& reply,
                       Writer& body) {
  std::array<Path, kMaxCompositePaths> paths;
  LINNET_TRY_ASSIGN(const std::size_t count, model.parse_paths(request, paths));
  reply.format = request.accept ? *request.accept : model.settings().composite_format;
  return read_paths(model, request.server, std::span(paths).first(count), *reply.format, body);
}

Reply DeviceManagement::read_composite(ShortServerId server, std::span<const Path> paths,
                                       ContentFormat format, Writer& body) {
  Reply reply;
  reply.code = coap::Code::Content;
  reply.format = format;
  const std::size_t start = body.size();
  conclude(Composite::read_paths(*this, server, paths, format, body), start, reply, body);
  return reply;
}

// --- Observe-Composite ---

bool Engine::ObserveComposite::begin(Engine& engine, const Request& request, std::uint16_t index) {
  std::array<Path, kMaxCompositePaths> paths;
  std::size_t left = engine.dm_.parse_paths(request, paths).value_or(0);
  while (left > 0 && engine.claim_path(paths[left - 1], index)) --left;
  return left == 0;
}

Reply Engine::ObserveComposite::read(Engine& engine, std::uint16_t index, Writer& body) {
  const Observation& observation = engine.tables_.observations[index];
  std::array<Path, kMaxCompositePaths> paths;
  std::size_t count = 0;
  for (const ObservedPath& observed : engine.tables_.observed_paths) {
    if (observed.observation == index && count < paths.size()) paths[count++] = observed.path;
  }
  return engine.dm_.read_composite(engine.tables_.servers[observation.peer].id,
                                   std::span(paths).first(count), observation.format, body);
}

}  // namespace linnet::client
