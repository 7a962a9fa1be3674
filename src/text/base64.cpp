// SPDX-License-Identifier: Apache-2.0
#include <linnet/text/base64.hpp>

namespace linnet::text {
namespace {

/// The six bits that `c` stands for, or -1.
int sextet(char c, Base64 variant) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (variant == Base64::Standard ? '+' : '-')) return 62;
  if (c == (variant == Base64::Standard ? '/' : '_')) return 63;
  return -1;
}

char character(std::uint32_t six, Base64 variant) {
  if (six < 26) return static_cast<char>('A' + six);
  if (six < 52) return static_cast<char>('a' + (six - 26));
  if (six < 62) return static_cast<char>('0' + (six - 52));
  if (variant == Base64::Standard) return six == 62 ? '+' : '/';
  return six == 62 ? '-' : '_';
}

}  // namespace

std::size_t base64_size(std::size_t size, Base64 variant) {
  const std::size_t rest = size % 3;
  const std::size_t last = rest == 0 ? 0 : variant == Base64::Url ? rest + 1 : 4;
  return size / 3 * 4 + last;
}

// [DT-06]
void base64_encode(Writer& output, ByteView bytes, Base64 variant) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t present = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < present ? bytes[i + j] : 0u);
    for (std::size_t j = 0; j < 4; ++j) {
      if (j <= present) {
        output.character(character(group >> (18 - 6 * j) & 63, variant));
      } else if (variant != Base64::Url) {
        output.character('=');
      }
    }
  }
}

// [DT-06]
Result<MutableBytes> base64_decode(std::string_view encoded, Base64 variant, MutableBytes out) {
  std::size_t padding = 0;
  for (; padding < 2 && encoded.ends_with('='); ++padding) encoded.remove_suffix(1);
  const bool padded = (encoded.size() + padding) % 4 == 0;
  const bool bare = padding == 0 && encoded.size() % 4 != 1;
  if (variant == Base64::Standard ? !padded : variant == Base64::Url ? !bare : !padded && !bare) {
    return Error::Malformed;
  }
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t size = 0;
  for (const char c : encoded) {
    const int six = sextet(c, variant);
    if (six < 0) return Error::Malformed;
    bits = bits << 6 | static_cast<std::uint32_t>(six);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (size == out.size()) return Error::NoSpace;
    out[size++] = static_cast<std::uint8_t>(bits >> held);
    bits &= (1u << held) - 1;
  }
  if (bits != 0) return Error::Malformed;
  return out.first(size);
}

}  // namespace linnet::text
