// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations as JSON for the API and for events, and the answers that requests get. Free functions;
// any thread.
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include <linnet/service/http_server.hpp>

#include "operation_row.hpp"
#include "operation_store.hpp"
#include "problem.hpp"

namespace linnet::service {

/// What an operation came to that the device did not answer: kept as its result, and the answer to
/// whoever waits.
[[nodiscard]] boost::json::object to_json(const Problem& problem);

/// In full.
[[nodiscard]] boost::json::object to_json(const OperationRow& row, std::string_view endpoint);
/// What an event tells of the state it is in; `result` is what came of it, or empty.
[[nodiscard]] boost::json::object event_of(const OperationRow& row,
                                           const boost::json::object& result);
[[nodiscard]] boost::json::object to_json(const OperationStore::Batch& batch);

/// For one that waits: 202 and where to look for it.
[[nodiscard]] HttpResponse accepted(const OperationRow& row, std::string_view endpoint);
/// For a caller who waited for the end: what the device answered, or the problem that it did not.
[[nodiscard]] HttpResponse ended(const OperationRow& row, std::string_view endpoint);

}  // namespace linnet::service
