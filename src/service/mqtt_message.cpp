// SPDX-License-Identifier: Apache-2.0
#include "mqtt_message.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <optional>

#include <linnet/service/json_text.hpp>

namespace linnet::service {
namespace {

namespace json = boost::json;

/// RFC 8428 §4.5.1: letters, digits and "-:./_", and the first is a letter or digit. Others become
/// hyphens: the endpoint itself is in the topic and in a property.
std::string senml_name(std::string_view endpoint) {
  std::string out(endpoint);
  for (char& c : out) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!word && std::string_view(":./_").find(c) == std::string_view::npos) c = '-';
  }
  const bool good =
      !out.empty() && std::string_view("-:./_").find(out[0]) == std::string_view::npos;
  return (good ? out : "x" + out) + "/";
}

/// base64 as SenML wants it: of the other alphabet, without padding (§4.3).
std::string url_base64(std::string_view text) {
  std::string out(text.substr(0, text.find('=')));
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

/// False for what SenML has no form of.
bool put_value(json::object& record, const json::object& value) {
  const auto* type = value.if_contains("type");
  const auto* what = value.if_contains("value");
  if (type == nullptr || what == nullptr || !type->is_string()) return false;
  if (what->is_bool()) {
    record["vb"] = *what;
  } else if (what->is_number()) {
    record["v"] = *what;
  } else if (!what->is_string()) {
    return false;
  } else if (type->get_string() == "opaque") {
    record["vd"] = url_base64(what->get_string());
  } else {
    record["vs"] = *what;
  }
  return true;
}

std::optional<std::string> senml(std::string_view endpoint, std::string_view text) {
  json::error_code error;
  const json::value event = json::parse(text, error);
  if (error || !event.is_object()) return {};
  const auto* values = event.get_object().if_contains("values");
  const auto* time = event.get_object().if_contains("time");
  if (values == nullptr || !values->is_array()) return {};
  json::array pack;
  for (const auto& item : values->get_array()) {
    const auto* value = item.if_object();
    if (value == nullptr) continue;
    const auto* path = value->if_contains("path");
    if (path == nullptr || !path->is_string() || path->get_string().size() < 2) continue;
    json::object record;
    if (pack.empty()) record["bn"] = senml_name(endpoint);
    record["n"] = json::value(std::string_view(path->get_string()).substr(1));
    if (!put_value(record, *value)) continue;
    if (const auto* own = value->if_contains("time")) {
      record["t"] = *own;
    } else if (time != nullptr) {
      record["t"] = *time;
    }
    pack.push_back(std::move(record));
  }
  if (pack.empty()) return {};
  return to_text(pack);
}

}  // namespace

std::string mqtt_topic(std::string_view prefix, std::string_view endpoint, std::string_view type) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out(prefix);
  if (!endpoint.empty()) out += '/';
  for (const char c : endpoint) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || std::string_view("+#/%").find(c) != std::string_view::npos) {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out.append("/").append(type);
}

MqttMessage mqtt_message(std::string_view prefix, const EventView& event, std::string_view text) {
  MqttMessage message{mqtt_topic(prefix, event.endpoint, name(event.kind)), {}, "application/json"};
  if (event.kind == EventKind::Value || event.kind == EventKind::Send) {
    if (auto pack = senml(event.endpoint, text)) {
      message.payload = std::move(*pack);
      message.content_type = "application/senml+json";
      return message;
    }
  }
  message.payload = text;
  return message;
}

}  // namespace linnet::service
