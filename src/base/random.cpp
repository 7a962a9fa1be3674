// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/random.hpp>

namespace linnet {

std::uint32_t Rng::below(std::uint32_t bound) {
  return static_cast<std::uint32_t>(std::uint64_t{next()} * bound >> 32);
}

void Rng::fill(MutableBytes out) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 4 == 0) word = next();
    out[i] = static_cast<std::uint8_t>(word >> (8 * (i % 4)));
  }
}

std::uint32_t SeededRng::next() {
  state_ += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
}

}  // namespace linnet
