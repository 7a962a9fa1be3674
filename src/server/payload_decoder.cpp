// SPDX-License-Identifier: Apache-2.0
#include "server/payload_decoder.hpp"

#include <algorithm>
#include <array>

#include <linnet/lwm2m/format.hpp>
#include <linnet/lwm2m/link_format.hpp>

namespace linnet::server {
namespace {

using lwm2m::DataType;
using lwm2m::Path;
using lwm2m::Record;

/// Bounds what a small payload of empty records can become.
constexpr std::size_t kMaxValues = 1u << 16;
/// Links of one answer that are followed.
constexpr std::size_t kMaxLinks = 64;
constexpr std::size_t kMaxDiagnostic = 256;

std::string sentence(const Path& path, std::string_view what) {
  return to_text(path).append(": ").append(what);
}

/// What is wrong with one record, or empty; appends it to `out` if nothing is.
std::string take(const Record& record, const lwm2m::ResourceDefinition* definition,
                 std::vector<std::uint8_t>& scratch, ResourceValues& out) {
  using Kind = lwm2m::RawValue::Kind;
  if (record.value.kind == Kind::None || record.value.kind == Kind::Null) {
    out.push_back({record.path, {}, record.time});
    return {};
  }
  if (record.path.depth() < 3) return sentence(record.path, "has a value but is no resource");
  const DataType type =
      definition != nullptr ? definition->type : lwm2m::natural_type(record.value);
  scratch.resize(std::max<std::size_t>(record.value.bytes.size(), 64));
  const auto value = lwm2m::convert(record.value, type, scratch);
  if (!value) {
    std::string what = describe(value.error());
    return sentence(record.path, what.append(", ").append(describe(type)).append(" expected"));
  }
  out.push_back({record.path, *value, record.time});
  return {};
}

std::string_view trim_slashes(std::string_view text) {
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string to_text(const Path& path) {
  std::array<char, lwm2m::kMaxPathText> text;
  return std::string(lwm2m::format(path, text));
}

const lwm2m::ResourceDefinition* find_resource(const DefinitionSource* definitions,
                                               const RegistrationView& device, const Path& path) {
  if (definitions == nullptr || path.depth() < 3) return nullptr;
  const auto* object = definitions->find(path.object(), device.object_version(path.object()));
  if (object == nullptr) return nullptr;
  const auto* resource = object->find(path.resource());
  // An executable has no value to give a type to.
  return resource == nullptr || resource->type == DataType::None ? nullptr : resource;
}

DecodedValues decode_values(coap::ContentFormat format, ByteView payload, const Path& base,
                            std::span<const Path> asked, const RegistrationView& device,
                            const DefinitionSource* definitions) {
  DecodedValues decoded;
  const auto fail = [&](std::string problem) {
    decoded.values.clear();
    decoded.problem = std::move(problem);
    return decoded;
  };
  const lwm2m::Format* row = lwm2m::find(lwm2m::all_formats(), format);
  if (row == nullptr) {
    return fail("content format " + std::to_string(static_cast<unsigned>(format)) +
                " is not supported");
  }
  lwm2m::RecordReader reader(*row, payload, base);
  std::vector<std::uint8_t> scratch;
  std::vector<Path> linked;
  Record record;
  for (;;) {
    const auto more = reader.next(record);
    if (!more) {
      std::string problem = "the payload is not what its content format says: ";
      return fail(problem.append(describe(more.error())));
    }
    if (!*more) return decoded;
    const Path path = record.path;
    const auto holds = [&](const Path& p) { return p.contains(path); };
    // A device may answer with the instances an object links to beside it. [FMT-20]
    if (std::ranges::none_of(asked, holds) && std::ranges::none_of(linked, holds)) {
      return fail(sentence(path, "was not asked for"));
    }
    if (decoded.values.size() == kMaxValues) return fail("too many values");
    std::string problem =
        take(record, find_resource(definitions, device, path), scratch, decoded.values);
    if (!problem.empty()) return fail(std::move(problem));
    const OwnedValue& value = decoded.values.back().value;
    if (value.type() != DataType::Objlnk || linked.size() == kMaxLinks) continue;
    const lwm2m::ObjectLink link = value.view().as_link();
    if (link.instance != lwm2m::kNoId) linked.push_back(Path(link.object, link.instance));
  }
}

Result<std::vector<Path>> decode_paths(coap::ContentFormat format, ByteView payload) {
  const lwm2m::Format* row = lwm2m::find(lwm2m::all_formats(), format);
  if (row == nullptr || !row->composite) return Error::Format;
  lwm2m::RecordReader reader(*row, payload, Path());
  std::vector<Path> paths;
  Record record;
  for (;;) {
    LINNET_TRY_ASSIGN(const bool more, reader.next(record));
    if (!more) return paths;
    if (paths.size() == kMaxValues) return Error::TooLarge;
    paths.push_back(record.path);
  }
}

DecodedLinks decode_links(std::string_view payload, std::string_view root_path) {
  DecodedLinks decoded;
  lwm2m::LinkReader reader(payload);
  lwm2m::LinkView link;
  for (;;) {
    const auto more = reader.next(link);
    if (!more) {
      decoded.links.clear();
      decoded.problem = "the payload is not a link list";
      return decoded;
    }
    if (!*more) return decoded;
    std::string_view target = trim_slashes(link.target());
    if (!root_path.empty() && target.starts_with(root_path)) {
      target = trim_slashes(target.substr(root_path.size()));
    }
    const auto path = Path::parse(target.empty() ? "/" : target);
    if (path) decoded.links.push_back({*path, std::string(link.attributes())});
  }
}

std::string diagnostic_text(ByteView payload) {
  constexpr lwm2m::ResourceDefinition kString{0, DataType::String};
  std::string_view text = as_text(payload.first(std::min(payload.size(), kMaxDiagnostic)));
  // A cut may go through a character.
  for (int i = 0; i < 4 && !text.empty(); ++i) {
    if (lwm2m::check(kString, lwm2m::Value::string(text)).ok()) break;
    text.remove_suffix(1);
  }
  if (!lwm2m::check(kString, lwm2m::Value::string(text)).ok()) return {};
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return clean;
}

}  // namespace linnet::server
