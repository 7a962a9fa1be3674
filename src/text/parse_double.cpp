// SPDX-License-Identifier: Apache-2.0
// Decimal to binary, exact: the first nineteen digits as a fraction of two big integers, long
// division for the bits, and the rest of the digits one by one if the rounding depends on them.
#include <bit>
#include <cstddef>
#include <optional>

#include <linnet/text/number.hpp>
#include <text/big_integer.hpp>

namespace linnet::text {
namespace {

constexpr int kMantissaBits = 53;
constexpr int kMinExponent = -1022;
constexpr int kExponentBias = 1023;
constexpr std::uint64_t kInfinityBits = 0x7ffull << 52;

/// (`leading` + 0.`tail`) * 10^`exponent`. `tail` may contain the decimal point.
struct Decimal {
  bool negative = false;
  std::uint64_t leading = 0;
  int digits = 0;  ///< significant digits in `leading`
  std::ptrdiff_t exponent = 0;
  std::string_view tail;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The exponent after the 'e', held to where only its sign still matters.
std::optional<std::ptrdiff_t> scan_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::ptrdiff_t exponent = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    if (exponent < 100'000'000) exponent = exponent * 10 + (c - '0');
  }
  return negative ? -exponent : exponent;
}

std::optional<Decimal> scan(std::string_view text) {
  constexpr int kLeadingDigits = 19;  // what 64 bits hold
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  std::size_t at = decimal.negative ? 1 : 0;
  std::size_t tail = std::string_view::npos;
  bool fraction = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      // Digits on both sides of the point, and only one point.
      if (fraction || at == 0 || !is_digit(text[at - 1])) return std::nullopt;
      fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (decimal.digits < kLeadingDigits) {
      decimal.leading = decimal.leading * 10 + static_cast<std::uint64_t>(c - '0');
      if (decimal.leading != 0) ++decimal.digits;
      if (fraction) --decimal.exponent;
    } else {
      if (tail == std::string_view::npos) tail = at;
      if (!fraction) ++decimal.exponent;
    }
  }
  if (at == 0 || !is_digit(text[at - 1])) return std::nullopt;
  if (tail < at) decimal.tail = {text.data() + tail, at - tail};
  if (at == text.size()) return decimal;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  text.remove_prefix(at + 1);
  const auto exponent = scan_exponent(text);
  if (!exponent) return std::nullopt;
  decimal.exponent += *exponent;
  return decimal;
}

/// Compares 0.`tail` * `unit` with `distance`.
int compare_tail(std::string_view tail, const BigInteger& unit, BigInteger& distance) {
  for (const char c : tail) {
    if (c == '.') continue;
    if (BigInteger::compare(distance, unit) >= 0) return -1;
    distance.multiply(10);
    for (char digit = '0'; digit < c; ++digit) {
      if (BigInteger::compare(distance, unit) < 0) return 1;
      distance.subtract(unit);
    }
  }
  return distance.is_zero() ? 0 : -1;
}

/// The bits of the double nearest to `decimal`, without sign; infinity if it is too large.
/// REQUIRES: leading != 0 and the leading digit stands for 10^-324 to 10^308.
std::uint64_t nearest(const Decimal& decimal) {
  const int exponent10 = static_cast<int>(decimal.exponent);
  BigInteger numerator(decimal.leading);
  BigInteger denominator(1);
  (exponent10 > 0 ? numerator : denominator)
      .multiply_pow10(exponent10 > 0 ? exponent10 : -exponent10);

  // Scale by powers of two until 1 <= numerator/denominator < 2.
  int exponent2 = numerator.bit_length() - denominator.bit_length();
  int shifted = 0;  // of the numerator
  if (exponent2 > 0) {
    denominator.shift_left(exponent2);
  } else {
    shifted = -exponent2;
    numerator.shift_left(shifted);
  }
  if (BigInteger::compare(numerator, denominator) < 0) {
    numerator.shift_left(1);
    ++shifted;
    --exponent2;
  }
  if (exponent2 > kExponentBias) return kInfinityBits;

  // Subnormal numbers have fewer bits, and those about half the least one none at all.
  const bool normal = exponent2 >= kMinExponent;
  int bits = normal ? kMantissaBits : kMantissaBits - (kMinExponent - exponent2);
  std::uint64_t mantissa = 0;
  for (; bits > 0; --bits) {
    mantissa <<= 1;
    if (BigInteger::compare(numerator, denominator) >= 0) {
      numerator.subtract(denominator);
      mantissa |= 1;
    }
    numerator.shift_left(1);
    ++shifted;
  }
  denominator.shift_left(-bits);

  // What is left, against half a unit of the last bit: numerator against denominator.
  int above = BigInteger::compare(numerator, denominator);
  if (above <= 0 && decimal.tail.find_first_not_of(".0") != std::string_view::npos) {
    BigInteger unit(1);
    unit.multiply_pow10(exponent10 > 0 ? exponent10 : 0);
    unit.shift_left(shifted);
    denominator.subtract(numerator);
    above = compare_tail(decimal.tail, unit, denominator);
  }
  if (above > 0 || (above == 0 && (mantissa & 1) != 0)) ++mantissa;
  // The hidden bit, and a carry out of rounding, count the exponent up by one.
  const auto biased = static_cast<std::uint64_t>(normal ? exponent2 + kExponentBias - 1 : 0);
  return (biased << 52) + mantissa;
}

}  // namespace

// [DT-04]
Result<double> parse_double(std::string_view digits) {
  const auto decimal = scan(digits);
  if (!decimal) return Error::Malformed;
  std::uint64_t bits = 0;
  const std::ptrdiff_t leading_exponent = decimal->exponent + decimal->digits - 1;
  if (decimal->leading != 0 && leading_exponent >= -324) {
    bits = leading_exponent > 308 ? kInfinityBits : nearest(*decimal);
  }
  if (bits >= kInfinityBits) return Error::Range;
  return std::bit_cast<double>(bits | std::uint64_t{decimal->negative} << 63);
}

}  // namespace linnet::text
