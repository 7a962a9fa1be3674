// SPDX-License-Identifier: Apache-2.0
#pragma once
// Captured messages as JSON, with what is in their payload, and as a capture file. Any thread with
// its own models.
#include <boost/json/object.hpp>
#include <memory>
#include <span>
#include <string>

#include "json_values.hpp"
#include "message_log.hpp"

namespace linnet::service {

[[nodiscard]] boost::json::object message_json(const CapturedMessage& message,
                                               const DeviceModel& model);

/// All of them in pcapng, each with the endpoint as its comment.
[[nodiscard]] std::string messages_pcapng(
    std::string_view endpoint, std::span<const std::shared_ptr<const CapturedMessage>> messages);

}  // namespace linnet::service
