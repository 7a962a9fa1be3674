// SPDX-License-Identifier: Apache-2.0
// Pins numbers, names and parameters of the cipher suites.
#include <gtest/gtest.h>

#include <linnet/secure/cipher_suite.hpp>
#include <set>

namespace linnet::secure {
namespace {

struct Row {
  std::uint16_t number;
  const char* name;
  Aead aead;
  bool psk;
};

// IANA TLS Cipher Suites registry.
const Row kRows[] = {
    {0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256", Aead::Aes128Gcm, true},
    {0x00A9, "TLS_PSK_WITH_AES_256_GCM_SHA384", Aead::Aes256Gcm, true},
    {0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256", Aead::None, true},
    {0xC0A4, "TLS_PSK_WITH_AES_128_CCM", Aead::Aes128Ccm, true},
    {0xC0A8, "TLS_PSK_WITH_AES_128_CCM_8", Aead::Aes128Ccm8, true},
    {0xCCAB, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", Aead::ChaCha20Poly1305, true},
    {0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", Aead::None, false},
    {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Aead::Aes128Gcm, false},
    {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Aead::Aes256Gcm, false},
    {0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", Aead::Aes128Ccm, false},
    {0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", Aead::Aes128Ccm8, false},
    {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", Aead::ChaCha20Poly1305, false},
};

TEST(CipherSuite, HasIanasNumberAndName) {
  for (const Row& row : kRows) {
    const auto suite = static_cast<CipherSuite>(row.number);
    EXPECT_EQ(name(suite), row.name);
    EXPECT_EQ(find_cipher_suite(row.name), suite);
    EXPECT_EQ(aead_of(suite), row.aead) << row.name;
    EXPECT_EQ(uses_psk(suite), row.psk) << row.name;
  }
}

TEST(CipherSuite, AreListedOnceEachInOrderOfPreference) {
  std::set<CipherSuite> listed;
  for (const CipherSuite suite : cipher_suites()) listed.insert(suite);
  EXPECT_EQ(listed.size(), std::size(kRows));
  EXPECT_EQ(cipher_suites().size(), std::size(kRows));
  for (const Row& row : kRows) EXPECT_TRUE(listed.contains(static_cast<CipherSuite>(row.number)));
  // A session that cannot sleep in our record layer comes after all that can.
  bool seen_cbc = false;
  for (const CipherSuite suite : cipher_suites()) {
    if (aead_of(suite) == Aead::None) seen_cbc = true;
    EXPECT_EQ(seen_cbc, aead_of(suite) == Aead::None);
  }
  EXPECT_EQ(aead_of(cipher_suites().front()), Aead::Aes128Ccm8);
}

TEST(CipherSuite, UnknownOnesHaveNoName) {
  EXPECT_EQ(name(CipherSuite::None), "");
  EXPECT_EQ(name(static_cast<CipherSuite>(0x1301)), "");
  EXPECT_EQ(aead_of(static_cast<CipherSuite>(0x1301)), Aead::None);
  EXPECT_FALSE(uses_psk(static_cast<CipherSuite>(0x1301)));
  EXPECT_FALSE(find_cipher_suite("").has_value());
  EXPECT_FALSE(find_cipher_suite("TLS_AES_128_GCM_SHA256").has_value());
}

TEST(Aead, HasTheSizesOfItsRfc) {
  struct Sizes {
    Aead aead;
    unsigned key, iv, nonce, tag;
  };
  for (const Sizes& row : {Sizes{Aead::Aes128Ccm8, 16, 4, 8, 8},          // RFC 6655
                           Sizes{Aead::Aes128Ccm, 16, 4, 8, 16},          // RFC 6655
                           Sizes{Aead::Aes128Gcm, 16, 4, 8, 16},          // RFC 5288
                           Sizes{Aead::Aes256Gcm, 32, 4, 8, 16},          // RFC 5288
                           Sizes{Aead::ChaCha20Poly1305, 32, 12, 0, 16},  // RFC 7905
                           Sizes{Aead::None, 0, 0, 0, 0}}) {
    const AeadTraits traits = traits_of(row.aead);
    EXPECT_EQ(traits.key_bytes, row.key);
    EXPECT_EQ(traits.fixed_iv_bytes, row.iv);
    EXPECT_EQ(traits.explicit_nonce_bytes, row.nonce);
    EXPECT_EQ(traits.tag_bytes, row.tag);
  }
}

}  // namespace
}  // namespace linnet::secure
