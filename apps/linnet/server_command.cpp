// SPDX-License-Identifier: Apache-2.0
// linnet server: the LwM2M server and its API in one process.
#include <unistd.h>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include <linnet/posix/core_dump.hpp>
#include <linnet/posix/service_manager.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/ticker.hpp>
#include <linnet/service/service.hpp>

#include "command.hpp"
#include "model_files.hpp"
#include "server_check.hpp"
#include "server_config.hpp"
#include "server_log.hpp"
#include "server_ports.hpp"

extern char** environ;

namespace linnet::cli {
namespace {

using service::LogLevel;

/// What answers to requests under way may take after the server was told to end.
constexpr Duration kPatience = seconds(5);

constexpr const char* kExamples =
    R"(
A setting is also taken from LINNET_<SECTION>_<KEY> in the environment, as
LINNET_COAP_LISTEN or LINNET_LOG_LEVEL, a list with commas. The command line comes
before that, and the file after it.

Signals:
  SIGTERM, SIGINT  end: take nothing new, answer what is under way, store, exit
  SIGHUP           read the settings again; those marked above are taken up

Examples:
  linnet server
  linnet server --coap 192.0.2.1:5683 --http 127.0.0.1:9090
  linnet server --coap off --coaps *:5684 --store linnet.db
  linnet server --config linnet.toml --check-config)";

struct Options {
  std::string config_file;
  std::string coap;
  std::string coaps;
  std::string http;
  std::string bootstrap;
  std::string bootstrap_coaps;
  std::string store;
  std::vector<std::string> models;
  bool verbose = false;
  bool check = false;
  bool as_json = false;
};

void read_options(const Options& options, ServerConfig& config) {
  const auto take = [&](const char* section, const char* key, const std::string& value,
                        const char* option) {
    if (!value.empty()) override_setting(config, section, key, value, option);
  };
  take("coap", "listen", options.coap, "--coap");
  take("coap", "secure_listen", options.coaps, "--coaps");
  if (!options.http.empty()) {
    take("http", "enabled", options.http == "off" ? "false" : "true", "--http");
    if (options.http != "off") take("http", "listen", options.http, "--http");
  }
  if (!options.bootstrap_coaps.empty()) {
    take("bootstrap", "secure_listen", options.bootstrap_coaps, "--bootstrap-coaps");
    if (!config.bootstrap_enabled) take("bootstrap", "listen", "off", "--bootstrap-coaps");
    take("bootstrap", "enabled", "true", "--bootstrap-coaps");
  }
  if (!options.bootstrap.empty()) {
    take("bootstrap", "listen", options.bootstrap, "--bootstrap");
    take("bootstrap", "enabled", "true", "--bootstrap");
  }
  take("store", "file", options.store, "--store");
  if (!options.models.empty()) {
    auto& folders = config.model_folders;
    folders.insert(folders.end(), options.models.begin(), options.models.end());
    config.table.find("models", "folders")->origin = "--models";
  }
  if (options.verbose) {
    take("log", "level", "debug", "--verbose");
    take("log", "updates", "true", "--verbose");
  }
}

/// File, environment and command line, in this order; returns variables that mean nothing.
std::vector<std::string> read_settings(const Options& options, ServerConfig& config) {
  if (!options.config_file.empty()) read_config(options.config_file, config);
  auto unknown = read_environment(environ, config);
  read_options(options, config);
  return unknown;
}

ExitCode check(const Options& options) {
  ServerConfig config;
  for (const auto& variable : read_settings(options, config)) {
    std::cerr << "linnet: warning: the variable " << variable << " means nothing\n";
  }
  (void)check_settings(config);
  print_settings(config, options.as_json);
  return kOk;
}

/// A server that runs, and what signals do to it. All on the loop's thread.
class RunningServer {
 public:
  RunningServer(posix::EventLoop& loop, const Options& options, ServerConfig& config,
                ServerLog& log)
      : loop_(loop),
        options_(options),
        log_(log),
        server_(loop, config.settings, load_models(config.model_folders, std::cerr)) {
    for (const auto& setting : config.table.all()) last_.push_back(setting.toml());
  }

  [[nodiscard]] service::Service& service() { return server_; }
  [[nodiscard]] const service::Service& service() const { return server_; }

  void on_signal(int number) {
    if (number == SIGHUP) return reload();
    if (stopping_) return loop_.stop();  // who asks twice does not want to wait
    stopping_ = true;
    posix::notify_service_manager("STOPPING=1\nSTATUS=Answering what is under way");
    log_.write(LogLevel::Info, {"stopping       what is under way is answered", {}});
    patience_.emplace(loop_, kPatience, [this] {
      log_.write(LogLevel::Warning, {"stopping       some requests were not answered in time", {}});
      loop_.stop();
    });
    server_.drain([this] { loop_.stop(); });
  }

 private:
  void reload() {
    posix::notify_reloading();
    try {
      ServerConfig next;
      read_settings(options_, next);
      take_up(next, check_settings(next));
      log_.write(LogLevel::Info, {"reloaded       the settings", {}});
    } catch (const std::runtime_error& error) {  // Failure or SetupError
      log_.write(LogLevel::Error, {std::string("reload         ") + error.what() +
                                       ". The settings of before stay in force",
                                   {}});
    }
    posix::notify_service_manager("READY=1");
  }

