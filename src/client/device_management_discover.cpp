// SPDX-License-Identifier: Apache-2.0
// Discover and the object list of Register: the two link lists of a client (Core 1.2 §6.2.1,
// §6.3.2).
#include <algorithm>

#include <client/walk.hpp>
#include <linnet/client/device_management.hpp>
#include <linnet/text/number.hpp>

namespace linnet::client {
namespace {

void put_path(Writer& out, const Path& path) {
  std::array<char, lwm2m::kMaxPathText> text;
  out.text(format(path, text));
}

/// ";ver=1.1" where the version cannot be taken from the enabler's; quoted as 1.0 wanted it.
/// [OV-04] [REG-28]
void put_version(Writer& out, const lwm2m::ObjectDefinition& definition, lwm2m::Version enabler) {
  if (definition.version == lwm2m::default_object_version(definition.id, enabler)) return;
  const std::string_view quote = enabler < lwm2m::kEnabler11 ? "\"" : "";
  out.text(";ver=");
  out.text(quote);
  text::format_unsigned(out, definition.version.major);
  out.character('.');
  text::format_unsigned(out, definition.version.minor);
  out.text(quote);
}

/// Keeps the part of a text that lies in a window.
class Window {
 public:
  Window(std::size_t offset, MutableBytes out) : offset_(offset), out_(out) {}

  void put(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
      if (size_ >= offset_ && size_ - offset_ < out_.size()) out_[size_ - offset_] = byte;
      ++size_;
    }
  }
  void put(std::string_view text) { put(as_bytes(text)); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t offset_;
  MutableBytes out_;
  std::size_t size_ = 0;
};

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

Status DeviceManagement::discover(const Request& request, Writer& body) {
  const Path& target = request.path;
  if (is_hidden(target.object())) return Error::Unauthorized;
  if (!exists(target.first(3))) return Error::NotFound;
  if (target.is_resource_instance()) return Error::NotAllowed;
  // [DM-19] Resource instances came with 1.1.
  const bool instances = settings_.enabler >= lwm2m::kEnabler11;
  const std::size_t usual = target.is_object() ? 2 : target.is_instance() || instances ? 1 : 0;
  Walk walk(*this, target, std::min<std::size_t>(4, target.depth() + depth_below(request, usual)));
  while (walk.next()) {
    const Path& path = walk.path();
    if (path != target) body.character(',');
    body.character('<');
    body.text(settings_.root_path);
    put_path(body, path);
    body.character('>');
    if (path.is_object()) {
      put_version(body, object(path.object())->definition(), settings_.enabler);
    } else if (path.is_resource() && resource(path)->multiple) {
      // [DM-23]
      unsigned count = 0;
      for (Id id = kNoId; (id = next_child(path, id)) != kNoId;) ++count;
      body.text(";dim=");
      text::format_unsigned(body, std::min(count, 255u));
    }
    if (settings_.attributes == nullptr) continue;
    // [DM-21] [DM-22]
    const lwm2m::Attributes* own = settings_.attributes->find(request.server, path);
    if (path == target) {
      write_link_attributes(settings_.attributes->effective(request.server, path), body);
    } else if (own != nullptr) {
      write_link_attributes(*own, body);
    }
  }
  return body.status();
}

std::size_t DeviceManagement::object_list(std::size_t offset, MutableBytes out) const {
  Window list(offset, out);
  std::array<std::uint8_t, 48> storage;
  // [REG-25] [REG-26] The root says where the objects are and which formats there are besides
  // those every client of the version has.
  list.put("<");
  list.put(settings_.root_path.empty() ? "/" : settings_.root_path);
  list.put(">;rt=\"oma.lwm2m\"");
  const bool is_1_0 = settings_.enabler < lwm2m::kEnabler11;
  bool announced = false;
  for (const lwm2m::Format* row : settings_.formats) {
    const bool mandatory = row->id == ContentFormat::Text || row->id == ContentFormat::Opaque ||
                           (is_1_0 && row->id != ContentFormat::Json10);
    if (mandatory) continue;
    Writer number(storage);
    number.text(announced ? " " : is_1_0 ? ";ct=" : ";ct=\"");
    text::format_unsigned(number, static_cast<unsigned>(row->id));
    list.put(number.written());
    announced = true;
  }
  if (announced && !is_1_0) list.put("\"");

  Walk walk(*this, Path(), 2);
  while (walk.next()) {
    const Path& path = walk.path();
    if (path.is_root()) continue;
    Writer link(storage);
    if (path.is_object()) {
      const Object& object = *this->object(path.object());
      put_version(link, object.definition(), settings_.enabler);
      // [REG-23] An object that has instances is named by them, unless it has more to say.
      if (link.size() == 0 && object.next_instance(kNoId) != kNoId) continue;
      link = Writer(storage);
    }
    put_path(link, path);
    link.character('>');
    if (path.is_object()) {
      put_version(link, this->object(path.object())->definition(), settings_.enabler);
    }
    list.put(",<");
    list.put(settings_.root_path);
    list.put(link.written());
  }
  return list.size();
}

}  // namespace linnet::client
