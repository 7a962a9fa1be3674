// SPDX-License-Identifier: Apache-2.0
#include <linnet/text/number.hpp>

#include <limits>

namespace linnet::text {

Result<std::uint64_t> parse_unsigned(std::string_view digits) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return Error::Malformed;
  std::uint64_t number = 0;
  bool fits = true;
  for (const char c : digits) {
    if (c < '0' || c > '9') return Error::Malformed;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > kMax / 10 || number * 10 > kMax - digit) fits = false;
    number = number * 10 + digit;
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
    digits[--begin] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  output.text({digits + begin, sizeof digits - begin});
}

void format_integer(Writer& output, std::int64_t number) {
  const auto magnitude = static_cast<std::uint64_t>(number);
  if (number < 0) output.character('-');
  format_unsigned(output, number < 0 ? 0 - magnitude : magnitude);
}

}  // namespace linnet::text
