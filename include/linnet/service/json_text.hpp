// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON values as text (RFC 8259). Boost's own serializer writes 21.5 as 2.15E1: right, but nothing
// for people. Safe from any thread.
#include <boost/json/value.hpp>
#include <string>

namespace linnet::service {

/// On one line. Numbers are exact: integers with all their digits, others in the shortest form that
/// reads back the same.
[[nodiscard]] std::string to_text(const boost::json::value& value);
/// Over several lines, two blanks a level; ends without a line feed.
[[nodiscard]] std::string to_pretty_text(const boost::json::value& value);

}  // namespace linnet::service
