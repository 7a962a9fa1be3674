// SPDX-License-Identifier: Apache-2.0
// Discover and the object list of Register: the two link lists of a client (Core 1.2 §6.2.1,
// §6.3.2).
#include <algorithm>

#include <client/change_conditions.hpp>
#include <client/walk.hpp>
#include <linnet/client/device_management.hpp>
#include <linnet/text/number.hpp>

namespace linnet::client {
namespace {

/// Holds a link with the longest path, root path and version, or the formats of the root.
constexpr std::size_t kListPiece = 128;

/// The ?depth=0..3 of a Discover [DM-20]; anything else is as if it were not there.
std::size_t depth_below(const Request& request, std::size_t otherwise) {
  constexpr std::string_view kDepth = "depth=";
  for (const std::string_view query : request.queries) {
    if (query.size() != kDepth.size() + 1 || !query.starts_with(kDepth)) continue;
    if (query.back() >= '0' && query.back() <= '3') {
      return static_cast<std::size_t>(query.back() - '0');
    }
  }
  return otherwise;
}

}  // namespace

/// "<path>", for an object with ";ver=1.1" where the version cannot be taken from the enabler's.
/// True if it was. [OV-04] [REG-28]
bool DeviceManagement::write_link(Writer& out, const Path& path) const {
  out.character('<');
  out.text(settings_.root_path);
  lwm2m::write(out, path);
  out.character('>');
  if (!path.is_object()) return false;
  const lwm2m::Version version = object(path.object())->definition().version;
  if (version == lwm2m::default_object_version(path.object(), settings_.enabler)) return false;
  const char* quote = is_1_0() ? "\"" : "";
  out.text(";ver=");
  out.text(quote);
  text::format_unsigned(out, version.major);
  out.character('.');
  text::format_unsigned(out, version.minor);
  out.text(quote);
  return true;
}

Status DeviceManagement::discover(const Request& request, Writer& body) {
  const Path& target = request.path;
  if (is_hidden(target.object())) return Error::Unauthorized;
  if (!exists(target.first(3))) return Error::NotFound;
  if (target.is_resource_instance()) return Error::NotAllowed;
  // [DM-19] Resource instances came with 1.1.
  const std::size_t usual = target.is_object() ? 2 : target.is_resource() && is_1_0() ? 0 : 1;
  Walk walk(*this, target, std::min<std::size_t>(4, target.depth() + depth_below(request, usual)));
  while (walk.next()) {
    const Path& path = walk.path();
    if (path != target) body.character(',');
    write_link(body, path);
    if (path.is_resource() && resource(path)->multiple) {
      // [DM-23]
      unsigned count = 0;
      for (Id id = kNoId; (id = next_child(path, id)) != kNoId;) ++count;
      body.text(";dim=");
      text::format_unsigned(body, std::min(count, 255u));
    }
    if (settings_.attributes == nullptr) continue;
    // [DM-21] [DM-22]
    write_link_attributes(
        settings_.attributes->effective(request.server, path, path == target ? 1 : path.depth()),
        body,
        settings_.features.conditions != nullptr ? settings_.features.conditions->reals : nullptr);
  }
  return body.status();
}

// [REG-25] [REG-26] The root says where the objects are and which formats there are besides those
// every client of the version has.
void DeviceManagement::write_list_root(Writer& out) const {
  out.character('<');
  out.text(settings_.root_path.empty() ? "/" : settings_.root_path);
  out.text(">;rt=\"oma.lwm2m\"");
  const char* before = is_1_0() ? ";ct=" : ";ct=\"";
  for (const lwm2m::Format* row : settings_.formats) {
    const bool announced = is_1_0()
                               ? row->id == ContentFormat::Json10
                               : row->id != ContentFormat::Text && row->id != ContentFormat::Opaque;
    if (!announced) continue;
    out.text(before);
    text::format_unsigned(out, static_cast<unsigned>(row->id));
    before = " ";
  }
  if (!is_1_0() && *before == ' ') out.character('"');
}

// [REG-23] An object that has instances is named by them, unless it has more to say.
void DeviceManagement::write_list_link(Writer& out, const Path& path) const {
  const std::size_t start = out.size();
  out.character(',');
  const bool versioned = write_link(out, path);
  if (path.is_object() && !versioned && next_child(path, kNoId) != kNoId) out.truncate(start);
}

void DeviceManagement::write_object_list(Writer& out) const {
  write_list_root(out);
  Walk walk(*this, Path(), 2);
  (void)walk.next();  // the root
  while (walk.next()) write_list_link(out, walk.path());
}

std::size_t DeviceManagement::object_list(std::size_t offset, MutableBytes out) const {
  std::array<std::uint8_t, kListPiece> storage;
  Writer piece(storage);
  write_list_root(piece);
  std::size_t total = 0;
  Walk walk(*this, Path(), 2);
  (void)walk.next();
  while (true) {
    // The part of the piece that lies in the window.
    for (const std::uint8_t byte : piece.written()) {
      if (total >= offset && total - offset < out.size()) out[total - offset] = byte;
      ++total;
    }
    piece.truncate(0);
    if (!walk.next()) return total;
    write_list_link(piece, walk.path());
  }
}

}  // namespace linnet::client
