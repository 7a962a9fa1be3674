// SPDX-License-Identifier: Apache-2.0
#include "server/registration_request.hpp"

#include <algorithm>
#include <charconv>

#include <linnet/lwm2m/link_format.hpp>

namespace linnet::server {
namespace {

using coap::Code;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;

constexpr std::size_t kMaxSms = 64;
constexpr std::size_t kMaxProfileIds = 1024;
constexpr std::size_t kMaxRootPath = 128;
constexpr std::size_t kMaxFormats = 32;

constexpr Refusal kGranted{};
constexpr Refusal bad(const char* why) { return {Code::BadRequest, why}; }

/// An endpoint name is hostile input [ID-03]: UTF-8 without control characters.
bool is_clean(std::string_view text) {
  constexpr lwm2m::ResourceDefinition kText{0, lwm2m::DataType::String};
  const bool controls = std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  return !controls && lwm2m::check(kText, lwm2m::Value::string(text)).ok();
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Query {
  std::string_view key;
  std::string_view value;
  bool has_value = false;
};

Query split(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, equals), text.substr(equals + 1), true};
}

/// [REG-11] A profile id, or several as a quoted list separated by commas.
Refusal add_profile_ids(std::string_view value, std::string& out) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  if (value.empty() || !is_clean(value)) return bad("pid is not a profile id");
  if (out.size() + 1 + value.size() > kMaxProfileIds) return bad("pid is too long");
  if (!out.empty()) out += ',';
  out += value;
  return kGranted;
}

Refusal take(const Query& query, const ParameterPolicy& policy, RegistrationParameters& out) {
  const auto& [key, value, has_value] = query;
  if (key == "ep") {
    if (!out.endpoint.empty()) return bad("ep is there twice");
    if (value.empty()) return bad("ep is empty");
    if (value.size() > policy.max_endpoint_bytes) return bad("ep is too long");
    if (!is_clean(value)) return bad("ep is not printable UTF-8");
    out.endpoint = value;
  } else if (key == "lt") {
    if (out.lifetime) return bad("lt is there twice");
    out.lifetime = parse_number<std::uint32_t>(value);
    if (!out.lifetime) return bad("lt is not a number of seconds");
  } else if (key == "lwm2m") {
    if (out.version) return bad("lwm2m is there twice");
    const auto version = lwm2m::Version::parse(value);
    if (!version) return bad("lwm2m is not a version");
    out.version = *version;
  } else if (key == "b") {
    if (out.binding) return bad("b is there twice");
    out.binding = value;
  } else if (key == "Q") {
    // [REG-09]
    if (has_value) return bad("Q takes no value");
    out.queue = true;
  } else if (key == "sms") {
    if (out.sms) return bad("sms is there twice");
    if (value.size() > kMaxSms || !is_clean(value)) return bad("sms is not a number");
    out.sms = value;
  } else if (key == "pid") {
    return add_profile_ids(value, out.profile_ids);
  } else if (policy.refuse_unknown) {
    return bad("unknown parameter");
  }
  return kGranted;
}

/// True if `value`, a list separated by blanks, contains `word`.
bool has_word(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(' '), value.size());
    if (value.substr(0, end) == word) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

std::string_view trim_slashes(std::string_view text) {
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

void add_formats(std::string_view value, std::vector<coap::ContentFormat>& out) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(' '), value.size());
    const auto number = parse_number<std::uint16_t>(value.substr(0, end));
    if (number && out.size() < kMaxFormats) out.push_back(coap::ContentFormat{*number});
    value.remove_prefix(std::min(end + 1, value.size()));
  }
}

/// The root link, if there is one, gives prefix and formats [REG-25] [REG-26]; it may stand
/// anywhere in the list.
Refusal find_root(std::string_view payload, ObjectList& out) {
  lwm2m::LinkReader reader(payload);
  lwm2m::LinkView link;
  for (;;) {
    const auto more = reader.next(link);
    if (!more) return bad("the payload is not a link list");
    if (!*more) return kGranted;
    const auto type = link.find("rt");
    const bool marked = type && has_word(type->value, "oma.lwm2m");
    const std::string_view target = trim_slashes(link.target());
    if (!marked && !target.empty()) continue;
    if (marked && !target.empty()) {
      if (target.size() > kMaxRootPath || Path::parse(target).ok()) {
        return bad("the alternate path is not one");
      }
      out.root_path = target;
    }
    if (const auto formats = link.find("ct")) add_formats(formats->value, out.formats);
  }
}

