// SPDX-License-Identifier: Apache-2.0
// linnet backup, restore: a copy of a store, and back.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

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
  bool yes = false;
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

// --- Into a store that no server has open ---

ExitCode restore_offline(const Options& options) {
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

// --- Into a server that runs ---

constexpr const char* kRestore = "/api/v1/restore";

void confirm(const Options& options, const std::string& url, const service::StoreFacts& facts) {
  if (options.yes) return;
  if (isatty(STDIN_FILENO) == 0) {
    throw Failure(kUsage, "this replaces everything that the server at " + url +
                              " knows, and there is no terminal to ask whether it may; use --yes");
  }
  std::cerr << "Everything that the server at " << url << " knows is replaced with " << options.file
            << ":\n  " << words(facts) << "\nType yes to go on: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") throw Failure(kUsage, "nothing was changed");
}

void send_pieces(ApiClient& api, const std::string& name, std::uint64_t total) {
  constexpr std::size_t kPiece = 4u << 20;
  std::ifstream file(name, std::ios::binary);
  const Progress progress("sending  ", total);
  for (std::uint64_t offset = 0; offset < total;) {
    std::string piece(std::min<std::uint64_t>(kPiece, total - offset), '\0');
    if (!file.read(piece.data(), static_cast<std::streamsize>(piece.size()))) {
      throw Failure(kUsage, "cannot read " + name);
    }
    const std::size_t size = piece.size();
    (void)api.put_bytes(std::string(kRestore) + "?offset=" + std::to_string(offset),
                        std::move(piece));
    offset += size;
    progress.show(offset);
  }
}

/// Asks a server that ends and begins again how the restore ended; null where the token of before
/// is none any more, which is told by the server that has begun.
class Outcome {
 public:
  explicit Outcome(const ServerAccess& access) : access_(access) {}

  /// False once it is known.
  bool ask() {
    if (std::chrono::steady_clock::now() > end_) {
      throw Failure(kNoServer, "the server does not come back; its log says why");
    }
    try {
      // The token that a server leaves for its own user is another one each time.
      ApiClient api(access_);
      constexpr std::chrono::seconds kLimit(5);
      const auto shown = api.get(kRestore, kLimit).as_object();
      if (text(shown, "state") == "restoring") return true;
      (void)api.get("/readyz", kLimit);
      if (const auto* last = shown.if_contains("last")) last_ = last->as_object();
      return false;
    } catch (const Refusal& refusal) {
      const auto* status = refusal.problem.if_contains("status");
      const bool unknown = status != nullptr && *status == 401;
      // It may be about to leave that token.
      constexpr int kTries = 10;
      return !(unknown && ++unknown_ >= kTries);
    } catch (const Failure& failure) {
      if (failure.code != kNoServer) throw;
      return true;
    }
  }
  [[nodiscard]] bool token_is_unknown() const { return unknown_ != 0 && last_.empty(); }
  [[nodiscard]] const json::object& last() const { return last_; }

 private:
  const ServerAccess& access_;
  // A store of millions of devices takes minutes to be read.
  const std::chrono::steady_clock::time_point end_ =
      std::chrono::steady_clock::now() + std::chrono::minutes(30);
  int unknown_ = 0;
  json::object last_;
};

ExitCode restore_running(const Options& options) {
  const auto facts = checked(options.file);
  ApiClient api(options.server);
  confirm(options, api.url(), facts);
  try {
    send_pieces(api, options.file, facts.bytes);
    (void)api.post_text(kRestore, "", "application/json");
  } catch (const Failure&) {
    try {
      (void)api.remove(kRestore);
    } catch (const Failure&) {
      // It goes by itself, later.
    }
    throw;
  }
  Outcome outcome(options.server);
  if (repeat(std::chrono::milliseconds(200), [&] { return outcome.ask(); })) {
    throw Failure(kNoServer, "the server takes the back-up up; `linnet overview` shows when");
  }
  const auto& last = outcome.last();
  if (!outcome.token_is_unknown() && text(last, "outcome") != "restored") {
    throw Failure(kRefused, last.empty() ? "the server was started anew before it took it up"
                                         : "the server could not serve it and went back to what it "
                                           "had: " +
                                               text(last, "detail"));
  }
  if (options.as_json) {
    json::object out = to_json(options.file, facts);
    out["server"] = api.url();
    if (!last.empty()) out["restore"] = last;
    print_json(out);
    return kOk;
  }
  std::cout << api.url() << " serves " << options.file << ": " << words(facts) << '\n';
  if (outcome.token_is_unknown()) {
    std::cerr << "linnet: warning: the token used here is not in it: use one of the back-up's\n";
  } else {
    std::cout << printable(text(last, "detail")) << '\n';
  }
  return kOk;
}

ExitCode restore(const Options& options) {
  return options.store.empty() ? restore_running(options) : restore_offline(options);
}

}  // namespace

void add_backup(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* saver = add_api_command(&app, options, action, "backup",
                                "Copy a running server's store into a file", backup);
  saver->add_option("file", options->file, "Where to")->required();
  saver->add_flag("--force", options->force, "Replace a file that is there");
  saver->footer("Example:\n  linnet backup linnet-$(date +%F).db");

  auto* restorer = add_api_command(
      &app, options, action, "restore",
      "Put a back-up in place of what a server knows, while it runs or offline", restore);
  restorer->add_option("file", options->file, "The back-up")->required();
  restorer->add_flag("-y,--yes", options->yes, "Do not ask whether everything may be replaced");
  auto* store =
      restorer
          ->add_option("--store", options->store,
                       "Offline: into this store, as in the settings of a server that was stopped")
          ->type_name("FILE");
  restorer
      ->add_option("--key", options->key,
                   "With --store: the key for the secrets in it, to be put in place as STORE-key")
      ->needs(store)
      ->type_name("FILE");
  restorer
      ->add_flag("--force", options->force,
                 "With --store: replace a store that is there; it stays beside as STORE.before")
      ->needs(store);
  restorer->footer(
      "Examples:\n"
      "  linnet restore linnet-2026-11-22.db          # into the server that runs\n"
      "  systemctl stop linnet\n"
      "  linnet restore linnet-2026-11-22.db --store /var/lib/linnet/linnet.db --force\n"
      "  systemctl start linnet");
}

}  // namespace linnet::cli
