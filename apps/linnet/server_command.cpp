// SPDX-License-Identifier: Apache-2.0
// linnet server: the LwM2M server and its API in one process.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <optional>

#include <linnet/posix/core_dump.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/service/service.hpp>

#include "command.hpp"
#include "model_files.hpp"
#include "server_config.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kFooter =
    R"(Settings file (all of it optional, these are the defaults):
  [coap]          listen = "*:5683"           secure_listen = "*:5684"
  [http]          listen = "127.0.0.1:8080"   enabled = true
  [bootstrap]     listen = "*:5783"           secure_listen = "*:5784"
                  enabled = true   packs = true     maximum_sessions = 16384
  [models]        folders = []
  [registration]  default_lifetime = 86400    grace = 10    maximum = 1048576
                  adopt_new_address = true
  [operation]     timeout = 120    maximum_per_device = 256    maximum_answer_bytes = 1048576
  [events]        kept = 10000     kept_bytes = 16777216
  [dtls]          certificate = ""   private_key = ""   the server's own, PEM or DER;
                                    else made once and kept beside the store
                  connection_ids = true    idle = 86400 (seconds a session without a
                                    registration may be silent; 0: for ever)
                  maximum_sessions = 1048576       maximum_handshakes = 4096
                  handshake_timeout = 60
                  hellos_per_second = 500    hello_burst = 2000    for each /24 or /56
A port is "off" where it is not to be served.
  [store]         file = ""         keeps registrations, observations, credentials and
                                    bootstrap configurations over a restart; keys are
                                    encrypted with the one in FILE-key
  [log]           level = "info"   updates = false

Examples:
  linnet server
  linnet server --coap 192.0.2.1:5683 --http 127.0.0.1:9090
  linnet server --coap off --coaps *:5684 --store linnet.db
  linnet server --config linnet.toml --models ./my-objects)";

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
};

SocketAddress address(const std::string& text, std::uint16_t port, const char* what) {
  const auto split = posix::split_host_port(text, port);
  if (!split) {
    throw Failure(kUsage, "\"" + text + "\" is no address to listen on for " + what +
                              "; it looks like *:" + std::to_string(port) +
                              " or 127.0.0.1:" + std::to_string(port));
  }
  return posix::resolve(*split).front();
}

/// Where to listen, or nothing for "off".
std::optional<SocketAddress> port(const std::string& text, std::uint16_t usual, const char* what) {
  if (text == "off") return std::nullopt;
  return address(text, usual, what);
}

/// The same for a DTLS port, which is by default the one after that without DTLS.
std::optional<SocketAddress> secure_port(const std::string& text,
                                         const std::optional<SocketAddress>& plain,
                                         std::uint16_t usual, const char* what) {
  if (!text.empty() || !plain) {
    return port(text.empty() ? "*:" + std::to_string(usual) : text, usual, what);
  }
  SocketAddress next = *plain;
  if (next.port != 0) ++next.port;
  return next;
}

void choose_ports(const ServerConfig& config, service::ServiceSettings& settings) {
  const auto take = [](const std::optional<SocketAddress>& from, bool& serve, SocketAddress& to) {
    serve = from.has_value();
    if (from) to = *from;
  };
  const auto coap = port(config.coap_listen, 5683, "CoAP");
  take(coap, settings.serve_coap, settings.coap);
  take(secure_port(config.coaps_listen, coap, 5684, "CoAP over DTLS"), settings.serve_coaps,
       settings.coaps);
  if (!settings.serve_bootstrap) return;
  const auto bootstrap = port(config.bootstrap_listen, 5783, "bootstrap");
  take(bootstrap, settings.serve_bootstrap, settings.bootstrap);
  // Who says that there is no bootstrap means both ports, unless the other one is named.
  if (!bootstrap && config.bootstrap_coaps_listen.empty()) return;
  take(secure_port(config.bootstrap_coaps_listen, bootstrap, 5784, "bootstrap over DTLS"),
       settings.serve_bootstrap_coaps, settings.bootstrap_coaps);
}

bool is_any(const SocketAddress& address) { return address.ip == decltype(address.ip){}; }

void say_ports(const char* what, const SocketAddress& plain, const SocketAddress& secure) {
  const auto say = [&](const char* scheme, const SocketAddress& at) {
    if (at.port == 0) return;
    std::string label(what);
    label.resize(9, ' ');
    std::cout << "  " << label << "  " << scheme << posix::to_string(at)
              << (is_any(at) ? "  (IPv4 and IPv6)" : "") << '\n';
    what = "";
  };
  say("coap://", plain);
  say("coaps://", secure);
}

/// How a client on this machine reaches the port.
std::string client_host(const SocketAddress& at, std::uint16_t usual) {
  const std::string text = posix::to_string(at);
  const std::string port = at.port == usual ? "" : ":" + std::to_string(at.port);
  return is_any(at)         ? "127.0.0.1" + port
         : at.port == usual ? text.substr(0, text.rfind(':'))
                            : text;
}

