// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server knows of the keys of its devices (Core 1.2 §5.2.8, Appendix E.1): which endpoint a
// PSK identity, a public key or a certificate stands for. `CredentialDirectory` is what a transport
// asks, `Credentials` the one in memory; the service has another in its store.
// One thread. Keys are wiped when they go, and no text made here holds one.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/secure/handshake.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::server {

/// Bytes that are wiped before their memory goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  ~Secret() { secure::wipe(bytes_); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept { bytes_.swap(other.bytes_); }
  Secret& operator=(Secret other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

enum class CredentialKind : std::uint8_t {
  Psk = 1,
  PublicKey = 2,    ///< a raw public key
  Certificate = 3,  ///< this certificate and no other
  /// Any certificate of a trust anchor whose common name is the endpoint, or fits the pattern.
  NamedCertificate = 4,
};

struct Credential {
  /// Given by the directory; never given again, not even to a credential that replaces it.
  std::uint64_t id = 0;
  /// Of a `NamedCertificate` it may have `*`, which stands for any text.
  std::string endpoint{};
  CredentialKind kind = CredentialKind::Psk;
  std::string identity{};                  ///< Psk: 1..128 bytes of UTF-8 [SEC-15]
  Secret key{};                            ///< Psk: 1..64 bytes
  std::vector<std::uint8_t> public_key{};  ///< PublicKey: a form `lwm2m::is_public_key` takes
  /// Certificate: one in DER, with when it is valid (seconds since 1970; 0: always).
  std::vector<std::uint8_t> certificate{};
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
};

/// Why a credential is not taken.
struct CredentialFault {
  enum class Kind : std::uint8_t {
    Invalid,        ///< cannot be one
    IdentityTaken,  ///< another credential has this PSK identity
    KeyTaken,       ///< another endpoint has this key [SEC-04]
  };
  Kind kind = Kind::Invalid;
  std::string reason{};  ///< a sentence for a person
};

/// Whether it can be one at all; says nothing about others, and does no cryptography.
[[nodiscard]] std::optional<CredentialFault> check(const Credential& credential);
/// What is allowed and still bad advice, a sentence for a person; empty if nothing is. [SEC-15]
[[nodiscard]] std::string advice(const Credential& credential);
/// How strong it is; see `CredentialDirectory::strongest`.
[[nodiscard]] secure::Proof proof_of(CredentialKind kind);
/// "psk", "rpk", "x509". Static lifetime.
[[nodiscard]] const char* describe(CredentialKind kind);

/// A `PeerDirectory` that also knows how strong a proof an endpoint can give.
class CredentialDirectory : public secure::PeerDirectory {
 public:
  /// What the endpoint can prove itself with at best; `None` if it is not known. A weaker proof
  /// (None < Psk < RawPublicKey < Certificate) is a downgrade.
  [[nodiscard]] virtual secure::Proof strongest(std::string_view endpoint) = 0;
  /// It had credentials, and all were revoked: nobody of that name comes in, with whatever proof or
  /// none, until it gets another one or is forgotten. Otherwise revoking would open the way without
  /// security.
  [[nodiscard]] virtual bool barred(std::string_view endpoint) = 0;

 protected:
  ~CredentialDirectory() = default;
};

/// Why no certificate of that name is taken, in the words every directory uses. Static lifetime.
inline constexpr std::string_view kUnknownCertificate =
    "no credential here is for a certificate of this common name";
inline constexpr std::string_view kCertificateExpired = "the certificate has expired";
inline constexpr std::string_view kCertificateNotYet = "the certificate is not valid yet";

class Credentials final : public CredentialDirectory {
 public:
  /// Tells the time in seconds since 1970, for the validity of certificates; without it that of
  /// pinned ones is not looked at.
  using Clock = std::function<std::int64_t()>;
  explicit Credentials(Clock clock = {}) : clock_(std::move(clock)) {}

  struct Added {
    std::uint64_t id = 0;  ///< 0 if there is a fault
    std::optional<CredentialFault> fault{};
  };
  /// `credential.id` means nothing.
  Added add(Credential credential);
  /// False if there is none. Whoever came with it is unknown from here on; an endpoint that has no
  /// other is `barred`.
  bool remove(std::uint64_t id);
  /// The endpoint is barred no more.
  void forget(std::string_view endpoint) { barred_.erase(std::string(endpoint)); }
  [[nodiscard]] const Credential* find(std::uint64_t id) const;
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  /// Called with the number of each credential that goes, when it is gone.
  void on_end(std::function<void(std::uint64_t)> hook) { on_end_ = std::move(hook); }

  [[nodiscard]] secure::Proof strongest(std::string_view endpoint) override;
  [[nodiscard]] bool barred(std::string_view endpoint) override {
    return barred_.contains(std::string(endpoint));
  }
  std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                std::size_t& key_bytes) override;
  std::optional<Found> find_public_key(ByteView spki) override;
  std::optional<Found> find_certificate(const secure::CertificateView& certificate,
                                        std::string_view& reason) override;
  bool still_valid(std::uint64_t credential) override { return find(credential) != nullptr; }

 private:
  [[nodiscard]] std::optional<CredentialFault> clash(const Credential& credential) const;

  Clock clock_;
  std::function<void(std::uint64_t)> on_end_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Credential> all_;
  // Numbers by what handshakes ask for: an identity, an x coordinate, a certificate, an endpoint.
  std::unordered_map<std::string, std::uint64_t> by_identity_, by_public_key_, by_certificate_;
  std::unordered_multimap<std::string, std::uint64_t> by_endpoint_;
  std::unordered_multimap<std::size_t, std::uint64_t> by_key_hash_;  ///< of PSKs
  std::vector<std::uint64_t> patterns_;
  std::unordered_set<std::string> barred_;
  std::string found_endpoint_;
};

}  // namespace linnet::server
