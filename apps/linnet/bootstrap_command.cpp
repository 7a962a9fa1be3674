// SPDX-License-Identifier: Apache-2.0
// linnet bootstrap: what a server configures devices with, and what became of it.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <iostream>
#include <memory>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "api_command.hpp"
#include "device_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFooter =
    R"(A configuration is a JSON file, "-" reads it from the input; docs/bootstrap.md explains it:
  {"for": ["urn:dev:*"], "delete": ["/"],
   "objects": {"/0/1": {"0": "coap://lwm2m.example", "1": false, "2": 3, "3": "", "4": "", "5": "",
                        "10": 101},
               "/1/1": {"0": 101, "1": 300, "6": true, "7": "U"}}}

Examples:
  linnet bootstrap set meters examples/bootstrap.json
  linnet bootstrap preview meters urn:dev:os:32473-lamp-1
  linnet bootstrap preview meters urn:dev:os:32473-lamp-1 --discovered '</0/1>;ssid=7,</1/1>;ssid=7'
  linnet bootstrap show meters > meters.json
  linnet bootstrap sessions --steps
  linnet bootstrap watch)";

struct Options : ApiOptions {
  std::string name;
  std::string file;
  std::string endpoint;
  std::string format;
  std::string version;
  std::string discovered;
  std::size_t limit = 20;
  std::size_t count = 0;
  bool steps = false;
};
using OptionsPtr = std::shared_ptr<Options>;

std::string target_of(const std::string& name) {
  return "/api/v1/bootstrap/configurations/" + service::percent_encode(name);
}

std::string joined(const json::value* list) {
  std::string out;
  if (list == nullptr) return out;
  for (const auto& item : list->as_array()) {
    out += (out.empty() ? "" : " ") + printable(std::string(item.as_string()));
  }
  return out;
}

std::string milliseconds_text(const json::object& object) {
  const auto* value = object.if_contains("elapsedMs");
  if (value == nullptr) return "";
  const double elapsed = value->to_number<double>();
  return elapsed < 1000 ? service::to_text(*value) + " ms" : duration(elapsed / 1000);
}

ExitCode list(const Options& options) {
  const json::object body =
      ApiClient(options.server).get("/api/v1/bootstrap/configurations").as_object();
  if (options.as_json) {
    print_json(body);
    return kOk;
  }
  Table table({"NAME", "FOR", "MODE", "DELETES", "WRITES"});
  for (const auto& item : body.at("configurations").as_array()) {
    const auto& entry = item.as_object();
    table.add({printable(text(entry, "name")), joined(entry.if_contains("for")),
               text(entry, "mode"), joined(entry.if_contains("delete")),
               joined(entry.if_contains("instances"))});
  }
  if (table.empty()) {
    std::cout << "There is no configuration, so every device is turned away. `linnet bootstrap set "
                 "NAME FILE` makes one.\n";
  }
  table.print(std::cout);
  return kOk;
}

ExitCode show(const Options& options) {
  print_json(ApiClient(options.server).get(target_of(options.name)));
  return kOk;
}

ExitCode set(const Options& options) {
  json::error_code error;
  const json::value body = json::parse(read_input(options.file), error);
  if (error) throw Failure(kUsage, options.file + " is not JSON: " + error.message());
  const json::object kept =
      ApiClient(options.server).put(target_of(options.name), body).as_object();
  if (options.as_json) {
    print_json(kept);
  } else {
    const std::string endpoints = joined(kept.if_contains("for"));
    std::cout << printable(options.name) << " is for "
              << (endpoints.empty() ? "no device: \"for\" names none" : endpoints) << '\n';
  }
  return kOk;
}

ExitCode remove(const Options& options) {
  return removed(options, target_of(options.name), {{"name", options.name}, {"removed", true}},
                 printable(options.name) + " is removed");
}

/// What a preview shows of one value.
std::vector<std::string> shown(const json::object& value) {
  if (value.if_contains("secret") != nullptr) {
    return {text(value, "path"), printable(text(value, "name")), "(secret)"};
  }
  return value_row(value);
}

ExitCode preview(const Options& options) {
  json::object body{{"endpoint", options.endpoint}};
  if (!options.format.empty()) body["format"] = options.format;
  if (!options.version.empty()) body["version"] = options.version;
  if (!options.discovered.empty()) body["discovered"] = options.discovered;
  const json::object answer =
      ApiClient(options.server).post(target_of(options.name) + "/preview", body).as_object();
  if (options.as_json) {
    print_json(answer);
    return kOk;
  }
  std::size_t number = 0;
  for (const auto& item : answer.at("steps").as_array()) {
    const auto& step = item.as_object();
    std::cout << ++number << ". " << text(step, "method") << ' ' << text(step, "path");
    if (const auto* bytes = step.if_contains("bytes")) {
      std::cout << "  (" << service::to_text(*bytes) << " bytes of " << text(step, "format") << ')';
    }
    std::cout << '\n';
    Table table({}, "     ");
    if (const auto* values = step.if_contains("values")) {
      for (const auto& value : values->as_array()) table.add(shown(value.as_object()));
    }
    table.print(std::cout);
  }
  const std::string selected = text(answer, "selected");
  if (selected != options.name) {
    std::cout << "But " << printable(options.endpoint)
              << (selected.empty() ? " gets nothing: no configuration is for it."
                                   : " gets \"" + printable(selected) + "\", which is closer.")
              << '\n';
  }
  return kOk;
}

