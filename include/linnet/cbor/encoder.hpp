// SPDX-License-Identifier: Apache-2.0
#pragma once
// CBOR (RFC 8949) appended to a caller's `Writer` in preferred serialization (§4.1): the shortest
// heads, the shortest float that keeps the value.
//
// The encoder has no state of its own and checks no nesting. Who does not know a container's
// count beforehand opens it indefinite, or writes the items and then calls `insert_array_head` or
// `insert_map_head`. Errors are the writer's.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>

namespace linnet::cbor {

/// The size of the head that carries `number`: a length, a count, an integer or a tag. 1..9.
[[nodiscard]] constexpr std::size_t head_size(std::uint64_t number) {
  return number < 24 ? 1 : number <= 0xff ? 2 : number <= 0xffff ? 3 : number <= 0xffffffff ? 5 : 9;
}

class Encoder {
 public:
  /// Appends to `output`, which outlives the encoder.
  explicit Encoder(Writer& output) : output_(output) {}

  void unsigned_integer(std::uint64_t number) { head(kUnsigned, number); }
  void integer(std::int64_t number);
  /// NaNs become the canonical 0xf97e00: their payload and sign are not kept.
  void real(double number);
  void bytes(ByteView value);
  /// `value` must be UTF-8; it is not checked.
  void text(std::string_view value);
  void array(std::uint64_t items) { head(kArray, items); }
  void map(std::uint64_t pairs) { head(kMap, pairs); }
  void tag(std::uint64_t number) { head(kTag, number); }
  void boolean(bool value) { output_.u8(value ? 0xf5 : 0xf4); }
  void null() { output_.u8(0xf6); }
  void undefined() { output_.u8(0xf7); }
  /// REQUIRES: below 24 or above 31; the others do not exist.
  void simple(std::uint8_t value);

  void begin_bytes() { output_.u8(0x5f); }
  void begin_text() { output_.u8(0x7f); }
  void begin_array() { output_.u8(0x9f); }
  void begin_map() { output_.u8(0xbf); }
  /// Closes what the last unclosed begin_* opened.
  void end_indefinite() { output_.u8(0xff); }

  /// Puts the head of a container at `offset`, in front of the items already written there.
  /// Moves them by `head_size(count)` bytes.
  void insert_array_head(std::size_t offset, std::uint64_t items) {
    insert_head(offset, kArray, items);
  }
  void insert_map_head(std::size_t offset, std::uint64_t pairs) {
    insert_head(offset, kMap, pairs);
  }

 private:
  enum Major : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

  void head(Major major, std::uint64_t number) { head(output_, major, number); }
  static void head(Writer& output, Major major, std::uint64_t number);
  void insert_head(std::size_t offset, Major major, std::uint64_t number);

  Writer& output_;
};

}  // namespace linnet::cbor
