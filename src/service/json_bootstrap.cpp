// SPDX-License-Identifier: Apache-2.0
#include "json_bootstrap.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cctype>
#include <charconv>

#include <linnet/lwm2m/definition.hpp>

#include "json_operation.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::Path;
using lwm2m::Value;
using server::BootstrapConfiguration;
using server::BootstrapMode;
using server::BootstrapValue;
using server::BootstrapWrites;

constexpr std::string_view kMembers[] = {"name",   "for",  "mode",   "writes",
                                         "format", "pack", "delete", "objects"};
constexpr std::size_t kMaxName = 100;

[[noreturn]] void refuse(const Path& path, const std::string& what) {
  throw bad_request(to_string(path) + ": " + what);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Id parse_id(std::string_view text, const std::string& where) {
  Id id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id == lwm2m::kNoId) {
    throw bad_request("\"" + where + "\": identifiers go from 0 to 65534");
  }
  return id;
}

std::vector<std::string> texts(const json::object& body, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = body.if_contains(name);
  if (value == nullptr) return out;
  const auto* array = value->if_array();
  if (array == nullptr) throw bad_request("\"" + std::string(name) + "\" is a list of strings");
  for (const auto& item : *array) {
    if (!item.is_string()) {
      throw bad_request("\"" + std::string(name) + "\" is a list of strings");
    }
    out.emplace_back(item.get_string());
  }
  return out;
}

std::string_view word(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr) throw bad_request("\"" + std::string(name) + "\" is a string");
  return *text;
}

/// "/0/1", "0/1" or "LWM2M Security/1".
Path parse_instance(const std::string& key, const DeviceModel& model) {
  std::string_view text = key;
  if (text.starts_with('/')) text.remove_prefix(1);
  const auto slash = text.rfind('/');
  const std::string_view object = text.substr(0, slash);
  if (slash == std::string_view::npos || !is_number(text.substr(slash + 1))) {
    throw bad_request("\"" + key + "\" is no object instance such as /0/1 or Temperature/0");
  }
  const Id instance = parse_id(text.substr(slash + 1), key);
  if (is_number(object)) return Path(parse_id(object, key), instance);
  const auto* found = model.object(object);
  if (found == nullptr) {
    throw bad_request("\"" + key + "\": there is no definition of an object with this name");
  }
  return Path(found->id, instance);
}

/// "5", or "Secret Key".
Path parse_resource(const Path& instance, const std::string& key, const DeviceModel& model) {
  if (is_number(key)) return instance.child(parse_id(key, key));
  if (const auto* object = model.object(instance.object())) {
    for (const auto& resource : object->resources) {
      if (same_name(resource.name, key)) return instance.child(resource.id);
    }
  }
  refuse(instance, "there is no resource \"" + key + "\"; a number always works");
}

std::string from_hex(const Path& path, std::string_view text) {
  std::string out;
  const auto digit = [&](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    refuse(path, "what stands behind \"hex\" is no hex");
  };
  if (text.size() % 2 != 0) refuse(path, "what stands behind \"hex\" has half a byte");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    out += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  }
  return out;
}

/// {"hex": "00ff"}, {"base64": "AP8="}, {"text": "{endpoint}"} or {"secret": true}.
BootstrapValue parse_bytes(const Path& path, const json::object& form, const DeviceModel& model,
                           const BootstrapConfiguration* before) {
  if (form.if_contains("secret") != nullptr) {
    const std::span<const BootstrapValue> known =
        before != nullptr ? std::span<const BootstrapValue>(before->values)
                          : std::span<const BootstrapValue>();
    const auto found = std::ranges::find(known, path, &BootstrapValue::path);
    if (found == known.end()) refuse(path, "there is no secret yet that could stay as it is");
    return *found;
  }
  const auto* text = form.size() == 1 ? form.begin()->value().if_string() : nullptr;
  const std::string kind = text != nullptr ? std::string(form.begin()->key()) : std::string();
  if (text == nullptr || (kind != "hex" && kind != "base64" && kind != "text")) {
    refuse(path, R"(bytes are {"hex": "00ff"}, {"base64": "AP8="} or {"text": "{endpoint}"})");
  }
  if (kind == "text") {
    const auto* resource = model.resource(path);
    const bool bytes = resource == nullptr || resource->type == DataType::Opaque;
    if (!bytes) return {path, parse_value(path, *text, "", model), false};
    return {path, Value::opaque(as_bytes(std::string_view(*text))), false};
  }
  std::string bytes;
  if (kind == "hex") {
    bytes = from_hex(path, *text);
  } else {
    auto decoded = base64_decode(*text);
    if (!decoded) refuse(path, "what stands behind \"base64\" is no base64 with padding");
    bytes = *std::move(decoded);
  }
  return {path, Value::opaque(as_bytes(bytes)), true};
}

