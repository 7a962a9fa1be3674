// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tokens, sign-in sessions and codes: random text that is shown once and remembered as its SHA-256
// only. Any thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace linnet::service {

/// `prefix` and 256 random bits in base64url.
[[nodiscard]] std::string new_secret(std::string_view prefix);
/// `bytes` random bytes in hex, for names.
[[nodiscard]] std::string random_name(std::size_t bytes);

/// SHA-256. No salt: what is hashed has 256 random bits.
using Digest = std::array<std::uint8_t, 32>;
[[nodiscard]] Digest digest_of(std::string_view secret);

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t head = 0;
    std::memcpy(&head, digest.data(), sizeof(head));
    return head;
  }
};

}  // namespace linnet::service
