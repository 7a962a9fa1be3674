// SPDX-License-Identifier: Apache-2.0
#include "http_stream.hpp"

#include <string>

#include <linnet/posix/setup_error.hpp>
#include <linnet/service/http_server.hpp>

#include "secret_box.hpp"

namespace linnet::service {

namespace ssl = boost::asio::ssl;

std::shared_ptr<HttpStream::Context> make_tls(const std::filesystem::path& certificate,
                                              const std::filesystem::path& private_key) {
  if (certificate.empty() || private_key.empty()) {
    throw posix::SetupError("HTTPS needs both http.certificate and http.private_key");
  }
  auto tls = std::make_shared<ssl::context>(ssl::context::tls_server);
  tls->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                   ssl::context::no_compression | SSL_OP_NO_RENEGOTIATION);
  boost::system::error_code error;
  tls->use_certificate_chain_file(certificate.string(), error);
  if (error) {
    throw posix::SetupError(certificate.string() +
                            " is no chain of certificates, in PEM, for HTTPS: " + error.message());
  }
  const auto key = read_private_file(private_key);
  if (!key) throw posix::SetupError(private_key.string() + ": there is no such file");
  tls->use_private_key(boost::asio::buffer(key->view().data(), key->view().size()),
                       ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(tls->native_handle()) != 1) {
    throw posix::SetupError(private_key.string() +
                            " is not the private key, in PEM, that belongs to " +
                            certificate.string());
  }
  return tls;
}

void check_tls(const HttpOptions& options) {
  if (options.serve_tls) (void)make_tls(options.certificate, options.private_key);
}

}  // namespace linnet::service
