// SPDX-License-Identifier: Apache-2.0
#pragma once
// LINNET_CHECK guards Linnet's own invariants, in every build. Input from a peer, a file
// or a user never reaches it: bad input is an `Error`.

namespace linnet {

/// Called with the place of a broken invariant; must not return. The default traps.
/// A port replaces it once, before any engine runs (a log line, a reboot). Code compiled for size
/// tells only the line, and an empty file name: names take a tenth of a kilobyte each room.
using CheckHandler = void (*)(const char* file, int line);
void set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(const char* file, int line);
[[noreturn]] void check_failed(int line);

#if defined(__OPTIMIZE_SIZE__)
#define LINNET_CHECK_FAILED_() ::linnet::check_failed(__LINE__)
#else
#define LINNET_CHECK_FAILED_() ::linnet::check_failed(__FILE_NAME__, __LINE__)
#endif

#define LINNET_CHECK(condition)    \
  do {                             \
    if (!(condition)) [[unlikely]] \
      LINNET_CHECK_FAILED_();      \
  } while (false)

}  // namespace linnet
