// SPDX-License-Identifier: Apache-2.0
#pragma once
// Conversions between binary16, binary32 and binary64 on their bits (IEEE 754), so that no
// floating-point library is linked for them. RFC 8949 §3.3 and §4.1.
#include <cstdint>

namespace linnet::cbor {

/// A format of fewer than 64 bits.
struct FloatLayout {
  int exponent_bits;
  int mantissa_bits;
};
inline constexpr FloatLayout kBinary16{5, 10};
inline constexpr FloatLayout kBinary32{8, 23};

/// The binary64 of the same value; a NaN keeps its payload.
[[nodiscard]] std::uint64_t widen(std::uint32_t bits, FloatLayout layout);

/// Stores the same value in `layout` to `narrow`; false if it has none there. A NaN is the same if
/// its payload is.
[[nodiscard]] bool narrow(std::uint64_t bits, FloatLayout layout, std::uint32_t& narrow);

}  // namespace linnet::cbor
