// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <linnet/secure/cipher_suite.hpp>

namespace linnet::secure {
namespace {

struct Row {
  CipherSuite suite;
  Aead aead;
  bool psk;
  std::string_view name;
};

/// In the order we prefer them: first what every LwM2M peer has and what is shortest on the air,
/// last the one whose sessions cannot sleep in our record layer. [SEC-14] [SEC-16]
constexpr std::array<Row, 12> kRows{{
    {CipherSuite::EcdheEcdsaAes128Ccm8, Aead::Aes128Ccm8, false,
     "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    {CipherSuite::PskAes128Ccm8, Aead::Aes128Ccm8, true, "TLS_PSK_WITH_AES_128_CCM_8"},
    {CipherSuite::EcdheEcdsaAes128Ccm, Aead::Aes128Ccm, false, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {CipherSuite::PskAes128Ccm, Aead::Aes128Ccm, true, "TLS_PSK_WITH_AES_128_CCM"},
    {CipherSuite::EcdheEcdsaAes128Gcm, Aead::Aes128Gcm, false,
     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {CipherSuite::PskAes128Gcm, Aead::Aes128Gcm, true, "TLS_PSK_WITH_AES_128_GCM_SHA256"},
    {CipherSuite::EcdheEcdsaAes256Gcm, Aead::Aes256Gcm, false,
     "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {CipherSuite::PskAes256Gcm, Aead::Aes256Gcm, true, "TLS_PSK_WITH_AES_256_GCM_SHA384"},
    {CipherSuite::EcdheEcdsaChaCha20Poly1305, Aead::ChaCha20Poly1305, false,
     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {CipherSuite::PskChaCha20Poly1305, Aead::ChaCha20Poly1305, true,
     "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"},
    {CipherSuite::EcdheEcdsaAes128CbcSha256, Aead::None, false,
     "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    {CipherSuite::PskAes128CbcSha256, Aead::None, true, "TLS_PSK_WITH_AES_128_CBC_SHA256"},
}};

constexpr auto kPreferred = [] {
  std::array<CipherSuite, kRows.size()> suites{};
  for (std::size_t i = 0; i < kRows.size(); ++i) suites[i] = kRows[i].suite;
  return suites;
}();

const Row* find(CipherSuite suite) {
  for (const Row& row : kRows) {
    if (row.suite == suite) return &row;
  }
  return nullptr;
}

}  // namespace

Aead aead_of(CipherSuite suite) {
  const Row* row = find(suite);
  return row != nullptr ? row->aead : Aead::None;
}

AeadTraits traits_of(Aead aead) {
  switch (aead) {
    case Aead::None: break;
    case Aead::Aes128Ccm8: return {16, 4, 8, 8};
    case Aead::Aes128Ccm:
    case Aead::Aes128Gcm: return {16, 4, 8, 16};
    case Aead::Aes256Gcm: return {32, 4, 8, 16};
    case Aead::ChaCha20Poly1305: return {32, 12, 0, 16};
  }
  return {};
}

bool uses_psk(CipherSuite suite) {
  const Row* row = find(suite);
  return row != nullptr && row->psk;
}

std::string_view name(CipherSuite suite) {
  const Row* row = find(suite);
  return row != nullptr ? row->name : std::string_view{};
}

std::optional<CipherSuite> find_cipher_suite(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.suite;
  }
  return {};
}

std::span<const CipherSuite> cipher_suites() { return kPreferred; }

}  // namespace linnet::secure
