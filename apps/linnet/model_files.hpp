// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object definitions as the command line names them: the built-in ones and folders with more.
#include <ostream>
#include <string>
#include <vector>

#include <linnet/lwm2m/model/model_store.hpp>

namespace linnet::cli {

/// Built-in models and those of `folders`. Findings go to `complaints`; throws Failure if a folder
/// is not there.
[[nodiscard]] lwm2m::ModelStore load_models(const std::vector<std::string>& folders,
                                            std::ostream& complaints);

/// "R", "W", "RW", "E" or "".
[[nodiscard]] std::string operations_text(std::uint8_t operations);

}  // namespace linnet::cli
