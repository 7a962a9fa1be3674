// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <linnet/secure/alert.hpp>

namespace linnet::secure {
namespace {

struct Row {
  Alert alert;
  AlertClass reaction;
  std::string_view name;
  std::string_view meaning;
};

constexpr AlertClass kRetry = AlertClass::Retry;
constexpr AlertClass kFail = AlertClass::Fail;
constexpr AlertClass kIgnore = AlertClass::Ignore;

// Core 1.2 §6.2.1.4 numbers internal_error 86, which is inappropriate_fallback: both are retried.
// [SEC-40] [SEC-41] [SEC-42]
constexpr std::array<Row, 31> kRows{{
    {Alert::CloseNotify, kRetry, "close_notify", "the peer ended the session"},
    {Alert::UnexpectedMessage, kRetry, "unexpected_message",
     "the peer got a message it did not expect at that point"},
    {Alert::BadRecordMac, kRetry, "bad_record_mac",
     "the peer could not verify a record: the keys differ, or it was changed on the way"},
    {Alert::DecryptionFailed, kRetry, "decryption_failed", "the peer could not decrypt a record"},
    {Alert::RecordOverflow, kRetry, "record_overflow", "the peer got a record that is too long"},
    {Alert::DecompressionFailure, kIgnore, "decompression_failure",
     "the peer could not decompress a record"},
    {Alert::HandshakeFailure, kRetry, "handshake_failure",
     "the two sides have no cipher suite or parameters in common"},
    {Alert::NoCertificate, kIgnore, "no_certificate", "the peer has no certificate to show"},
    {Alert::BadCertificate, kFail, "bad_certificate",
     "the peer found our certificate or public key corrupt or wrongly signed"},
    {Alert::UnsupportedCertificate, kFail, "unsupported_certificate",
     "the peer does not take certificates or keys of our kind"},
    {Alert::CertificateRevoked, kFail, "certificate_revoked", "our certificate was revoked"},
    {Alert::CertificateExpired, kFail, "certificate_expired",
     "our certificate has expired or is not valid yet, or the peer's clock is wrong"},
    {Alert::CertificateUnknown, kFail, "certificate_unknown",
     "the peer does not accept our certificate or public key"},
    {Alert::IllegalParameter, kRetry, "illegal_parameter",
     "the peer got a handshake field that is out of range or contradicts another"},
    {Alert::UnknownCa, kFail, "unknown_ca",
     "the peer does not trust the authority that signed our certificate"},
    {Alert::AccessDenied, kFail, "access_denied",
     "the peer knows our credential, but does not let it in"},
    {Alert::DecodeError, kRetry, "decode_error", "the peer could not decode a handshake message"},
    {Alert::DecryptError, kRetry, "decrypt_error",
     "the peer could not verify a signature or the Finished message: the keys may differ"},
    {Alert::ExportRestriction, kIgnore, "export_restriction",
     "the peer found a breach of export restrictions"},
    {Alert::ProtocolVersion, kRetry, "protocol_version",
     "the peer does not speak our version of the protocol, DTLS 1.2"},
    {Alert::InsufficientSecurity, kRetry, "insufficient_security",
     "the peer asks for stronger cipher suites than ours"},
    {Alert::InternalError, kRetry, "internal_error", "the peer failed for a reason of its own"},
    {Alert::InappropriateFallback, kRetry, "inappropriate_fallback",
     "the peer speaks a newer version than the one we fell back to"},
    {Alert::UserCanceled, kRetry, "user_canceled", "the peer gave up the handshake"},
    {Alert::NoRenegotiation, kRetry, "no_renegotiation",
     "the peer does not renegotiate in a session"},
    {Alert::UnsupportedExtension, kIgnore, "unsupported_extension",
     "the peer got an extension it did not ask for"},
    {Alert::CertificateUnobtainable, kRetry, "certificate_unobtainable",
     "the peer could not fetch our certificate"},
    {Alert::UnrecognizedName, kFail, "unrecognized_name",
     "the server does not serve the host name we asked for"},
    {Alert::BadCertificateStatusResponse, kFail, "bad_certificate_status_response",
     "the peer did not accept the proof that a certificate is not revoked"},
    {Alert::BadCertificateHashValue, kFail, "bad_certificate_hash_value",
     "the peer fetched a certificate that is not the one announced"},
    {Alert::UnknownPskIdentity, kFail, "unknown_psk_identity",
     "the server does not know this PSK identity"},
}};

constexpr bool sorted() {
  for (std::size_t i = 1; i < kRows.size(); ++i) {
    if (kRows[i - 1].alert >= kRows[i].alert) return false;
  }
  return true;
}
static_assert(sorted());

const Row* find(Alert alert) {
  for (const Row& row : kRows) {
    if (row.alert == alert) return &row;
  }
  return nullptr;
}

}  // namespace

AlertClass classify(Alert alert) {
  const Row* row = find(alert);
  return row != nullptr ? row->reaction : AlertClass::Retry;
}

std::string_view name(Alert alert) {
  const Row* row = find(alert);
  return row != nullptr ? row->name : "alert";
}

std::string_view describe(Alert alert) {
  const Row* row = find(alert);
  return row != nullptr ? row->meaning : "the peer gave a reason that has no name here";
}

}  // namespace linnet::secure
