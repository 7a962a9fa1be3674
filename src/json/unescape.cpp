// SPDX-License-Identifier: Apache-2.0
#include <linnet/json/decoder.hpp>
#include <linnet/text/utf8.hpp>

namespace linnet::json {
namespace {

/// The character that a one-letter escape stands for, or 0.
std::uint32_t plain_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/': return static_cast<unsigned char>(letter);
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

}  // namespace

bool Unescaper::hex4(std::uint32_t& unit) {
  if (raw_.size() < 4) return false;
  unit = 0;
  for (const char c : std::string_view(raw_.data(), 4)) {
    const char letter = static_cast<char>(c | 0x20);
    const int digit = c >= '0' && c <= '9'             ? c - '0'
                      : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                       : -1;
    if (digit < 0) return false;
    unit = unit << 4 | static_cast<std::uint32_t>(digit);
  }
  raw_.remove_prefix(4);
  return true;
}

/// Reads what follows a backslash.
bool Unescaper::escape(std::uint32_t& character) {
  if (raw_.empty()) return false;
  const char letter = raw_.front();
  raw_.remove_prefix(1);
  if (letter != 'u') {
    character = plain_escape(letter);
    return character != 0;
  }
  if (!hex4(character)) return false;
  if ((character & 0xf800) != 0xd800) return true;
  std::uint32_t low = 0;
  if (character >= 0xdc00 || !raw_.starts_with("\\u")) return false;
  raw_.remove_prefix(2);
  if (!hex4(low) || (low & 0xfc00) != 0xdc00) return false;
  character = 0x10000 + ((character & 0x3ff) << 10) + (low & 0x3ff);
  return true;
}

bool Unescaper::next(char& byte) {
  if (pending_at_ < pending_size_) {
    byte = static_cast<char>(pending_[pending_at_++]);
    return true;
  }
  if (error_ != Error::Ok || raw_.empty()) return false;
  byte = raw_.front();
  raw_.remove_prefix(1);
  if (byte != '\\') {
    if (static_cast<unsigned char>(byte) < ' ' || byte == '"') error_ = Error::Malformed;
    return error_ == Error::Ok;
  }
  std::uint32_t character = 0;
  if (!escape(character)) {
    error_ = Error::Malformed;
    return false;
  }
  Writer writer(pending_);
  text::write_utf8(writer, character);
  pending_size_ = static_cast<std::uint8_t>(writer.size());
  pending_at_ = 1;
  byte = static_cast<char>(pending_[0]);
  return true;
}

Result<std::string_view> unescape(std::string_view raw, MutableBytes out) {
  Unescaper characters(raw);
  std::size_t size = 0;
  for (char byte = 0; characters.next(byte); ++size) {
    if (size == out.size()) return Error::NoSpace;
    out[size] = static_cast<std::uint8_t>(byte);
  }
  LINNET_TRY(characters.status());
  if (!text::is_utf8(out.first(size))) return Error::Malformed;
  return as_text(out.first(size));
}

bool equal_unescaped(std::string_view raw, std::string_view text) {
  Unescaper characters(raw);
  std::size_t at = 0;
  for (char byte = 0; characters.next(byte); ++at) {
    if (at == text.size() || text[at] != byte) return false;
  }
  return characters.status().ok() && at == text.size();
}

}  // namespace linnet::json
