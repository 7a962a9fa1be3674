// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which server a command asks, and as whom.
#include <CLI/App.hpp>
#include <cstdint>
#include <string>

namespace linnet::cli {

/// What --server, --token and --token-file say.
struct ServerAccess {
  std::string url = "http://127.0.0.1:8080";
  std::string token;
  std::string token_file;
};

/// Adds `--server`, `--token` and `--token-file`, with LINNET_SERVER, LINNET_TOKEN and
/// LINNET_TOKEN_FILE in their place, to a command that uses the API.
void add_server_option(CLI::App& command, ServerAccess& access);

/// The token to ask with; empty if there is none. In this order: `--token`, `--token-file`,
/// LINNET_TOKEN, LINNET_TOKEN_FILE, $XDG_CONFIG_HOME/linnet/token (~/.config/linnet/token), and for
/// a server on this machine the one it leaves for its own user while it runs, in
/// $XDG_RUNTIME_DIR/linnet, /tmp/linnet-<uid> or /run/linnet. Throws Failure for a file that was
/// named and cannot be read.
[[nodiscard]] std::string find_token(const ServerAccess& access, const std::string& host,
                                     const std::string& port);

}  // namespace linnet::cli
