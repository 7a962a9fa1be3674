// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include <array>
#include <ctime>
#include <utility>

#include <linnet/dtls_gnutls/keys.hpp>

#include "gnutls_handles.hpp"

namespace linnet::dtls_gnutls {
namespace {

constexpr const char* kNotWritten = "the certificate could not be made";
constexpr const char* kNotRead = "this is no X.509 certificate";

CertificateHandle make_certificate() {
  gnutls_x509_crt_t handle = nullptr;
  check(gnutls_x509_crt_init(&handle), kNotWritten);
  return CertificateHandle(handle);
}

CertificateHandle import_certificate(ByteView der) {
  auto handle = make_certificate();
  const gnutls_datum_t bytes = datum(der);
  check(gnutls_x509_crt_import(handle.get(), &bytes, GNUTLS_X509_FMT_DER), kNotRead);
  return handle;
}

PrivateKeyHandle import_key(const PrivateKey& key) {
  gnutls_x509_privkey_t handle = nullptr;
  check(gnutls_x509_privkey_init(&handle), kNotWritten);
  PrivateKeyHandle owner(handle);
  Bytes der = key.one_asymmetric_key();
  const gnutls_datum_t bytes = datum(der);
  const int code = gnutls_x509_privkey_import_pkcs8(handle, &bytes, GNUTLS_X509_FMT_DER, nullptr,
                                                    GNUTLS_PKCS_PLAIN);
  wipe(der);
  check(code, kNotWritten);
  return owner;
}

/// The network form of "192.0.2.1" or "2001:db8::1".
Bytes parse_address(const std::string& text) {
  std::array<std::uint8_t, 16> out{};
  if (inet_pton(AF_INET, text.c_str(), out.data()) == 1) return {out.begin(), out.begin() + 4};
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return {out.begin(), out.end()};
  throw KeyError("\"" + text + "\" is no IP address");
}

void set_names(gnutls_x509_crt_t handle, const CertificateContent& content) {
  if (!content.common_name.empty()) {
    check(gnutls_x509_crt_set_dn_by_oid(handle, GNUTLS_OID_X520_COMMON_NAME, 0,
                                        content.common_name.data(),
                                        static_cast<unsigned>(content.common_name.size())),
          "the common name cannot be in a certificate");
  }
  for (const std::string& name : content.dns_names) {
    check(gnutls_x509_crt_set_subject_alt_name(handle, GNUTLS_SAN_DNSNAME, name.data(),
                                               static_cast<unsigned>(name.size()),
                                               GNUTLS_FSAN_APPEND),
          kNotWritten);
  }
  for (const std::string& text : content.addresses) {
    const Bytes address = parse_address(text);
    check(gnutls_x509_crt_set_subject_alt_name(handle, GNUTLS_SAN_IPADDRESS, address.data(),
                                               static_cast<unsigned>(address.size()),
                                               GNUTLS_FSAN_APPEND),
          kNotWritten);
  }
}

/// 16 random bytes, positive (RFC 5280 §4.1.2.2).
std::array<std::uint8_t, 16> make_serial() {
  std::array<std::uint8_t, 16> serial{};
  check(gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size()),
        "the system gave no random numbers");
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7F) | 0x40);
  return serial;
}

void set_subject_key(gnutls_x509_crt_t handle, const PublicKey& key) {
  gnutls_pubkey_t pubkey = nullptr;
  check(gnutls_pubkey_init(&pubkey), kNotWritten);
  const Bytes spki = key.spki();
  const gnutls_datum_t bytes = datum(spki);
  int code = gnutls_pubkey_import(pubkey, &bytes, GNUTLS_X509_FMT_DER);
  if (code >= 0) code = gnutls_x509_crt_set_pubkey(handle, pubkey);
  gnutls_pubkey_deinit(pubkey);
  check(code, kNotWritten);
}

/// `issuer` null: signed by itself.
Bytes make(const PublicKey& subject, const CertificateContent& content, gnutls_x509_crt_t issuer,
           const PrivateKey& issuer_key) {
  const auto handle = make_certificate();
  gnutls_x509_crt_t raw = handle.get();
  check(gnutls_x509_crt_set_version(raw, 3), kNotWritten);
  const auto serial = make_serial();
  check(gnutls_x509_crt_set_serial(raw, serial.data(), serial.size()), kNotWritten);
  check(gnutls_x509_crt_set_activation_time(raw, static_cast<std::time_t>(content.not_before)),
        kNotWritten);
  check(gnutls_x509_crt_set_expiration_time(raw, static_cast<std::time_t>(content.not_after)),
        kNotWritten);
  set_subject_key(raw, subject);
  set_names(raw, content);
  check(gnutls_x509_crt_set_basic_constraints(raw, content.authority ? 1 : 0, -1), kNotWritten);
  check(gnutls_x509_crt_set_key_usage(
            raw, content.authority ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                   : static_cast<unsigned>(GNUTLS_KEY_DIGITAL_SIGNATURE)),
        kNotWritten);
  const auto id = sha256(subject.point());
  check(gnutls_x509_crt_set_subject_key_id(raw, id.data(), 20), kNotWritten);
  if (issuer != nullptr) {
    std::array<unsigned char, 64> issuer_id{};
    std::size_t size = issuer_id.size();
    if (gnutls_x509_crt_get_subject_key_id(issuer, issuer_id.data(), &size, nullptr) >= 0) {
      check(gnutls_x509_crt_set_authority_key_id(raw, issuer_id.data(), size), kNotWritten);
    }
  }
  const auto key = import_key(issuer_key);
  check(
      gnutls_x509_crt_sign2(raw, issuer != nullptr ? issuer : raw, key.get(), GNUTLS_DIG_SHA256, 0),
      kNotWritten);
  OwnedDatum out;
  check(gnutls_x509_crt_export2(raw, GNUTLS_X509_FMT_DER, out.out()), kNotWritten);
  return {out.view().begin(), out.view().end()};
}

