// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keys and certificates of a device's accounts as people give them: options of `linnet client` and
// `linnet fleet`, keys of a factory file. What cannot be read or does not fit throws Failure, in
// which there is never a key.
#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/lwm2m/security_mode.hpp>

namespace linnet::cli {

using lwm2m::SecurityMode;

/// What an account says about its connection: resources 2 to 5, 13 to 15 of object 0.
struct AccountSecurity {
  SecurityMode mode = SecurityMode::NoSec;
  std::string identity{};
  std::string server_key{};
  std::string key{};
  std::optional<std::uint32_t> matching_type{};
  std::string sni{};
  std::optional<std::uint32_t> certificate_usage{};

  AccountSecurity() = default;
  AccountSecurity(const AccountSecurity&) = default;
  AccountSecurity& operator=(const AccountSecurity&) = default;
  /// The key is wiped.
  ~AccountSecurity();
};

/// What was said on the command line.
struct SecurityOptions {
  std::string psk_identity;
  std::string psk_key;
  std::string rpk;
  std::string certificate;
  std::string key;
  std::string server_key;
  std::string server_certificate;
  std::string usage;
  std::string sni;
  std::vector<std::string> trust;

  [[nodiscard]] bool any() const;
};
void add_security_options(CLI::App& command, SecurityOptions& options);

/// Reads the files; mode NoSec if nothing was said.
[[nodiscard]] AccountSecurity read_security(const SecurityOptions& options);
/// The certificates that `--trust` names, DER one after the other.
[[nodiscard]] std::string read_trust_anchors(const SecurityOptions& options);

/// Hex digits, or "@FILE" with hex digits or the bytes themselves in it. `what` is named in
/// failures.
[[nodiscard]] std::string psk_key_of(const std::string& text, const std::string& what);

// What is PEM becomes the DER that the resource has; everything else stays as it is.
[[nodiscard]] std::string private_key_bytes(const std::string& bytes, const std::string& what);
[[nodiscard]] std::string public_key_bytes(const std::string& bytes, const std::string& what);
[[nodiscard]] std::string certificate_bytes(const std::string& bytes, const std::string& what);
/// SubjectPublicKeyInfo of the holder of a private key.
[[nodiscard]] std::string public_key_of(const std::string& private_key, const std::string& what);

}  // namespace linnet::cli
