// SPDX-License-Identifier: Apache-2.0
#pragma once
// The settings of `linnet server`: the defaults, over them a TOML file, over that the environment
// (LINNET_<SECTION>_<KEY>), over that the command line. Each value knows where it came from.
#include <filesystem>
#include <string>
#include <vector>

#include <linnet/service/service.hpp>

#include "setting.hpp"

namespace linnet::cli {

struct ServerConfig {
  ServerConfig();
  ServerConfig(const ServerConfig&) = delete;  // the table points into it
  ServerConfig& operator=(const ServerConfig&) = delete;

  // HOST:PORT, or "off". An empty one of the DTLS ports is the port after that without DTLS, on the
  // same host; if that is off, the usual one.
  std::string coap_listen = "127.0.0.1:5683";
  std::string coaps_listen;
  std::string bootstrap_listen = "127.0.0.1:5783";
  std::string bootstrap_coaps_listen;
  std::string http_listen = "127.0.0.1:8080";
  std::string https_listen;
  std::string http_certificate;
  std::string http_private_key;
  bool http_enabled = true;
  bool bootstrap_enabled = true;
  std::vector<std::string> model_folders;
  std::string store_file;
  std::string certificate_file;
  std::string private_key_file;
  std::string webhook_ca_file;
  std::string mqtt_ca_file;
  std::string mqtt_certificate;
  std::string mqtt_private_key;
  std::string mqtt_password_file;
  std::string log_level = "info";
  std::string log_format = "text";
  bool log_updates = false;
  service::ServiceSettings settings;

  SettingTable table;
};

/// Reads `file` over what is in `config`. Throws Failure, with file and line, for what cannot be
/// read, is unknown, or has the wrong type or range.
void read_config(const std::filesystem::path& file, ServerConfig& config);

/// Takes LINNET_<SECTION>_<KEY> of `environment` (as of environ(7)) over what is in `config`; a
/// list is separated by commas. Throws Failure for a value that is not as expected and for a
/// variable of a section that has no such key; returns the other LINNET_ variables that mean
/// nothing, for a warning.
std::vector<std::string> read_environment(const char* const* environment, ServerConfig& config);

/// Takes what the command line says: `option` is where it came from. REQUIRES: the setting is
/// there.
void override_setting(ServerConfig& config, std::string_view section, std::string_view key,
                      std::string_view value, std::string_view option);

/// The table as a file that sets every default, each with its explanation: for --help.
[[nodiscard]] std::string describe_settings();
/// The same as a package installs it: all of it commented out but the place of the store.
[[nodiscard]] std::string packaged_settings();

}  // namespace linnet::cli
