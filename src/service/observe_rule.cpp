// SPDX-License-Identifier: Apache-2.0
#include "observe_rule.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <initializer_list>

#include <linnet/server/bootstrap_configuration.hpp>

#include "json_operation.hpp"
#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxList = 256;

void allow_members(const json::object& object, std::initializer_list<std::string_view> names,
                   const char* where) {
  for (const auto& [key, value] : object) {
    if (std::ranges::find(names, std::string_view(key)) != names.end()) continue;
    std::string list;
    for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    throw bad_request("there is no member \"" + std::string(key) + "\" in " + where +
                      "; there are " + list);
  }
}

const json::array* list_of(const json::object& object, std::string_view name, const char* what) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return nullptr;
  const auto* list = member->if_array();
  if (list == nullptr || list->size() > kMaxList) {
    throw bad_request("\"" + std::string(name) + "\" is a list of up to " +
                      std::to_string(kMaxList) + " " + what);
  }
  return list;
}

std::vector<std::string> texts(const json::object& object, std::string_view name,
                               const char* what) {
  std::vector<std::string> out;
  const auto* list = list_of(object, name, what);
  if (list == nullptr) return out;
  for (const auto& one : *list) {
    const auto* text = one.if_string();
    if (text == nullptr || text->empty()) {
      throw bad_request("\"" + std::string(name) + "\" is a list of " + what);
    }
    out.emplace_back(*text);
  }
  return out;
}

std::vector<lwm2m::Id> object_ids(const json::object& object) {
  std::vector<lwm2m::Id> out;
  const auto* list = list_of(object, "objects", "object ids");
  if (list == nullptr) return out;
  for (const auto& one : *list) {
    const auto* id = one.if_int64();
    if (id == nullptr || *id < 0 || *id >= lwm2m::kNoId) {
      throw bad_request("\"objects\" is a list of object ids, 0 to 65534");
    }
    out.push_back(static_cast<lwm2m::Id>(*id));
  }
  return out;
}

bool flag(const json::object& object, std::string_view name, bool fallback) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return fallback;
  const auto* value = member->if_bool();
  if (value == nullptr) throw bad_request("\"" + std::string(name) + "\" is true or false");
  return *value;
}

std::vector<PathPattern> patterns(const json::object& body) {
  std::vector<PathPattern> out;
  for (const auto& text : texts(body, "paths", "paths such as /3303/*/5700")) {
    auto pattern = PathPattern::parse(text);
    if (!pattern) {
      throw bad_request("\"" + text +
                        "\" is no path to observe: an object such as /3303, an instance, a "
                        "resource such as /3/0/9, or with * in place of the instance, such as "
                        "/3303/*/5700");
    }
    out.push_back(std::move(*pattern));
  }
  if (out.empty()) throw bad_request("\"paths\" says what to observe, such as [\"/3303/*/5700\"]");
  return out;
}

void check_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxName &&
                    std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; });
  if (!good) {
    throw bad_request("a rule's name has 1 to " + std::to_string(kMaxName) +
                      " printable characters of ASCII without blanks");
  }
}

json::object attributes_json(const lwm2m::Attributes& attributes) {
  json::object out;
  for (std::size_t i = 0; i < lwm2m::kAttributes; ++i) {
    const auto attribute = static_cast<lwm2m::Attribute>(i);
    if (const auto number = attributes.real(attribute)) out[lwm2m::name(attribute)] = *number;
    if (const auto number = attributes.integer(attribute)) out[lwm2m::name(attribute)] = *number;
  }
  return out;
}

json::array texts_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.push_back(json::value(text));
  return out;
}

template <typename List, typename Fits>
bool fits_one(const List& list, Fits fits) {
  return list.empty() || std::ranges::any_of(list, fits);
}

}  // namespace

std::optional<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern out;
  out.text_ = text;
  std::string plain(text);
  const std::size_t second = plain.find('/', 1);
  if (second != std::string::npos && plain.substr(second + 1).starts_with('*')) {
    plain[second + 1] = '0';
    if (plain.size() > second + 2 && plain[second + 2] != '/') return {};
    out.any_instance_ = true;
  }
  const auto path = lwm2m::Path::parse(plain);
  if (!path.ok() || path->is_root() || !plain.starts_with('/')) return {};
  out.path_ = *path;
  return out;
}

