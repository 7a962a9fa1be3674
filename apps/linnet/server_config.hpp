// SPDX-License-Identifier: Apache-2.0
#pragma once
// The settings of `linnet server`: a TOML file, then what the command line says.
#include <filesystem>
#include <string>
#include <vector>

#include <linnet/service/service.hpp>

namespace linnet::cli {

struct ServerConfig {
  ServerConfig() { settings.serve_bootstrap = true; }

  std::string coap_listen = "*:5683";
  std::string bootstrap_listen = "*:5783";
  std::string http_listen = "127.0.0.1:8080";
  bool http_enabled = true;
  std::vector<std::string> model_folders;
  std::string store_file;
  std::string certificate_file;
  std::string private_key_file;
  std::string log_level = "info";
  bool log_updates = false;
  service::ServiceSettings settings;
};

/// Reads `file` over the defaults in `config`. Throws Failure, with file and line, for what cannot
/// be read, is unknown, or has the wrong type or range.
void read_config(const std::filesystem::path& file, ServerConfig& config);

}  // namespace linnet::cli
