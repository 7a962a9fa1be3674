// SPDX-License-Identifier: Apache-2.0
#pragma once
// A certificate's path to a trust anchor (RFC 5280 §6), with the time as an argument: GnuTLS's own
// verification reads a clock, and does not say which certificates it went through. [SEC-24]
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <linnet/secure/alert.hpp>

#include "gnutls_handles.hpp"

namespace linnet::dtls_gnutls {

/// One certificate after the other, as they came. Throws `KeyError` for what is none.
[[nodiscard]] std::vector<CertificateHandle> parse_certificates(std::span<const Bytes> ders);
[[nodiscard]] std::vector<CertificateHandle> parse_certificates(
    std::span<const gnutls_datum_t> ders);

struct PathVerdict {
  bool good = false;
  secure::Alert alert{};  ///< if not
  std::string reason;     ///< if not, for people: "it expired on 2026-01-31"
  /// From the certificate to the anchor, both included; views into the handles.
  std::vector<gnutls_x509_crt_t> path;
};

enum class Purpose : std::uint8_t { Server, Client };

/// REQUIRES: `shown` is not empty; its first is the one in question. `unix_time` 0: the time is not
/// known and nothing is too old.
[[nodiscard]] PathVerdict verify_path(std::span<const CertificateHandle> shown,
                                      std::span<const CertificateHandle> anchors,
                                      std::int64_t unix_time, Purpose purpose);

/// The DER form.
[[nodiscard]] Bytes der_of(gnutls_x509_crt_t certificate);
[[nodiscard]] std::string common_name_of(gnutls_x509_crt_t certificate);
[[nodiscard]] std::string subject_of(gnutls_x509_crt_t certificate);

}  // namespace linnet::dtls_gnutls
