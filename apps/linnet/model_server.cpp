// SPDX-License-Identifier: Apache-2.0
#include "model_server.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

std::string target_of(const ModelOptions& options) {
  return "/api/v1/models/" + service::percent_encode(options.object) + "/" +
         service::percent_encode(options.version);
}

/// What `ask` gives; nothing if no server is there and nobody said that there is one.
template <typename Ask>
std::optional<ExitCode> if_there(const ModelOptions& options, Ask ask) {
  const bool named =
      options.server.url != ServerAccess{}.url || std::getenv("LINNET_SERVER") != nullptr;
  try {
    return ask();
  } catch (const Failure& failure) {
    if (failure.code != kNoServer || named) throw;
    std::cerr << "linnet: no server at " << options.server.url
              << ": this is what the program itself knows\n";
    return {};
  }
}

std::string integer(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? "" : service::to_text(*value);
}

void print_list(const json::array& models) {
  Table table({"OBJECT", "VERSION", "NAME", "INSTANCES", "RESOURCES", "FROM"});
  for (const auto& item : models) {
    const auto& model = item.as_object();
    const auto* resources = model.if_contains("resources");
    table.add({integer(model, "object"), text(model, "version"), printable(text(model, "name")),
               model.contains("multiple") ? (flag_of(model, "multiple") ? "several" : "one") : "",
               resources == nullptr    ? ""
               : resources->is_array() ? std::to_string(resources->get_array().size())
                                       : service::to_text(*resources),
               text(model, "source")});
  }
  table.print(std::cout);
}

void print_model(const json::object& model) {
  std::cout << "/" << integer(model, "object") << "  " << printable(text(model, "name")) << "  "
            << text(model, "version") << "  ("
            << (flag_of(model, "multiple") ? "several instances" : "one instance") << ", "
            << (flag_of(model, "mandatory") ? "mandatory" : "optional") << ")\n"
            << printable(text(model, "urn")) << '\n';
  if (const auto description = text(model, "description"); !description.empty()) {
    std::cout << '\n' << description << '\n';
  }
  std::cout << '\n';
  Table table({"ID", "NAME", "TYPE", "OPS", "INSTANCES", "MANDATORY", "RANGE", "UNIT"});
  for (const auto& item : array_of(model, "resources")) {
    const auto& resource = item.as_object();
    table.add({integer(resource, "resource"), printable(text(resource, "name")),
               text(resource, "type"), text(resource, "operations"),
               flag_of(resource, "multiple") ? "several" : "",
               flag_of(resource, "mandatory") ? "yes" : "", printable(text(resource, "range")),
               printable(text(resource, "unit"))});
  }
  table.print(std::cout);
}

/// "file.xml:12: error: ...", as compilers have it.
void print_findings(const std::string& file, const json::object& answer) {
  for (const auto& item : array_of(answer, "findings")) {
    const auto& finding = item.as_object();
    const bool error = text(finding, "severity") == "error";
    std::cout << printable(file) << ':' << integer(finding, "line") << ": "
              << coloured(error ? Colour::Red : Colour::Yellow, text(finding, "severity")) << ": "
              << printable(text(finding, "message")) << '\n';
  }
}

ExitCode upload(const ModelOptions& options) {
  ApiClient api(options.server);
  const std::string target =
      std::string("/api/v1/models") + (options.dry_run ? "?dryRun=true" : "");
  const Progress progress("uploading", options.files.size());
  ExitCode code = kOk;
  std::size_t done = 0;
  for (const auto& file : options.files) {
    try {
      const auto answer = api.post_text(target, read_input(file), "application/xml").as_object();
      if (options.as_json) {
        std::cout << service::to_text(answer) << '\n';
      } else {
        print_findings(file, answer);
        for (const auto& item : array_of(answer, "objects")) {
          const auto& object = item.as_object();
          std::cout << printable(file) << ": object " << integer(object, "object") << ' '
                    << printable(text(object, "name")) << ' ' << text(object, "version")
                    << (options.dry_run ? " is good\n" : " is known now\n");
        }
      }
    } catch (const Refusal& refusal) {
      code = kRefused;
      if (options.as_json) {
        std::cout << service::to_text(refusal.problem) << '\n';
      } else {
        print_findings(file, refusal.problem);
        std::cerr << "linnet: " << file << ": " << refusal.what() << '\n';
      }
    }
    progress.show(++done);
  }
  return code;
}

ExitCode download(const ModelOptions& options) {
  std::cout << ApiClient(options.server).get_text(target_of(options) + "/ddf");
  return kOk;
}

ExitCode remove(const ModelOptions& options) {
  (void)ApiClient(options.server).remove(target_of(options));
  if (options.as_json) {
    print_json(
        json::object{{"object", options.object}, {"version", options.version}, {"removed", true}});
  } else {
    std::cout << "Object " << printable(options.object) << " in version "
              << printable(options.version) << " is removed.\n";
  }
  return kOk;
}

}  // namespace

std::optional<ExitCode> list_server_models(const ModelOptions& options) {
  return if_there(options, [&] {
    ApiClient api(options.server);
    const json::object page = api.get("/api/v1/models").as_object();
    if (options.as_json) {
      print_json(page);
    } else {
      print_list(array_of(page, "models"));
    }
    return kOk;
  });
}

std::optional<ExitCode> show_server_model(const ModelOptions& options) {
  return if_there(options, [&] {
    ApiClient api(options.server);
    const json::object model =
        api.get(Target("/api/v1/models/" + service::percent_encode(options.object))
                    .add("version", options.version)
                    .text())
            .as_object();
    if (options.as_json) {
      print_json(model);
    } else {
      print_model(model);
    }
    return kOk;
  });
}

void add_model_server(CLI::App* model, const std::shared_ptr<ModelOptions>& options,
                      Action& action) {
  auto* uploader =
      add_api_command(model, options, action, "upload",
                      "Give definitions to the server, which says what is wrong", upload);
  uploader->add_option("file", options->files, "DDF files; - is the input")->required();
  uploader->add_flag("--dry-run", options->dry_run, "Only say what is wrong");
  const auto add_one = [&](const char* name, const char* help,
                           ExitCode (*run)(const ModelOptions&)) {
    auto* command = add_api_command(model, options, action, name, help, run);
    command->add_option("object", options->object, "Its id, such as 3303")->required();
    command->add_option("version", options->version, "Which, such as 1.1")->required();
  };
  add_one("download", "Print a definition as a DDF file", download);
  add_one("remove", "Take an uploaded definition away", remove);
}

}  // namespace linnet::cli
