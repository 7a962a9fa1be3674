// SPDX-License-Identifier: Apache-2.0
#include "certificate_path.hpp"

#include <algorithm>
#include <ctime>

namespace linnet::dtls_gnutls {

using secure::Alert;

namespace {

/// More no real authority needs, and a path has to end.
constexpr std::size_t kMaxPath = 8;

struct TrustListDeinit {
  void operator()(gnutls_x509_trust_list_t list) const {
    gnutls_x509_trust_list_deinit(list, 0);  // the certificates are not its own
  }
};

CertificateHandle parse_one(ByteView der) {
  gnutls_x509_crt_t made = nullptr;
  check(gnutls_x509_crt_init(&made), "no memory for a certificate");
  CertificateHandle certificate(made);
  const gnutls_datum_t in = datum(der);
  check(gnutls_x509_crt_import(made, &in, GNUTLS_X509_FMT_DER), "this is no certificate");
  return certificate;
}

std::string date(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[11];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

bool is_same(gnutls_x509_crt_t a, gnutls_x509_crt_t b) { return gnutls_x509_crt_equals(a, b) != 0; }

bool issued(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer) {
  return gnutls_x509_crt_check_issuer(certificate, issuer) != 0;
}

PathVerdict bad(Alert alert, std::string reason) {
  PathVerdict verdict;
  verdict.alert = alert;
  verdict.reason = std::move(reason);
  return verdict;
}

/// Names only: signatures come afterwards. Empty: no way leads to an anchor.
std::vector<gnutls_x509_crt_t> find_path(std::span<const CertificateHandle> shown,
                                         std::span<const CertificateHandle> anchors) {
  std::vector<gnutls_x509_crt_t> path{shown.front().get()};
  while (path.size() < kMaxPath) {
    gnutls_x509_crt_t last = path.back();
    for (const CertificateHandle& anchor : anchors) {
      // The certificate in question is not its own authority.
      if (path.size() > 1 && is_same(last, anchor.get())) return path;
      if (!is_same(last, anchor.get()) && issued(last, anchor.get())) {
        path.push_back(anchor.get());
        return path;
      }
    }
    const auto next = std::ranges::find_if(shown, [&](const CertificateHandle& candidate) {
      return std::ranges::find(path, candidate.get()) == path.end() &&
             issued(last, candidate.get());
    });
    if (next == shown.end()) return {};
    path.push_back(next->get());
  }
  return {};
}

std::optional<PathVerdict> check_times(std::span<const gnutls_x509_crt_t> path,
                                       std::int64_t unix_time) {
  if (unix_time == 0) return std::nullopt;
  for (gnutls_x509_crt_t certificate : path) {
    const std::string which =
        certificate == path.front() ? "it" : "the authority " + subject_of(certificate);
    const std::time_t from = gnutls_x509_crt_get_activation_time(certificate);
    const std::time_t to = gnutls_x509_crt_get_expiration_time(certificate);
    if (unix_time > to) {
      return bad(Alert::CertificateExpired, which + " expired on " + date(to));
    }
    if (unix_time < from) {
      return bad(Alert::CertificateExpired, which + " is valid only from " + date(from));
    }
  }
  return std::nullopt;
}

std::string explain_status(unsigned status) {
  if ((status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0) return "a signature in its path is wrong";
  if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0) {
    return "it or an authority of its path is signed with an algorithm that is no longer safe";
  }
  if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0) {
    return "a certificate in its path signed another without being an authority";
  }
  if ((status & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) != 0) {
    return "an authority in its path may not sign it";
  }
  return "its path to a trust anchor does not hold";
}

}  // namespace

std::vector<CertificateHandle> parse_certificates(std::span<const Bytes> ders) {
  std::vector<CertificateHandle> out;
  for (const Bytes& der : ders) out.push_back(parse_one(der));
  return out;
}

std::vector<CertificateHandle> parse_certificates(std::span<const gnutls_datum_t> ders) {
  std::vector<CertificateHandle> out;
  for (const gnutls_datum_t& der : ders) out.push_back(parse_one({der.data, der.size}));
  return out;
}

PathVerdict verify_path(std::span<const CertificateHandle> shown,
                        std::span<const CertificateHandle> anchors, std::int64_t unix_time,
                        Purpose purpose) {
  if (anchors.empty()) return bad(Alert::UnknownCa, "there are no trust anchors to check it with");
  PathVerdict verdict;
  verdict.path = find_path(shown, anchors);
  if (verdict.path.empty()) {
    const auto leaf = shown.front().get();
    return bad(Alert::UnknownCa, issued(leaf, leaf)
                                     ? "it is self-signed, and no trust anchor stands behind it"
                                     : "no trust anchor of ours stands behind it");
  }
  if (auto expired = check_times(verdict.path, unix_time)) return std::move(*expired);

  gnutls_x509_trust_list_t made = nullptr;
  check(gnutls_x509_trust_list_init(&made, 1), "no memory for trust anchors");
  const std::unique_ptr<std::remove_pointer_t<gnutls_x509_trust_list_t>, TrustListDeinit> list(
      made);
  gnutls_x509_crt_t anchor = verdict.path.back();
  check(gnutls_x509_trust_list_add_cas(made, &anchor, 1, 0), "a trust anchor cannot be used");
  unsigned status = 0;
  const int code = gnutls_x509_trust_list_verify_crt(
      made, verdict.path.data(), static_cast<unsigned>(verdict.path.size() - 1),
      GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS, &status,
      nullptr);
  if (code < 0 || status != 0) return bad(Alert::BadCertificate, explain_status(status));
  const char* oid =
      purpose == Purpose::Server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;
  if (gnutls_x509_crt_check_key_purpose(verdict.path.front(), oid, 0) == 0) {
    return bad(Alert::UnsupportedCertificate,
               purpose == Purpose::Server ? "it is not meant for servers (extended key usage)"
                                          : "it is not meant for clients (extended key usage)");
  }
  verdict.good = true;
  return verdict;
}

Bytes der_of(gnutls_x509_crt_t certificate) {
  OwnedDatum out;
  check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, out.out()), "certificate");
  return {out.view().begin(), out.view().end()};
}

std::string common_name_of(gnutls_x509_crt_t certificate) {
  char text[256];
  std::size_t size = sizeof text;
  if (gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &size) <
      0) {
    return {};
  }
  return {text, size};
}

std::string subject_of(gnutls_x509_crt_t certificate) {
  OwnedDatum out;
  if (gnutls_x509_crt_get_dn3(certificate, out.out(), 0) < 0) return {};
  return std::string(as_text(out.view()));
}

}  // namespace linnet::dtls_gnutls
