// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel's random numbers, fetched in blocks of 256 bytes. One object belongs to one thread.
#include <array>
#include <cstddef>

#include <linnet/base/random.hpp>

namespace linnet::posix {

class SystemRng final : public Rng {
 public:
  /// Aborts through LINNET_CHECK if the kernel has no randomness to give, which it always has
  /// once it has booted.
  std::uint32_t next() override;

 private:
  std::array<std::uint32_t, 64> block_{};
  std::size_t used_ = 64;
};

}  // namespace linnet::posix
