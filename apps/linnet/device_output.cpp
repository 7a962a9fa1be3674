// SPDX-License-Identifier: Apache-2.0
// How devices, results and events look to a person.
#include <cmath>
#include <iostream>

#include <linnet/posix/clock.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "device_command.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

std::string ago(const json::object& object, const char* name) {
  const double then = number(object, name);
  return then == 0 ? "never" : duration(posix::unix_now() - then) + " ago";
}

std::string lifetime(const json::object& device) {
  const double seconds = number(device, "lifetime");
  return seconds == 0 ? "for ever" : service::to_text(device.at("lifetime")) + " s";
}

const json::array& list(const json::object& object, const char* name) {
  static const json::array empty;
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

std::string joined(const json::array& items) {
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "" : " ") +
           (item.is_string() ? printable(item.get_string()) : service::to_text(item));
  }
  return out;
}

/// "psk as sensor-1, TLS_PSK_WITH_AES_128_CCM_8, connection id", or "none".
std::string security_words(const json::object& device) {
  const auto* value = device.if_contains("security");
  if (value == nullptr || !value->is_object()) return {};
  const json::object& security = value->get_object();
  const std::string mode = text(security, "mode");
  if (mode == "nosec") return "none";
  if (mode == "ended") return "its session is over";
  std::string words =
      mode + " as " + printable(text(security, "identity")) + ", " + text(security, "suite");
  const auto* id = security.if_contains("connectionId");
  if (id != nullptr && id->is_bool() && id->get_bool()) words += ", connection id";
  return words;
}

std::string list_target(const DeviceOptions& options, std::size_t limit,
                        const std::string& cursor) {
  std::string target = "/api/v1/devices?limit=" + std::to_string(limit);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) target += std::string("&") + name + "=" + service::percent_encode(value);
  };
  add("q", options.search);
  add("sort", options.sort);
  add("object", options.object);
  add("cursor", cursor);
  return target;
}

std::string secured_by(const json::object& device) {
  const json::value* security = device.if_contains("security");
  const std::string mode =
      security != nullptr ? text(security->as_object(), "mode") : std::string();
  return mode == "nosec" ? std::string("-") : mode;
}

}  // namespace

void print_devices(const DeviceOptions& options) {
  ApiClient api(options.server);
  constexpr std::size_t kPage = 1000;
  Table table({"ENDPOINT", "ADDRESS", "SECURED BY", "LWM2M", "LIFETIME", "QUEUE", "REGISTERED",
               "LAST UPDATE"});
  json::array all;
  std::string cursor;
  std::uint64_t total = 0;
  do {
    const std::size_t left =
        options.limit == 0 ? kPage : std::min(kPage, options.limit - all.size());
    const json::object page = api.get(list_target(options, left, cursor)).as_object();
    for (const auto& item : list(page, "devices")) {
      const json::object& device = item.as_object();
      all.push_back(item);
      table.add({printable(text(device, "endpoint")), text(device, "address"), secured_by(device),
                 text(device, "version"), lifetime(device),
                 device.at("queueMode").as_bool() ? "yes" : "", ago(device, "registered"),
                 ago(device, "updated")});
    }
    total = page.at("total").to_number<std::uint64_t>();
    cursor = text(page, "next");
  } while (!cursor.empty() && (options.limit == 0 || all.size() < options.limit));
  if (options.as_json) {
    std::cout << service::to_pretty_text(json::object{{"devices", all}, {"total", total}}) << '\n';
    return;
  }
  if (table.empty()) {
    std::cout << (options.search.empty() && options.object.empty()
                      ? "No device is registered. `linnet client coap://HOST` makes one.\n"
                      : "No registered device matches.\n");
    return;
  }
  table.print(std::cout);
  if (all.size() < total) std::cout << "... and " << total - all.size() << " more\n";
}

