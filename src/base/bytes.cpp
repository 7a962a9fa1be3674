// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/bytes.hpp>

namespace linnet {

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string_view take_until(std::string_view& text, char separator) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != separator) ++size;
  const std::string_view front(text.data(), size);
  text.remove_prefix(size < text.size() ? size + 1 : size);
  return front;
}

std::uint8_t Reader::peek() {
  if (ok() && empty()) fail(Error::Truncated);
  return ok() ? bytes_[position_] : std::uint8_t{0};
}

std::uint64_t Reader::unsigned_be(std::size_t size) {
  LINNET_CHECK(size <= 8);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
  return value;
}

ByteView Reader::take(std::size_t size) {
  if (ok() && size > remaining()) fail(Error::Truncated);
  if (!ok()) return {};
  const ByteView taken = bytes_.subspan(position_, size);
  position_ += size;
  return taken;
}

bool Writer::claim(std::size_t size) {
  if (!ok()) return false;
  if (!counting() && size > storage_.size() - size_) {
    fail(Error::NoSpace);
    return false;
  }
  size_ += size;
  return true;
}

void Writer::unsigned_be(std::uint64_t value, std::size_t size) {
  LINNET_CHECK(size <= 8);
  if (!claim(size) || counting()) return;
  for (std::size_t i = 0; i < size; ++i) {
    storage_[size_ - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

void Writer::bytes(ByteView value) {
  if (!claim(value.size()) || counting() || value.empty()) return;
  std::memmove(storage_.data() + size_ - value.size(), value.data(), value.size());
}

void Writer::text(const char* literal) {
  while (*literal != '\0') character(*literal++);
}

void Writer::advance(std::size_t size) { (void)claim(size); }

MutableBytes Writer::insert(std::size_t offset, std::size_t size) {
  LINNET_CHECK(offset <= size_ || !ok());
  if (!claim(size) || counting()) return {};
  std::uint8_t* gap = storage_.data() + offset;
  std::memmove(gap + size, gap, size_ - size - offset);
  return {gap, size};
}

void Writer::truncate(std::size_t size) {
  LINNET_CHECK(size <= size_);
  size_ = size;
}

}  // namespace linnet
