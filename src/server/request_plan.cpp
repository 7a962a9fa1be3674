// SPDX-License-Identifier: Apache-2.0
#include "server/request_plan.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <linnet/lwm2m/format.hpp>
#include "server/payload_decoder.hpp"

namespace linnet::server {

using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using lwm2m::Value;
using Kind = OperationKind;

std::optional<Value> retype(const Value& value, DataType type) {
  if (value.type() == type) return value;
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  switch (value.type()) {
    case DataType::Integer:
    case DataType::Time: {
      const std::int64_t number = value.as_integer();
      if (type == DataType::Integer) return Value::integer(number);
      if (type == DataType::Time) return Value::time(number);
      if (type == DataType::Unsigned && number >= 0) {
        return Value::unsigned_integer(static_cast<std::uint64_t>(number));
      }
      if (type == DataType::Float && number >= -kExact && number <= kExact) {
        return Value::floating(static_cast<double>(number));
      }
      return std::nullopt;
    }
    case DataType::Unsigned: {
      const std::uint64_t number = value.as_unsigned();
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
      }
      return retype(Value::integer(static_cast<std::int64_t>(number)), type);
    }
    case DataType::String:
      if (type == DataType::Corelnk) return Value::corelnk(value.as_string());
      return std::nullopt;
    default: return std::nullopt;
  }
}

