// SPDX-License-Identifier: Apache-2.0
#include <linnet/text/number.hpp>

#include <limits>

namespace linnet::text {

namespace {

/// Divides `number` and returns the remainder. By 16 bits at a time: processors of 32 bits need a
/// library of 1 kB to divide 64.
unsigned divide_by_ten(std::uint64_t& number) {
  std::uint64_t quotient = 0;
  std::uint32_t rest = 0;
  for (int shift = 48; shift >= 0; shift -= 16) {
    rest = rest << 16 | static_cast<std::uint32_t>(number >> shift & 0xFFFF);
    quotient = quotient << 16 | rest / 10;
    rest %= 10;
  }
  number = quotient;
  return rest;
}

}  // namespace

Result<std::uint64_t> parse_unsigned(std::string_view digits) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return Error::Malformed;
  std::uint64_t number = 0;
  bool fits = true;
  for (const char c : digits) {
    if (c < '0' || c > '9') return Error::Malformed;
    const std::uint64_t tenfold = number * 10;
    if (number > kMax / 10) fits = false;
    number = tenfold + static_cast<std::uint64_t>(c - '0');
    if (number < tenfold) fits = false;
  }
  if (!fits) return Error::Range;
  return number;
}

Result<std::int64_t> parse_integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  LINNET_TRY_ASSIGN(const std::uint64_t magnitude, parse_unsigned(digits));
  const std::uint64_t limit = std::uint64_t{1} << 63;
  if (magnitude > limit - (negative ? 0 : 1)) return Error::Range;
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

void format_unsigned(Writer& output, std::uint64_t number) {
  char digits[kMaxIntegerText];
  std::size_t begin = sizeof digits;
  do {
    digits[--begin] = static_cast<char>('0' + divide_by_ten(number));
  } while (number != 0);
  output.text({digits + begin, sizeof digits - begin});
}

void format_integer(Writer& output, std::int64_t number) {
  const auto magnitude = static_cast<std::uint64_t>(number);
  if (number < 0) output.character('-');
  format_unsigned(output, number < 0 ? 0 - magnitude : magnitude);
}

}  // namespace linnet::text