void say_hello(const service::Service& server, const ServerConfig& config) {
  std::cout << "Linnet " << service::version() << " server\n";
  say_ports("devices", server.coap_address(), server.coaps_address());
  say_ports("bootstrap", server.bootstrap_address(), server.bootstrap_coaps_address());
  std::string options;
  if (config.http_enabled) {
    const std::string http = "http://" + posix::to_string(server.http_address());
    std::cout << "  API        " << http << "/api/v1  (described by " << http << "/openapi.yaml)\n";
    if (server.http_address() != SocketAddress::v4(127, 0, 0, 1, 8080))
      options = " --server " + http;
  }
  if (!config.store_file.empty()) {
    const auto kept = server.kept();
    std::cout << "  store      " << config.store_file << "  (" << kept.registrations
              << (kept.registrations == 1 ? " device, " : " devices, ") << kept.observations
              << (kept.observations == 1 ? " observation" : " observations") << " as before)\n";
    if (kept.configurations != 0) {
      std::cout << "             " << kept.configurations << " bootstrap "
                << (kept.configurations == 1 ? "configuration\n" : "configurations\n");
    }
    if (kept.credentials != 0) {
      std::cout << "             " << kept.credentials
                << (kept.credentials == 1 ? " credential\n" : " credentials\n");
    }
    if (kept.sessions != 0) {
      std::cout << "             " << kept.sessions
                << (kept.sessions == 1 ? " secure session\n" : " secure sessions\n");
    }
  }
  std::cout << "Try in another terminal\n";
  if (const auto coap = server.coap_address(); coap.port != 0) {
    std::cout << "  linnet client coap://" << client_host(coap, 5683) << '\n';
  }
  if (config.http_enabled) std::cout << "  linnet device list" << options << '\n';
  std::cout << "Ctrl-C ends it.\n" << std::flush;
}

service::LogSink make_log(const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    throw Failure(kUsage, "there is no log level \"" + level +
                              "\"; levels are debug, info, warn, error and off");
  }
  const auto logger = spdlog::stdout_color_mt("linnet");
  logger->set_pattern("%Y-%m-%d %H:%M:%S %^%-5l%$ %v");
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::debug);
  return [logger](service::LogLevel at, const std::string& line) {
    switch (at) {
      case service::LogLevel::Debug: return logger->debug(line);
      case service::LogLevel::Info: return logger->info(line);
      case service::LogLevel::Warning: return logger->warn(line);
      case service::LogLevel::Error: return logger->error(line);
    }
  };
}

ExitCode run(const Options& options) {
  ServerConfig config;
  if (!options.config_file.empty()) read_config(options.config_file, config);
  if (!options.coap.empty()) config.coap_listen = options.coap;
  if (!options.coaps.empty()) config.coaps_listen = options.coaps;
  if (!options.http.empty()) {
    config.http_enabled = options.http != "off";
    if (config.http_enabled) config.http_listen = options.http;
  }
  if (!options.bootstrap.empty()) {
    config.bootstrap_listen = options.bootstrap;
    config.settings.serve_bootstrap = true;
  }
  if (!options.bootstrap_coaps.empty()) {
    config.bootstrap_coaps_listen = options.bootstrap_coaps;
    if (!config.settings.serve_bootstrap) config.bootstrap_listen = "off";
    config.settings.serve_bootstrap = true;
  }
  config.model_folders.insert(config.model_folders.end(), options.models.begin(),
                              options.models.end());
  if (!options.store.empty()) config.store_file = options.store;
  if (options.verbose) {
    config.log_level = "debug";
    config.log_updates = true;
  }
  auto& settings = config.settings;
  choose_ports(config, settings);
  settings.serve_http = config.http_enabled;
  if (config.http_enabled) settings.http.address = address(config.http_listen, 8080, "HTTP");
  settings.store = config.store_file;
  settings.certificate = config.certificate_file;
  settings.private_key = config.private_key_file;
  settings.log = make_log(config.log_level);
  settings.verbose = config.log_updates;

  posix::forbid_core_dumps();
  posix::EventLoop loop;
  // Before any thread is made, so that all of them leave these signals to the loop.
  const posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  service::Service server(loop, settings, load_models(config.model_folders, std::cerr));
  say_hello(server, config);
  server.run();
  std::cout << "The server has stopped.\n";
  return kOk;
}

}  // namespace

void add_server(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("server", "Serve devices, with an HTTP API on this machine");
  command->add_option("--config", options->config_file, "Settings in TOML")->type_name("FILE");
  command
      ->add_option("--coap", options->coap,
                   "Where devices register, or \"off\"; * is every interface [*:5683]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--coaps", options->coaps,
                   "The same through DTLS, or \"off\" [the port after that of --coap]")
      ->type_name("HOST:PORT");
  command->add_option("--http", options->http, "Where the API is, or \"off\" [127.0.0.1:8080]")
      ->type_name("HOST:PORT");
  command
      ->add_option("--bootstrap", options->bootstrap,
                   "Where devices come for bootstrap, or \"off\" [*:5783]")
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
  command->footer(kFooter);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