class ObjectsParser {
 public:
  ObjectsParser(const DeviceModel& model, const BootstrapConfiguration* before,
                std::vector<BootstrapValue>& out)
      : model_(model), before_(before), out_(out) {}

  void parse(const json::object& objects) {
    for (const auto& [key, resources] : objects) {
      const Path instance = parse_instance(std::string(key), model_);
      const auto* members = resources.if_object();
      if (members == nullptr) refuse(instance, "its resources are an object: {\"0\": ...}");
      if (members->empty()) out_.push_back({instance, {}, false});
      for (const auto& [name, value] : *members) {
        resource(parse_resource(instance, std::string(name), model_), value);
      }
    }
  }

 private:
  void resource(const Path& path, const json::value& value) {
    const auto* form = value.if_object();
    const bool instances =
        form != nullptr && !form->empty() &&
        std::ranges::all_of(*form, [](const auto& member) { return is_number(member.key()); });
    if (instances) {
      for (const auto& [id, item] : *form) {
        scalar(path.child(parse_id(id, std::string(id))), item);
      }
    } else if (const auto* list = value.if_array()) {
      Id id = 0;
      for (const auto& item : *list) scalar(path.child(id++), item);
    } else {
      scalar(path, value);
    }
  }

  void scalar(const Path& path, const json::value& value) {
    if (const auto* form = value.if_object()) {
      out_.push_back(parse_bytes(path, *form, model_, before_));
      return;
    }
    const auto* resource = model_.resource(path);
    const auto* text = value.if_string();
    const bool bytes = resource != nullptr && resource->type == DataType::Opaque;
    if (bytes && text != nullptr && !text->empty()) {
      refuse(path,
             "the resource holds bytes: write {\"hex\": ...}, {\"base64\": ...} or "
             "{\"text\": ...}");
    }
    if (value.is_null()) refuse(path, "the value is missing");
    out_.push_back({path, parse_value(path, value, "", model_), false});
  }

  const DeviceModel& model_;
  const BootstrapConfiguration* before_;
  std::vector<BootstrapValue>& out_;
};

json::object parse_body(std::string_view body) {
  json::error_code error;
  const auto parsed = json::parse(body, error);
  if (error) throw bad_request("the body is not JSON: " + error.message());
  const auto* object = parsed.if_object();
  if (object == nullptr) throw bad_request("a configuration is a JSON object");
  for (const auto& [name, value] : *object) {
    const std::string_view key = name;
    if (std::ranges::find(kMembers, key) == std::end(kMembers)) {
      throw bad_request("a configuration has no member \"" + std::string(key) +
                        "\"; it has for, mode, writes, format, pack, delete and objects");
    }
  }
  return *object;
}

void parse_settings(const json::object& body, BootstrapConfiguration& out) {
  const auto mode = word(body, "mode");
  if (mode == "needed") {
    out.mode = BootstrapMode::Needed;
  } else if (!mode.empty() && mode != "all") {
    throw bad_request("\"mode\" is \"all\" or \"needed\"");
  }
  const auto writes = word(body, "writes");
  if (writes == "objects") {
    out.writes = BootstrapWrites::Objects;
  } else if (!writes.empty() && writes != "instances") {
    throw bad_request("\"writes\" is \"instances\" or \"objects\"");
  }
  if (const auto format = word(body, "format"); !format.empty()) {
    out.format = find_format(format);
    if (!out.format) throw bad_request("there is no format \"" + std::string(format) + "\"");
  }
  if (const auto* pack = body.if_contains("pack")) {
    if (!pack->is_bool()) throw bad_request("\"pack\" is true or false");
    out.pack = pack->get_bool();
  }
  out.endpoints = texts(body, "for");
  for (const auto& path : texts(body, "delete")) out.deletes.push_back(parse_path(path));
}

