// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of models/ as text; the build writes core_models.cpp from them.
#include <span>
#include <string_view>

namespace linnet::lwm2m {

/// One DDF file each. Static lifetime.
[[nodiscard]] std::span<const std::string_view> core_models();

}  // namespace linnet::lwm2m
