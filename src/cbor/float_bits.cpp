// SPDX-License-Identifier: Apache-2.0
#include <linnet/cbor/float_bits.hpp>

namespace linnet::cbor {
namespace {

constexpr int kMantissaBits = 52;
constexpr int kBias = 1023;
constexpr int kMaxExponent = 2047;

}  // namespace

std::uint64_t widen(std::uint32_t bits, FloatLayout layout) {
  const int max_exponent = (1 << layout.exponent_bits) - 1;
  const std::uint64_t sign = bits >> (layout.exponent_bits + layout.mantissa_bits) & 1;
  const std::uint32_t hidden = std::uint32_t{1} << layout.mantissa_bits;
  int exponent = static_cast<int>(bits >> layout.mantissa_bits) & max_exponent;
  std::uint64_t mantissa = bits & (hidden - 1);
  if (exponent == max_exponent) {
    exponent = kMaxExponent;
  } else if (exponent != 0) {
    exponent += kBias - max_exponent / 2;
  } else if (mantissa != 0) {  // subnormal there, normal here
    exponent = kBias - max_exponent / 2 + 1;
    for (; mantissa < hidden; mantissa <<= 1) --exponent;
    mantissa -= hidden;
  }
  return sign << 63 | static_cast<std::uint64_t>(exponent) << kMantissaBits |
         mantissa << (kMantissaBits - layout.mantissa_bits);
}

bool narrow(std::uint64_t bits, FloatLayout layout, std::uint32_t& narrow) {
  const int max_exponent = (1 << layout.exponent_bits) - 1;
  const auto sign = static_cast<std::uint32_t>(bits >> 63);
  int exponent = static_cast<int>(bits >> kMantissaBits) & kMaxExponent;
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << kMantissaBits) - 1);
  int dropped = kMantissaBits - layout.mantissa_bits;
  if (exponent == kMaxExponent) {
    exponent = max_exponent;
  } else if (exponent != 0) {
    exponent += max_exponent / 2 - kBias;
    if (exponent >= max_exponent) return false;
    if (exponent <= 0) {  // subnormal there
      mantissa |= std::uint64_t{1} << kMantissaBits;
      dropped += 1 - exponent;
      exponent = 0;
      if (dropped > kMantissaBits) return false;
    }
  } else if (mantissa != 0) {
    return false;  // smaller than any in the other layouts
  }
  if ((mantissa & ((std::uint64_t{1} << dropped) - 1)) != 0) return false;
  narrow = sign << (layout.exponent_bits + layout.mantissa_bits) |
           static_cast<std::uint32_t>(exponent) << layout.mantissa_bits |
           static_cast<std::uint32_t>(mantissa >> dropped);
  return true;
}

}  // namespace linnet::cbor
