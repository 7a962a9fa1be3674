// SPDX-License-Identifier: Apache-2.0
#pragma once
// `linnet server --check-config`.
#include <linnet/lwm2m/model/model_store.hpp>

#include "command.hpp"
#include "server_config.hpp"

namespace linnet::cli {

/// Looks whether a server could begin with these settings, short of opening ports and store:
/// levels, addresses, certificate and key, object definitions. Returns the latter, with what is
/// wrong in them on standard error. Throws Failure or posix::SetupError.
lwm2m::ModelStore check_settings(ServerConfig& config);

/// Prints every setting as it would stand in the file, and behind it where the value came from; as
/// JSON {settings: [{section, key, value, origin, help, reloads}]}.
void print_settings(const ServerConfig& config, bool as_json);

}  // namespace linnet::cli
