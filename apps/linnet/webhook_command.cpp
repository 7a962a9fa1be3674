// SPDX-License-Identifier: Apache-2.0
// linnet webhook, mqtt: where events go by themselves.
#include <cmath>
#include <iostream>
#include <memory>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "api_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFooter =
    R"(Examples:
  linnet webhook set alarms https://example.org/linnet --type expired,alarm
  linnet webhook set values http://127.0.0.1:9000/ --type value --path /3303
  linnet webhook test alarms
  linnet webhook list --watch)";

struct Options : ApiOptions {
  std::string name;
  std::string url;
  std::vector<std::string> types;
  std::vector<std::string> endpoints;
  std::vector<std::string> paths;
  std::vector<std::string> headers;
  std::string timeout;
  bool disabled = false;
  bool secret_stdin = false;
};
using OptionsPtr = std::shared_ptr<Options>;

std::string target_of(const std::string& name) {
  return "/api/v1/webhooks/" + service::percent_encode(name);
}

bool render_list(std::ostream& out, const Options& options, ApiClient& api) {
  const json::array items = list_whole(api, "/api/v1/webhooks", "webhooks");
  if (options.as_json) {
    print_json(json::object{{"webhooks", items}}, out);
    return true;
  }
  Table table({"NAME", "STATE", "URL", "TYPES", "DELIVERED", "FAILED", "BEHIND", "LAST SUCCESS",
               "LAST ERROR"});
  for (const auto& item : items) {
    const auto& webhook = item.as_object();
    const auto& status = object_of(webhook, "status");
    const bool enabled = !webhook.contains("enabled") || flag_of(webhook, "enabled");
    const std::string types = joined(array_of(webhook, "types"), ",");
    table.add({printable(text(webhook, "name")),
               enabled ? coloured_state(text(status, "state")) : coloured(Colour::Dim, "off"),
               printable(text(webhook, "url")), types.empty() ? "all" : types,
               count(status, "delivered"), count(status, "failures"), count(status, "lag"),
               status.contains("lastSuccess") ? age(number(status, "lastSuccess")) : "",
               printable(text(status, "lastError"))});
  }
  if (table.empty()) out << "There is no webhook. `linnet webhook set` makes one.\n";
  table.print(out);
  return true;
}

ExitCode list(const Options& options) { return watchable(options, render_list); }

/// All of one, as it is set and as it goes.
void print_webhook(const json::object& webhook) {
  const auto& status = object_of(webhook, "status");
  std::cout << printable(text(webhook, "name")) << "  " << printable(text(webhook, "url")) << '\n';
  Table facts({}, "  ");
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.add({name, value});
  };
  add("state", coloured_state(text(status, "state")));
  add("types", joined(array_of(webhook, "types"), ", "));
  add("endpoints", joined(array_of(webhook, "endpoints"), ", "));
  add("paths", joined(array_of(webhook, "paths"), ", "));
  if (webhook.contains("timeout")) {
    add("timeout", service::to_text(webhook.at("timeout")) + " s");
  }
  add("delivered", count(status, "delivered") + " events, " + count(status, "failures") +
                       " failures, " + count(status, "lag") + " to come");
  if (status.contains("lastSuccess")) {
    add("last success", time_and_age(number(status, "lastSuccess")));
  }
  if (status.contains("lastStatus")) add("last status", service::to_text(status.at("lastStatus")));
  add("last error", printable(text(status, "lastError")));
  facts.print(std::cout);
}

ExitCode show(const Options& options) {
  const json::object webhook = ApiClient(options.server).get(target_of(options.name)).as_object();
  if (options.as_json) {
    print_json(webhook);
  } else {
    print_webhook(webhook);
  }
  return kOk;
}

ExitCode set(const Options& options) {
  json::object body{{"url", options.url}, {"enabled", !options.disabled}};
  if (!options.types.empty()) body["types"] = texts(options.types);
  if (!options.endpoints.empty()) body["endpoints"] = texts(options.endpoints);
  if (!options.paths.empty()) body["paths"] = texts(options.paths);
  if (!options.timeout.empty())
    body["timeout"] = static_cast<std::int64_t>(std::ceil(parse_duration(options.timeout)));
  json::object headers;
  for (const auto& header : options.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos) {
      throw Failure(kUsage, "\"" + header + "\" is no header; it looks like \"Name: value\"");
    }
    const auto start = header.find_first_not_of(' ', colon + 1);
    headers[header.substr(0, colon)] = start == std::string::npos ? "" : header.substr(start);
  }
  if (!headers.empty()) body["headers"] = std::move(headers);
  if (options.secret_stdin) {
    std::string secret;
    std::getline(std::cin, secret);
    if (secret.empty()) throw Failure(kUsage, "there is no secret in the input");
    body["secret"] = secret;
  }
  const json::object made =
      ApiClient(options.server).put(target_of(options.name), body).as_object();
  if (options.as_json) {
    print_json(made);
    return kOk;
  }
  std::cerr << "The webhook " << printable(options.name) << " holds.\n";
  if (const auto secret = text(made, "secret"); !secret.empty() && !options.secret_stdin) {
    std::cerr << "Deliveries are signed with this secret, shown this once:\n";
    std::cout << secret << '\n';
  }
  return kOk;
}