/// The path of a link below the root path, or nothing if it is no object or instance.
std::optional<Path> object_path(std::string_view target, std::string_view root) {
  target = trim_slashes(target);
  if (!root.empty()) {
    if (!target.starts_with(root) || target.size() <= root.size() || target[root.size()] != '/') {
      return std::nullopt;
    }
    target.remove_prefix(root.size() + 1);
  }
  const auto path = Path::parse(target);
  if (target.empty() || !path || path->depth() == 0 || path->depth() > 2) return std::nullopt;
  // [REG-23]
  if (path->object() == 0 || path->object() == 21) return std::nullopt;
  return *path;
}

/// Sorts the links, drops repetitions and links of objects that have instances, and gives all
/// links of an object the version that one of them names [REG-28].
void normalise(std::vector<RegisteredLink>& links) {
  std::ranges::sort(links, [](const RegisteredLink& a, const RegisteredLink& b) {
    return a.object != b.object ? a.object < b.object : a.instance < b.instance;
  });
  std::size_t kept = 0;
  for (std::size_t first = 0; first < links.size();) {
    std::size_t last = first;
    lwm2m::Version version{0, 0};
    for (; last < links.size() && links[last].object == links[first].object; ++last) {
      if (version.major == 0) version = links[last].version;
    }
    const std::size_t start = kept;
    for (; first < last; ++first) {
      const Id instance = links[first].instance;
      const bool repeated = kept > start && links[kept - 1].instance == instance;
      if (repeated || (instance == kNoId && kept > start)) continue;
      links[kept++] = {links[first].object, instance, version};
    }
  }
  links.resize(kept);
}

}  // namespace

Refusal parse_parameters(const coap::MessageView& request, const ParameterPolicy& policy,
                         RegistrationParameters& out) {
  for (const coap::OptionView& option : request.options(coap::OptionNumber::UriQuery)) {
    if (const Refusal refusal = take(split(option.text()), policy, out); refusal.refused()) {
      return refusal;
    }
  }
  return kGranted;
}

Refusal apply_parameters(const RegistrationParameters& parameters, lwm2m::Version version,
                         RegistrationChange& change) {
  change.lifetime = parameters.lifetime;
  change.sms = parameters.sms;
  if (!parameters.profile_ids.empty()) change.profile_ids = parameters.profile_ids;
  if (parameters.binding) {
    bool queue = false;
    const auto binding = Binding::parse(*parameters.binding, version, queue);
    if (!binding) return bad("b is not a binding of this version");
    change.binding = *binding;
    if (version == lwm2m::kEnabler10) change.queue_mode = queue;
  }
  if (parameters.queue) change.queue_mode = true;
  return kGranted;
}

Refusal parse_objects(std::string_view payload, std::size_t max_links, ObjectList& out) {
  out.clear();
  if (const Refusal refusal = find_root(payload, out); refusal.refused()) return refusal;
  lwm2m::LinkReader reader(payload);
  lwm2m::LinkView link;
  for (;;) {
    const auto more = reader.next(link);
    if (!more) return bad("the payload is not a link list");
    if (!*more) break;
    const auto path = object_path(link.target(), out.root_path);
    if (!path) continue;
    if (out.links.size() >= max_links) return {Code::RequestEntityTooLarge, "too many objects"};
    RegisteredLink entry{path->object(), path->instance()};
    if (const auto attribute = link.find("ver")) {
      const auto version = lwm2m::Version::parse(attribute->value);
      if (version.ok()) entry.version = *version;
    }
    out.links.push_back(entry);
  }
  normalise(out.links);
  return kGranted;
}

}  // namespace linnet::server
