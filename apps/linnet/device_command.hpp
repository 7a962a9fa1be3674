// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of `linnet device`: what it asks the API, and how it shows the answers.
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "api_client.hpp"
#include "command.hpp"

namespace linnet::cli {

struct DeviceOptions {
  std::string server;
  bool as_json = false;
  std::string endpoint;
  std::string path;
  std::vector<std::string> words;
  std::string format;
  std::string type;
  double deadline = 0;
  // list
  std::string search;
  std::string sort;
  std::string object;
  std::size_t limit = 0;
  // write, observe
  bool update = false;
  bool keep = false;
  std::size_t count = 0;
  int depth = -1;
};

/// The body of an operation with what the options say about every operation.
[[nodiscard]] boost::json::object operation_body(const DeviceOptions& options,
                                                 const std::string& op);

/// What a person typed as a value: "hex:00ff" and "@file" become base64, anything else is sent as
/// text for the server to convert. Throws Failure.
[[nodiscard]] std::string typed_value(const std::string& text);
/// Cuts "5700=21.5" apart. Throws Failure.
[[nodiscard]] std::pair<std::string, std::string> assignment(const std::string& text);
/// Sends the operation and shows the result; the exit code says whether the device did it.
ExitCode operate(const DeviceOptions& options, const boost::json::object& body);
/// Observes, follows until Ctrl-C or until the count is reached, and cancels.
ExitCode observe(const DeviceOptions& options, boost::json::object body);

void print_devices(const DeviceOptions& options);
void print_device(const DeviceOptions& options);
/// The values, links or other content of a result.
void print_result(const boost::json::object& result);
/// The line of an event that has no values: "21:03:17  registered  urn:dev:..."
void print_event(const boost::json::object& event);

}  // namespace linnet::cli
