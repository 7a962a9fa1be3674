// SPDX-License-Identifier: Apache-2.0
#pragma once
// linnet model at a server: what it knows, and giving it more.
#include <optional>
#include <string>
#include <vector>

#include "api_command.hpp"

namespace linnet::cli {

struct ModelOptions : ApiOptions {
  std::vector<std::string> folders;
  std::string object;
  std::string version;
  std::vector<std::string> files;
  bool dry_run = false;
};

/// Lists or shows what the server has. Nothing if none answers at the usual address and nobody
/// named another one: then the definitions of this program are as good.
std::optional<ExitCode> list_server_models(const ModelOptions& options);
std::optional<ExitCode> show_server_model(const ModelOptions& options);

/// Declares upload, download and remove.
void add_model_server(CLI::App* model, const std::shared_ptr<ModelOptions>& options,
                      Action& action);

}  // namespace linnet::cli
