// SPDX-License-Identifier: Apache-2.0
#pragma once
// Forgetting secrets: a plain memset before the end of a lifetime is one a compiler leaves out.
#include <linnet/base/bytes.hpp>

namespace linnet::secure {

/// Writes zeros that no optimiser takes away.
void wipe(MutableBytes secret);

}  // namespace linnet::secure
