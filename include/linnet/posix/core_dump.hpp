// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace linnet::posix {

/// For a process that holds keys: a crash leaves no image of its memory behind, whoever would write
/// it, and other processes of the same user cannot look into it (prctl(2), PR_SET_DUMPABLE). A
/// debugger has to start it, or be root's.
void forbid_core_dumps();

}  // namespace linnet::posix
