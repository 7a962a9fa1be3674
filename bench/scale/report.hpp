// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was measured, for people, for programs, and against the budgets.
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
/// Says which budgets of the file are broken, and returns how many. Throws std::runtime_error if
/// the file cannot be read or names something that is not measured.
[[nodiscard]] int check_budgets(const std::string& file, const std::vector<Result>& results,
                                const SecureResults& secure);

}  // namespace linnet::scale
