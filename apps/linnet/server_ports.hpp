// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where `linnet server` listens: from what the settings say to addresses, and what a person is told
// when the ports are open.
#include <linnet/service/service.hpp>

#include "server_config.hpp"

namespace linnet::cli {

/// Fills the addresses and the other derived members of `config.settings`. Throws Failure for what
/// is no address, posix::SetupError for a host that cannot be found.
void choose_ports(ServerConfig& config);

/// Greets on standard output: where it listens, what was kept, what to try.
void say_hello(const service::Service& server, const ServerConfig& config);
/// The same in one line, for a log that programs read or the journal keeps.
[[nodiscard]] std::string hello_line(const service::Service& server);

}  // namespace linnet::cli
