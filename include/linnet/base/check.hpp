// SPDX-License-Identifier: Apache-2.0
#pragma once
// LINNET_CHECK guards Linnet's own invariants, in every build. Input from a peer, a file
// or a user never reaches it: bad input is an `Error`.

namespace linnet {

/// Called with the place of a broken invariant; must not return. The default traps.
/// A port replaces it once, before any engine runs (a log line, a reboot).
using CheckHandler = void (*)(const char* file, int line);
void set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(const char* file, int line);

#define LINNET_CHECK(condition)                     \
  do {                                              \
    if (!(condition)) [[unlikely]] {                \
      ::linnet::check_failed(__FILE_NAME__, __LINE__); \
    }                                               \
  } while (false)

}  // namespace linnet
