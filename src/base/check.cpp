// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/check.hpp>

namespace linnet {
namespace {
CheckHandler g_handler = nullptr;
}

void set_check_handler(CheckHandler handler) { g_handler = handler; }

void check_failed(const char* file, int line) {
  if (g_handler != nullptr) g_handler(file, line);
  __builtin_trap();
}

void check_failed(int line) { check_failed("", line); }

}  // namespace linnet
