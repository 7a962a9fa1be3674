// SPDX-License-Identifier: Apache-2.0
#include "server_ports.hpp"

#include <iostream>
#include <optional>

#include <linnet/posix/net_address.hpp>

#include "command.hpp"

namespace linnet::cli {
namespace {

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
    return port(text.empty() ? "127.0.0.1:" + std::to_string(usual) : text, usual, what);
  }
  SocketAddress next = *plain;
  if (next.port != 0) ++next.port;
  return next;
}

void choose_device_ports(const ServerConfig& config, service::ServiceSettings& settings) {
  const auto take = [](const std::optional<SocketAddress>& from, bool& serve, SocketAddress& to) {
    serve = from.has_value();
    if (from) to = *from;
  };
  const auto coap = port(config.coap_listen, 5683, "CoAP");
  take(coap, settings.serve_coap, settings.coap);
  take(secure_port(config.coaps_listen, coap, 5684, "CoAP over DTLS"), settings.serve_coaps,
       settings.coaps);
  if (!config.bootstrap_enabled) return;
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
              << (is_any(at)         ? "  (IPv4 and IPv6)"
                  : at.is_loopback() ? "  (this machine only)"
                                     : "")
              << '\n';
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

/// For a terminal, not for a log (ServerLog::lines_only): that is kept, and the link is a secret
/// for as long as it is of use.
void say_welcome(const service::Service::Welcome& welcome) {
  if (welcome.token_file.empty()) return;
  std::cout << "First start\n"
            << "  console    " << welcome.link << "  (signs in once, within 15 minutes)\n"
            << "  token      " << welcome.token_file.string() << "  (of an admin, for programs)\n";
}

}  // namespace

void choose_ports(ServerConfig& config) {
  auto& settings = config.settings;
  choose_device_ports(config, settings);
  settings.serve_http = config.http_enabled;
  if (config.http_enabled) settings.http.address = address(config.http_listen, 8080, "HTTP");
  const auto https = port(config.https_listen.empty() ? "off" : config.https_listen, 8443, "HTTPS");
  settings.http.serve_tls = https.has_value();
  if (https) settings.http.tls_address = *https;
  settings.http.certificate = config.http_certificate;
  settings.http.private_key = config.http_private_key;
  auto problem = problem_of(settings.access, settings.http.address);
  if (problem.empty() && https) problem = problem_of(settings.access, *https);
  if (settings.serve_http && !problem.empty()) throw Failure(kUsage, problem);
  settings.store = config.store_file;
  settings.certificate = config.certificate_file;
  settings.webhook_ca_file = config.webhook_ca_file;
  settings.mqtt.ca_file = config.mqtt_ca_file;
  settings.mqtt.certificate = config.mqtt_certificate;
  settings.mqtt.private_key = config.mqtt_private_key;
  settings.mqtt.password_file = config.mqtt_password_file;
  settings.private_key = config.private_key_file;
  settings.verbose = config.log_updates;
}

void say_hello(const service::Service& server, const ServerConfig& config) {
  std::cout << "Linnet " << service::version() << " server\n";
  say_ports("devices", server.coap_address(), server.coaps_address());
  say_ports("bootstrap", server.bootstrap_address(), server.bootstrap_coaps_address());
  std::string options;
  if (config.http_enabled) {
    const std::string http = "http://" + posix::to_string(server.http_address());
    std::cout << "  API        " << http << "/api/v1  (described by " << http << "/openapi.yaml)\n";
    const auto https = server.https_address();
    if (https.port != 0) {
      std::cout << "             https://" << posix::to_string(https) << "/api/v1\n";
    }
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
  say_welcome(server.welcome());
  std::cout << "Try in another terminal\n";
  if (const auto coap = server.coap_address(); coap.port != 0) {
    std::cout << "  linnet client coap://" << client_host(coap, 5683) << '\n';
  }
  if (config.http_enabled) std::cout << "  linnet device list" << options << '\n';
  std::cout << "Ctrl-C ends it.\n" << std::flush;
}

std::string hello_line(const service::Service& server) {
  std::string line = std::string("Linnet ") + service::version() + " serves";
  const auto add = [&](const char* scheme, const SocketAddress& at) {
    if (at.port != 0) line += std::string(" ") + scheme + posix::to_string(at);
  };
  add("coap://", server.coap_address());
  add("coaps://", server.coaps_address());
  add("bootstrap+coap://", server.bootstrap_address());
  add("bootstrap+coaps://", server.bootstrap_coaps_address());
  add("http://", server.http_address());
  add("https://", server.https_address());
  return line;
}

}  // namespace linnet::cli
