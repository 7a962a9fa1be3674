// SPDX-License-Identifier: Apache-2.0
#pragma once
// The HTTP side of `linnet device`, `linnet bootstrap`, `linnet credential` and `linnet events`:
// asks a server's API and turns what goes wrong into a Failure with the right exit code. Blocking;
// one thread.
#include <CLI/App.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace linnet::cli {

struct ServerSentEvent {
  std::string id;
  std::string type;
  std::string data;
};

class ApiClient {
 public:
  /// `url` such as "http://127.0.0.1:8080". Throws Failure.
  explicit ApiClient(const std::string& url);

  /// The body of the answer, null if it has none. `target` starts with a slash. Throws Failure for
  /// anything but 2xx. Without `limit` it waits for as long as the server does.
  boost::json::value get(const std::string& target,
                         std::optional<std::chrono::milliseconds> limit = {});
  boost::json::value post(const std::string& target, const boost::json::value& body);
  /// Of JSON lines.
  boost::json::value post_lines(const std::string& target, const std::string& lines);
  boost::json::value put(const std::string& target, const boost::json::value& body);
  void remove(const std::string& target);

  /// Reads events until `take` returns false or Ctrl-C is pressed; true in the latter case.
  /// Connects again where it stopped if the server goes away for a while.
  bool stream(const std::string& target, const std::function<bool(const ServerSentEvent&)>& take);

 private:
  boost::json::value request(const std::string& method, const std::string& target,
                             const std::string& body,
                             std::optional<std::chrono::milliseconds> limit,
                             const char* content_type = "application/json");

  std::string url_;
  std::string host_;
  std::string port_;
  std::string token_;
};

/// Adds `--server`, with LINNET_SERVER as its default, to a command that uses the API.
void add_server_option(CLI::App& command, std::string& url);
/// "/api/v1/devices/<endpoint, encoded>".
[[nodiscard]] std::string device_target(const std::string& endpoint);

}  // namespace linnet::cli
