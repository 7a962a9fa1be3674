// SPDX-License-Identifier: Apache-2.0
#include "api_token.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string_view>

#include <linnet/posix/net_address.hpp>

#include "command.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kUsualServer = "http://127.0.0.1:8080";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string trimmed(std::string text) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  std::size_t start = 0;
  while (start < text.size() && blank(text[start])) ++start;
  return text.substr(start);
}

/// The first line's worth of a file; nothing if it cannot be read. `own`: only if it is of
/// this user or of root, and no link; root takes anybody's.
std::optional<std::string> read_token(const std::string& file, bool own) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | (own ? O_NOFOLLOW : 0));
  if (descriptor < 0) return {};
  struct stat facts {};
  std::optional<std::string> out;
  const bool good = fstat(descriptor, &facts) == 0 &&
                    (!own || facts.st_uid == geteuid() || geteuid() == 0 || facts.st_uid == 0);
  if (good) {
    char text[1024];
    const ssize_t size = ::read(descriptor, text, sizeof(text));
    if (size > 0) out = trimmed(std::string(text, static_cast<std::size_t>(size)));
  }
  ::close(descriptor);
  return out;
}

std::string named_file(const std::string& file) {
  const auto token = read_token(file, false);
  if (!token || token->empty()) throw Failure(kUsage, "there is no token in the file " + file);
  return *token;
}

std::string config_folder() {
  if (const auto folder = variable("XDG_CONFIG_HOME"); !folder.empty()) return folder;
  const auto home = variable("HOME");
  return home.empty() ? "" : home + "/.config";
}

}  // namespace

bool ServerAddress::is_loopback() const {
  in_addr four{};
  return host == "localhost" || host == "::1" ||
         (inet_pton(AF_INET, host.c_str(), &four) == 1 && host.starts_with("127."));
}

ServerAddress parse_server(const std::string& url) {
  const Failure wrong(kUsage, "\"" + url +
                                  "\" is not the address of a server; it looks like "
                                  "http://127.0.0.1:8080 or https://lwm2m.example.com:8443");
  ServerAddress out;
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    out.secure = rest.substr(0, scheme) == "https";
    if (!out.secure && rest.substr(0, scheme) != "http") throw wrong;
    rest.remove_prefix(scheme + 3);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto split = posix::split_host_port(rest, out.secure ? 443 : 80);
  if (!split || split->host.empty() || split->host.find('/') != std::string::npos) throw wrong;
  out.host = split->host;
  out.port = std::to_string(split->port);
  return out;
}

// Not by CLI11, which takes it for each command that shares an option, also behind one that is
// given.
ServerAccess::ServerAccess() : url(variable("LINNET_SERVER")), ca_file(variable("LINNET_CA")) {
  if (url.empty()) url = kUsualServer;
}

void add_server_option(CLI::App& command, ServerAccess& access) {
  command
      .add_option("--server", access.url,
                  "Address of the server's API, http:// or https://; or LINNET_SERVER")
      ->default_str(kUsualServer)
      ->type_name("URL");
  command
      .add_option(
          "--ca", access.ca_file,
          "Whom to trust with https://, PEM: an authority, or the server's own certificate; "
          "or LINNET_CA [whom this machine trusts]")
      ->type_name("FILE");
  command
      .add_option("--token", access.token,
                  "Who asks; better in a file or in LINNET_TOKEN, where ps does not show it")
      ->type_name("TOKEN");
  command.add_option("--token-file", access.token_file, "The same, in a file")->type_name("FILE");
}

std::string find_token(const ServerAccess& access, const ServerAddress& server) {
  if (!access.token.empty()) return access.token;
  if (!access.token_file.empty()) return named_file(access.token_file);
  if (const auto token = variable("LINNET_TOKEN"); !token.empty()) return token;
  if (const auto file = variable("LINNET_TOKEN_FILE"); !file.empty()) return named_file(file);
  if (const auto folder = config_folder(); !folder.empty()) {
    if (const auto token = read_token(folder + "/linnet/token", true)) return *token;
  }
  if (!server.is_loopback()) return {};
  const std::string name = "/admin-token-" + server.port;
  if (const auto folder = variable("XDG_RUNTIME_DIR"); !folder.empty()) {
    if (const auto token = read_token(folder + "/linnet" + name, true)) return *token;
  }
  const std::string own = "/tmp/linnet-" + std::to_string(geteuid());
  if (const auto token = read_token(own + name, true)) return *token;
  return read_token("/run/linnet" + name, true).value_or("");
}

}  // namespace linnet::cli
