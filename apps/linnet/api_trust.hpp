// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the server of an https:// address proves who it is: a certificate for the name in the
// address, signed by whom this machine or --ca trusts, shown with TLS 1.2 or later. Words for what
// goes wrong with that. OpenSSL, as the server's HTTPS is (decision 0015).
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace linnet::cli {

class ServerTrust {
 public:
  /// `ca_file`: certificates in PEM; empty: those that this machine trusts. Throws Failure.
  explicit ServerTrust(std::string ca_file);

  /// For a connection; the caller's to free.
  [[nodiscard]] SSL_CTX* new_context() const;
  /// Names `host` in the handshake, and takes no certificate that is for another. REQUIRES: `ssl`
  /// is of such a context.
  void expect(SSL* ssl, const std::string& host) const;
  /// Why the certificate that `context` is about was not taken.
  [[nodiscard]] std::string refusal(X509_STORE_CTX* context, const std::string& host) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  std::string ca_file_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

/// Why there was no handshake, by the error of OpenSSL.
[[nodiscard]] std::string handshake_failure(unsigned long error);

}  // namespace linnet::cli
