// SPDX-License-Identifier: Apache-2.0
// linnet device: what an operator does with the devices of a server, through its API.
#include "device_command.hpp"

#include <iostream>
#include <memory>

#include <boost/json/array.hpp>

#include <linnet/lwm2m/path.hpp>
#include <linnet/service/json_text.hpp>

namespace linnet::cli {
namespace {

namespace json = boost::json;
using OptionsPtr = std::shared_ptr<DeviceOptions>;

constexpr const char* kFooter =
    R"(Values are converted to the type the resource has. Bytes are given as hex:00ff or @file.

Examples:
  linnet device list --search lamp --sort -updated
  linnet device read urn:dev:os:32473-lamp-1 /3/0
  linnet device write urn:dev:os:32473-lamp-1 /3/0/14 +02:00
  linnet device write --update urn:dev:os:32473-lamp-1 /3311/0 5850=true 5851=30
  linnet device execute urn:dev:os:32473-lamp-1 /3/0/4
  linnet device attributes urn:dev:os:32473-lamp-1 /3303/0/5700 pmin=5 pmax=60 gt=
  linnet device observe urn:dev:os:32473-lamp-1 /3303/0/5700
  linnet device composite read urn:dev:os:32473-lamp-1 /3/0/0 /3303/0/5700
  linnet device write urn:dev:os:32473-lamp-1 /3/0/14 +02:00 --queue --deadline 1d
  linnet device tags urn:dev:os:32473-lamp-1 --add cellar --add lamps
  linnet device history urn:dev:os:32473-lamp-1 /3303/0/5700 --from 1d
  linnet device messages urn:dev:os:32473-lamp-1 --follow)";

lwm2m::Path checked_path(const std::string& text) {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok()) throw Failure(kUsage, "\"" + text + "\" is not a path such as /3/0/1");
  return *path;
}

/// "5700=21.5" ... as {"5700": "21.5"}.
json::object assignments(const std::vector<std::string>& words) {
  json::object values;
  for (const auto& word : words) {
    const auto [key, value] = assignment(word);
    values[key] = typed_value(value);
  }
  return values;
}

ExitCode write(const DeviceOptions& options) {
  const auto path = checked_path(options.path);
  const bool resource = path.depth() >= 3;
  json::object body = operation_body(options, options.update ? "update" : "write");
  if (resource && options.words.size() == 1) {
    body["value"] = typed_value(options.words.front());
    if (!options.type.empty()) body["type"] = options.type;
  } else {
    body["values"] = assignments(options.words);
  }
  return operate(options, body);
}

ExitCode attributes(const DeviceOptions& options) {
  checked_path(options.path);
  json::object attributes;
  for (const auto& word : options.words) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == word.size()) {
      attributes[name] = nullptr;
    } else {
      attributes[name] = word.substr(equals + 1);
    }
  }
  json::object body = operation_body(options, "attributes");
  body["attributes"] = std::move(attributes);
  return operate(options, body);
}

json::object observe_body(const DeviceOptions& options, const char* op) {
  json::object body = operation_body(options, op);
  body["keep"] = options.keep;
  return body;
}

json::array paths(const std::vector<std::string>& words) {
  json::array out;
  for (const auto& word : words) {
    checked_path(word);
    out.push_back(json::value(word));
  }
  return out;
}

CLI::App* add_command(CLI::App* parent, const OptionsPtr& options, const char* name,
                      const char* text) {
  auto* command = parent->add_subcommand(name, text);
  add_server_option(*command, options->server);
  command->add_flag("--json", options->as_json, "For programs: what the API answered");
  return command;
}

/// A command about one device; `path` is what it calls its path, null if it has none.
CLI::App* add_operation(CLI::App* parent, const OptionsPtr& options, const char* name,
                        const char* text, const char* path) {
  auto* command = add_command(parent, options, name, text);
  command->add_option("endpoint", options->endpoint, "Endpoint name of the device")->required();
  if (path != nullptr) command->add_option("path", options->path, path)->required();
  command
      ->add_option("--deadline", options->deadline,
                   "How long to wait for the device, such as 30s, 5m or 1d [2m; with --queue 7d]")
      ->type_name("TIME");
  return command;
}

