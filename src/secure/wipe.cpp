// SPDX-License-Identifier: Apache-2.0
#include <linnet/secure/wipe.hpp>

namespace linnet::secure {

void wipe(MutableBytes secret) {
  if (secret.empty()) return;
  std::memset(secret.data(), 0, secret.size());
  // Whoever reads memory now could see them: so they have to be there.
  asm volatile("" : : "r"(secret.data()) : "memory");
}

}  // namespace linnet::secure
