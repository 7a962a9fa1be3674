// SPDX-License-Identifier: Apache-2.0
#include "bytes_text.hpp"

#include <linnet/text/base64.hpp>

namespace linnet::cli {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

MutableBytes storage(std::string& text) {
  return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (high < 0 && text[i] == '0' && i + 1 < text.size() && (text[i + 1] | 0x20) == 'x') {
      ++i;
      continue;
    }
    if (std::string_view(" \t\r\n:-,").find(text[i]) != std::string_view::npos) continue;
    const int digit = digit_of(text[i]);
    if (digit < 0) return {};
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (high >= 0) return {};
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out(text::base64_size(bytes.size(), text::Base64::Standard), '\0');
  Writer writer(storage(out));
  text::base64_encode(writer, as_bytes(bytes), text::Base64::Standard);
  return out;
}

std::string from_base64(std::string_view coded) {
  std::string out(text::base64_decoded_bound(coded.size()), '\0');
  const auto bytes = text::base64_decode(coded, text::Base64::Standard, storage(out));
  out.resize(bytes.ok() ? bytes->size() : 0);
  return out;
}

}  // namespace linnet::cli
