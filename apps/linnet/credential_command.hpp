// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of `linnet credential`: what its subcommands are told, and the two that have files of
// their own.
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "api_command.hpp"
#include "command.hpp"

namespace linnet::cli {

struct CredentialOptions : ApiOptions {
  std::string endpoint;
  // list
  std::string search;
  std::size_t limit = 100;
  // new, add
  bool psk = false;
  bool rpk = false;
  bool x509 = false;
  bool by_name = false;
  bool add = false;
  bool replace = false;
  std::string identity;
  std::string key;
  std::string public_key;
  std::string certificate;
  std::size_t key_bytes = 16;
  std::string authority;
  std::string out;
  std::string uri = "coaps://127.0.0.1";
  std::int64_t days = 3650;
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;
  // import
  std::string file;
  bool dry_run = false;
  bool keep_going = false;
  // revoke
  std::string id;
  bool forget = false;
  // trust
  std::string anchor;
};

/// "/api/v1/credentials/<endpoint, encoded>".
[[nodiscard]] std::string credential_target(const std::string& endpoint);

/// linnet credential new.
ExitCode make_credential(const CredentialOptions& options);
/// linnet credential import.
ExitCode import_credentials(const CredentialOptions& options);

}  // namespace linnet::cli
