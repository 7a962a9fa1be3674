// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every subcommand shares: exit codes, the way it fails, and how it joins the command line.
// A subcommand is one file; `add_...` declares its options and stores what to run.
#include <CLI/App.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace linnet::cli {

/// Documented in `linnet --help`; scripts rely on them.
enum ExitCode : int {
  kOk = 0,
  kDeviceError = 1,  ///< the device answered with an error
  kUsage = 2,        ///< wrong arguments, wrong configuration
  kNoAnswer = 3,     ///< the device did not answer in time
  kNoServer = 4,     ///< the API of the server cannot be reached
  kRefused = 5,      ///< the server cannot do it: no such device, no such model
  kCannotStart = 6,  ///< a port in use, a name that cannot be found
};

/// Ends a command: `what()` is printed to stderr as "linnet: ..." and `code` is returned.
struct Failure : std::runtime_error {
  Failure(ExitCode exit_code, const std::string& message)
      : std::runtime_error(message), code(exit_code) {}
  ExitCode code;
};

/// What main() runs once the command line is understood; set by the subcommand that was given.
using Action = std::function<ExitCode()>;

void add_server(CLI::App& app, Action& action);
void add_client(CLI::App& app, Action& action);
void add_fleet(CLI::App& app, Action& action);
void add_bootstrap(CLI::App& app, Action& action);
void add_credential(CLI::App& app, Action& action);
void add_device(CLI::App& app, Action& action);
void add_operation(CLI::App& app, Action& action);
void add_rule(CLI::App& app, Action& action);
void add_events(CLI::App& app, Action& action);
void add_webhook(CLI::App& app, Action& action);
void add_access(CLI::App& app, Action& action);
void add_overview(CLI::App& app, Action& action);
void add_backup(CLI::App& app, Action& action);
void add_decode(CLI::App& app, Action& action);
void add_model(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);

/// Writes manual pages, completion scripts and a linnet.toml with every default into `folder`: what
/// a package installs, asked for with `linnet __generate FOLDER`.
ExitCode generate(const CLI::App& app, const std::string& folder);

/// Prints what may stand in place of the last of `words`, one a line: what the completion scripts
/// ask for with `linnet __complete WORD...`.
ExitCode complete(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace linnet::cli
