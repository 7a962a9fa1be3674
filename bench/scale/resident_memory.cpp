// SPDX-License-Identifier: Apache-2.0
#include "resident_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace linnet::scale {

std::uint64_t resident_bytes() {
  // Without stdio: its buffers would be part of the result.
  char text[128] = {};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const auto size = ::read(file, text, sizeof(text) - 1);
  ::close(file);
  const char* second = size > 0 ? std::strchr(text, ' ') : nullptr;
  if (second == nullptr) return 0;
  return std::strtoull(second, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace linnet::scale
