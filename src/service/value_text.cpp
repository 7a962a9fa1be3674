// SPDX-License-Identifier: Apache-2.0
#include "value_text.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace linnet::service {
namespace {

using lwm2m::DataType;
using lwm2m::Value;

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

void append_float(std::string& out, double number) {
  if (std::isfinite(number)) return append_number(out, number);
  out += std::isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_scalar(std::string& out, const Value& value) {
  switch (value.type()) {
    case DataType::None: out += "null"; return;
    case DataType::String:
    case DataType::Corelnk: return append_json(out, value.as_string());
    case DataType::Integer:
    case DataType::Time: return append_number(out, value.as_integer());
    case DataType::Unsigned: return append_number(out, value.as_unsigned());
    case DataType::Boolean: out += value.as_boolean() ? "true" : "false"; return;
    case DataType::Opaque: return append_json(out, base64_encode(value.as_opaque()));
    case DataType::Float: return append_float(out, value.as_float());
    case DataType::Objlnk:
      out += '"';
      append_number(out, value.as_link().object);
      out += ':';
      append_number(out, value.as_link().instance);
      out += '"';
      return;
  }
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

}  // namespace

void append_json(std::string& out, std::string_view text) {
  if (!std::ranges::all_of(text, is_plain)) {
    out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void append_json(std::string& out, double number) { append_number(out, number); }

void append_json(std::string& out, const lwm2m::Path& path) {
  std::array<char, lwm2m::kMaxPathText> text;
  out += '"';
  out += lwm2m::format(path, text);
  out += '"';
}

void append_json(std::string& out, const server::ResourceValue& value, const DeviceModel& model) {
  out += "{\"path\":";
  append_json(out, value.path);
  if (const auto* resource = model.resource(value.path)) {
    out += ",\"name\":";
    append_json(out, resource->name);
    if (!resource->units.empty()) {
      out += ",\"unit\":";
      append_json(out, resource->units);
    }
  }
  if (!value.value.empty()) {
    const Value view = value.value.view();
    out += ",\"type\":\"";
    out += type_name(view.type());
    out += "\",\"value\":";
    append_scalar(out, view);
    if (view.type() == DataType::Time) {
      const auto text = iso_time(static_cast<double>(view.as_integer()));
      if (!text.empty()) out += ",\"iso\":\"" + text + '"';
    }
  }
  if (value.time) {
    out += ",\"time\":";
    if (std::isfinite(*value.time)) {
      append_number(out, *value.time);
    } else {
      out += "null";
    }
  }
  out += '}';
}

void append_json(std::string& out, const server::ResourceValues& values, const DeviceModel& model) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    append_json(out, values[i], model);
  }
  out += ']';
}

}  // namespace linnet::service
