// SPDX-License-Identifier: Apache-2.0
#include "server_verification.hpp"

#include <gnutls/crypto.h>

#include <algorithm>
#include <array>

#include "certificate_path.hpp"

namespace linnet::dtls_gnutls {

using secure::Alert;
using secure::ClientCredentials;
using Usage = ClientCredentials::Usage;
using Matching = ClientCredentials::Matching;

namespace {

ServerVerdict bad(Alert alert, std::string reason) { return {false, alert, std::move(reason), {}}; }

gnutls_digest_algorithm_t digest_of(Matching matching) {
  switch (matching) {
    case Matching::Exact: break;
    case Matching::Sha256: return GNUTLS_DIG_SHA256;
    case Matching::Sha384: return GNUTLS_DIG_SHA384;
    case Matching::Sha512: return GNUTLS_DIG_SHA512;
  }
  return GNUTLS_DIG_NULL;
}

/// Whether /0/x/4 stands for `der`. [SEC-26]
bool matches(const ClientCredentials& credentials, ByteView der) {
  if (credentials.matching == Matching::Exact) return equal(credentials.server_key, der);
  const gnutls_digest_algorithm_t algorithm = digest_of(credentials.matching);
  std::array<std::uint8_t, 64> digest{};
  if (gnutls_hash_fast(algorithm, der.data(), der.size(), digest.data()) < 0) return false;
  return equal(credentials.server_key, ByteView{digest}.first(gnutls_hash_get_len(algorithm)));
}

bool matches(const ClientCredentials& credentials, gnutls_x509_crt_t certificate) {
  return matches(credentials, der_of(certificate));
}

/// The same point in another form is the same key.
bool is_same_key(ByteView expected, ByteView spki) {
  if (equal(expected, spki)) return true;
  try {
    const PublicKey wanted = PublicKey::from(expected);
    const PublicKey shown = PublicKey::from(spki);
    // The x coordinate alone leaves two points, of which one private key serves both.
    return expected.size() == PublicKey::kCoordinate ? equal(wanted.x(), shown.x())
                                                     : wanted == shown;
  } catch (const KeyError&) {
    return false;
  }
}

// [SEC-18]
ServerVerdict verify_raw_key(const ClientCredentials& credentials, ByteView spki) {
  const bool good = credentials.matching == Matching::Exact
                        ? is_same_key(credentials.server_key, spki)
                        : matches(credentials, spki);
  ServerVerdict verdict;
  if (!good) {
    verdict = bad(Alert::CertificateUnknown,
                  "the server's public key, " + fingerprint(spki) + ", is not the one in /0/x/4");
  }
  verdict.good = good;
  verdict.text = fingerprint(spki);
  return verdict;
}

std::string list_names(gnutls_x509_crt_t certificate) {
  const CertificateFacts facts = inspect_certificate(der_of(certificate));
  std::string out;
  for (const auto* names : {&facts.dns_names, &facts.addresses}) {
    for (const std::string& name : *names) out += (out.empty() ? "" : ", ") + name;
  }
  return out.empty() ? facts.subject : out;
}

/// RFC 6125, by the name the account is about. [SEC-21]
ServerVerdict verify_name(const ClientCredentials& credentials, gnutls_x509_crt_t certificate) {
  const std::string name(credentials.server_name);
  if (name.empty()) {
    return bad(Alert::BadCertificate,
               "the server's certificate cannot be checked without a name: give one in /0/x/14");
  }
  if (gnutls_x509_crt_check_hostname2(certificate, name.c_str(), 0) == 0) {
    return bad(Alert::BadCertificate,
               "the server's certificate is for " + list_names(certificate) + ", not for " + name);
  }
  return {.good = true, .alert = {}, .reason = {}, .text = {}};
}

ServerVerdict verify_path_of(const ClientCredentials& credentials,
                             std::span<const CertificateHandle> shown,
                             std::span<const CertificateHandle> anchors, PathVerdict& path) {
  path = verify_path(shown, anchors, credentials.unix_time, Purpose::Server);
  if (!path.good) return bad(path.alert, "the server's certificate is not trusted: " + path.reason);
  return {.good = true, .alert = {}, .reason = {}, .text = {}};
}

std::vector<CertificateHandle> configured_anchors(const ClientCredentials& credentials) {
  if (credentials.trust_anchors.empty()) return {};
  return parse_certificates(std::span<const Bytes>(read_certificates(credentials.trust_anchors)));
}

/// Usage 0: a path to a trust anchor, through the authority of /0/x/4.
ServerVerdict verify_ca_constraint(const ClientCredentials& credentials,
                                   std::span<const CertificateHandle> shown) {
  const auto anchors = configured_anchors(credentials);
  PathVerdict path;
  ServerVerdict verdict = verify_path_of(credentials, shown, anchors, path);
  if (!verdict.good) return verdict;
  const auto authorities = std::span(path.path).subspan(1);
  if (std::ranges::none_of(authorities, [&](gnutls_x509_crt_t authority) {
        return matches(credentials, authority);
      })) {
    return bad(Alert::UnknownCa,
               "the authority in /0/x/4 is none of those that signed the server's certificate "
               "(certificate usage 0)");
  }
  return verify_name(credentials, shown.front().get());
}

/// Usage 1: the certificate of /0/x/4, and a path from it to a trust anchor.
ServerVerdict verify_service_certificate(const ClientCredentials& credentials,
                                         std::span<const CertificateHandle> shown) {
  if (!matches(credentials, shown.front().get())) {
    return bad(Alert::CertificateUnknown,
               "the server's certificate is not the one in /0/x/4 (certificate usage 1)");
  }
  const auto anchors = configured_anchors(credentials);
  PathVerdict path;
  return verify_path_of(credentials, shown, anchors, path);
}

/// Usage 2: a path to the authority of /0/x/4, which counts as the only trust anchor.
ServerVerdict verify_trust_anchor(const ClientCredentials& credentials,
                                  std::span<const CertificateHandle> shown) {
  std::vector<Bytes> anchor;
  if (credentials.matching == Matching::Exact) {
    anchor.emplace_back(credentials.server_key.begin(), credentials.server_key.end());
  } else {
    // A digest says which; the server has to send it along (RFC 7671 §5.2).
    for (const CertificateHandle& candidate : shown.subspan(1)) {
      if (matches(credentials, candidate.get())) anchor.push_back(der_of(candidate.get()));
    }
    if (anchor.empty()) {
      return bad(Alert::UnknownCa,
                 "the server sent no authority with the digest in /0/x/4 (certificate usage 2)");
    }
  }
  const auto anchors = parse_certificates(std::span<const Bytes>(anchor));
  PathVerdict path;
  ServerVerdict verdict = verify_path_of(credentials, shown, anchors, path);
  return verdict.good ? verify_name(credentials, shown.front().get()) : verdict;
}

/// Usage 3: the certificate of /0/x/4 and nothing else: no path, no name, no date (RFC 7671 §5.1).
ServerVerdict verify_domain_issued(const ClientCredentials& credentials,
                                   std::span<const CertificateHandle> shown) {
  if (matches(credentials, shown.front().get())) {
    return {.good = true, .alert = {}, .reason = {}, .text = {}};
  }
  return bad(Alert::CertificateUnknown,
             "the server's certificate is not the one in /0/x/4 (certificate usage 3)");
}

// [SEC-27]
ServerVerdict verify_certificate(const ClientCredentials& credentials,
                                 std::span<const CertificateHandle> shown) {
  switch (credentials.usage) {
    case Usage::CaConstraint: return verify_ca_constraint(credentials, shown);
    case Usage::ServiceCertificateConstraint: return verify_service_certificate(credentials, shown);
    case Usage::TrustAnchorAssertion: return verify_trust_anchor(credentials, shown);
    case Usage::DomainIssuedCertificate: break;
  }
  return verify_domain_issued(credentials, shown);
}

}  // namespace

void check_server_expectation(const ClientCredentials& credentials) {
  const ByteView key = credentials.server_key;
  const bool raw = credentials.mode == ClientCredentials::Mode::RawPublicKey;
  if (key.empty()) {
    throw KeyError(raw ? "there is no public key of the server in /0/x/4"
                       : "there is no certificate of the server or an authority in /0/x/4");
  }
  if (credentials.matching == Matching::Exact) {
    try {
      if (raw) {
        (void)PublicKey::from(key);
      } else {
        (void)inspect_certificate(key);
      }
    } catch (const KeyError& error) {
      throw KeyError(std::string("/0/x/4 cannot be used: ") + error.what());
    }
    return;
  }
  if (key.size() != gnutls_hash_get_len(digest_of(credentials.matching))) {
    throw KeyError("/0/x/4 is no digest of the kind /0/x/13 says");
  }
}

ServerVerdict verify_server(const ClientCredentials& credentials, bool raw_key,
                            std::span<const gnutls_datum_t> shown) {
  const bool wants_raw = credentials.mode == ClientCredentials::Mode::RawPublicKey;
  if (shown.empty() || raw_key != wants_raw) {
    return bad(Alert::UnsupportedCertificate, wants_raw ? "the server showed no raw public key"
                                                        : "the server showed no certificate");
  }
  if (raw_key) return verify_raw_key(credentials, {shown.front().data, shown.front().size});
  try {
    const auto certificates = parse_certificates(shown);
    ServerVerdict verdict = verify_certificate(credentials, certificates);
    verdict.text = subject_of(certificates.front().get());
    return verdict;
  } catch (const KeyError& error) {
    return bad(Alert::BadCertificate,
               std::string("the server's certificate cannot be read: ") + error.what());
  }
}

}  // namespace linnet::dtls_gnutls
