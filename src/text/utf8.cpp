// SPDX-License-Identifier: Apache-2.0
#include <linnet/text/utf8.hpp>

namespace linnet::text {

bool is_utf8(ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::uint8_t lead = bytes[i++];
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;  // a continuation, overlong, or too large
    const std::size_t follow = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (bytes.size() - i < follow) return false;
    // The second byte excludes overlong forms, surrogates and what lies above U+10FFFF.
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (bytes[i] < low || bytes[i] > high) return false;
    for (std::size_t j = 1; j < follow; ++j) {
      if ((bytes[i + j] & 0xc0) != 0x80) return false;
    }
    i += follow;
  }
  return true;
}

void write_utf8(Writer& output, std::uint32_t character) {
  LINNET_CHECK(character < 0x110000 && (character & 0x1ff800) != 0xd800);
  if (character < 0x80) return output.u8(static_cast<std::uint8_t>(character));
  const int follow = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  const std::uint32_t mark = 0xff00u >> (follow + 1) & 0xff;  // 110, 1110 or 11110 in front
  output.u8(static_cast<std::uint8_t>(mark | character >> (6 * follow)));
  for (int shift = 6 * (follow - 1); shift >= 0; shift -= 6) {
    output.u8(static_cast<std::uint8_t>(0x80 | (character >> shift & 0x3f)));
  }
}

}  // namespace linnet::text
