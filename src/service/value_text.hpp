// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as JSON text without a tree of JSON values: for events, of which there are many. The text
// is that of `to_text(to_json(value, model))`. Free functions; any thread with its own model store.
#include <string>
#include <string_view>

#include "json_values.hpp"

namespace linnet::service {

/// With quotes.
void append_json(std::string& out, std::string_view text);
/// In the shortest form that reads back the same. REQUIRES: finite.
void append_json(std::string& out, double number);
void append_json(std::string& out, const lwm2m::Path& path);
void append_json(std::string& out, const server::ResourceValue& value, const DeviceModel& model);
/// As an array.
void append_json(std::string& out, const server::ResourceValues& values, const DeviceModel& model);

}  // namespace linnet::service