void print_steps(const json::object& session) {
  Table table({}, "     ");
  for (const auto& item : session.at("steps").as_array()) {
    const auto& step = item.as_object();
    const std::string outcome = text(step, "outcome");
    const std::string code = text(step, "code");
    table.add({service::to_text(step.at("step")), text(step, "operation"), text(step, "path"),
               text(step, "format"),
               outcome.empty() ? "under way"
               : code.empty()  ? outcome
                               : code,
               milliseconds_text(step), printable(text(step, "reason"))});
  }
  table.print(std::cout);
}

ExitCode sessions(const Options& options) {
  std::string target = "/api/v1/bootstrap/sessions?limit=" + std::to_string(options.limit);
  if (!options.endpoint.empty()) target += "&endpoint=" + service::percent_encode(options.endpoint);
  const json::object body = ApiClient(options.server).get(target).as_object();
  if (options.as_json) {
    print_json(body);
    return kOk;
  }
  const auto& all = body.at("sessions").as_array();
  if (all.empty()) std::cout << "No device has been bootstrapped since the server began.\n";
  Table table({"BEGAN", "ENDPOINT", "ADDRESS", "CONFIGURATION", "STATE", "TOOK", "REASON"});
  for (const auto& item : all) {
    const auto& session = item.as_object();
    if (options.steps && !table.empty()) std::cout << '\n';
    if (options.steps) table = Table();
    table.add({local_time(number(session, "started")), printable(text(session, "endpoint")),
               text(session, "address"), printable(text(session, "configuration")),
               text(session, "state"), milliseconds_text(session),
               printable(text(session, "reason"))});
    if (!options.steps) continue;
    table.print(std::cout);
    print_steps(session);
  }
  if (!options.steps && !all.empty()) table.print(std::cout);
  return kOk;
}

ExitCode watch(const Options& options) {
  std::string target = "/api/v1/events?type=bootstrap";
  if (!options.endpoint.empty()) target += "&endpoint=" + service::percent_encode(options.endpoint);
  std::size_t seen = 0;
  ApiClient(options.server).stream(target, [&](const ServerSentEvent& event) {
    if (event.type != "bootstrap") return true;
    const auto data = json::parse(event.data).as_object();
    if (options.as_json) {
      std::cout << service::to_text(data) << std::endl;
    } else {
      print_event(data);
    }
    return options.count == 0 || ++seen < options.count;
  });
  return kOk;
}

void add_name(CLI::App* command, const OptionsPtr& options) {
  command->add_option("name", options->name, "The configuration")->required();
}

}  // namespace

void add_bootstrap(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("bootstrap", "Say what devices are configured with, and watch it happen");
  command->require_subcommand(1);
  add_api_command(command, options, action, "list", "Every configuration", list);
  add_name(add_api_command(command, options, action, "show",
                           "One configuration, as a file for `set`", show),
           options);
  auto* setter = add_api_command(command, options, action, "set",
                                 "Make or replace a configuration from a file", set);
  add_name(setter, options);
  setter->add_option("file", options->file, "JSON; - is the input")->required();
  add_name(add_api_command(command, options, action, "remove", "Remove a configuration", remove),
           options);
  auto* previewer =
      add_api_command(command, options, action, "preview",
                      "Show the exact requests a device would get; nothing is sent", preview);
  add_name(previewer, options);
  previewer->add_option("endpoint", options->endpoint, "A device's name")->required();
  previewer->add_option("--format", options->format,
                        "What the device prefers: tlv, senml-cbor, senml-json, lwm2m-cbor");
  previewer->add_option("--lwm2m", options->version, "Its LwM2M version")->type_name("X.Y");
  previewer->add_option("--discovered", options->discovered,
                        "What it has, as it answers a Discover: '</0/1>;ssid=7,</1/1>;ssid=7'");
  auto* lister =
      add_api_command(command, options, action, "sessions", "The latest bootstraps", sessions);
  lister->add_option("--endpoint", options->endpoint, "Only of this device");
  lister->add_option("--limit", options->limit, "How many at the most [20]")
      ->check(CLI::Range(1, 256));
  lister->add_flag("--steps", options->steps, "With each request and its answer");
  auto* watcher =
      add_api_command(command, options, action, "watch", "Follow each step until Ctrl-C", watch);
  watcher->add_option("--endpoint", options->endpoint, "Only of this device");
  watcher->add_option("--count", options->count, "End after so many");
  // Last, since subcommands take over what is there when they are made.
  command->footer(kFooter);
}

}  // namespace linnet::cli