/// For what may wait at the server.
void add_modes(CLI::App* command, const OptionsPtr& options) {
  auto* queue =
      command->add_flag("--queue", options->queue,
                        "Leave it with the server, which does it when the device is there");
  command->add_flag("--now", options->now, "Fail at once if the device cannot be reached now")
      ->excludes(queue);
}

void add_format(CLI::App* command, const OptionsPtr& options) {
  command->add_option(
      "--format", options->format,
      "Content format: tlv, senml-cbor, text, ... or a number; else the server chooses");
}

void run_as(CLI::App* command, const OptionsPtr& options, Action& action,
            std::function<ExitCode(const DeviceOptions&)> run) {
  command->callback([options, &action, run = std::move(run)] {
    action = [options, run] { return run(*options); };
  });
}

void add_lists(CLI::App* device, const OptionsPtr& options, Action& action) {
  auto* list = add_command(device, options, "list", "Registered devices");
  list->add_option("--search", options->search, "Part of an endpoint or address");
  list->add_option("--object", options->object, "Only devices that have this object")
      ->type_name("ID");
  list->add_option("--sort", options->sort,
                   "endpoint, registered, updated, lastSeen, expires or address; with - in front\n"
                   "descending");
  list->add_option("--tag", options->tags, "Only devices with this tag, or all of several")
      ->allow_extra_args(false);
  list->add_option("--state", options->state,
                   "Not those registered, but: awake, asleep, absent (known, not registered), all");
  list->add_option("--limit", options->limit, "Not more than so many");
  add_watch(list, options);
  run_as(list, options, action, print_devices);

  auto* show = add_command(device, options, "show", "One device, its objects and what is observed");
  show->add_option("endpoint", options->endpoint, "Endpoint name of the device")->required();
  add_watch(show, options);
  run_as(show, options, action, print_device);

  auto* kick =
      add_command(device, options, "kick", "End a registration; the device registers again");
  kick->add_option("endpoint", options->endpoint, "Endpoint name of the device")->required();
  run_as(kick, options, action, [](const DeviceOptions& o) {
    (void)ApiClient(o.server).remove(device_target(o.endpoint));
    if (!o.as_json) std::cout << "The registration of " << o.endpoint << " is ended.\n";
    return kOk;
  });
}

void add_values(CLI::App* device, const OptionsPtr& options, Action& action) {
  auto* read = add_operation(device, options, "read", "Read an object, instance or resource",
                             "Such as /3/0");
  add_format(read, options);
  add_modes(read, options);
  run_as(read, options, action, [](const DeviceOptions& o) {
    return checked_path(o.path), operate(o, operation_body(o, "read"));
  });

  auto* writer =
      add_operation(device, options, "write", "Write a resource, or the resources of an instance",
                    "Such as /3/0/14");
  writer
      ->add_option(
          "value", options->words,
          "The value of a resource, or ID=VALUE ... for several; bytes as hex:00ff or @file")
      ->required();
  writer->add_flag("--update", options->update, "Of an instance, write only these resources");
  writer->add_option("--type", options->type, "Type of the value if nobody defined the resource");
  add_format(writer, options);
  add_modes(writer, options);
  run_as(writer, options, action, write);
}

