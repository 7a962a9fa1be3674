// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/system_rng.hpp>

#include <sys/random.h>

#include <linnet/base/check.hpp>

namespace linnet::posix {

std::uint32_t SystemRng::next() {
  if (used_ == block_.size()) {
    // Up to 256 bytes are never cut short by a signal (getrandom(2)).
    const auto size = getrandom(block_.data(), sizeof(block_), 0);
    LINNET_CHECK(size == static_cast<ssize_t>(sizeof(block_)));
    used_ = 0;
  }
  const std::uint32_t word = block_[used_];
  block_[used_++] = 0;
  return word;
}

}  // namespace linnet::posix