  void take_up(ServerConfig& next, lwm2m::ModelStore models) {
    server_.reload(next.settings, std::move(models));
    log_.set_level(next.log_level);
    log_.set_format(next.log_format);
    for (std::size_t i = 0; i < last_.size(); ++i) {
      const Setting& setting = next.table.all()[i];
      const std::string now = setting.toml();
      if (now == last_[i]) continue;
      if (!setting.reloads) {
        log_.write(LogLevel::Warning,
                   {"reload         " + setting.name() + " is " + now + " in " + setting.origin +
                        ", but stays " + last_[i] + " until a restart",
                    {}});
        continue;
      }
      log_.write(LogLevel::Info, {"reload         " + setting.name() + " is " + now + " now", {}});
      last_[i] = now;
    }
  }

  posix::EventLoop& loop_;
  const Options& options_;
  ServerLog& log_;
  service::Service server_;
  std::vector<std::string> last_;  ///< the values in force, in the order of the table
  bool stopping_ = false;
  std::optional<posix::Ticker> patience_;
};

/// Another store is taken up.
void tell_serving(const RunningServer& server, bool serving) {
  if (serving) {
    posix::notify_service_manager("READY=1\nSTATUS=" + hello_line(server.service()));
  } else {
    posix::notify_reloading();
    posix::notify_service_manager("WATCHDOG=1\nSTATUS=Taking up a back-up");
  }
}

ExitCode run(const Options& options) {
  if (options.check) return check(options);
  ServerConfig config;
  const auto unknown = read_settings(options, config);
  choose_ports(config);
  ServerLog log(config.log_level, config.log_format);
  config.settings.log = log.sink();
  for (const auto& variable : unknown) {
    log.write(LogLevel::Warning, {"the variable " + variable + " means nothing", {}});
  }

  posix::forbid_core_dumps();
  posix::EventLoop loop;
  RunningServer* running = nullptr;
  // Before any thread is made, so that all of them leave these signals to the loop.
  const posix::Signals signals(loop, {SIGINT, SIGTERM, SIGHUP}, [&](int number) {
    if (running != nullptr) running->on_signal(number);
  });
  config.settings.on_serving = [&running](bool serving) { tell_serving(*running, serving); };
  RunningServer server(loop, options, config, log);
  running = &server;
  if (log.lines_only()) {
    log.write(LogLevel::Info, {hello_line(server.service()), {}});
    const auto file = server.service().welcome().token_file;
    if (!file.empty()) {
      log.write(LogLevel::Info, {"first start: a token of an admin is in " + file.string() +
                                     "; `linnet console` gives a link to sign in with",
                                 {}});
    }
  } else {
    say_hello(server.service(), config);
  }
  posix::notify_service_manager("READY=1\nSTATUS=" + hello_line(server.service()));
  std::optional<posix::Ticker> watchdog;
  if (const auto interval = posix::watchdog_interval()) {
    watchdog.emplace(loop, Duration{std::max<std::int64_t>(interval->ms / 2, 1)},
                     [] { posix::notify_service_manager("WATCHDOG=1"); });
  }
  server.service().run();
  if (log.lines_only()) {
    log.write(LogLevel::Info, {"the server has stopped", {}});
  } else {
    std::cout << "The server has stopped.\n";
  }
  return kOk;
}

std::string footer() {
  std::string out = "Settings file (all of it optional, these are the defaults):\n";
  std::string indented = describe_settings();
  std::size_t at = 0;
  while (at < indented.size()) {
    const auto end = indented.find('\n', at);
    const std::string line = indented.substr(at, end - at);
    out += (line.empty() ? "" : "  ") + line + '\n';
    at = end + 1;
  }
  return out + kExamples;
}

}  // namespace

void add_server(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("server", "Serve devices, with an HTTP API on this machine");
  command->add_option("--config", options->config_file, "Settings in TOML")
      ->envname("LINNET_CONFIG")
      ->type_name("FILE");
  command
      ->add_option("--coap", options->coap,
                   "Where devices register, or \"off\"; * is every interface\n"
                   "[127.0.0.1:5683]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--coaps", options->coaps,
                   "The same through DTLS, or \"off\" [the port after that of --coap]")
      ->type_name("HOST:PORT");
  command->add_option("--http", options->http, "Where the API is, or \"off\" [127.0.0.1:8080]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--bootstrap", options->bootstrap,
                   "Where devices come for bootstrap, or \"off\" [127.0.0.1:5783]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--bootstrap-coaps", options->bootstrap_coaps,
                   "The same through DTLS, or \"off\" [the port after that of --bootstrap]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--store", options->store,
                   "Keep registrations, observations, credentials and bootstrap configurations\n"
                   "in this file over a restart; keys are encrypted with the one in FILE-key")
      ->type_name("FILE");
  command
      ->add_option("--models", options->models, "Folder with object definitions (DDF files *.xml)")
      ->type_name("DIR");
  command->add_flag("-v,--verbose", options->verbose, "Log every update and operation");
  auto* check =
      command->add_flag("--check-config", options->check,
                        "Only say whether the settings are good, what they are and where\n"
                        "each came from");
  command->add_flag("--json", options->as_json, "With --check-config: for programs")->needs(check);
  command->footer(footer());
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
