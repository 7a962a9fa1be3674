// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which server a command asks, and as whom.
#include <CLI/App.hpp>
#include <cstdint>
#include <string>

namespace linnet::cli {

/// What --server, --ca, --token and --token-file say, or LINNET_SERVER and LINNET_CA in their
/// place.
struct ServerAccess {
  ServerAccess();
  std::string url;
  std::string ca_file;
  std::string token;
  std::string token_file;
};

/// Where that is.
struct ServerAddress {
  bool secure = false;  ///< HTTPS
  std::string host;
  std::string port;

  /// A name or address that never leaves this machine.
  [[nodiscard]] bool is_loopback() const;
};

/// Throws Failure for what is no http:// or https:// with a host and perhaps a port.
[[nodiscard]] ServerAddress parse_server(const std::string& url);

/// Adds `--server`, `--ca`, `--token` and `--token-file` to a command that uses the API.
void add_server_option(CLI::App& command, ServerAccess& access);

/// The token to ask with; empty if there is none. In this order: `--token`, `--token-file`,
/// LINNET_TOKEN, LINNET_TOKEN_FILE, $XDG_CONFIG_HOME/linnet/token (~/.config/linnet/token), and for
/// a server on this machine the one it leaves for its own user while it runs, in
/// $XDG_RUNTIME_DIR/linnet, /tmp/linnet-<uid> or /run/linnet. Throws Failure for a file that was
/// named and cannot be read.
[[nodiscard]] std::string find_token(const ServerAccess& access, const ServerAddress& server);

}  // namespace linnet::cli