void PathPattern::expand(const server::RegistrationView& device,
                         std::vector<lwm2m::Path>& out) const {
  const lwm2m::Id object = path_.object();
  if (path_.is_object()) {
    if (device.has_object(object)) out.push_back(path_);
    return;
  }
  if (!any_instance_) {
    if (device.has_instance(object, path_.instance())) out.push_back(path_);
    return;
  }
  for (const auto& link : device.links) {
    if (link.object == object && link.instance != lwm2m::kNoId) {
      out.emplace_back(object, link.instance, path_.resource(), path_.resource_instance());
    }
  }
}

bool ObserveRule::matches(const server::RegistrationView& device,
                          const std::vector<std::string>& device_tags) const {
  return fits_one(endpoints,
                  [&](const std::string& one) { return server::matches(one, device.endpoint); }) &&
         fits_one(objects, [&](lwm2m::Id one) { return device.has_object(one); }) &&
         fits_one(tags, [&](const std::string& one) {
           return std::ranges::find(device_tags, one) != device_tags.end();
         });
}

std::vector<lwm2m::Path> ObserveRule::expand(const server::RegistrationView& device) const {
  std::vector<lwm2m::Path> out;
  for (const PathPattern& pattern : paths) pattern.expand(device, out);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ObserveRule ObserveRule::parse(std::string_view name, std::string_view body) {
  check_name(name);
  json::error_code error;
  const json::value all = json::parse(json::string_view(body.data(), body.size()), error);
  if (error) throw bad_request("the body is no JSON: " + error.message());
  const auto* rule = all.if_object();
  if (rule == nullptr) throw bad_request("a rule is an object such as {\"paths\":[\"/3/0/9\"]}");
  // What a GET answered can be put back.
  allow_members(
      *rule, {"name", "enabled", "devices", "paths", "attributes", "composite", "format", "status"},
      "a rule");
  ObserveRule out;
  out.name = name;
  if (const auto* own = rule->if_contains("name"); own != nullptr && *own != json::value(name)) {
    throw bad_request("\"name\" is another one than that in the path");
  }
  out.enabled = flag(*rule, "enabled", true);
  out.composite = flag(*rule, "composite", false);
  if (const auto* member = rule->if_contains("devices")) {
    const auto* devices = member->if_object();
    if (devices == nullptr) throw bad_request("\"devices\" is an object; {} is every device");
    allow_members(*devices, {"endpoints", "tags", "objects"}, "\"devices\"");
    out.endpoints = texts(*devices, "endpoints", "endpoints, with * for any text");
    out.tags = texts(*devices, "tags", "tags");
    out.objects = object_ids(*devices);
  }
  out.paths = patterns(*rule);
  const auto change = parse_attributes(*rule);
  if (change.unset != 0) throw bad_request("an attribute of a rule is a number");
  if (!lwm2m::consistent(change.set)) {
    throw bad_request("\"attributes\": lt must be less than gt, and lt + 2 st less than gt");
  }
  if (change.needs_resource() && !std::ranges::all_of(out.paths, &PathPattern::is_resource)) {
    throw bad_request(
        "gt, lt, st and edge can only be attached to resources: give \"paths\" "
        "down to the resource, such as /3303/*/5700");
  }
  out.attributes = change.set;
  if (const auto* member = rule->if_contains("format")) {
    const auto* text = member->if_string();
    if (text != nullptr) out.format = find_format(*text);
    if (!out.format) throw bad_request("\"format\" is a name such as \"senml-cbor\"");
  }
  return out;
}

json::object ObserveRule::to_json() const {
  json::array object_list, path_list;
  for (const auto id : objects) object_list.push_back(id);
  for (const auto& path : paths) path_list.push_back(json::value(path.text()));
  json::object out{{"name", name},
                   {"enabled", enabled},
                   {"devices",
                    {{"endpoints", texts_json(endpoints)},
                     {"tags", texts_json(tags)},
                     {"objects", std::move(object_list)}}},
                   {"paths", std::move(path_list)},
                   {"attributes", attributes_json(attributes)},
                   {"composite", composite}};
  if (format) out["format"] = format_name(*format);
  return out;
}

}  // namespace linnet::service
