// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/core_dump.hpp>

#include <sys/prctl.h>

namespace linnet::posix {

// Not RLIMIT_CORE: it does not hold for dumps that go to a program, such as systemd-coredump.
void forbid_core_dumps() { (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace linnet::posix
