// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers at places that are known to be there. Of every record and of every session that wakes a
// dozen are read and written: with the cursors of base that would take longer than the cipher's
// key.
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace linnet::secure {

/// The smallest type that holds `kSize` bytes.
template <std::size_t kSize>
using Unsigned = std::conditional_t<(kSize > 4), std::uint64_t,
                                    std::conditional_t<(kSize > 2), std::uint32_t, std::uint16_t>>;

/// REQUIRES: `kSize` bytes at `from`.
template <std::size_t kSize>
[[nodiscard]] inline Unsigned<kSize> load(const std::uint8_t* from) {
  Unsigned<kSize> value = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    value = static_cast<Unsigned<kSize>>(value << 8 | from[i]);
  }
  return value;
}

/// The low `kSize` bytes of `value`. REQUIRES: room for them at `to`.
template <std::size_t kSize>
inline void store(std::uint8_t* to, std::uint64_t value) {
  for (std::size_t i = 0; i < kSize; ++i) {
    to[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
  }
}

}  // namespace linnet::secure
