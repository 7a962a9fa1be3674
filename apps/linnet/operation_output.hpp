// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations of the API as a person sees them, and what their end means for the exit code.
#include <boost/json/object.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "command.hpp"

namespace linnet::cli {

/// "queued", "sent", "done", "failed", "expired" or "cancelled"; of an answer without a state from
/// whether it succeeded.
[[nodiscard]] std::string operation_state(const boost::json::object& operation);
[[nodiscard]] bool operation_ended(const boost::json::object& operation);
/// 0 if the device did it or the operation waits; else says on the standard error output why not.
ExitCode report_operation(const boost::json::object& operation);
/// The exit code alone.
[[nodiscard]] ExitCode operation_exit_code(const boost::json::object& operation);

/// The cells under operation_headings().
[[nodiscard]] std::vector<std::string> operation_row(const boost::json::object& operation);
[[nodiscard]] std::vector<std::string> operation_headings();
/// Everything about one: what, when, how it went.
void print_operation(std::ostream& out, const boost::json::object& operation);

}  // namespace linnet::cli
