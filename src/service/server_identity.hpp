// SPDX-License-Identifier: Apache-2.0
#pragma once
// The key pair and certificate by which devices know this server: those of the settings, or a pair
// made once and kept beside the store.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <linnet/dtls_gnutls/keys.hpp>

namespace linnet::service {

struct ServerIdentity {
  dtls_gnutls::PrivateKey key;
  /// The server's own certificate first, then those between it and a trust anchor. DER.
  std::vector<dtls_gnutls::Bytes> chain;
  /// Where it comes from, for people: a file, or "made for this run".
  std::string origin;
};

struct ServerIdentityFiles {
  /// PEM or DER; both or neither.
  std::filesystem::path certificate;
  std::filesystem::path private_key;
  /// Where a pair is kept that was made because there was none: "<store>-identity.pem". Empty: it
  /// lives as long as the process, and devices that know it do not know the next one.
  std::filesystem::path store;
};

/// `unix_time` is for the certificate of a new pair. Throws posix::SetupError: a file that cannot
/// be read or has no key or certificate, or whose key and certificate are not a pair.
[[nodiscard]] ServerIdentity load_server_identity(const ServerIdentityFiles& files,
                                                  std::int64_t unix_time);

}  // namespace linnet::service
