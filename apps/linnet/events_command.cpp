// SPDX-License-Identifier: Apache-2.0
// linnet events: what happens at a server, as it happens.
#include <boost/json/parse.hpp>
#include <iostream>
#include <memory>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "api_client.hpp"
#include "device_command.hpp"

namespace linnet::cli {
namespace {

struct Options {
  std::string server;
  std::string type;
  std::string endpoint;
  std::size_t count = 0;
  bool as_json = false;
};

ExitCode run(const Options& options) {
  ApiClient api(options.server);
  std::string target = "/api/v1/events";
  char separator = '?';
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    target += separator + std::string(name) + "=" + service::percent_encode(value);
    separator = '&';
  };
  add("type", options.type);
  add("endpoint", options.endpoint);
  std::size_t shown = 0;
  api.stream(target, [&](const ServerSentEvent& event) {
    if (event.type == "hello") {
      if (!options.as_json && shown == 0)
        std::cerr << "following " << options.server << ", Ctrl-C ends it\n";
      return true;
    }
    const auto data = boost::json::parse(event.data).as_object();
    if (event.type == "lost") {
      std::cerr << "linnet: some events were lost: they came faster than they could be shown\n";
      return true;
    }
    if (options.as_json) {
      std::cout << service::to_text(data) << std::endl;
    } else {
      print_event(data);
    }
    return options.count == 0 || ++shown < options.count;
  });
  return kOk;
}

}  // namespace

void add_events(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("events", "Follow registrations, values and operations until Ctrl-C");
  add_server_option(*command, options->server);
  command->add_option(
      "--type", options->type,
      "Only these, separated by commas: registered, updated, deregistered, expired, "
      "value, send, operation, bootstrap");
  command->add_option("--endpoint", options->endpoint, "Only of this device");
  command->add_option("--count", options->count, "End after so many");
  command->add_flag("--json", options->as_json, "One JSON object a line");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
