// SPDX-License-Identifier: Apache-2.0
// The AEAD algorithms by nettle. A context is made for each record: setting up a key takes less
// than fetching the context of one in a million sessions from memory.
#include <nettle/ccm.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>
#include <nettle/memops.h>

#include <array>

#include <linnet/base/check.hpp>
#include <linnet/secure/aead.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::secure {
namespace {

/// What holds a key for the time of one record.
template <typename Context>
class Scoped {
 public:
  // Not zeroed first: setting the key does that to all that is read.
  Scoped() {}  // NOLINT(*-member-init, *-use-equals-default)
  ~Scoped() { wipe({reinterpret_cast<std::uint8_t*>(&context_), sizeof context_}); }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;
  Context* get() { return &context_; }

 private:
  Context context_;
};

void ccm_seal(ByteView key, ByteView nonce, ByteView additional, std::uint8_t* text,
              std::size_t size, std::size_t tag) {
  Scoped<ccm_aes128_ctx> context;
  ccm_aes128_set_key(context.get(), key.data());
  ccm_aes128_encrypt_message(context.get(), nonce.size(), nonce.data(), additional.size(),
                             additional.data(), tag, size + tag, text, text);
}

bool ccm_open(ByteView key, ByteView nonce, ByteView additional, std::uint8_t* text,
              std::size_t size, std::size_t tag) {
  Scoped<ccm_aes128_ctx> context;
  ccm_aes128_set_key(context.get(), key.data());
  return ccm_aes128_decrypt_message(context.get(), nonce.size(), nonce.data(), additional.size(),
                                    additional.data(), tag, size, text, text) != 0;
}

/// The streaming algorithms of nettle, which have the same five calls.
template <typename C, auto kSetKey, auto kSetNonce, auto kUpdate, auto kEncrypt, auto kDecrypt,
          auto kDigest>
struct Streaming {
  static void begin(C* context, ByteView key, ByteView nonce, ByteView additional) {
    kSetKey(context, key.data());
    kSetNonce(context, nonce);
    kUpdate(context, additional.size(), additional.data());
  }
  static void seal(ByteView key, ByteView nonce, ByteView additional, std::uint8_t* text,
                   std::size_t size, std::size_t tag) {
    Scoped<C> context;
    begin(context.get(), key, nonce, additional);
    kEncrypt(context.get(), size, text, text);
    kDigest(context.get(), tag, text + size);
  }
  static bool open(ByteView key, ByteView nonce, ByteView additional, std::uint8_t* text,
                   std::size_t size, std::size_t tag) {
    Scoped<C> context;
    begin(context.get(), key, nonce, additional);
    kDecrypt(context.get(), size, text, text);
    std::array<std::uint8_t, kMaxTagBytes> digest{};
    kDigest(context.get(), tag, digest.data());
    return memeql_sec(digest.data(), text + size, tag) != 0;
  }
};

using Gcm128 =
    Streaming<gcm_aes128_ctx, gcm_aes128_set_key,
              [](gcm_aes128_ctx* context, ByteView nonce) {
                gcm_aes128_set_iv(context, nonce.size(), nonce.data());
              },
              gcm_aes128_update, gcm_aes128_encrypt, gcm_aes128_decrypt, gcm_aes128_digest>;
using Gcm256 =
    Streaming<gcm_aes256_ctx, gcm_aes256_set_key,
              [](gcm_aes256_ctx* context, ByteView nonce) {
                gcm_aes256_set_iv(context, nonce.size(), nonce.data());
              },
              gcm_aes256_update, gcm_aes256_encrypt, gcm_aes256_decrypt, gcm_aes256_digest>;
using ChaCha = Streaming<chacha_poly1305_ctx, chacha_poly1305_set_key,
                         [](chacha_poly1305_ctx* context, ByteView nonce) {
                           chacha_poly1305_set_nonce(context, nonce.data());
                         },
                         chacha_poly1305_update, chacha_poly1305_encrypt, chacha_poly1305_decrypt,
                         chacha_poly1305_digest>;

}  // namespace

void aead_seal(Aead aead, ByteView key, ByteView nonce, ByteView additional, MutableBytes text,
               std::size_t size) {
  const AeadTraits traits = traits_of(aead);
  const std::size_t tag = traits.tag_bytes;
  LINNET_CHECK(key.size() == traits.key_bytes && nonce.size() == kNonceBytes);
  LINNET_CHECK(text.size() >= tag && size <= text.size() - tag);
  switch (aead) {
    case Aead::None: break;
    case Aead::Aes128Ccm8:
    case Aead::Aes128Ccm: return ccm_seal(key, nonce, additional, text.data(), size, tag);
    case Aead::Aes128Gcm: return Gcm128::seal(key, nonce, additional, text.data(), size, tag);
    case Aead::Aes256Gcm: return Gcm256::seal(key, nonce, additional, text.data(), size, tag);
    case Aead::ChaCha20Poly1305:
      return ChaCha::seal(key, nonce, additional, text.data(), size, tag);
  }
  LINNET_CHECK(false);
}

Result<std::size_t> aead_open(Aead aead, ByteView key, ByteView nonce, ByteView additional,
                              MutableBytes text) {
  const AeadTraits traits = traits_of(aead);
  const std::size_t tag = traits.tag_bytes;
  LINNET_CHECK(key.size() == traits.key_bytes && nonce.size() == kNonceBytes);
  if (text.size() < tag) return Error::Truncated;
  const std::size_t size = text.size() - tag;
  bool good = false;
  switch (aead) {
    case Aead::None: LINNET_CHECK(false);
    case Aead::Aes128Ccm8:
    case Aead::Aes128Ccm: good = ccm_open(key, nonce, additional, text.data(), size, tag); break;
    case Aead::Aes128Gcm:
      good = Gcm128::open(key, nonce, additional, text.data(), size, tag);
      break;
    case Aead::Aes256Gcm:
      good = Gcm256::open(key, nonce, additional, text.data(), size, tag);
      break;
    case Aead::ChaCha20Poly1305:
      good = ChaCha::open(key, nonce, additional, text.data(), size, tag);
      break;
  }
  if (!good) return Error::Unauthorized;
  return size;
}

}  // namespace linnet::secure
