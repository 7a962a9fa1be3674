// SPDX-License-Identifier: Apache-2.0
#include "json_values.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include <linnet/lwm2m/format.hpp>
#include <linnet/text/base64.hpp>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using lwm2m::DataType;
using lwm2m::Value;

std::optional<DataType> find_type(std::string_view name) {
  for (auto type = DataType::String; type <= DataType::Corelnk;
       type = static_cast<DataType>(static_cast<unsigned>(type) + 1)) {
    if (name == type_name(type)) return type;
  }
  return {};
}

[[noreturn]] void refuse(const lwm2m::Path& path, const std::string& why) {
  throw bad_request("value of " + to_string(path) + ": " + why);
}

DataType suggested_type(const json::value& value) {
  switch (value.kind()) {
    case json::kind::bool_: return DataType::Boolean;
    case json::kind::int64: return DataType::Integer;
    case json::kind::uint64: return DataType::Unsigned;
    case json::kind::double_: return DataType::Float;
    default: return DataType::String;
  }
}

/// A string where the type wants something else: read as the plain text form of that type.
server::OwnedValue from_string(const lwm2m::Path& path, std::string_view text, DataType type) {
  if (type == DataType::String) return Value::string(text);
  if (type == DataType::Corelnk) return Value::corelnk(text);
  if (type == DataType::Opaque) {
    const auto bytes = base64_decode(text);
    if (!bytes) refuse(path, "an opaque value is given as base64 with padding");
    return Value::opaque(as_bytes(*bytes));
  }
  if (type == DataType::Boolean && (text == "true" || text == "false")) {
    return Value::boolean(text == "true");
  }
  if (type == DataType::Float) {
    if (text == "NaN") return Value::floating(std::nan(""));
    if (text == "Infinity") return Value::floating(HUGE_VAL);
    if (text == "-Infinity") return Value::floating(-HUGE_VAL);
  }
  if (type == DataType::Time) {
    if (const auto seconds = parse_iso_time(text)) return Value::time(*seconds);
  }
  lwm2m::RawValue raw;
  raw.kind = lwm2m::RawValue::Kind::Text;
  raw.bytes = as_bytes(text);
  std::string scratch(text.size() + 1, '\0');
  const auto value = lwm2m::convert(
      raw, type, MutableBytes{reinterpret_cast<std::uint8_t*>(scratch.data()), scratch.size()});
  if (!value.ok()) {
    refuse(path,
           "\"" + std::string(text) + "\" is not " +
               (type == DataType::Integer || type == DataType::Unsigned ||
                        type == DataType::Objlnk || type == DataType::Opaque
                    ? "an "
                    : "a ") +
               (type == DataType::Objlnk ? "object link such as \"3:0\"" : lwm2m::describe(type)) +
               (value.error() == Error::Range ? " in range" : ""));
  }
  return *value;
}

server::OwnedValue from_number(const lwm2m::Path& path, const json::value& value, DataType type) {
  if (type == DataType::Float) return Value::floating(value.to_number<double>());
  json::error_code error;
  if (type == DataType::Integer || type == DataType::Time) {
    const auto number = value.to_number<std::int64_t>(error);
    if (error) refuse(path, "the number is no whole number of 64 bits with sign");
    return type == DataType::Time ? Value::time(number) : Value::integer(number);
  }
  if (type == DataType::Unsigned) {
    const auto number = value.to_number<std::uint64_t>(error);
    if (error) refuse(path, "the number is no whole number of 64 bits without sign");
    return Value::unsigned_integer(number);
  }
  refuse(path,
         std::string("a number was given, but the resource is of type ") + lwm2m::describe(type));
}

}  // namespace

std::string_view type_name(DataType type) {
  return type == DataType::Unsigned ? "unsigned" : lwm2m::describe(type);
}

