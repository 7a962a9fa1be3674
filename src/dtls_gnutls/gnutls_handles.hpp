// SPDX-License-Identifier: Apache-2.0
#pragma once
// GnuTLS objects that free themselves, and its errors as exceptions.
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <memory>
#include <string>

#include <linnet/dtls_gnutls/keys.hpp>

namespace linnet::dtls_gnutls {

/// A view of `bytes`, which GnuTLS does not write to.
inline gnutls_datum_t datum(ByteView bytes) {
  return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}

/// Memory that GnuTLS allocated. It may have been a key: wiped when it goes.
class OwnedDatum {
 public:
  OwnedDatum() = default;
  ~OwnedDatum() {
    if (datum_.data == nullptr) return;
    gnutls_memset(datum_.data, 0, datum_.size);
    gnutls_free(datum_.data);
  }
  OwnedDatum(const OwnedDatum&) = delete;
  OwnedDatum& operator=(const OwnedDatum&) = delete;
  [[nodiscard]] gnutls_datum_t* out() { return &datum_; }
  [[nodiscard]] ByteView view() const { return {datum_.data, datum_.size}; }

 private:
  gnutls_datum_t datum_{};
};

struct CertificateDeinit {
  void operator()(gnutls_x509_crt_t certificate) const { gnutls_x509_crt_deinit(certificate); }
};
using CertificateHandle =
    std::unique_ptr<std::remove_pointer_t<gnutls_x509_crt_t>, CertificateDeinit>;

struct PrivateKeyDeinit {
  void operator()(gnutls_x509_privkey_t key) const { gnutls_x509_privkey_deinit(key); }
};
using PrivateKeyHandle =
    std::unique_ptr<std::remove_pointer_t<gnutls_x509_privkey_t>, PrivateKeyDeinit>;

struct PskClientFree {
  void operator()(gnutls_psk_client_credentials_t credentials) const {
    gnutls_psk_free_client_credentials(credentials);
  }
};
using PskClientHandle =
    std::unique_ptr<std::remove_pointer_t<gnutls_psk_client_credentials_t>, PskClientFree>;

struct PskServerFree {
  void operator()(gnutls_psk_server_credentials_t credentials) const {
    gnutls_psk_free_server_credentials(credentials);
  }
};
using PskServerHandle =
    std::unique_ptr<std::remove_pointer_t<gnutls_psk_server_credentials_t>, PskServerFree>;

struct CertificateCredentialsFree {
  void operator()(gnutls_certificate_credentials_t credentials) const {
    gnutls_certificate_free_credentials(credentials);
  }
};
using CertificateCredentialsHandle =
    std::unique_ptr<std::remove_pointer_t<gnutls_certificate_credentials_t>,
                    CertificateCredentialsFree>;

struct PriorityDeinit {
  void operator()(gnutls_priority_t priority) const { gnutls_priority_deinit(priority); }
};
using PriorityHandle = std::unique_ptr<std::remove_pointer_t<gnutls_priority_t>, PriorityDeinit>;

/// Throws KeyError "<what>: <GnuTLS's reason>" for a negative code.
inline int check(int code, const char* what) {
  if (code < 0) throw KeyError(std::string(what) + ": " + gnutls_strerror(code));
  return code;
}

}  // namespace linnet::dtls_gnutls
