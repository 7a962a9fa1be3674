// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace linnet::scale {

/// What this process has in memory, in bytes; 0 if the system does not tell.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace linnet::scale
