// SPDX-License-Identifier: Apache-2.0
#pragma once
// Base64 (RFC 4648): §4 with padding for opaque values in plain text and 1.0 JSON, §5
// (base64url) without padding for SenML JSON [DT-06]. Pure functions.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/result.hpp>

namespace linnet::text {

enum class Base64 : std::uint8_t {
  Standard,   ///< alphabet with + and /, padding always
  Url,        ///< alphabet with - and _, padding never
  UrlPadded,  ///< as Url; a decoder also takes correct padding, an encoder writes it
};

/// How many characters `base64_encode` writes for `size` bytes.
[[nodiscard]] std::size_t base64_size(std::size_t size, Base64 variant);

/// An upper bound of the bytes in `characters` characters, exact if they carry no padding.
[[nodiscard]] constexpr std::size_t base64_decoded_bound(std::size_t characters) {
  return characters / 4 * 3 + characters % 4 * 3 / 4;
}

void base64_encode(Writer& output, ByteView bytes, Base64 variant);

/// Decodes `encoded` into the front of `out` and returns that part of it. `Malformed` for a
/// character outside the alphabet, wrong padding or length, or bits set after the last byte;
/// `NoSpace` if `out` is too small. `out` may begin where `encoded` begins (in place).
[[nodiscard]] Result<MutableBytes> base64_decode(std::string_view encoded, Base64 variant,
                                                 MutableBytes out);

}  // namespace linnet::text
