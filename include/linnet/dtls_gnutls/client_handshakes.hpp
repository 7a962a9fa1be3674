// SPDX-License-Identifier: Apache-2.0
#pragma once
// DTLS 1.2 handshakes as a client, made by GnuTLS: pre-shared keys, raw public keys (RFC 7250) and
// certificates, with the checks LwM2M asks for (Core 1.2 §5.2.8). [SEC-03] [SEC-18] [SEC-21]
// [SEC-27] No state of its own: any thread, but each handshake on one at a time.
#include <linnet/secure/handshake.hpp>

namespace linnet::dtls_gnutls {

class GnutlsClientHandshakes final : public secure::ClientHandshakes {
 public:
  [[nodiscard]] secure::Handshake* begin(Instant now,
                                         const secure::ClientCredentials& credentials) override;
  void end(secure::Handshake* handshake) override;
};

}  // namespace linnet::dtls_gnutls
