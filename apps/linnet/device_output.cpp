// SPDX-License-Identifier: Apache-2.0
// How devices, results and events look to a person.
#include <cmath>
#include <iostream>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "device_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

std::string ago(const json::object& object, const char* name) { return age(number(object, name)); }

std::string lifetime(const json::object& device) {
  const double seconds = number(device, "lifetime");
  return seconds == 0 ? "for ever" : service::to_text(device.at("lifetime")) + " s";
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

std::string secured_by(const json::object& device) {
  const json::value* security = device.if_contains("security");
  const std::string mode =
      security != nullptr ? text(security->as_object(), "mode") : std::string();
  return mode == "nosec" ? std::string("-") : mode;
}

}  // namespace

namespace {

bool render_devices(std::ostream& out, const DeviceOptions& options, ApiClient& api) {
  Target target("/api/v1/devices");
  target.add("q", options.search).add("sort", options.sort).add("object", options.object);
  target.add("state", options.state).add("tag", options.tags);
  const Listed listed = list_all(api, std::move(target), "devices", options.limit);
  const auto total = static_cast<std::size_t>(number(listed.page, "total"));
  if (options.as_json) {
    print_json(json::object{{"devices", listed.items}, {"total", total}}, out);
    return true;
  }
  Table table({"ENDPOINT", "STATE", "ADDRESS", "SECURED BY", "LWM2M", "LIFETIME", "TAGS", "WAITING",
               "REGISTERED", "LAST SEEN"});
  for (const auto& item : listed.items) {
    const json::object& device = item.as_object();
    const double waiting = number(device, "pending");
    table.add({printable(text(device, "endpoint")), coloured_state(text(device, "state")),
               text(device, "address"), secured_by(device), text(device, "version"),
               device.contains("lifetime") ? lifetime(device) : "",
               joined(array_of(device, "tags"), ","),
               waiting == 0 ? "" : std::to_string(static_cast<std::uint64_t>(waiting)),
               device.contains("registered") ? ago(device, "registered") : "",
               device.contains("lastSeen") ? ago(device, "lastSeen") : ago(device, "updated")});
  }
  if (table.empty()) {
    const bool narrowed = !options.search.empty() || !options.object.empty() ||
                          !options.tags.empty() || !options.state.empty();
    out << (narrowed ? "No device matches.\n"
                     : "No device is registered. `linnet client coap://HOST` makes one.\n");
    return true;
  }
  table.print(out);
  if (listed.items.size() < total) {
    out << "... and " << total - listed.items.size() << " more; --limit shows them\n";
  }
  return true;
}

void render_registration(std::ostream& out, const json::object& device) {
  Table facts({}, "  ");
  facts.add({"state", coloured_state(text(device, "state"))});
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.add({name, value});
  };
  add("tags", joined(array_of(device, "tags"), ", "));
  if (device.contains("lastSeen")) add("last seen", time_and_age(number(device, "lastSeen")));
  if (device.contains("registration")) {
    add("address", text(device, "address"));
    add("security", security_words(device));
    add("LwM2M", text(device, "version") + ", binding " + text(device, "binding") +
                     (flag_of(device, "queueMode") ? ", queue mode" : ""));
    add("lifetime", lifetime(device) + ", registered " + ago(device, "registered") +
                        ", last update " + ago(device, "updated"));
    add("registration", text(device, "registration"));
  }
  for (const char* name : {"rootPath", "sms", "profileIds"})
    add(name, printable(text(device, name)));
  add("formats", joined(array_of(device, "formats")));
  const double waiting = number(device, "pending");
  if (waiting > 0) {
    add("waiting", std::to_string(static_cast<std::uint64_t>(waiting)) + " operations");
  }
  facts.print(out);
}

bool render_device(std::ostream& out, const DeviceOptions& options, ApiClient& api) {
  const json::object device = api.get(device_target(options.endpoint)).as_object();
  if (options.as_json) {
    print_json(device, out);
    return true;
  }
  out << coloured(Colour::Bold, printable(text(device, "endpoint"))) << '\n';
  render_registration(out, device);
  if (!array_of(device, "objects").empty()) out << "objects\n";
  Table objects({}, "  ");
  for (const auto& item : array_of(device, "objects")) {
    const auto& object = item.as_object();
    const auto instances = joined(array_of(object, "instances"));
    objects.add({"/" + service::to_text(object.at("object")), printable(text(object, "name")),
                 text(object, "version"),
                 instances.empty() ? "no instances" : "instances " + instances});
  }
  objects.print(out);
  if (array_of(device, "observations").empty()) return true;
  out << "observed\n";
  Table observed({}, "  ");
  for (const auto& item : array_of(device, "observations")) {
    const auto& observation = item.as_object();
    observed.add({joined(array_of(observation, "paths")),
                  flag_of(observation, "established")
                      ? service::to_text(observation.at("notifications")) +
                            " notifications, last " + ago(observation, "last")
                      : "not yet confirmed by the device"});
  }
  observed.print(out);
  return true;
}

}  // namespace

ExitCode print_devices(const DeviceOptions& options) { return watchable(options, render_devices); }

ExitCode print_device(const DeviceOptions& options) { return watchable(options, render_device); }

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
    const auto changed = joined(array_of(event, "changed"));
    line += "  at " + text(event, "address") + (changed.empty() ? "" : ", new " + changed);
  }
  if (type == "operation") {
    line += "  " + text(event, "op") + " " + text(event, "target") + ": " +
            (!text(event, "code").empty()      ? text(event, "code")
             : !text(event, "outcome").empty() ? text(event, "outcome")
                                               : text(event, "state"));
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
    line += "  " + joined(array_of(event, "paths")) + ": " + printable(error);
  }
  if (const auto ended = text(event, "ended"); !ended.empty()) {
    line += "  " + joined(array_of(event, "paths")) + ": no more notifications, " + ended;
  }
  std::cout << line << '\n';
  Table values({}, "            ");
  for (const auto& item : array_of(event, "values")) values.add(value_row(item.as_object()));
  values.print(std::cout);
  std::cout << std::flush;
}

}  // namespace linnet::cli
