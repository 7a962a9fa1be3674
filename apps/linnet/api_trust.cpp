// SPDX-License-Identifier: Apache-2.0
#include "api_trust.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "command.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

/// "2026-11-29".
std::string day(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "a day that cannot be read";
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%d", &parts)};
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(bytes);
  if (size == 4 || size == 16) {
    inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text, sizeof(text));
  }
  return text;
}

/// The names and addresses a certificate is for, as "localhost, 127.0.0.1"; empty if there are
/// none.
std::string names_of(X509* certificate) {
  constexpr int kMost = 8;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return {};
  std::string out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < kMost; ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    std::string text;
    if (name->type == GEN_IPADD) text = address_text(name->d.iPAddress);
    if (name->type == GEN_DNS) {
      text = printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                        static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
    }
    if (!text.empty()) out += (out.empty() ? "" : ", ") + text;
  }
  GENERAL_NAMES_free(names);
  return out;
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

/// Without the zone of an address and the last dot of a name, which no certificate has.
std::string plain_host(std::string host) {
  host.erase(std::min(host.size(), host.find('%')));
  if (host.ends_with('.')) host.pop_back();
  return host;
}

}  // namespace

ServerTrust::ServerTrust(std::string ca_file)
    : ca_file_(std::move(ca_file)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    throw Failure(kCannotStart, "OpenSSL has no TLS 1.2 here");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (ca_file_.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  if (::access(ca_file_.c_str(), R_OK) != 0) {
    throw Failure(kUsage, "cannot read " + ca_file_ + ": " + std::strerror(errno));
  }
  if (SSL_CTX_load_verify_file(context, ca_file_.c_str()) != 1) {
    throw Failure(kUsage, ca_file_ + " has no certificate in PEM");
  }
  // What is in the file is trusted as it is: also a server's own certificate.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

SSL_CTX* ServerTrust::new_context() const {
  SSL_CTX_up_ref(context_.get());
  return context_.get();
}

void ServerTrust::expect(SSL* ssl, const std::string& host) const {
  const std::string name = plain_host(host);
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool done = is_address(name)
                        ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1
                        : X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
                              SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  if (!done) throw Failure(kUsage, "\"" + host + "\" is no name that a certificate can be for");
}

std::string ServerTrust::refusal(X509_STORE_CTX* context, const std::string& host) const {
  const int error = X509_STORE_CTX_get_error(context);
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  const std::string which = X509_STORE_CTX_get_error_depth(context) == 0
                                ? "its certificate"
                                : "the certificate of an authority of its own";
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      if (!ca_file_.empty()) return "its certificate is not vouched for by " + ca_file_;
      return "its certificate is signed by nobody whom this machine trusts. If it is your own "
             "server, name its authority, or its certificate itself, with --ca FILE or LINNET_CA";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
      const std::string names = names_of(certificate);
      return "its certificate is " + (names.empty() ? "for no name" : "for " + names) +
             ", not for " + host + ". Use a name that is in it, or a certificate with this one";
    }
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return which + " expired on " + day(X509_get0_notAfter(certificate)) +
             ". A new one is needed there; http.certificate names it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return which + " is valid from " + day(X509_get0_notBefore(certificate)) +
             " only. Is the clock of this machine right?";
    default: return which + " cannot be taken: " + X509_verify_cert_error_string(error);
  }
}

std::string handshake_failure(unsigned long error) {
  switch (ERR_GET_REASON(error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "it does not speak TLS at this port. Write http:// if it is the plain one, or use the "
             "port of http.secure_listen";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "it does not speak TLS 1.2 or later";
    default: break;
  }
  const char* reason = ERR_reason_error_string(error);
  return std::string("the TLS handshake failed: ") + (reason == nullptr ? "unknown" : reason);
}

}  // namespace linnet::cli
