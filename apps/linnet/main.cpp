// SPDX-License-Identifier: Apache-2.0
// The linnet command: declares the subcommands, runs the one that was asked for, and turns
// failures into messages and exit codes.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

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
  linnet operation submit read /3/0/9 --tag cellar --watch     ask many, when each is there
  linnet console                                   a link into the web console
  linnet bootstrap set meters bootstrap.json       what new devices are configured with
  linnet credential new --psk --add                make a key for a device
  linnet decode 44 01 30 39 ...                    explain a CoAP message

Exit codes:
  0  done                             4  the server's API cannot be reached
  1  the device answered an error     5  the server cannot do it (no such device, ...)
  2  wrong arguments or settings      6  cannot start (a port in use, ...)
  3  the device did not answer

Environment:
  LINNET_SERVER                    address of the API, http://127.0.0.1:8080 if not set
  LINNET_CA                        with https://: whom to trust, PEM; else this machine's
  LINNET_TOKEN, LINNET_TOKEN_FILE  who asks; else $XDG_CONFIG_HOME/linnet/token, and on the
                                   server's own machine what the server leaves for its user
  LINNET_<SECTION>_<KEY>           a setting of `linnet server`
  NO_COLOR                         no colours)";

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
  app.failure_message(explain);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  linnet::cli::Action action;
  for (const auto add :
       {linnet::cli::add_server, linnet::cli::add_client, linnet::cli::add_fleet,
        linnet::cli::add_overview, linnet::cli::add_device, linnet::cli::add_operation,
        linnet::cli::add_rule, linnet::cli::add_events, linnet::cli::add_credential,
        linnet::cli::add_bootstrap, linnet::cli::add_model, linnet::cli::add_access,
        linnet::cli::add_webhook, linnet::cli::add_backup, linnet::cli::add_decode,
        linnet::cli::add_completion}) {
    add(app, action);
  }
  // Last, since subcommands take over what is there when they are made.
  app.footer(kFooter);

  try {
    // Half a command line is not for the parser.
    if (argc > 1 && std::string_view(argv[1]) == "__complete") {
      return linnet::cli::complete(app, {argv + 2, argv + argc});
    }
    if (argc == 3 && std::string_view(argv[1]) == "__generate") {
      return linnet::cli::generate(app, argv[2]);
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
  } catch (const std::exception& error) {  // SetupError, or what a file system says
    std::cerr << "linnet: " << error.what() << '\n';
    return linnet::cli::kCannotStart;
  }
}