void print_device(const DeviceOptions& options) {
  ApiClient api(options.server);
  const json::object device = api.get(device_target(options.endpoint)).as_object();
  if (options.as_json) {
    std::cout << service::to_pretty_text(device) << '\n';
    return;
  }
  std::cout << printable(text(device, "endpoint")) << '\n';
  Table facts({}, "  ");
  facts.add({"address", text(device, "address")});
  facts.add({"security", security_words(device)});
  facts.add({"LwM2M", text(device, "version") + ", binding " + text(device, "binding") +
                          (device.at("queueMode").as_bool() ? ", queue mode" : "")});
  facts.add({"lifetime", lifetime(device) + ", registered " + ago(device, "registered") +
                             ", last update " + ago(device, "updated")});
  facts.add({"registration", text(device, "registration")});
  for (const char* name : {"rootPath", "sms", "profileIds"}) {
    if (!text(device, name).empty()) facts.add({name, printable(text(device, name))});
  }
  if (const auto formats = joined(list(device, "formats")); !formats.empty()) {
    facts.add({"formats", formats});
  }
  if (number(device, "pendingOperations") > 0) {
    facts.add({"waiting", service::to_text(device.at("pendingOperations")) + " operations"});
  }
  facts.print(std::cout);
  std::cout << "objects\n";
  Table objects({}, "  ");
  for (const auto& item : list(device, "objects")) {
    const auto& object = item.as_object();
    const auto instances = joined(list(object, "instances"));
    objects.add({"/" + service::to_text(object.at("object")), printable(text(object, "name")),
                 text(object, "version"),
                 instances.empty() ? "no instances" : "instances " + instances});
  }
  objects.print(std::cout);
  if (list(device, "observations").empty()) return;
  std::cout << "observed\n";
  Table observed({}, "  ");
  for (const auto& item : list(device, "observations")) {
    const auto& observation = item.as_object();
    observed.add({joined(list(observation, "paths")),
                  observation.at("established").as_bool()
                      ? service::to_text(observation.at("notifications")) +
                            " notifications, last " + ago(observation, "last")
                      : "not yet confirmed by the device"});
  }
  observed.print(std::cout);
}

void print_result(const json::object& result) {
  if (const auto* links = result.if_contains("links")) {
    Table table;
    for (const auto& item : links->as_array()) {
      const auto& link = item.as_object();
      table.add(
          {text(link, "path"), printable(text(link, "name")), printable(text(link, "attributes"))});
    }
    table.print(std::cout);
    return;
  }
  if (const auto* values = result.if_contains("values")) {
    Table table;
    for (const auto& item : values->as_array()) table.add(value_row(item.as_object()));
    if (table.empty()) std::cout << "(nothing there)\n";
    table.print(std::cout);
    return;
  }
  std::cout << text(result, "code") << ' ' << text(result, "codeName");
  if (const auto created = text(result, "created"); !created.empty()) std::cout << ": " << created;
  std::cout << '\n';
}

void print_event(const json::object& event) {
  const std::string type = text(event, "type");
  std::string line = local_time(number(event, "time")).substr(11) + "  " + type;
  line.resize(std::max<std::size_t>(line.size(), 24), ' ');
  line += printable(text(event, "endpoint"));
  if (const auto* device = event.if_contains("device")) {
    const auto& object = device->as_object();
    line += "  at " + text(object, "address") + ", LwM2M " + text(object, "version") +
            ", lifetime " + lifetime(object);
  }
  if (type == "updated") {
    const auto changed = joined(list(event, "changed"));
    line += "  at " + text(event, "address") + (changed.empty() ? "" : ", new " + changed);
  }
  if (type == "operation") {
    line += "  " + text(event, "op") + " " + text(event, "target") + ": " +
            (text(event, "code").empty() ? text(event, "outcome") : text(event, "code"));
  }
  if (type == "bootstrap") {
    line += "  " + text(event, "event");
    for (const char* name : {"operation", "path", "format", "code"}) {
      if (!text(event, name).empty()) line += " " + text(event, name);
    }
    if (text(event, "event") == "answered" && text(event, "code").empty()) {
      line += " " + text(event, "outcome");
    }
    if (text(event, "event") == "started") {
      line += " with " + printable(text(event, "configuration")) + " at " + text(event, "address");
    }
  }
  if (type == "handshake") {
    line += "  " + text(event, "event") + " at " + text(event, "address");
    for (const char* name : {"mode", "identity", "suite", "alert"}) {
      if (!text(event, name).empty()) line += " " + printable(text(event, name));
    }
  }
  if (const auto reason = text(event, "reason"); !reason.empty()) line += "  " + printable(reason);
  if (const auto error = text(event, "error"); !error.empty()) {
    line += "  " + joined(list(event, "paths")) + ": " + printable(error);
  }
  if (const auto ended = text(event, "ended"); !ended.empty()) {
    line += "  " + joined(list(event, "paths")) + ": no more notifications, " + ended;
  }
  std::cout << line << '\n';
  Table values({}, "            ");
  for (const auto& item : list(event, "values")) values.add(value_row(item.as_object()));
  values.print(std::cout);
  std::cout << std::flush;
}

}  // namespace linnet::cli