std::string common_name(gnutls_x509_crt_t certificate) {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  const int code = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
                                                 text.data(), &size);
  return code < 0 ? std::string() : std::string(text.data(), size);
}

void read_names(gnutls_x509_crt_t certificate, CertificateFacts& facts) {
  for (unsigned i = 0;; ++i) {
    std::array<char, 512> text{};
    std::size_t size = text.size();
    const int kind =
        gnutls_x509_crt_get_subject_alt_name(certificate, i, text.data(), &size, nullptr);
    if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return;
    if (kind == GNUTLS_SAN_DNSNAME) facts.dns_names.emplace_back(text.data(), size);
    if (kind != GNUTLS_SAN_IPADDRESS || (size != 4 && size != 16)) continue;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    inet_ntop(size == 4 ? AF_INET : AF_INET6, text.data(), shown.data(), shown.size());
    facts.addresses.emplace_back(shown.data());
  }
}

Bytes spki_of(gnutls_x509_crt_t certificate) {
  gnutls_pubkey_t pubkey = nullptr;
  check(gnutls_pubkey_init(&pubkey), kNotRead);
  OwnedDatum out;
  int code = gnutls_pubkey_import_x509(pubkey, certificate, 0);
  if (code >= 0) code = gnutls_pubkey_export2(pubkey, GNUTLS_X509_FMT_DER, out.out());
  gnutls_pubkey_deinit(pubkey);
  check(code, "the public key of the certificate cannot be read");
  return {out.view().begin(), out.view().end()};
}

/// The size of the DER element at the front; 0 if it is none or cut off.
std::size_t element_size(ByteView bytes) {
  Reader in(bytes);
  (void)in.u8();
  std::size_t size = in.u8();
  if (size >= 0x80) {
    const std::size_t count = size - 0x80;
    if (count == 0 || count > 3) return 0;
    size = static_cast<std::size_t>(in.unsigned_be(count));
  }
  in.skip(size);
  return in.ok() ? in.position() : 0;
}

std::vector<Bytes> read_pem(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  std::vector<Bytes> out;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    OwnedDatum der;
    const gnutls_datum_t block = datum(as_bytes(text.substr(at)));
    check(gnutls_pem_base64_decode2("CERTIFICATE", &block, der.out()), "a certificate is broken");
    (void)import_certificate(der.view());
    out.emplace_back(der.view().begin(), der.view().end());
  }
  if (out.empty()) {
    throw KeyError("there is no certificate in this PEM: it has no \"BEGIN CERTIFICATE\"");
  }
  return out;
}

}  // namespace

Bytes make_self_signed(const PrivateKey& key, const CertificateContent& content) {
  return make(key.public_key(), content, nullptr, key);
}

Bytes make_signed(const PublicKey& subject, const CertificateContent& content, ByteView issuer,
                  const PrivateKey& issuer_key) {
  const auto handle = import_certificate(issuer);
  if (PublicKey::from(spki_of(handle.get())) != issuer_key.public_key()) {
    throw KeyError("the key is not that of the certificate it is to sign for");
  }
  return make(subject, content, handle.get(), issuer_key);
}

TestAuthority::TestAuthority(std::string common_name, std::int64_t not_before,
                             std::int64_t not_after)
    : certificate(make_self_signed(key, {.common_name = std::move(common_name),
                                         .dns_names = {},
                                         .addresses = {},
                                         .not_before = not_before,
                                         .not_after = not_after,
                                         .authority = true})) {}

CertificateFacts inspect_certificate(ByteView der) {
  const auto handle = import_certificate(der);
  gnutls_x509_crt_t raw = handle.get();
  CertificateFacts facts;
  facts.common_name = common_name(raw);
  OwnedDatum subject, issuer;
  check(gnutls_x509_crt_get_dn3(raw, subject.out(), 0), kNotRead);
  check(gnutls_x509_crt_get_issuer_dn3(raw, issuer.out(), 0), kNotRead);
  facts.subject = as_text(subject.view());
  facts.issuer = as_text(issuer.view());
  facts.self_issued = gnutls_x509_crt_check_issuer(raw, raw) != 0;
  facts.not_before = gnutls_x509_crt_get_activation_time(raw);
  facts.not_after = gnutls_x509_crt_get_expiration_time(raw);
  unsigned authority = 0;
  const int code = gnutls_x509_crt_get_basic_constraints(raw, nullptr, &authority, nullptr);
  facts.authority = code >= 0 && authority != 0;
  read_names(raw, facts);
  facts.spki = spki_of(raw);
  return facts;
}

std::vector<Bytes> read_certificates(ByteView bytes) {
  if (as_text(bytes).find("-----BEGIN ") != std::string_view::npos) return read_pem(as_text(bytes));
  std::vector<Bytes> out;
  do {
    const std::size_t size = element_size(bytes);
    if (size == 0) throw KeyError(std::string(kNotRead) + ", neither in PEM nor in DER");
    const ByteView der = bytes.first(size);
    (void)import_certificate(der);
    out.emplace_back(der.begin(), der.end());
    bytes = bytes.subspan(size);
  } while (!bytes.empty());
  return out;
}

Bytes join(const std::vector<Bytes>& certificates) {
  Bytes out;
  for (const Bytes& der : certificates) out.insert(out.end(), der.begin(), der.end());
  return out;
}

}  // namespace linnet::dtls_gnutls
