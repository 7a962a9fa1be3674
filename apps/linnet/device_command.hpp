// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of `linnet device`: what it asks the API, and how it shows the answers.
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "api_command.hpp"

namespace linnet::cli {

struct DeviceOptions : ApiOptions {
  std::string endpoint;
  std::string path;
  std::vector<std::string> words;
  std::string format;
  std::string type;
  // How long an operation may wait, and whether it waits at the server.
  std::string deadline;
  bool queue = false;
  bool now = false;
  // list
  std::string search;
  std::string sort;
  std::string object;
  std::string state;
  std::vector<std::string> tags;
  std::size_t limit = 0;
  // write, observe
  bool update = false;
  bool keep = false;
  std::size_t count = 0;
  int depth = -1;
  // tags, values, history, messages
  std::vector<std::string> add, remove;
  std::string from, to;
  std::size_t points = 0;
  std::size_t minutes = 0;
  bool csv = false;
  bool off = false;
  bool follow = false;
  std::string file;
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

ExitCode print_devices(const DeviceOptions& options);
ExitCode print_device(const DeviceOptions& options);

/// Declares what is kept of a device: tags, values, history, timeline, operations, messages,
/// capture, forget.
void add_device_records(CLI::App* device, const std::shared_ptr<DeviceOptions>& options,
                        Action& action);
/// The values, links or other content of a result.
void print_result(const boost::json::object& result);
/// An event in a line, "21:03:17  registered  urn:dev:...", and its values below.
void print_event(const boost::json::object& event);

}  // namespace linnet::cli
