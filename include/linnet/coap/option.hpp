// SPDX-License-Identifier: Apache-2.0
#pragma once
// CoAP option numbers and what each may look like. Read RFC 7252 §5.4 and §5.10; further
// options from RFC 7641, 7959, 7967, 8613, 8768, 9175, 9177 and 9668.
// Constant tables and plain values; nothing here owns or refers to anything that can die.
#include <cstdint>

#include <linnet/base/bytes.hpp>

namespace linnet::coap {

/// Any number may arrive; the named ones are those Linnet has a rule for.
enum class OptionNumber : std::uint16_t {
  IfMatch = 1,
  UriHost = 3,
  ETag = 4,
  IfNoneMatch = 5,
  Observe = 6,
  UriPort = 7,
  LocationPath = 8,
  Oscore = 9,
  UriPath = 11,
  ContentFormat = 12,
  MaxAge = 14,
  UriQuery = 15,
  HopLimit = 16,
  Accept = 17,
  QBlock1 = 19,
  LocationQuery = 20,
  Edhoc = 21,
  Block2 = 23,
  Block1 = 27,
  Size2 = 28,
  QBlock2 = 31,
  ProxyUri = 35,
  ProxyScheme = 39,
  Size1 = 60,
  Echo = 252,
  NoResponse = 258,
  RequestTag = 292,
};

constexpr std::uint16_t to_number(OptionNumber number) {
  return static_cast<std::uint16_t>(number);
}
/// A request with a critical option the server does not understand is refused with 4.02.
constexpr bool is_critical(OptionNumber number) { return (to_number(number) & 1u) != 0; }
constexpr bool is_elective(OptionNumber number) { return !is_critical(number); }
/// A proxy must not forward a message with an unsafe option it does not understand.
constexpr bool is_unsafe(OptionNumber number) { return (to_number(number) & 2u) != 0; }
constexpr bool is_no_cache_key(OptionNumber number) { return (to_number(number) & 0x1Eu) == 0x1Cu; }

enum class OptionFormat : std::uint8_t { Empty, Opaque, Unsigned, String };

/// What RFC 7252 §5.10 (and the later documents) allow of one option.
struct OptionRule {
  OptionNumber number;
  OptionFormat format : 4;
  bool repeatable : 1;
  std::uint8_t min_size;
  std::uint16_t max_size;
};

/// The rule of a known option, or null. Static lifetime. O(log n).
[[nodiscard]] const OptionRule* find_rule(OptionNumber number);

/// The number in an option value of 0 to 4 bytes; leading zeros are accepted. `Range` if longer.
[[nodiscard]] Result<std::uint32_t> decode_unsigned(ByteView value);
/// Bytes the shortest form of `value` takes: 0 to 4.
constexpr std::size_t unsigned_size(std::uint32_t value) {
  return value == 0 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x1000000 ? 3 : 4;
}

}  // namespace linnet::coap
