// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cipher suites Linnet speaks (Core 1.2 §5.2.8; RFC 7925 §4; IANA TLS Cipher Suites), and the
// AEAD algorithms behind them. Values without state; any thread.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace linnet::secure {

/// IANA's numbers: what /0/x/16 holds, high byte first. [SEC-28]
enum class CipherSuite : std::uint16_t {
  None = 0,
  PskAes128Gcm = 0x00A8,
  PskAes256Gcm = 0x00A9,
  PskAes128CbcSha256 = 0x00AE,  ///< [SEC-14]
  PskAes128Ccm = 0xC0A4,
  PskAes128Ccm8 = 0xC0A8,  ///< [SEC-14]
  PskChaCha20Poly1305 = 0xCCAB,
  EcdheEcdsaAes128CbcSha256 = 0xC023,  ///< [SEC-16]
  EcdheEcdsaAes128Gcm = 0xC02B,
  EcdheEcdsaAes256Gcm = 0xC02C,
  EcdheEcdsaAes128Ccm = 0xC0AC,
  EcdheEcdsaAes128Ccm8 = 0xC0AE,  ///< [SEC-16]
  EcdheEcdsaChaCha20Poly1305 = 0xCCA9,
};

/// How records are protected. Other suites (CBC) stay with the library that made the handshake.
enum class Aead : std::uint8_t {
  None = 0,
  Aes128Ccm8,
  Aes128Ccm,
  Aes128Gcm,
  Aes256Gcm,
  ChaCha20Poly1305,
};

struct AeadTraits {
  std::uint8_t key_bytes = 0;
  std::uint8_t fixed_iv_bytes = 0;        ///< 4, or 12 for ChaCha20-Poly1305 (RFC 7905 §2)
  std::uint8_t explicit_nonce_bytes = 0;  ///< in each record: 8, or 0
  std::uint8_t tag_bytes = 0;
};

/// `Aead::None` for a suite of another kind.
[[nodiscard]] Aead aead_of(CipherSuite suite);
/// All zero for `Aead::None`.
[[nodiscard]] AeadTraits traits_of(Aead aead);
[[nodiscard]] bool uses_psk(CipherSuite suite);
/// "TLS_PSK_WITH_AES_128_CCM_8"; empty for a number we do not know. Static lifetime.
[[nodiscard]] std::string_view name(CipherSuite suite);
[[nodiscard]] std::optional<CipherSuite> find_cipher_suite(std::string_view name);
/// All we know but `None`, in the order we prefer them.
[[nodiscard]] std::span<const CipherSuite> cipher_suites();

}  // namespace linnet::secure
