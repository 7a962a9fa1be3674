// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the commands that use the API have in common: their options, targets with a query, lists
// that come in pages, and what they read from files.
#include <CLI/App.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "api_client.hpp"
#include "command.hpp"
#include "screen.hpp"

namespace linnet::cli {

struct ApiOptions {
  ServerAccess server;
  bool as_json = false;
  bool watch = false;
};

/// A path with parameters; those without a value are left out.
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}
  Target& add(const char* name, const std::string& value);
  Target& add(const char* name, const std::vector<std::string>& values);
  Target& add(const char* name, std::size_t value);  ///< not for 0
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  char separator_ = '?';
};

/// The items of a list that comes in pages, at most `limit` of them (0: all); false as `more` if
/// there are no others.
struct Listed {
  boost::json::array items;
  bool more = false;
  /// The first page, with what else is in it.
  boost::json::object page;
};
[[nodiscard]] Listed list_all(ApiClient& api, Target target, const char* name, std::size_t limit);
/// The items of a list that has no pages.
[[nodiscard]] boost::json::array list_whole(ApiClient& api, const char* path, const char* name);

/// All of a file, or of the input for "-". Throws Failure.
[[nodiscard]] std::string read_input(const std::string& name);

/// Removes what is at `target`, and says so: with `--json` as `told`, else in words.
ExitCode removed(const ApiOptions& options, const std::string& target,
                 const boost::json::object& told, const std::string& words);

/// Shows what `render` makes of the server's answers, with `--watch` again and again. `Options` is
/// derived from ApiOptions.
template <typename Options>
ExitCode watchable(const Options& options,
                   bool (*render)(std::ostream& out, const Options& options, ApiClient& api)) {
  ApiClient api(options.server);
  return show_page(options.watch, [&](std::ostream& out) { return render(out, options, api); });
}

/// A subcommand with `--server`, `--token`, `--json`, whose `run` is called with the options.
/// `Options` is derived from ApiOptions.
template <typename Options>
CLI::App* add_api_command(CLI::App* parent, const std::shared_ptr<Options>& options, Action& action,
                          const char* name, const char* help, ExitCode (*run)(const Options&)) {
  auto* command = parent->add_subcommand(name, help);
  add_server_option(*command, options->server);
  command->add_flag("--json", options->as_json, "For programs: what the API answered");
  command->callback([options, run, &action] { action = [options, run] { return run(*options); }; });
  return command;
}
/// Adds `--watch`.
template <typename Options>
void add_watch(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_flag("-w,--watch", options->watch,
                    "Show it again as it changes, until Ctrl-C: in place on a terminal");
}

}  // namespace linnet::cli
