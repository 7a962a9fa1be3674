// SPDX-License-Identifier: Apache-2.0
#pragma once
// TLS alerts (RFC 5246 §7.2, RFC 4279, RFC 6066) and what a device does about each (Core 1.2
// §6.2.1.4). [SEC-40] [SEC-41] [SEC-42]
#include <cstdint>
#include <string_view>

namespace linnet::secure {

enum class AlertLevel : std::uint8_t { Warning = 1, Fatal = 2 };

/// IANA's numbers, as /1/x/11 holds them. [SEC-45]
enum class Alert : std::uint8_t {
  CloseNotify = 0,
  UnexpectedMessage = 10,
  BadRecordMac = 20,
  DecryptionFailed = 21,
  RecordOverflow = 22,
  DecompressionFailure = 30,
  HandshakeFailure = 40,
  NoCertificate = 41,
  BadCertificate = 42,
  UnsupportedCertificate = 43,
  CertificateRevoked = 44,
  CertificateExpired = 45,
  CertificateUnknown = 46,
  IllegalParameter = 47,
  UnknownCa = 48,
  AccessDenied = 49,
  DecodeError = 50,
  DecryptError = 51,
  ExportRestriction = 60,
  ProtocolVersion = 70,
  InsufficientSecurity = 71,
  InternalError = 80,
  InappropriateFallback = 86,
  UserCanceled = 90,
  NoRenegotiation = 100,
  UnsupportedExtension = 110,
  CertificateUnobtainable = 111,
  UnrecognizedName = 112,
  BadCertificateStatusResponse = 113,
  BadCertificateHashValue = 114,
  UnknownPskIdentity = 115,
};

enum class AlertClass : std::uint8_t {
  Retry,   ///< connect again, with increasing pauses [SEC-40]
  Fail,    ///< does not mend by itself: fall back as /1 says [SEC-41]
  Ignore,  ///< [SEC-42]
};

/// An alert nobody listed is `Retry`: nothing is lost by trying, the pauses grow.
[[nodiscard]] AlertClass classify(Alert alert);
/// "unknown_psk_identity"; "alert" for a number without a name. Static lifetime.
[[nodiscard]] std::string_view name(Alert alert);
/// A sentence for a person who has to mend it: "the server does not know this PSK identity".
/// Static lifetime.
[[nodiscard]] std::string_view describe(Alert alert);

}  // namespace linnet::secure