namespace {

constexpr std::size_t kMaxPaths = 256;
constexpr std::size_t kMaxArguments = 1024;

bool is_composite(const Operation& operation) {
  switch (operation.kind) {
    case Kind::ReadComposite:
    case Kind::ObserveComposite:
    case Kind::WriteComposite: return true;
    case Kind::CancelObservation: return !operation.paths.empty();
    default: return false;
  }
}

bool carries_values(Kind kind) {
  return kind == Kind::Write || kind == Kind::WriteUpdate || kind == Kind::Create ||
         kind == Kind::WriteComposite;
}

struct DepthRule {
  Kind kind;
  std::uint8_t least;
  std::uint8_t most;
};

/// Which paths each kind may have [DM-13] [DM-18] [DM-26] [DM-38] [DM-45] [DM-49] [IR-17].
constexpr DepthRule kDepths[] = {
    {Kind::Read, 1, 4},          {Kind::Discover, 1, 3},         {Kind::Write, 2, 4},
    {Kind::WriteUpdate, 2, 3},   {Kind::WriteAttributes, 1, 4},  {Kind::Execute, 3, 3},
    {Kind::Create, 1, 2},        {Kind::Delete, 2, 4},           {Kind::Observe, 1, 4},
    {Kind::ReadComposite, 0, 0}, {Kind::ObserveComposite, 0, 0}, {Kind::WriteComposite, 0, 0},
};

/// [IR-34] [IR-35] [DM-41]
Status check_attributes(const Operation& operation) {
  using lwm2m::Attribute;
  const lwm2m::Attributes& set = operation.attributes.set;
  if (operation.kind == Kind::WriteAttributes) {
    // What it leads to depends on what the device has already: that is the device's to judge.
    return set.empty() && operation.attributes.unset == 0 ? Error::Malformed : Status{};
  }
  if (set.empty()) return {};
  if (operation.kind == Kind::ObserveComposite) {
    for (const auto a :
         {Attribute::Gt, Attribute::Lt, Attribute::St, Attribute::Edge, Attribute::Hqmax}) {
      if (set.has(a)) return Error::Malformed;
    }
  }
  const auto pmin = set.integer(Attribute::Pmin);
  const auto pmax = set.integer(Attribute::Pmax);
  if (pmin && pmax && *pmax < *pmin) return Error::Malformed;
  return lwm2m::consistent(set) ? Status{} : Error::Malformed;
}

Status check_paths(const Operation& operation) {
  const std::uint8_t depth = operation.path.depth();
  for (const DepthRule& rule : kDepths) {
    if (rule.kind == operation.kind && (depth < rule.least || depth > rule.most)) {
      return Error::Malformed;
    }
  }
  // [DM-59]
  if (operation.kind == Kind::Delete && depth == 3) return Error::Malformed;
  const bool lists_paths =
      operation.kind == Kind::ReadComposite || operation.kind == Kind::ObserveComposite;
  if (lists_paths && operation.paths.empty()) return Error::Malformed;
  if (operation.paths.size() > kMaxPaths || operation.arguments.size() > kMaxArguments) {
    return Error::TooLarge;
  }
  return {};
}

/// [CMP-02] [DM-59] [IR-22]
Status check_version(const Operation& operation, lwm2m::Version version) {
  if (version < lwm2m::kEnabler11 && (is_composite(operation) || operation.path.depth() == 4)) {
    return Error::Unsupported;
  }
  const bool observes = operation.kind == Kind::Observe || operation.kind == Kind::ObserveComposite;
  const bool has_attributes = !operation.attributes.set.empty() || operation.attributes.unset != 0;
  const bool deletes_null =
      operation.kind == Kind::WriteComposite &&
      std::ranges::any_of(operation.values, [](const auto& v) { return v.value.empty(); });
  const bool needs_12 = (operation.kind == Kind::Delete && operation.path.depth() == 4) ||
                        (observes && has_attributes) || deletes_null;
  if (needs_12 && version < lwm2m::kEnabler12) return Error::Unsupported;
  return {};
}

Status check_value(ResourceValue& entry, const Operation& operation, const RegistrationView& device,
                   const DefinitionSource* definitions) {
  const Path target = operation.kind == Kind::Create ? operation.path.first(1) : operation.path;
  if (!target.contains(entry.path)) return Error::Malformed;
  // With an instance id, a Create says which one [DM-50].
  if (operation.kind == Kind::Create && operation.path.is_instance() &&
      !operation.path.contains(entry.path)) {
    return Error::Malformed;
  }
  if (entry.value.empty()) {
    const bool deletes = operation.kind == Kind::WriteComposite && entry.path.depth() == 4;
    const bool container = operation.kind != Kind::WriteComposite &&
                           (entry.path.depth() == 2 || entry.path.depth() == 3);
    return deletes || container ? Status{} : Error::Malformed;
  }
  if (entry.path.depth() < 3) return Error::Malformed;
  const auto* definition = find_resource(definitions, device, entry.path);
  if (definition == nullptr) return {};
  const auto typed = retype(entry.value.view(), definition->type);
  if (!typed) return Error::Type;
  entry.value = OwnedValue(*typed);
  return {};
}

bool is_single(const Operation& operation) {
  return operation.values.size() == 1 && operation.values[0].path == operation.path &&
         !operation.values[0].value.empty() && !operation.values[0].time;
}

/// What reads names and what answers them; nothing for a format that is not for composites.
std::optional<FormatChoice> composite_choice(ContentFormat format) {
  switch (format) {
    case ContentFormat::SenmlJson:
    case ContentFormat::SenmlCbor: return FormatChoice{format, format};
    case ContentFormat::EtchJson: return FormatChoice{format, ContentFormat::SenmlJson};
    case ContentFormat::EtchCbor: return FormatChoice{format, ContentFormat::SenmlCbor};
    case ContentFormat::Lwm2mCbor: return FormatChoice{ContentFormat::SenmlCbor, format};
    default: return std::nullopt;
  }
}

/// The formats for structured payloads that a device of this version is likely to know: those it
/// announced, then those of its version [FMT-02].
std::vector<ContentFormat> structured_formats(const RegistrationView& device) {
  constexpr ContentFormat kByPreference[] = {ContentFormat::SenmlCbor, ContentFormat::SenmlJson,
                                             ContentFormat::Lwm2mCbor, ContentFormat::Tlv,
                                             ContentFormat::Json10};
  std::vector<ContentFormat> formats;
  for (const ContentFormat format : kByPreference) {
    if (std::ranges::find(device.formats, format) != device.formats.end()) {
      formats.push_back(format);
    }
  }
  const auto add = [&](std::initializer_list<ContentFormat> more) {
    for (const ContentFormat format : more) {
      if (std::ranges::find(formats, format) == formats.end()) formats.push_back(format);
    }
  };
  if (device.version < lwm2m::kEnabler11) {
    add({ContentFormat::Tlv, ContentFormat::Json10});
  } else {
    add({ContentFormat::SenmlCbor, ContentFormat::SenmlJson, ContentFormat::Tlv});
  }
  return formats;
}

std::vector<FormatChoice> write_choices(const Operation& operation,
                                        const RegistrationView& device) {
  std::vector<FormatChoice> choices;
  const bool has_null =
      std::ranges::any_of(operation.values, [](const auto& v) { return v.value.empty(); });
  if (operation.kind == Kind::WriteComposite && has_null) {
    for (const auto format :
         {ContentFormat::EtchCbor, ContentFormat::EtchJson, ContentFormat::Lwm2mCbor}) {
      choices.push_back({format, {}});
    }
    return choices;
  }
  if (operation.kind != Kind::WriteComposite && is_single(operation) &&
      device.version >= lwm2m::kEnabler11) {
    const bool opaque = operation.values[0].value.type() == DataType::Opaque;
    choices.push_back({opaque ? ContentFormat::Opaque : ContentFormat::Text, {}});
  }
  for (const ContentFormat format : structured_formats(device)) choices.push_back({format, {}});
  // Only TLV leaves the instance id open [DM-50].
  if (operation.kind == Kind::Create && operation.path.is_object()) {
    std::stable_partition(choices.begin(), choices.end(),
                          [](const FormatChoice& c) { return c.content == ContentFormat::Tlv; });
  }
  return choices;
}

/// The lowest instance id that the device did not register.
Id free_instance(const RegistrationView& device, Id object) {
  Id instance = 0;
  while (instance != kNoId - 1 && device.has_instance(object, instance)) ++instance;
  return instance;
}

Path with_instance(const Path& path, Id instance) {
  if (path.depth() < 3) return Path(path.object(), instance);
  return Path(path.object(), instance, path.resource(), path.resource_instance());
}

Status write_values(const Operation& operation, const lwm2m::Format& format,
                    const RegistrationView& device, Writer& out) {
  Path base = operation.path;
  const bool chooses = operation.kind == Kind::Create && operation.path.is_object();
  Id instance = kNoId;
  if (operation.kind == Kind::Create) {
    instance = chooses ? 0 : operation.path.instance();
    base = operation.path.first(1);
    if (chooses && format.id == ContentFormat::Tlv) base = Path(operation.path.object(), 0);
    if (chooses && format.id != ContentFormat::Tlv) {
      instance = free_instance(device, operation.path.object());
    }
  }
  lwm2m::RecordWriter records(format, out, base);
  const bool empty_create = operation.kind == Kind::Create && operation.values.empty();
  if (empty_create && base.is_object()) {
    LINNET_TRY(records.add_container(Path(operation.path.object(), instance)));
  }
  for (const ResourceValue& entry : operation.values) {
    const Path path =
        operation.kind == Kind::Create ? with_instance(entry.path, instance) : entry.path;
    if (!entry.value.empty()) {
      LINNET_TRY(records.add(path, entry.value.view(), entry.time));
    } else if (operation.kind == Kind::WriteComposite) {
      LINNET_TRY(records.add_null(path));
    } else {
      LINNET_TRY(records.add_container(path));
    }
  }
  return records.finish();
}

Status write_names(const Operation& operation, const lwm2m::Format& format, Writer& out) {
  lwm2m::RecordWriter records(format, out, Path());
  for (const Path& path : operation.paths) LINNET_TRY(records.add_name(path));
  return records.finish();
}

void add_path(coap::MessageWriter& message, std::string_view root_path, const Path& path) {
  message.add_path(root_path);
  std::array<char, lwm2m::kMaxPathText> text;
  message.add_path(lwm2m::format(path, text));
}

/// [DM-20] [DM-38] [IR-22]
void add_queries(coap::MessageWriter& message, const Operation& operation) {
  if (operation.kind == Kind::Discover && operation.depth) {
    const char digit = static_cast<char>('0' + std::min<unsigned>(*operation.depth, 9));
    message.add_query("depth", std::string_view(&digit, 1));
  }
  std::array<std::uint8_t, 512> storage;
  Writer writer(storage);
  lwm2m::write_query(operation.attributes.set, writer);
  std::string_view text = as_text(writer.written());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    message.add_option(OptionNumber::UriQuery, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (std::size_t i = 0; i < lwm2m::kAttributes; ++i) {
    if ((operation.attributes.unset >> i & 1u) == 0) continue;
    message.add_option(OptionNumber::UriQuery, lwm2m::name(static_cast<lwm2m::Attribute>(i)));
  }
}

}  // namespace

Status prepare(Operation& operation, const RegistrationView& device,
               const DefinitionSource* definitions) {
  LINNET_TRY(check_paths(operation));
  LINNET_TRY(check_attributes(operation));
  LINNET_TRY(check_version(operation, device.version));
  if (!carries_values(operation.kind)) return {};
  const bool may_be_empty = operation.kind == Kind::Create;
  if (operation.values.empty() && !may_be_empty) return Error::Malformed;
  for (ResourceValue& entry : operation.values) {
    LINNET_TRY(check_value(entry, operation, device, definitions));
  }
  std::stable_sort(operation.values.begin(), operation.values.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
  const auto twin = std::ranges::adjacent_find(
      operation.values, [](const auto& a, const auto& b) { return a.path == b.path; });
  return twin == operation.values.end() ? Status{} : Error::Malformed;
}

std::vector<FormatChoice> format_choices(const Operation& operation,
                                         const RegistrationView& device) {
  switch (operation.kind) {
    case Kind::Delete:
    case Kind::WriteAttributes: return {FormatChoice{}};
    case Kind::Discover: return {FormatChoice{{}, ContentFormat::LinkFormat}};
    case Kind::Execute:
      if (operation.arguments.empty()) return {FormatChoice{}};
      return {FormatChoice{ContentFormat::Text, {}}};
    case Kind::Write:
    case Kind::WriteUpdate:
    case Kind::Create:
    case Kind::WriteComposite:
      if (operation.format) return {FormatChoice{operation.format, {}}};
      return write_choices(operation, device);
    case Kind::Read:
    case Kind::Observe:
    case Kind::ReadComposite:
    case Kind::ObserveComposite:
    case Kind::CancelObservation: break;
  }
  std::vector<FormatChoice> choices;
  if (is_composite(operation)) {
    if (operation.format) {
      return {composite_choice(*operation.format).value_or(FormatChoice{operation.format, {}})};
    }
    for (const ContentFormat format : structured_formats(device)) {
      if (const auto choice = composite_choice(format)) choices.push_back(*choice);
    }
    return choices;
  }
  if (operation.format) return {FormatChoice{{}, operation.format}};
  if (!device.formats.empty()) {
    const ContentFormat best = structured_formats(device).front();
    if (std::ranges::find(device.formats, best) != device.formats.end()) {
      choices.push_back({{}, best});
    }
  }
  choices.push_back({});
  return choices;
}

Result<std::vector<std::uint8_t>> encode_body(const Operation& operation,
                                              const FormatChoice& choice,
                                              const RegistrationView& device, std::size_t limit) {
  std::vector<std::uint8_t> body;
  if (operation.kind == Kind::Execute) {
    body.assign(operation.arguments.begin(), operation.arguments.end());
    return body;
  }
  if (!choice.content) return body;
  // [DM-50]: "choose the id" without any value is an empty body.
  const bool bare_create = operation.kind == Kind::Create && operation.values.empty() &&
                           operation.path.is_object() && *choice.content == ContentFormat::Tlv;
  if (bare_create) return body;
  const lwm2m::Format* format = lwm2m::find(lwm2m::all_formats(), *choice.content);
  if (format == nullptr) return Error::NotAcceptable;
  const bool composite = is_composite(operation);
  if (composite && !format->composite) return Error::NotAcceptable;
  if (!composite && format->single && !is_single(operation)) return Error::NotAcceptable;
  for (std::size_t size = 1024;; size *= 4) {
    body.resize(std::min(size, limit));
    Writer out(body);
    const Status written = carries_values(operation.kind)
                               ? write_values(operation, *format, device, out)
                               : write_names(operation, *format, out);
    if (written.ok()) {
      body.resize(out.size());
      return body;
    }
    if (written.error() != Error::NoSpace) return written.error();
    if (size >= limit) return Error::TooLarge;
  }
}

Code method_of(const Operation& operation) {
  switch (operation.kind) {
    case Kind::Read:
    case Kind::Discover:
    case Kind::Observe: return Code::Get;
    case Kind::CancelObservation: return operation.paths.empty() ? Code::Get : Code::Fetch;
    case Kind::Write:
    case Kind::WriteAttributes: return Code::Put;
    case Kind::WriteUpdate:
    case Kind::Execute:
    case Kind::Create: return Code::Post;
    case Kind::Delete: return Code::Delete;
    case Kind::ReadComposite:
    case Kind::ObserveComposite: return Code::Fetch;
    case Kind::WriteComposite: return Code::IPatch;
  }
  return Code::Get;
}

Status write_request(const coap::Header& header, const RequestParts& parts, Writer& out) {
  const Operation& operation = parts.operation;
  coap::MessageWriter message(out, header);
  if (parts.observe) message.add_unsigned(OptionNumber::Observe, *parts.observe);
  // [REG-27]; a Create names its instance in the payload.
  const Path target = operation.kind == Kind::Create ? operation.path.first(1) : operation.path;
  add_path(message, parts.root_path, target);
  // [DM-06]
  const bool carries_content = parts.formats.content.has_value();
  if (carries_content) message.add_content_format(*parts.formats.content);
  add_queries(message, operation);
  if (parts.formats.accept) {
    message.add_unsigned(OptionNumber::Accept, static_cast<std::uint32_t>(*parts.formats.accept));
  }
  if (parts.block2) message.add_unsigned(OptionNumber::Block2, parts.block2->encode());
  if (parts.block1) message.add_unsigned(OptionNumber::Block1, parts.block1->encode());
  if (parts.size1) message.add_unsigned(OptionNumber::Size1, *parts.size1);
  if (!parts.payload.empty()) message.payload(parts.payload);
  return message.finish();
}

}  // namespace linnet::server