ExitCode remove(const Options& options) {
  return removed(options, target_of(options.name), {{"name", options.name}, {"removed", true}},
                 "The webhook " + printable(options.name) + " is removed.");
}

ExitCode test(const Options& options) {
  const json::object answer =
      ApiClient(options.server).post(target_of(options.name) + "/test", json::object{}).as_object();
  const double status = number(answer, "status");
  const bool good = status >= 200 && status < 300;
  if (options.as_json) {
    print_json(answer);
  } else {
    std::cout << (good ? coloured(Colour::Green, "taken") : coloured(Colour::Red, "not taken"));
    if (status != 0) std::cout << ": status " << static_cast<int>(status);
    if (const auto error = text(answer, "error"); !error.empty()) {
      std::cout << ": " << printable(error);
    }
    std::cout << ", after " << static_cast<std::int64_t>(number(answer, "elapsedMs")) << " ms\n";
  }
  return good ? kOk : kRefused;
}

ExitCode resume(const Options& options) {
  const json::object webhook = ApiClient(options.server)
                                   .post(target_of(options.name) + "/resume", json::object{})
                                   .as_object();
  if (options.as_json) {
    print_json(webhook);
  } else {
    print_webhook(webhook);
  }
  return kOk;
}

ExitCode mqtt(const Options& options) {
  ApiClient api(options.server);
  return show_page(options.watch, [&](std::ostream& out) {
    const json::object state = api.get("/api/v1/mqtt").as_object();
    if (options.as_json) {
      print_json(state, out);
    } else if (!flag_of(state, "enabled")) {
      out << "Nothing is published by MQTT. [mqtt] in the server's settings begins it.\n";
    } else {
      out << (flag_of(state, "connected") ? coloured(Colour::Green, "connected")
                                          : coloured(Colour::Red, "not connected"))
          << "  " << count(state, "published") << " published, " << count(state, "lag")
          << " to come\n";
      if (const auto error = text(state, "error"); !error.empty()) {
        out << "  " << printable(error) << '\n';
      }
    }
    return true;
  });
}

}  // namespace

void add_webhook(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("webhook", "Say which URLs are told of events");
  command->require_subcommand(1);
  add_watch(
      add_api_command(command, options, action, "list", "Every webhook, and how it goes", list),
      options);
  const auto add_one = [&](const char* name, const char* help, ExitCode (*run)(const Options&)) {
    auto* sub = add_api_command(command, options, action, name, help, run);
    sub->add_option("webhook", options->name, "Its name")->required();
    return sub;
  };
  add_one("show", "One webhook", show);
  auto* setter = add_one("set", "Make or replace a webhook; its secret is shown once", set);
  setter->add_option("url", options->url, "Where events are posted to")->required();
  setter->add_option("--type", options->types, "Only these types of events")
      ->allow_extra_args(false)
      ->delimiter(',');
  setter->add_option("--endpoint", options->endpoints, "Only of these devices; may end in *")
      ->allow_extra_args(false);
  setter->add_option("--path", options->paths, "Only values at or below this path")
      ->allow_extra_args(false);
  setter->add_option("--header", options->headers, "Sent with each delivery")
      ->allow_extra_args(false)
      ->type_name("\"NAME: VALUE\"");
  setter->add_option("--timeout", options->timeout, "How long the receiver may take")
      ->type_name("TIME");
  setter->add_flag("--secret-stdin", options->secret_stdin,
                   "Take the secret from the input instead of making one");
  setter->add_flag("--disabled", options->disabled, "Keep it, but deliver nothing");
  add_one("remove", "Remove a webhook", remove);
  add_one("test", "Deliver a test event now, and say what came back", test);
  add_one("resume", "Go on with one that paused", resume);
  command->footer(kFooter);

  add_watch(
      add_api_command(&app, options, action, "mqtt", "Whether events are published by MQTT", mqtt),
      options);
}

}  // namespace linnet::cli
