// SPDX-License-Identifier: Apache-2.0
// linnet model: what is known about objects, and whether a definition file is right.
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <boost/json/array.hpp>

#include <linnet/lwm2m/model/ddf.hpp>
#include <linnet/lwm2m/model/model_check.hpp>

#include "command.hpp"
#include "model_files.hpp"
#include "model_server.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

using Options = ModelOptions;

ExitCode list(const Options& options) {
  if (options.folders.empty()) {
    if (const auto done = list_server_models(options)) return *done;
  }
  const auto store = load_models(options.folders, std::cerr);
  Table table({"OBJECT", "VERSION", "NAME", "INSTANCES", "RESOURCES"});
  json::array all;
  for (const auto& stored : store.all()) {
    const auto& model = stored->model();
    all.push_back({{"object", std::int64_t{model.id}},
                   {"version", lwm2m::format(model.version)},
                   {"name", model.name},
                   {"urn", model.urn},
                   {"resources", model.resources.size()}});
    table.add({std::to_string(model.id), lwm2m::format(model.version), model.name,
               model.multiple ? "several" : "one", std::to_string(model.resources.size())});
  }
  if (options.as_json) {
    print_json(all);
  } else {
    table.print(std::cout);
  }
  return kOk;
}

const lwm2m::ObjectModel& find_model(const lwm2m::ModelStore& store, const Options& options) {
  const auto path = lwm2m::Path::parse(options.object);
  if (!path.ok() || !path->is_object()) {
    throw Failure(kUsage, "\"" + options.object + "\" is not the id of an object, such as 3303");
  }
  const lwm2m::StoredModel* found = nullptr;
  if (options.version.empty()) {
    found = store.latest(path->object());
  } else {
    const auto version = lwm2m::Version::parse(options.version);
    if (!version.ok()) throw Failure(kUsage, "a version looks like 1.1");
    found = store.find(path->object(), *version);
  }
  if (found == nullptr) {
    throw Failure(kRefused, "there is no definition of object " + options.object +
                                (options.version.empty() ? "" : " in version " + options.version) +
                                "; add the folder of its DDF file with --models");
  }
  return found->model();
}

ExitCode show(const Options& options) {
  if (options.folders.empty()) {
    if (const auto done = show_server_model(options)) return *done;
  }
  const auto store = load_models(options.folders, std::cerr);
  const auto& model = find_model(store, options);
  std::string versions;
  for (const auto& other : store.versions(model.id)) {
    versions += (versions.empty() ? "" : ", ") + lwm2m::format(other->model().version);
  }
  std::cout << "/" << model.id << "  " << model.name << "  " << lwm2m::format(model.version)
            << "  (" << (model.multiple ? "several instances" : "one instance") << ", "
            << (model.mandatory ? "mandatory" : "optional") << ")\n"
            << model.urn << '\n';
  if (versions.find(',') != std::string::npos) std::cout << "versions: " << versions << '\n';
  if (!model.description.empty()) std::cout << '\n' << model.description << '\n';
  std::cout << '\n';
  Table table({"ID", "NAME", "TYPE", "OPS", "INSTANCES", "MANDATORY", "RANGE", "UNIT"});
  for (const auto& resource : model.resources) {
    table.add({std::to_string(resource.id), resource.name,
               resource.type == lwm2m::DataType::None ? "" : lwm2m::describe(resource.type),
               operations_text(resource.operations), resource.multiple ? "several" : "",
               resource.mandatory ? "yes" : "", resource.range_text, resource.units});
  }
  table.print(std::cout);
  return kOk;
}

ExitCode check(const Options& options) {
  bool good = true;
  auto store = load_models(options.folders, std::cerr);
  struct Found {
    std::string file;
    std::string xml;
    lwm2m::ObjectModel model;
  };
  std::vector<Found> found;
  for (const auto& name : options.files) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw Failure(kUsage, "cannot read " + name);
    std::ostringstream text;
    text << file.rdbuf();
    const auto result = lwm2m::parse_ddf(text.str());
    for (const auto& finding : result.findings) std::cout << lwm2m::format(finding, name) << '\n';
    for (const auto& object : result.objects) {
      std::cout << name << ": object " << object.id << " " << object.name << " "
                << lwm2m::format(object.version) << ", " << object.resources.size()
                << " resources\n";
      found.push_back({name, text.str(), object});
      (void)store.add(object);
    }
    std::cout << name << (result.ok() ? ": good\n" : ": has errors\n");
    good = good && result.ok();
  }
  for (const auto& item : found) {
    for (const auto& finding : lwm2m::check_against(store, item.model, item.xml)) {
      good = good && finding.severity == lwm2m::DdfFinding::Severity::Warning;
      std::cout << lwm2m::format(finding, item.file) << '\n';
    }
  }
  return good ? kOk : kDeviceError;
}

}  // namespace

void add_model(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("model", "Look at object definitions, and check your own");
  command->require_subcommand(1);
  const auto add_folders = [&](CLI::App* sub, const char* help) {
    sub->add_option("--models", options->folders, help)->type_name("DIR");
  };
  constexpr const char* kLocal = "Ask no server: what is built in, and this folder (*.xml)";
  add_folders(add_api_command(command, options, action, "list", "Every object that is known", list),
              kLocal);
  auto* shower =
      add_api_command(command, options, action, "show", "One object with its resources", show);
  shower->add_option("object", options->object, "Its id, such as 3303")->required();
  shower->add_option("--version", options->version, "Not the newest but this one")
      ->type_name("X.Y");
  add_folders(shower, kLocal);

  auto* checker = command->add_subcommand(
      "check",
      "Report what is wrong in DDF files, and what contradicts other versions or objects;\n"
      "exit code 1 for an error");
  add_folders(checker, "Folder with more definitions (*.xml)");
  checker->add_option("file", options->files, "DDF files")->required();
  checker->callback([options, &action] { action = [options] { return check(*options); }; });
  add_model_server(command, options, action);
}

}  // namespace linnet::cli
