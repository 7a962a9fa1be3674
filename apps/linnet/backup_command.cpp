// SPDX-License-Identifier: Apache-2.0
// linnet backup, restore: a copy of a store, and back.
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include <linnet/service/json_text.hpp>
#include <linnet/service/store_file.hpp>

#include "api_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

struct Options : ApiOptions {
  std::string file;
  std::string store;
  std::string key;
  bool force = false;
};
using OptionsPtr = std::shared_ptr<Options>;

service::StoreFacts checked(const std::string& file) {
  try {
    return service::check_store_file(file);
  } catch (const service::StoreFileError& error) {
    throw Failure(kRefused, error.what());
  }
}

json::object to_json(const std::string& file, const service::StoreFacts& facts) {
  return {{"file", file},
          {"bytes", facts.bytes},
          {"schema", facts.schema},
          {"registrations", facts.registrations},
          {"credentials", facts.credentials},
          {"configurations", facts.configurations}};
}

std::string words(const service::StoreFacts& facts) {
  const auto some = [](std::uint64_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  return size_text(static_cast<double>(facts.bytes)) + ", " +
         some(facts.registrations, "registration") + ", " + some(facts.credentials, "credential") +
         ", " + some(facts.configurations, "bootstrap configuration");
}

ExitCode backup(const Options& options) {
  const std::filesystem::path file = options.file;
  if (std::filesystem::exists(file) && !options.force) {
    throw Failure(kUsage, options.file + " is there already; --force replaces it");
  }
  const std::filesystem::path part = options.file + ".part";
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  {
    std::optional<Progress> progress;
    ApiClient(options.server)
        .download("/api/v1/backup", part, [&](std::uint64_t done, std::uint64_t total) {
          if (!progress) progress.emplace("copying  ", total);
          progress->show(done);
        });
  }
  service::StoreFacts facts;
  try {
    facts = checked(part.string());
    std::filesystem::rename(part, file);
  } catch (const std::exception&) {
    std::filesystem::remove(part, ignored);
    throw;
  }
  if (options.as_json) {
    print_json(to_json(options.file, facts));
    return kOk;
  }
  std::cout << options.file << ": " << words(facts) << '\n'
            << "Keep it together with the server's STORE-key and STORE-identity.pem, which are not "
               "in it.\n";
  return kOk;
}

ExitCode restore(const Options& options) {
  const auto facts = checked(options.file);
  try {
    service::restore_store_file(options.file, options.store,
                                {.key = options.key, .replace = options.force});
  } catch (const service::StoreFileError& error) {
    throw Failure(kRefused, error.what());
  }
  const bool has_key = std::filesystem::exists(options.store + "-key");
  if (options.as_json) {
    json::object out = to_json(options.store, facts);
    out["key"] = has_key;
    print_json(out);
    return kOk;
  }
  std::cout << options.store << ": " << words(facts) << '\n';
  if (!has_key && facts.credentials + facts.configurations != 0) {
    std::cerr << "linnet: warning: " << options.store
              << "-key is not there. Keys of devices are encrypted with it: put the one of the "
                 "server that made the back-up in its place before a server begins\n";
  }
  return kOk;
}

}  // namespace

void add_backup(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* saver = add_api_command(&app, options, action, "backup",
                                "Copy a running server's store into a file", backup);
  saver->add_option("file", options->file, "Where to")->required();
  saver->add_flag("--force", options->force, "Replace a file that is there");
  saver->footer("Example:\n  linnet backup linnet-$(date +%F).db");

  auto* restorer = app.add_subcommand("restore", "Put a back-up in place of a store, offline");
  restorer->add_option("file", options->file, "The back-up")->required();
  restorer->add_option("--store", options->store, "The store, as in the server's settings")
      ->required()
      ->type_name("FILE");
  restorer
      ->add_option("--key", options->key,
                   "The key for the secrets in it, to be put in place as STORE-key")
      ->type_name("FILE");
  restorer->add_flag("--force", options->force,
                     "Replace a store that is there; it stays beside as STORE.before");
  restorer->add_flag("--json", options->as_json, "For programs");
  restorer->footer(
      "Example:\n  systemctl stop linnet\n"
      "  linnet restore linnet-2026-11-22.db --store /var/lib/linnet/linnet.db --force\n"
      "  systemctl start linnet");
  restorer->callback([options, &action] { action = [options] { return restore(*options); }; });
}

}  // namespace linnet::cli
