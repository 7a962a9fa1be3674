// SPDX-License-Identifier: Apache-2.0
// Pins the AEAD algorithms by published answers, and that nothing changed is ever accepted.
#include <gtest/gtest.h>

#include <algorithm>
#include <hex.hpp>
#include <linnet/secure/aead.hpp>
#include <string>
#include <vector>

namespace linnet::secure {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

struct Answer {
  const char* name;
  Aead aead;
  const char* key;
  const char* nonce;
  const char* additional;
  const char* plaintext;
  const char* sealed;
};

constexpr const char* kNistKey = "404142434445464748494a4b4c4d4e4f";
constexpr const char* kNistNonce = "101112131415161718191a1b";
constexpr const char* kNistAdditional = "000102030405060708090a0b0c0d0e0f10111213";
constexpr const char* kNistText = "202122232425262728292a2b2c2d2e2f3031323334353637";
constexpr const char* kGcmNonce = "cafebabefacedbaddecaf888";
constexpr const char* kGcmAdditional = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr const char* kGcmText =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

const Answer kAnswers[] = {
    {"NIST SP 800-38C example 3", Aead::Aes128Ccm8, kNistKey, kNistNonce, kNistAdditional,
     kNistText, "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5 484392fbc1b09951"},
    // NIST has none with this nonce and tag: the same inputs, answered by OpenSSL.
    {"the same with a tag of 16", Aead::Aes128Ccm, kNistKey, kNistNonce, kNistAdditional, kNistText,
     "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5 c87ae488918de93f17dd3e4934347f44"},
    {"GCM specification, test case 4", Aead::Aes128Gcm, "feffe9928665731c6d6a8f9467308308",
     kGcmNonce, kGcmAdditional, kGcmText,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"GCM specification, test case 16", Aead::Aes256Gcm,
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", kGcmNonce, kGcmAdditional,
     kGcmText,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"RFC 8439 section 2.8.2", Aead::ChaCha20Poly1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116"
     "1ae10b594f09e26a7e902ecbd0600691"},
};

Bytes seal(const Answer& answer) {
  Bytes text = hex(answer.plaintext);
  const std::size_t size = text.size();
  text.resize(size + traits_of(answer.aead).tag_bytes);
  aead_seal(answer.aead, hex(answer.key), hex(answer.nonce), hex(answer.additional), text, size);
  return text;
}

TEST(Aead, GivesThePublishedAnswers) {
  for (const Answer& answer : kAnswers) {
    SCOPED_TRACE(answer.name);
    Bytes text = seal(answer);
    EXPECT_EQ(to_hex(text), to_hex(hex(answer.sealed)));
    const auto size =
        aead_open(answer.aead, hex(answer.key), hex(answer.nonce), hex(answer.additional), text);
    ASSERT_TRUE(size.ok());
    EXPECT_EQ(to_hex(ByteView(text).first(*size)), answer.plaintext);
  }
}

TEST(Aead, RefusesWhateverIsChanged) {
  for (const Answer& answer : kAnswers) {
    SCOPED_TRACE(answer.name);
    const Bytes sealed = seal(answer);
    const Bytes key = hex(answer.key);
    const Bytes nonce = hex(answer.nonce);
    const Bytes additional = hex(answer.additional);
    const auto opens = [&](Bytes text, const Bytes& k, const Bytes& n, const Bytes& a) {
      const auto size = aead_open(answer.aead, k, n, a, text);
      if (!size.ok()) {
        EXPECT_EQ(size.error(), Error::Unauthorized);
      }
      return size.ok();
    };
    const auto flipped = [](Bytes bytes, std::size_t bit) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      return bytes;
    };
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      EXPECT_FALSE(opens(flipped(sealed, bit), key, nonce, additional)) << bit;
    }
    for (std::size_t i = 0; i < key.size(); ++i) {
      EXPECT_FALSE(opens(sealed, flipped(key, 8 * i), nonce, additional)) << i;
    }
    for (std::size_t i = 0; i < nonce.size(); ++i) {
      EXPECT_FALSE(opens(sealed, key, flipped(nonce, 8 * i), additional)) << i;
    }
    for (std::size_t i = 0; i < additional.size(); ++i) {
      EXPECT_FALSE(opens(sealed, key, nonce, flipped(additional, 8 * i))) << i;
    }
    EXPECT_TRUE(opens(sealed, key, nonce, additional));
  }
}

TEST(Aead, RefusesWhatIsShorterThanATag) {
  for (const Answer& answer : kAnswers) {
    const Bytes sealed = seal(answer);
    const std::size_t tag = traits_of(answer.aead).tag_bytes;
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      Bytes cut(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size));
      const auto opened =
          aead_open(answer.aead, hex(answer.key), hex(answer.nonce), hex(answer.additional), cut);
      EXPECT_EQ(opened.error(), size < tag ? Error::Truncated : Error::Unauthorized);
    }
  }
}

TEST(Aead, TakesAnySize) {
  // Around the block sizes of all of them, plaintext of nothing included.
  const Bytes key(32, 0x5A);
  const Bytes nonce(kNonceBytes, 0x77);
  for (const Answer& answer : kAnswers) {
    const AeadTraits traits = traits_of(answer.aead);
    const ByteView right_key = ByteView(key).first(traits.key_bytes);
    for (std::size_t size = 0; size < 140; ++size) {
      Bytes text(size + traits.tag_bytes + 3, 0x33);
      aead_seal(answer.aead, right_key, nonce, {}, text, size);
      EXPECT_EQ(std::count(text.end() - 3, text.end(), 0x33), 3) << "wrote behind the tag";
      text.resize(size + traits.tag_bytes);
      EXPECT_EQ(*aead_open(answer.aead, right_key, nonce, {}, text), size);
      EXPECT_EQ(static_cast<std::size_t>(std::count(
                    text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), 0x33)),
                size);
    }
  }
}

}  // namespace
}  // namespace linnet::secure
