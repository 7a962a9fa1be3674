// SPDX-License-Identifier: Apache-2.0
#pragma once
// Byte views and the two cursors all codecs are made of.
// `Reader` and `Writer` are sticky: after the first failure every further call does nothing
// and returns zeros, so that a codec checks once, at its end. Value types; they refer to the
// caller's bytes, which must outlive them.
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <linnet/base/result.hpp>

namespace linnet {

using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// The same memory seen as text and back; nothing is copied or checked.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] bool equal(ByteView a, ByteView b);

/// Takes what stands before the first `separator`, and the separator, off the front of `text`; all
/// of it if there is none. Unlike `string_view::substr` it has nothing to throw.
std::string_view take_until(std::string_view& text, char separator);

/// Reads big-endian elements from the front of a byte view.
class Reader {
 public:
  constexpr Reader() = default;
  constexpr explicit Reader(ByteView bytes) : bytes_(bytes) {}

  /// False once anything failed; `error()` says what.
  [[nodiscard]] constexpr bool ok() const { return error_ == Error::Ok; }
  [[nodiscard]] constexpr Error error() const { return error_; }
  [[nodiscard]] constexpr Status status() const { return error_; }
  /// Records a failure found by the caller; the first one stays.
  constexpr void fail(Error error) {
    if (ok()) error_ = error;
  }

  [[nodiscard]] constexpr std::size_t position() const { return position_; }
  [[nodiscard]] constexpr std::size_t remaining() const { return bytes_.size() - position_; }
  [[nodiscard]] constexpr bool empty() const { return remaining() == 0; }
  /// What is left, without consuming it; empty after a failure.
  [[nodiscard]] constexpr ByteView rest() const {
    return ok() ? bytes_.subspan(position_) : ByteView{};
  }

  /// The next byte without consuming it; 0 and `Truncated` at the end.
  std::uint8_t peek();
  std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_be(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_be(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_be(4)); }
  std::uint64_t u64() { return unsigned_be(8); }
  /// An unsigned number of `size` bytes, 0..8; zero bytes are the number 0.
  std::uint64_t unsigned_be(std::size_t size);
  /// The next `size` bytes; an empty view and `Truncated` if there are fewer.
  ByteView take(std::size_t size);
  void skip(std::size_t size) { (void)take(size); }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
  Error error_ = Error::Ok;
};

/// Appends big-endian elements to caller's storage. With an empty span it only counts:
/// `size()` is then what the output would need and nothing is an error.
class Writer {
 public:
  constexpr Writer() = default;
  constexpr explicit Writer(MutableBytes storage) : storage_(storage) {}

  [[nodiscard]] constexpr bool ok() const { return error_ == Error::Ok; }
  [[nodiscard]] constexpr Error error() const { return error_; }
  [[nodiscard]] constexpr Status status() const { return error_; }
  constexpr void fail(Error error) {
    if (ok()) error_ = error;
  }
  [[nodiscard]] constexpr bool counting() const { return storage_.empty(); }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr std::size_t capacity() const { return storage_.size(); }
  /// What was written so far; empty when counting.
  [[nodiscard]] constexpr MutableBytes written() const {
    return counting() ? MutableBytes{} : storage_.first(size_);
  }
  /// Storage not yet written to; the caller may fill it and then `advance`.
  [[nodiscard]] constexpr MutableBytes free() const {
    return ok() && !counting() ? storage_.subspan(size_) : MutableBytes{};
  }

  void u8(std::uint8_t value) { unsigned_be(value, 1); }
  void u16(std::uint16_t value) { unsigned_be(value, 2); }
  void u32(std::uint32_t value) { unsigned_be(value, 4); }
  void u64(std::uint64_t value) { unsigned_be(value, 8); }
  /// The low `size` bytes of `value`, 0..8, most significant first.
  void unsigned_be(std::uint64_t value, std::size_t size);
  void bytes(ByteView value);
  void text(std::string_view value) { bytes(as_bytes(value)); }
  /// For literals: a call takes half the code of one with a view.
  void text(const char* literal);
  void character(char c) { u8(static_cast<std::uint8_t>(c)); }
  /// Claims `size` bytes that the caller has filled through `free()`.
  void advance(std::size_t size);
  /// Makes room for `size` bytes at `offset` by moving what follows; for headers whose
  /// content is known only after the body. Returns the gap (empty when counting or on failure).
  MutableBytes insert(std::size_t offset, std::size_t size);
  /// Forgets everything after the first `size` bytes. REQUIRES: size <= this->size().
  void truncate(std::size_t size);

 private:
  bool claim(std::size_t size);

  MutableBytes storage_;
  std::size_t size_ = 0;
  Error error_ = Error::Ok;
};

}  // namespace linnet
