// SPDX-License-Identifier: Apache-2.0
// Binary to the shortest decimal: digits are generated exactly (Steele and White 1990) until they
// lie closer to the number than its neighbours do.
#include <bit>

#include <linnet/text/number.hpp>
#include <text/big_integer.hpp>

namespace linnet::text {
namespace {

constexpr int kMaxDigits = 17;

/// 0.`digits` * 10^`point`
struct Digits {
  char digits[kMaxDigits];
  int size = 0;
  int point = 0;
};

/// floor(log10(2^exponent)), exact for every exponent of a double.
int floor_log10_pow2(int exponent) { return (exponent * 78913) >> 18; }

/// The shortest digits of the finite, positive double with these bits.
Digits shortest(std::uint64_t bits) {
  const auto biased = static_cast<int>(bits >> 52);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t mantissa = biased == 0 ? fraction : fraction | std::uint64_t{1} << 52;
  const int exponent = (biased == 0 ? 1 : biased) - 1075;  // the number is mantissa * 2^exponent
  const bool even = (mantissa & 1) == 0;  // then the ends of its interval also round to it
  // Below a power of two doubles lie twice as dense as above it.
  const int dense = fraction == 0 && biased > 1 ? 1 : 0;

  // The number is rest/scale, half the way down to its neighbour margin/scale, and half the way
  // up twice that if dense.
  BigInteger rest(mantissa);
  BigInteger scale(1);
  BigInteger margin(1);
  rest.shift_left(1 + dense);
  scale.shift_left(1 + dense);
  if (exponent >= 0) {
    rest.shift_left(exponent);
    margin.shift_left(exponent);
  } else {
    scale.shift_left(-exponent);
  }

  Digits result;
  result.point = floor_log10_pow2(exponent + 63 - std::countl_zero(mantissa)) + 1;
  if (result.point >= 0) {
    scale.multiply_pow10(result.point);
  } else {
    rest.multiply_pow10(-result.point);
    margin.multiply_pow10(-result.point);
  }
  const auto reaches_up = [&] {
    BigInteger upper = rest;
    upper.add(margin);
    if (dense != 0) upper.add(margin);
    return BigInteger::compare(upper, scale) >= (even ? 0 : 1);
  };
  if (reaches_up()) {
    scale.multiply(10);
    ++result.point;
  }

  for (bool done = false; !done;) {
    rest.multiply(10);
    margin.multiply(10);
    char digit = '0';
    for (; BigInteger::compare(rest, scale) >= 0; ++digit) rest.subtract(scale);
    const bool low = BigInteger::compare(rest, margin) < (even ? 1 : 0);
    const bool high = reaches_up();
    done = low || high;
    if (low && high) {
      rest.shift_left(1);
      const int half = BigInteger::compare(rest, scale);
      if (half > 0 || (half == 0 && digit % 2 != 0)) ++digit;  // '0' is even
    } else if (high) {
      ++digit;
    }
    LINNET_CHECK(result.size < kMaxDigits);
    result.digits[result.size++] = digit;
  }
  return result;
}

void zeros(Writer& output, int count) {
  for (; count > 0; --count) output.character('0');
}

}  // namespace

// [DT-04]
void format_double(Writer& output, double number) {
  auto bits = std::bit_cast<std::uint64_t>(number);
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const bool negative = (bits & kSign) != 0;
  bits &= ~kSign;
  if (bits >> 52 == 0x7ff) return output.fail(Error::Range);
  if (negative) output.character('-');
  if (bits == 0) return output.character('0');

  const Digits decimal = shortest(bits);
  const auto count = static_cast<std::size_t>(decimal.size);
  const std::string_view digits(decimal.digits, count);
  const int exponent = decimal.point - 1;
  const bool plain = exponent >= -20 && exponent < 21;
  const int point = plain ? decimal.point : 1;
  if (point <= 0) {
    output.text("0.");
    zeros(output, -point);
    output.text(digits);
  } else if (point >= decimal.size) {
    output.text(digits);
    zeros(output, point - decimal.size);
  } else {
    const auto whole = static_cast<std::size_t>(point);
    output.text({decimal.digits, whole});
    output.character('.');
    output.text({decimal.digits + whole, count - whole});
  }
  if (!plain) {
    output.character('e');
    format_integer(output, exponent);
  }
}

}  // namespace linnet::text
