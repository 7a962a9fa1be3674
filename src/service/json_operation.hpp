// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations between JSON and `server::Operation`: the one request shape of the API and the shape
// of a result. Free functions; any thread with its own model store.
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/server/operation.hpp>

#include "json_values.hpp"
#include "operation_row.hpp"

namespace linnet::service {

/// A request as far as it can be understood without knowing the device.
struct OperationRequest {
  server::OperationKind kind = server::OperationKind::Read;
  /// As the request named it: "read", "write", ...
  std::string op;
  std::optional<lwm2m::Path> path;
  std::vector<lwm2m::Path> paths;
  /// For CancelObservation: by number; else by path or paths.
  server::ObservationId observation;
  boost::json::object body;
  /// Absent: the caller left it to the server.
  std::optional<OperationMode> mode;
  /// How long the caller wants it to be tried.
  std::optional<Duration> deadline;

  /// What it is about, for logs and events: "/3/0" or "/3/0 /4/0"; may be empty.
  [[nodiscard]] std::string target() const;
  /// `path` and `paths` in one list.
  [[nodiscard]] std::vector<lwm2m::Path> about() const;
};

/// Throws Problem for anything wrong in the body: syntax, unknown members, members missing.
[[nodiscard]] OperationRequest parse_operation(std::string_view body);
[[nodiscard]] OperationRequest parse_operation(boost::json::object body);
/// The body of a request as an object. Throws Problem.
[[nodiscard]] boost::json::object parse_object(std::string_view body);

/// Gives values their types and fills everything else in. Throws Problem.
[[nodiscard]] server::Operation to_operation(const OperationRequest& request,
                                             const DeviceModel& model);

/// The member "attributes" of an object, {"pmin":10,"gt":null}; no change if it has none. Throws
/// Problem.
[[nodiscard]] lwm2m::AttributeChange parse_attributes(const boost::json::object& body);

/// "read", "write", "update", ...: the names `op` may have.
[[nodiscard]] const std::vector<std::string_view>& operation_names();

/// "senml-cbor", "tlv", ... or the number as text.
[[nodiscard]] std::string format_name(coap::ContentFormat format);
/// Takes a name or a number; nothing for anything else.
[[nodiscard]] std::optional<coap::ContentFormat> find_format(std::string_view text);

/// Longest deadline of an operation.
inline constexpr Duration kMaxDeadline = seconds(std::int64_t{30} * 86400);

/// The result of an answered operation. Throws Problem if the device did not answer.
[[nodiscard]] boost::json::object to_json(const server::OperationResult& result,
                                          const DeviceModel& model);

}  // namespace linnet::service
