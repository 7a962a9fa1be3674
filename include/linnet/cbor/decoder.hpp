// SPDX-License-Identifier: Apache-2.0
#pragma once
// CBOR (RFC 8949) as a stream of data item heads, for SenML CBOR, LwM2M CBOR and single values.
//
// The decoder has no state of its own: it is a view of a caller's `Reader`, made wherever it is
// needed, and the reader stays where the last item ended. Strings are views of the input. Who
// opens a container counts its items: `Array` announces `number` items and `Map` `number` pairs,
// an indefinite one runs to `Break`.
//
//   cbor::Decoder decoder(reader);
//   LINNET_TRY_ASSIGN(const cbor::Item item, decoder.next());
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/result.hpp>

namespace linnet::cbor {

struct Item {
  enum class Kind : std::uint8_t {
    Unsigned,  ///< `number`
    Negative,  ///< stands for -1 - `number`
    Bytes,     ///< `bytes`; if indefinite, chunks follow
    Text,      ///< `bytes`, not checked to be UTF-8; if indefinite, chunks follow
    Array,     ///< `number` items follow, or an unknown number if indefinite
    Map,       ///< `number` pairs follow, or an unknown number if indefinite
    Tag,       ///< `number` is the tag; the tagged item follows
    Boolean,   ///< `number` is 0 or 1
    Null,
    Undefined,
    Simple,  ///< another simple value, in `number`
    Float,   ///< `real`; binary16 and binary32 widened
    Break,   ///< the end of the innermost indefinite container or string
  };
  Kind kind = Kind::Undefined;
  bool indefinite = false;
  std::uint64_t number = 0;
  double real = 0;
  ByteView bytes;

  [[nodiscard]] std::string_view text() const { return as_text(bytes); }
  [[nodiscard]] bool is_integer() const { return kind == Kind::Unsigned || kind == Kind::Negative; }
  /// The signed value. `Type` if this is no integer, `Range` outside 64 bits.
  [[nodiscard]] Result<std::int64_t> integer() const;
};

class Decoder {
 public:
  /// How many containers `skip` follows into each other.
  static constexpr std::size_t kMaxDepth = 8;

  /// Reads from `input`, which outlives the decoder and also keeps the first error.
  explicit Decoder(Reader& input) : input_(input) {}

  /// The next head, with its string if it has one. `Truncated` if the input ends within it,
  /// `Malformed` for reserved encodings, and for a definite array or map of more items than
  /// there are bytes left. Whether `Break` may stand here, and whether a tag is followed by an
  /// item, only the caller knows.
  [[nodiscard]] Result<Item> next();

  /// As `next`, without consuming the item. An error does not stick to the reader.
  [[nodiscard]] Result<Item> peek() const;

  /// The next chunk of an indefinite string of `kind` (Bytes or Text) into `chunk`: true, or
  /// false once its Break is consumed. `Malformed` for any other item.
  [[nodiscard]] Result<bool> next_chunk(Item::Kind kind, ByteView& chunk);

  /// Consumes one whole data item: tags, containers and chunks with all they hold. `Malformed`
  /// for a stray Break, a map with a key without value, or a chunk of another type; `TooLarge`
  /// if containers nest deeper than kMaxDepth. Iterative.
  [[nodiscard]] Status skip();

 private:
  Reader& input_;
};

}  // namespace linnet::cbor
