// SPDX-License-Identifier: Apache-2.0
#pragma once
// The values of /1/x/7 Binding (Core 1.0 §5.3.1.1, Core 1.2 §6.2.1.2).
#include <string_view>

#include <linnet/lwm2m/definition.hpp>

namespace linnet::lwm2m {

/// Whether `text` is a binding for an object 1 of `version`: one of U, UQ, S, SQ, US and UQS in
/// 1.0; since 1.1 letters of U, T, S and N, since 1.2 also of M and H, each at most once. [REG-08]
[[nodiscard]] bool is_binding(std::string_view text, Version version);

}  // namespace linnet::lwm2m
