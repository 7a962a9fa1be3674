// SPDX-License-Identifier: Apache-2.0
#include "own_certificate.hpp"

#include <linnet/secure/wipe.hpp>

#include "certificate_path.hpp"

namespace linnet::dtls_gnutls {

CertificateCredentialsHandle make_certificate_credentials() {
  gnutls_certificate_credentials_t made = nullptr;
  check(gnutls_certificate_allocate_credentials(&made), "no memory for certificates");
  return CertificateCredentialsHandle(made);
}

void add_raw_key(gnutls_certificate_credentials_t credentials, const PrivateKey& key) {
  const Bytes spki = key.public_key().spki();
  Bytes secret = key.one_asymmetric_key();
  const gnutls_datum_t shown = datum(spki);
  const gnutls_datum_t kept = datum(secret);
  const int code = gnutls_certificate_set_rawpk_key_mem(
      credentials, &shown, &kept, GNUTLS_X509_FMT_DER, nullptr, 0, nullptr, 0, 0);
  secure::wipe(secret);
  check(code, "the raw public key cannot be used");
}

void add_certificates(gnutls_certificate_credentials_t credentials, const std::vector<Bytes>& chain,
                      const PrivateKey& key) {
  if (inspect_certificate(chain.front()).spki != key.public_key().spki()) {
    throw KeyError("the private key is not that of the certificate");
  }
  const auto certificates = parse_certificates(std::span<const Bytes>(chain));
  std::vector<gnutls_x509_crt_t> list;
  list.reserve(certificates.size());
  for (const CertificateHandle& certificate : certificates) list.push_back(certificate.get());
  gnutls_x509_privkey_t made = nullptr;
  check(gnutls_x509_privkey_init(&made), "no memory for a private key");
  const PrivateKeyHandle handle(made);
  Bytes secret = key.one_asymmetric_key();
  const gnutls_datum_t kept = datum(secret);
  int code = gnutls_x509_privkey_import2(made, &kept, GNUTLS_X509_FMT_DER, nullptr, 0);
  secure::wipe(secret);
  if (code >= 0) {
    code = gnutls_certificate_set_x509_key(credentials, list.data(), static_cast<int>(list.size()),
                                           made);
  }
  check(code, "the certificate cannot be used");
}

}  // namespace linnet::dtls_gnutls
