// SPDX-License-Identifier: Apache-2.0
// The linnet command: declares the subcommands, runs the one that was asked for, and turns
// failures into messages and exit codes.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <string>
#include <vector>

#include <linnet/posix/setup_error.hpp>
#include <linnet/service/service.hpp>

#include "command.hpp"

namespace {

constexpr const char* kFooter =
    R"(Examples:
  linnet server                                    serve devices on 5683, the API on 127.0.0.1:8080
  linnet client coap://127.0.0.1                   be a device, with a prompt to change its values
  linnet device list                               who is registered
  linnet device read urn:dev:os:32473-lamp-1 /3/0        ask a device something
  linnet device observe urn:dev:os:32473-lamp-1 /3303/0/5700
  linnet bootstrap set meters bootstrap.json       what new devices are configured with
  linnet credential new --psk --add                make a key for a device
  linnet decode 44 01 30 39 ...                    explain a CoAP message

Exit codes:
  0  done                             4  the server's API cannot be reached
  1  the device answered an error     5  the server cannot do it (no such device, ...)
  2  wrong arguments or settings      6  cannot start (a port in use, ...)
  3  the device did not answer

Environment:
  LINNET_SERVER  address of the API for device, bootstrap, credential and events, http://127.0.0.1:8080 if not set)";

/// What CLI11 says, but of a command that does not exist it only says that one is missing.
std::string explain(const CLI::App* app, const CLI::Error& error) {
  std::string reason = error.what();
  if (error.get_name() == "RequiredError") {
    const std::vector<std::string> unknown = app->remaining(true);
    if (!unknown.empty() && !unknown.front().starts_with('-')) {
      reason = "there is no command \"" + unknown.front() + '"';
    }
  }
  return "linnet: " + reason + "\nRun with --help for more information.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Linnet: LwM2M devices and the server that manages them", "linnet"};
  app.set_version_flag("--version", std::string("linnet ") + linnet::service::version());
  app.footer(kFooter);
  app.failure_message(explain);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  linnet::cli::Action action;
  linnet::cli::add_server(app, action);
  linnet::cli::add_client(app, action);
  linnet::cli::add_fleet(app, action);
  linnet::cli::add_device(app, action);
  linnet::cli::add_bootstrap(app, action);
  linnet::cli::add_credential(app, action);
  linnet::cli::add_events(app, action);
  linnet::cli::add_decode(app, action);
  linnet::cli::add_model(app, action);
  linnet::cli::add_completion(app, action);

  try {
    // Half a command line is not for the parser.
    if (argc > 1 && std::string_view(argv[1]) == "__complete") {
      return linnet::cli::complete(app, {argv + 2, argv + argc});
    }
    app.parse(argc, argv);
    return action ? action() : linnet::cli::kOk;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    // CLI11 prints the error and how to get help; its own exit codes mean nothing to scripts.
    app.exit(error, std::cerr, std::cerr);
    return linnet::cli::kUsage;
  } catch (const linnet::cli::Failure& failure) {
    std::cerr << "linnet: " << failure.what() << '\n';
    return failure.code;
  } catch (const linnet::posix::SetupError& error) {
    std::cerr << "linnet: " << error.what() << '\n';
    return linnet::cli::kCannotStart;
  }
}
