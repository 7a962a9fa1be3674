// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cipher suites, groups and signature algorithms by IANA's numbers, in GnuTLS's words.
// Core 1.2 §5.2.8, /0/x/16, /0/x/18, /0/x/20. [SEC-11] [SEC-14] [SEC-16] [SEC-28] [SEC-29]
#include <span>
#include <string>

#include <linnet/secure/handshake.hpp>

namespace linnet::dtls_gnutls {

struct ClientOffer {
  std::string priorities;  ///< empty: there is a problem
  std::string problem;     ///< for people
  /// All suites are the record layer's: with others, connection ids cannot be offered.
  bool records_are_ours = false;
};

[[nodiscard]] ClientOffer client_offer(const secure::ClientCredentials& credentials);

/// Everything, in our order, which counts. `certificate` and `raw_key` say what the server can
/// show.
[[nodiscard]] std::string server_priorities(bool certificate, bool raw_key);

}  // namespace linnet::dtls_gnutls