/// Printable text, so that it can be shown as such.
bool is_printable(ByteView bytes) {
  constexpr lwm2m::ResourceDefinition kText{0, DataType::String};
  return std::ranges::none_of(bytes, [](std::uint8_t c) { return c < 0x20 || c == 0x7F; }) &&
         lwm2m::check(kText, Value::string(as_text(bytes))).ok();
}

json::value value_json(const BootstrapValue& entry, const DeviceModel& model, Secrets secrets) {
  const Value view = entry.value.view();
  const bool hidden = secrets == Secrets::Hidden && server::is_secret(entry.path);
  if (view.type() != DataType::Opaque) {
    // OSCORE keys were text once.
    if (hidden) return json::object{{"secret", true}};
    return to_json(server::ResourceValue{entry.path, entry.value, {}}, model).at("value");
  }
  const ByteView bytes = view.as_opaque();
  if (bytes.empty()) return "";
  if (hidden) return json::object{{"secret", true}, {"bytes", bytes.size()}};
  if (entry.literal || !is_printable(bytes)) return json::object{{"hex", hex_text(bytes)}};
  return json::object{{"text", as_text(bytes)}};
}

}  // namespace

BootstrapConfiguration parse_configuration(const std::string& name, std::string_view body,
                                           const DeviceModel& model,
                                           const BootstrapConfiguration* before) {
  const bool printable = is_printable(as_bytes(name)) && name.find('/') == std::string::npos;
  if (name.empty() || name.size() > kMaxName || !printable) {
    throw bad_request("a name is printable text of at most 100 bytes without a slash");
  }
  const json::object object = parse_body(body);
  if (const auto inside = word(object, "name"); !inside.empty() && inside != name) {
    throw bad_request("the configuration calls itself \"" + std::string(inside) + "\", not \"" +
                      name + "\"");
  }
  BootstrapConfiguration out;
  out.name = name;
  parse_settings(object, out);
  if (const auto* objects = object.if_contains("objects")) {
    if (!objects->is_object()) {
      throw bad_request("\"objects\" is an object: {\"/0/1\": {\"0\": ...}}");
    }
    ObjectsParser(model, before, out.values).parse(objects->get_object());
  }
  return out;
}

json::object to_json(const BootstrapConfiguration& configuration, const DeviceModel& model,
                     Secrets secrets) {
  json::object out{{"name", configuration.name}};
  json::array endpoints;
  for (const auto& name : configuration.endpoints) endpoints.push_back(json::value(name));
  out["for"] = std::move(endpoints);
  out["mode"] = server::describe(configuration.mode);
  out["writes"] = configuration.writes == BootstrapWrites::Objects ? "objects" : "instances";
  if (configuration.format) out["format"] = format_name(*configuration.format);
  out["pack"] = configuration.pack;
  json::array deletes;
  for (const auto& path : configuration.deletes) deletes.push_back(json::value(to_string(path)));
  out["delete"] = std::move(deletes);
  json::object objects;
  for (const BootstrapValue& entry : configuration.values) {
    auto& instance = objects.emplace(to_string(entry.path.first(2)), json::object()).first->value();
    if (entry.value.empty()) continue;
    json::value value = value_json(entry, model, secrets);
    auto& resources = instance.as_object();
    const std::string resource = std::to_string(entry.path.resource());
    if (entry.path.depth() == 3) {
      resources[resource] = std::move(value);
    } else {
      auto& all = resources.emplace(resource, json::object()).first->value().as_object();
      all[std::to_string(entry.path.resource_instance())] = std::move(value);
    }
  }
  out["objects"] = std::move(objects);
  return out;
}

json::object to_json(const server::BootstrapStep& step, const DeviceModel& model) {
  json::object out{{"operation", server::describe(step.kind)},
                   {"method", coap::name(server::method_of(step.kind))},
                   {"path", server::target_of(step)}};
  if (step.format) out["format"] = format_name(*step.format);
  if (step.kind != server::BootstrapStep::Kind::Write) return out;
  out["bytes"] = step.payload.size();
  out["payload"] = hex_text(step.payload);
  json::array values;
  for (const auto& entry : step.values) {
    json::object value = to_json(entry, model);
    if (server::is_secret(entry.path)) {
      value.erase("value");
      value["secret"] = true;
    }
    values.push_back(std::move(value));
  }
  out["values"] = std::move(values);
  return out;
}

}  // namespace linnet::service