void add_instances(CLI::App* device, const OptionsPtr& options, Action& action) {
  auto* execute = add_operation(device, options, "execute", "Run a resource", "Such as /3/0/4");
  execute->add_option("arguments", options->words, "As on the wire: 0='a',1")->expected(0, 1);
  add_modes(execute, options);
  run_as(execute, options, action, [](const DeviceOptions& o) {
    json::object body = operation_body(o, "execute");
    if (!o.words.empty()) body["arguments"] = o.words.front();
    return operate(o, body);
  });

  auto* create = add_operation(device, options, "create", "Make an object instance",
                               "The object, or the instance to choose its id");
  create->add_option("values", options->words, "ID=VALUE ... of its resources")->expected(0, -1);
  add_format(create, options);
  add_modes(create, options);
  run_as(create, options, action, [](const DeviceOptions& o) {
    json::object body = operation_body(o, "create");
    if (!o.words.empty()) body["values"] = assignments(o.words);
    return operate(o, body);
  });

  auto* remove =
      add_operation(device, options, "delete", "Delete an object instance", "Such as /3311/1");
  add_modes(remove, options);
  run_as(remove, options, action,
         [](const DeviceOptions& o) { return operate(o, operation_body(o, "delete")); });

  auto* discover =
      add_operation(device, options, "discover", "What there is, with attributes", "Such as /3");
  discover->add_option("--depth", options->depth, "How deep to look (LwM2M 1.2)")
      ->check(CLI::Range(0, 3).description(""))
      ->type_name("0..3");
  add_modes(discover, options);
  run_as(discover, options, action, [](const DeviceOptions& o) {
    json::object body = operation_body(o, "discover");
    if (o.depth >= 0) body["depth"] = o.depth;
    return operate(o, body);
  });

  auto* attribute =
      add_operation(device, options, "attributes", "Say when to notify", "Such as /3303/0/5700");
  attribute->add_option("attributes", options->words, "pmin=5 pmax=60 gt=30 ...; gt= removes one")
      ->required();
  add_modes(attribute, options);
  run_as(attribute, options, action, attributes);
}

void add_observations(CLI::App* device, const OptionsPtr& options, Action& action) {
  const auto add_follow = [&](CLI::App* command) {
    command->add_flag("--keep", options->keep,
                      "Leave the observation behind when this command ends");
    command->add_option("--count", options->count, "End after so many values, the first included");
    add_format(command, options);
  };
  auto* observer = add_operation(device, options, "observe", "Follow a value until Ctrl-C",
                                 "Such as /3303/0/5700");
  add_follow(observer);
  run_as(observer, options, action, [](const DeviceOptions& o) {
    checked_path(o.path);
    return observe(o, observe_body(o, "observe"));
  });
  auto* cancel = add_operation(device, options, "cancel", "End an observation", "What is observed");
  run_as(cancel, options, action,
         [](const DeviceOptions& o) { return operate(o, operation_body(o, "cancel")); });

  auto* composite = device->add_subcommand("composite", "Several paths in one request (LwM2M 1.1)");
  composite->require_subcommand(1);
  auto* read = add_operation(composite, options, "read", "Read several paths", nullptr);
  read->add_option("paths", options->words, "Such as /3/0/0 /3303")->required();
  add_format(read, options);
  add_modes(read, options);
  run_as(read, options, action, [](const DeviceOptions& o) {
    json::object body = operation_body(o, "read-composite");
    body["paths"] = paths(o.words);
    return operate(o, body);
  });
  auto* writer =
      add_operation(composite, options, "write", "Write several resources, all or none", nullptr);
  writer->add_option("values", options->words, "PATH=VALUE ...")->required();
  add_format(writer, options);
  add_modes(writer, options);
  run_as(writer, options, action, [](const DeviceOptions& o) {
    json::object body = operation_body(o, "write-composite");
    body["values"] = assignments(o.words);
    return operate(o, body);
  });
  auto* observer2 =
      add_operation(composite, options, "observe", "Follow several paths until Ctrl-C", nullptr);
  observer2->add_option("paths", options->words, "Such as /3/0/9 /3303/0/5700")->required();
  add_follow(observer2);
  run_as(observer2, options, action, [](const DeviceOptions& o) {
    json::object body = observe_body(o, "observe-composite");
    body["paths"] = paths(o.words);
    return observe(o, body);
  });
}

}  // namespace

void add_device(CLI::App& app, Action& action) {
  auto options = std::make_shared<DeviceOptions>();
  auto* device = app.add_subcommand("device", "List devices, read, write and observe them");
  device->require_subcommand(1);
  add_lists(device, options, action);
  add_values(device, options, action);
  add_instances(device, options, action);
  add_observations(device, options, action);
  add_device_records(device, options, action);
  // Last, since subcommands take over what is there when they are made.
  device->footer(kFooter);
}

}  // namespace linnet::cli
