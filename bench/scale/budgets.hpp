// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was measured against what it may cost at most.
#include <optional>
#include <string>

#include <linnet/base/function_ref.hpp>

namespace linnet::scale {

/// Of the budget with this name: nothing if it was not measured this time. Throws
/// std::runtime_error if it never is.
using Measured = FunctionRef<std::optional<double>(const std::string& what)>;

/// Says which budgets of the file are broken, and returns how many. Throws std::runtime_error if
/// the file cannot be read or names something that is never measured.
[[nodiscard]] int check_budgets(const std::string& file, Measured measured);

}  // namespace linnet::scale
