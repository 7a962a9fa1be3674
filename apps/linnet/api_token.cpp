// SPDX-License-Identifier: Apache-2.0
#include "api_token.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "command.hpp"

namespace linnet::cli {
namespace {

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

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

void add_server_option(CLI::App& command, ServerAccess& access) {
  command.add_option("--server", access.url, "Address of the server's API")
      ->envname("LINNET_SERVER")
      ->capture_default_str()
      ->type_name("URL");
  command
      .add_option("--token", access.token,
                  "Who asks; better in a file or in LINNET_TOKEN, where ps does not show it")
      ->type_name("TOKEN");
  command.add_option("--token-file", access.token_file, "The same, in a file")->type_name("FILE");
}

std::string find_token(const ServerAccess& access, const std::string& host,
                       const std::string& port) {
  if (!access.token.empty()) return access.token;
  if (!access.token_file.empty()) return named_file(access.token_file);
  if (const auto token = variable("LINNET_TOKEN"); !token.empty()) return token;
  if (const auto file = variable("LINNET_TOKEN_FILE"); !file.empty()) return named_file(file);
  if (const auto folder = config_folder(); !folder.empty()) {
    if (const auto token = read_token(folder + "/linnet/token", true)) return *token;
  }
  if (!is_loopback(host)) return {};
  const std::string name = "/admin-token-" + port;
  if (const auto folder = variable("XDG_RUNTIME_DIR"); !folder.empty()) {
    if (const auto token = read_token(folder + "/linnet" + name, true)) return *token;
  }
  const std::string own = "/tmp/linnet-" + std::to_string(geteuid());
  if (const auto token = read_token(own + name, true)) return *token;
  return read_token("/run/linnet" + name, true).value_or("");
}

}  // namespace linnet::cli