std::string hex_text(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string base64_encode(ByteView bytes) {
  std::string out(text::base64_size(bytes.size(), text::Base64::Standard), '\0');
  Writer writer(MutableBytes{reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  text::base64_encode(writer, bytes, text::Base64::Standard);
  return out;
}

std::optional<std::string> base64_decode(std::string_view coded) {
  std::string out(text::base64_decoded_bound(coded.size()), '\0');
  const auto bytes =
      text::base64_decode(coded, text::Base64::Standard,
                          MutableBytes{reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  if (!bytes.ok()) return {};
  out.resize(bytes->size());
  return out;
}

std::string iso_time(double unix_seconds) {
  if (!(unix_seconds >= -62167219200.0 && unix_seconds < 253402300800.0)) return {};
  const auto seconds = static_cast<std::time_t>(std::floor(unix_seconds));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  std::tm parts{};
  int end = 0;
  const std::string copy(text);
  const int fields =
      std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &end);
  if (fields != 6 || static_cast<std::size_t>(end) != copy.size()) return {};
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const std::int64_t seconds = timegm(&parts);
  // timegm turns February 30th into March 2nd; writing it back shows that.
  if (iso_time(static_cast<double>(seconds)) != text) return {};
  return seconds;
}

std::string to_string(const lwm2m::Path& path) {
  std::array<char, lwm2m::kMaxPathText> text{};
  return std::string(lwm2m::format(path, text));
}

lwm2m::Path parse_path(std::string_view text) {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok()) {
    throw bad_request("\"" + std::string(text) + "\" is not a path such as /3/0/1" +
                      (path.error() == Error::Range ? " (identifiers go from 0 to 65534)" : ""));
  }
  return *path;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

const lwm2m::ObjectModel* DeviceModel::object(lwm2m::Id id) const {
  if (id == lwm2m::kNoId) return nullptr;
  const auto* stored = registration_ != nullptr
                           ? models_.lookup(id, registration_->object_version(id))
                           : models_.latest(id);
  return stored != nullptr ? &stored->model() : nullptr;
}

const lwm2m::ObjectModel* DeviceModel::object(std::string_view name) const {
  constexpr std::string_view kPrefix = "LWM2M ";
  for (const auto& stored : models_.all()) {
    const std::string_view full = stored->model().name;
    const bool core = same_name(full.substr(0, kPrefix.size()), kPrefix);
    const bool same =
        same_name(full, name) || (core && same_name(full.substr(kPrefix.size()), name));
    if (same) return object(stored->model().id);
  }
  return nullptr;
}

const lwm2m::ResourceModel* DeviceModel::resource(const lwm2m::Path& path) const {
  if (path.depth() < 3) return nullptr;
  const auto* model = object(path.object());
  return model != nullptr ? model->find(path.resource()) : nullptr;
}

json::value scalar_json(const Value& value) {
  switch (value.type()) {
    case DataType::None: return nullptr;
    case DataType::String:
    case DataType::Corelnk: return json::value(value.as_string());
    case DataType::Integer:
    case DataType::Time: return value.as_integer();
    case DataType::Unsigned: return value.as_unsigned();
    case DataType::Boolean: return value.as_boolean();
    case DataType::Opaque: return json::value(base64_encode(value.as_opaque()));
    case DataType::Float: {
      const double number = value.as_float();
      if (std::isnan(number)) return "NaN";
      if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
      return number;
    }
    case DataType::Objlnk:
      return json::value(std::to_string(value.as_link().object) + ":" +
                         std::to_string(value.as_link().instance));
  }
  return nullptr;
}

json::object to_json(const server::ResourceValue& value, const DeviceModel& model) {
  json::object out;
  out["path"] = to_string(value.path);
  if (const auto* resource = model.resource(value.path)) {
    out["name"] = resource->name;
    if (!resource->units.empty()) out["unit"] = resource->units;
  }
  if (!value.value.empty()) {
    const Value view = value.value.view();
    out["type"] = type_name(view.type());
    out["value"] = scalar_json(view);
    if (view.type() == DataType::Time) {
      const auto text = iso_time(static_cast<double>(view.as_integer()));
      if (!text.empty()) out["iso"] = text;
    }
  }
  if (value.time) out["time"] = *value.time;
  return out;
}

json::array to_json(const server::ResourceValues& values, const DeviceModel& model) {
  json::array out;
  out.reserve(values.size());
  for (const auto& value : values) out.push_back(to_json(value, model));
  return out;
}

server::OwnedValue parse_value(const lwm2m::Path& path, const json::value& value,
                               std::string_view type_name, const DeviceModel& model) {
  if (value.is_null()) return {};
  DataType type = suggested_type(value);
  if (!type_name.empty()) {
    const auto found = find_type(type_name);
    if (!found) {
      refuse(path, "there is no type \"" + std::string(type_name) +
                       "\"; types are string, integer, unsigned, float, boolean, opaque, time, "
                       "objlnk and corelnk");
    }
    type = *found;
  } else if (const auto* resource = model.resource(path); resource != nullptr) {
    if (resource->type == DataType::None) {
      refuse(path, "it is executable and has no value; use the operation \"execute\"");
    }
    type = resource->type;
  }
  if (const auto* text = value.if_string()) return from_string(path, *text, type);
  if (value.is_number()) return from_number(path, value, type);
  if (const auto* flag = value.if_bool()) {
    if (type != DataType::Boolean) {
      refuse(path, std::string("true or false was given, but the resource is of type ") +
                       lwm2m::describe(type));
    }
    return Value::boolean(*flag);
  }
  refuse(path, "a value is a string, a number, true, false or null");
}

}  // namespace linnet::service
