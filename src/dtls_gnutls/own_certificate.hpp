// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one side shows of itself, as GnuTLS keeps it. All throw `KeyError`.
#include <vector>

#include "gnutls_handles.hpp"

namespace linnet::dtls_gnutls {

[[nodiscard]] CertificateCredentialsHandle make_certificate_credentials();
/// As a raw public key (RFC 7250).
void add_raw_key(gnutls_certificate_credentials_t credentials, const PrivateKey& key);
/// DER, the own one first. Says so if the key is another's.
void add_certificates(gnutls_certificate_credentials_t credentials, const std::vector<Bytes>& chain,
                      const PrivateKey& key);

}  // namespace linnet::dtls_gnutls
