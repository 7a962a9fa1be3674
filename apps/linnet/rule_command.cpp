// SPDX-License-Identifier: Apache-2.0
// linnet rule: what is observed, on which devices, without anybody asking each of them.
#include <boost/json/parse.hpp>
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
  linnet rule set temperatures /3303/*/5700 --pmin 10 --pmax 600
  linnet rule set batteries /3/0/9 --tag cellar --attribute st=5
  linnet rule set all-of-it rule.json
  linnet rule list --watch)";

struct Options : ApiOptions {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> endpoints;
  std::vector<std::string> tags;
  std::vector<std::string> objects;
  std::vector<std::string> attributes;
  std::string pmin, pmax, format;
  bool composite = false;
  bool disabled = false;
};
using OptionsPtr = std::shared_ptr<Options>;

std::string target_of(const std::string& name) {
  return "/api/v1/observe-rules/" + service::percent_encode(name);
}

/// "every device", or whom it is for.
std::string devices_words(const json::object& rule) {
  const auto* devices = rule.if_contains("devices");
  if (devices == nullptr || !devices->is_object()) return "every device";
  std::string out;
  const auto add = [&](const char* word, const char* name) {
    const std::string items = joined(array_of(devices->get_object(), name), ",");
    if (!items.empty()) out += (out.empty() ? "" : " ") + std::string(word) + items;
  };
  add("", "endpoints");
  add("tag:", "tags");
  add("object:", "objects");
  return out.empty() ? "every device" : out;
}

std::string attributes_words(const json::object& rule) {
  std::string out;
  const auto* attributes = rule.if_contains("attributes");
  if (attributes == nullptr || !attributes->is_object()) return out;
  for (const auto& [key, value] : attributes->get_object()) {
    out += (out.empty() ? "" : " ") + std::string(key) + "=" + service::to_text(value);
  }
  return out;
}

bool render_list(std::ostream& out, const Options& options, ApiClient& api) {
  const json::array items = list_whole(api, "/api/v1/observe-rules", "rules");
  if (options.as_json) {
    print_json(json::object{{"rules", items}}, out);
    return true;
  }
  Table table({"NAME", "STATE", "PATHS", "ATTRIBUTES", "DEVICES", "COVERS", "OBSERVED", "FAILED"});
  for (const auto& item : items) {
    const auto& rule = item.as_object();
    const auto& status = object_of(rule, "status");
    const auto failures = array_of(status, "failures").size();
    const bool enabled = !rule.contains("enabled") || flag_of(rule, "enabled");
    const auto count = [&](const char* name) {
      return std::to_string(static_cast<std::uint64_t>(number(status, name)));
    };
    table.add({printable(text(rule, "name")),
               enabled ? coloured(Colour::Green, "on") : coloured(Colour::Dim, "off"),
               joined(array_of(rule, "paths")), attributes_words(rule), devices_words(rule),
               count("devices"), count("observations"),
               failures == 0 ? "" : coloured(Colour::Red, std::to_string(failures))});
  }
  if (table.empty()) out << "There is no rule. `linnet rule set` makes one.\n";
  table.print(out);
  return true;
}

ExitCode list(const Options& options) { return watchable(options, render_list); }

ExitCode show(const Options& options) {
  const json::object rule = ApiClient(options.server).get(target_of(options.name)).as_object();
  if (options.as_json) {
    print_json(rule);
    return kOk;
  }
  const auto& status = object_of(rule, "status");
  std::cout << printable(text(rule, "name")) << '\n';
  Table facts({}, "  ");
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.add({name, value});
  };
  add("paths", joined(array_of(rule, "paths")) + (flag_of(rule, "composite") ? " (as one)" : ""));
  add("attributes", attributes_words(rule));
  add("devices", devices_words(rule));
  add("format", text(rule, "format"));
  if (rule.contains("enabled") && !flag_of(rule, "enabled")) add("state", "off");
  if (status.contains("devices")) {
    add("covers", service::to_text(status.at("devices")) + " devices, " +
                      std::to_string(static_cast<std::uint64_t>(number(status, "observations"))) +
                      " observations");
  }
  facts.print(std::cout);
  if (const auto& failures = array_of(status, "failures"); !failures.empty()) {
    std::cout << "failed\n";
    Table table({}, "  ");
    for (const auto& item : failures) {
      const auto& failure = item.as_object();
      table.add({age(number(failure, "time")), printable(text(failure, "endpoint")),
                 text(failure, "path"), printable(text(failure, "reason"))});
    }
    table.print(std::cout);
  }
  return kOk;
}

json::value number_value(const std::string& text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_number()) throw Failure(kUsage, "\"" + text + "\" is no number");
  return value;
}

/// A rule as the options say; a single word that is no path is a file with all of it.
json::object rule_of(const Options& options) {
  if (options.words.size() == 1 && !options.words.front().starts_with('/')) {
    boost::system::error_code error;
    auto body = json::parse(read_input(options.words.front()), error);
    if (error || !body.is_object()) {
      throw Failure(kUsage, options.words.front() + " is no JSON object");
    }
    return std::move(body.get_object());
  }
  json::object attributes;
  if (!options.pmin.empty()) attributes["pmin"] = number_value(options.pmin);
  if (!options.pmax.empty()) attributes["pmax"] = number_value(options.pmax);
  for (const auto& word : options.attributes) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw Failure(kUsage, "\"" + word + "\" should be like gt=30");
    attributes[word.substr(0, equals)] = number_value(word.substr(equals + 1));
  }
  json::object devices;
  if (!options.endpoints.empty()) devices["endpoints"] = texts(options.endpoints);
  if (!options.tags.empty()) devices["tags"] = texts(options.tags);
  if (!options.objects.empty()) {
    json::array objects;
    for (const auto& object : options.objects) objects.push_back(number_value(object));
    devices["objects"] = std::move(objects);
  }
  json::object body{{"enabled", !options.disabled}, {"paths", texts(options.words)}};
  if (!devices.empty()) body["devices"] = std::move(devices);
  if (!attributes.empty()) body["attributes"] = std::move(attributes);
  if (options.composite) body["composite"] = true;
  if (!options.format.empty()) body["format"] = options.format;
  return body;
}

ExitCode set(const Options& options) {
  const json::value made = ApiClient(options.server).put(target_of(options.name), rule_of(options));
  if (options.as_json) {
    print_json(made);
  } else {
    std::cout << "The rule " << printable(options.name)
              << " holds. `linnet rule show` tells what came of it.\n";
  }
  return kOk;
}

ExitCode remove(const Options& options) {
  return removed(options, target_of(options.name), {{"name", options.name}, {"removed", true}},
                 "The rule " + printable(options.name) + " is removed.");
}

}  // namespace

void add_rule(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("rule", "Say what is observed on which devices");
  command->require_subcommand(1);
  add_watch(
      add_api_command(command, options, action, "list", "Every rule, and what it covers", list),
      options);
  const auto with_name = [&](CLI::App* sub) {
    sub->add_option("rule", options->name, "Its name")->required();
    return sub;
  };
  with_name(
      add_api_command(command, options, action, "show", "One rule, and where it failed", show));
  auto* setter =
      with_name(add_api_command(command, options, action, "set", "Make or replace a rule", set));
  setter
      ->add_option("paths", options->words,
                   "Paths, * for any instance; or a JSON file, - the input")
      ->required();
  setter->add_option("--endpoint", options->endpoints, "Only these devices; may end in *")
      ->allow_extra_args(false);
  setter->add_option("--tag", options->tags, "Only devices with this tag")->allow_extra_args(false);
  setter->add_option("--object", options->objects, "Only devices with this object")
      ->allow_extra_args(false)
      ->type_name("ID");
  setter->add_option("--pmin", options->pmin, "Not more often than every so many seconds")
      ->type_name("SECONDS");
  setter->add_option("--pmax", options->pmax, "At the latest after so many seconds")
      ->type_name("SECONDS");
  setter->add_option("--attribute", options->attributes, "Another attribute, as gt=30 or st=0.5")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  setter->add_flag("--composite", options->composite, "All paths in one observation (LwM2M 1.2)");
  setter->add_option("--format", options->format, "Content format of the values");
  setter->add_flag("--disabled", options->disabled, "Keep it, but do not apply it");
  with_name(add_api_command(command, options, action, "remove",
                            "Remove a rule; what it observed ends", remove));
  command->footer(kFooter);
}

}  // namespace linnet::cli
