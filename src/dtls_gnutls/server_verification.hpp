// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a server is the one a Security object means: its public key, or its certificate by usage
// and matching type (Core 1.2 §5.2.8, RFC 6698 §2.1, RFC 7671 §5, RFC 6125).
// [SEC-18] [SEC-19] [SEC-21] [SEC-26] [SEC-27]
#include <gnutls/gnutls.h>

#include <span>
#include <string>

#include <linnet/secure/handshake.hpp>

namespace linnet::dtls_gnutls {

struct ServerVerdict {
  bool good = false;
  secure::Alert alert{};  ///< if not
  std::string reason;     ///< if not, for people
  std::string text;       ///< what the server showed, for people
};

/// What has to be there before anything is sent. Throws `KeyError` with what is missing.
void check_server_expectation(const secure::ClientCredentials& credentials);

/// `shown` is the SubjectPublicKeyInfo if `raw_key`, else the certificates, the server's first.
[[nodiscard]] ServerVerdict verify_server(const secure::ClientCredentials& credentials,
                                          bool raw_key, std::span<const gnutls_datum_t> shown);

}  // namespace linnet::dtls_gnutls
