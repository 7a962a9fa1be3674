// SPDX-License-Identifier: Apache-2.0
#pragma once
// P-256 keys and X.509 certificates as files, resources of a Security object and people have them
// (RFC 5480, 5915, 5958, 7468, 5280; Core 1.2 §5.2.8). [SEC-11] [SEC-17] [SEC-19]
// Value types; any thread. What cannot be read throws `KeyError` with a sentence for a person, in
// which there is never a key.
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::dtls_gnutls {

using Bytes = std::vector<std::uint8_t>;

class KeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using secure::wipe;

/// A point of P-256.
class PublicKey {
 public:
  static constexpr std::size_t kCoordinate = 32;
  static constexpr std::size_t kPoint = 1 + 2 * kCoordinate;

  /// A SubjectPublicKeyInfo in DER or PEM, its point compressed or not; or the bare point, 65 or 33
  /// bytes; or as in early drafts the x coordinate, 32 bytes, of which the even y is taken.
  [[nodiscard]] static PublicKey from(ByteView bytes);

  /// SubjectPublicKeyInfo in DER, uncompressed: 91 bytes.
  [[nodiscard]] Bytes spki() const;
  /// 0x04, x, y.
  [[nodiscard]] ByteView point() const { return point_; }
  /// What tells keys apart: whoever has the private key of one y has that of the other.
  [[nodiscard]] ByteView x() const { return point().subspan(1, kCoordinate); }
  [[nodiscard]] std::string pem() const;
  /// "sha-256:" and 64 hex digits: of the SubjectPublicKeyInfo.
  [[nodiscard]] std::string fingerprint() const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class PrivateKey;
  std::array<std::uint8_t, kPoint> point_{};
};

/// Wiped when it goes.
class PrivateKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// From the random number generator for keys.
  [[nodiscard]] static PrivateKey generate();
  /// OneAsymmetricKey (PKCS #8) or ECPrivateKey (SEC 1) in DER or PEM, or as in early drafts the
  /// bare 32 bytes. The public key is computed; one that is there has to be it.
  [[nodiscard]] static PrivateKey from(ByteView bytes);
  ~PrivateKey() { wipe(scalar_); }
  PrivateKey(const PrivateKey&) = default;
  PrivateKey& operator=(const PrivateKey&) = default;

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  // As secret as the key: `wipe` what is returned.
  /// OneAsymmetricKey version 1 in DER, as /0/x/5 has it: 138 bytes.
  [[nodiscard]] Bytes one_asymmetric_key() const;
  /// The same as PEM ("PRIVATE KEY").
  [[nodiscard]] std::string pem() const;
  /// 32 bytes, as long as the key lives.
  [[nodiscard]] ByteView raw() const { return scalar_; }

 private:
  PrivateKey() = default;
  /// Checks the scalar and computes the public key. False: it is not between 0 and the order.
  bool complete();

  std::array<std::uint8_t, kBytes> scalar_{};
  PublicKey public_;
};

/// What goes into a certificate.
struct CertificateContent {
  std::string common_name{};             ///< of a device: its endpoint name [SEC-20]
  std::vector<std::string> dns_names{};  ///< subject alternative names
  std::vector<std::string> addresses{};  ///< of the same: "192.0.2.1", "2001:db8::1"
  std::int64_t not_before = 0;           ///< seconds since 1970
  std::int64_t not_after = 0;
  bool authority = false;  ///< may sign others
};

/// One certificate in DER.
[[nodiscard]] Bytes make_self_signed(const PrivateKey& key, const CertificateContent& content);
/// A certificate for `subject`, signed by the holder of `issuer_key`, to whom `issuer` (DER)
/// belongs.
[[nodiscard]] Bytes make_signed(const PublicKey& subject, const CertificateContent& content,
                                ByteView issuer, const PrivateKey& issuer_key);

/// A self-signed authority and what it signs, for tests, trials and small sites.
struct TestAuthority {
  PrivateKey key = PrivateKey::generate();
  Bytes certificate;

  /// Valid from `not_before` to `not_after`, seconds since 1970.
  TestAuthority(std::string common_name, std::int64_t not_before, std::int64_t not_after);
  [[nodiscard]] Bytes sign(const PublicKey& subject, const CertificateContent& content) const {
    return make_signed(subject, content, certificate, key);
  }
};

/// What a certificate says, as far as Linnet uses it.
struct CertificateFacts {
  std::string common_name;  ///< empty if there is none
  std::string subject;      ///< "CN=urn:dev:os:32473-1,O=Example", for people
  std::string issuer;
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;
  std::int64_t not_before = 0;  ///< seconds since 1970
  std::int64_t not_after = 0;
  bool authority = false;
  /// Subject and issuer are the same.
  bool self_issued = false;
  /// SubjectPublicKeyInfo as it stands there; not every certificate has a key of P-256.
  Bytes spki;
};
[[nodiscard]] CertificateFacts inspect_certificate(ByteView der);

/// The certificates in a file or resource, in their order: PEM, anything around it ignored, or DER
/// one after the other. At least one.
[[nodiscard]] std::vector<Bytes> read_certificates(ByteView bytes);
/// One after the other, as /0/x/3 takes a chain.
[[nodiscard]] Bytes join(const std::vector<Bytes>& certificates);
[[nodiscard]] std::string certificate_pem(ByteView der);

[[nodiscard]] std::array<std::uint8_t, 32> sha256(ByteView bytes);
/// "sha-256:" and 64 hex digits.
[[nodiscard]] std::string fingerprint(ByteView bytes);

}  // namespace linnet::dtls_gnutls
