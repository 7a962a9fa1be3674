// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was measured, for people, for programs, and for the budgets.
#include <optional>
#include <string>
#include <vector>

#include "measure.hpp"
#include "secure.hpp"

namespace linnet::scale {

void print_table(const std::vector<Result>& results, bool engine_only);
void print_secure_table(const SecureResults& results);
/// Throws std::runtime_error if the file cannot be written.
void write_json(const std::string& file, const Options& options,
                const std::vector<Result>& results);
void write_json(const std::string& file, const SecureResults& results);
/// Of the budget with this name, the worst: nothing if it was not measured this time. Throws
/// std::runtime_error if it never is.
[[nodiscard]] std::optional<double> value_of(const std::string& what,
                                             const std::vector<Result>& results,
                                             const SecureResults& secure);

}  // namespace linnet::scale
