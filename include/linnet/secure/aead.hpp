// SPDX-License-Identifier: Apache-2.0
#pragma once
// Authenticated encryption of one record (RFC 5116; RFC 6655, 5288, 7905). The algorithms come from
// nettle on hosts (src/secure/aead_nettle.cpp); a microcontroller links its own two functions.
// Nothing is kept between calls; any thread.
#include <linnet/base/bytes.hpp>
#include <linnet/secure/cipher_suite.hpp>

namespace linnet::secure {

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kMaxTagBytes = 16;

/// Encrypts the first `size` bytes of `text` in place and puts the tag behind them.
/// REQUIRES: sizes of key and nonce fit `aead`, and `text` holds `size` and the tag.
void aead_seal(Aead aead, ByteView key, ByteView nonce, ByteView additional, MutableBytes text,
               std::size_t size);

/// Decrypts `text`, ciphertext and tag, in place; returns what is in front of the tag.
/// `Unauthorized`: the tag is wrong, and what lies in `text` means nothing; `Truncated`: shorter
/// than a tag. Takes as long whatever is wrong.
[[nodiscard]] Result<std::size_t> aead_open(Aead aead, ByteView key, ByteView nonce,
                                            ByteView additional, MutableBytes text);

}  // namespace linnet::secure
