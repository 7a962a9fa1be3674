// SPDX-License-Identifier: Apache-2.0
#pragma once
// UTF-8 (RFC 3629), the encoding of every string of the standard [DT-01]. Pure functions.
#include <linnet/base/bytes.hpp>

namespace linnet::text {

/// True if all of `bytes` is UTF-8: no surrogates, no overlong form, nothing above U+10FFFF,
/// nothing cut off. The empty string is.
[[nodiscard]] bool is_utf8(ByteView bytes);

/// Writes one character. REQUIRES: a Unicode scalar value (below 0x110000, no surrogate).
void write_utf8(Writer& output, std::uint32_t character);

}  // namespace linnet::text
