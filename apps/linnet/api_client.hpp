// SPDX-License-Identifier: Apache-2.0
#pragma once
// The HTTP side of the commands that use a server's API: asks, and turns what goes wrong into a
// Failure with the right exit code and the server's reason. With https:// nothing is sent before
// the server's certificate was verified. Blocking; one thread.
#include <CLI/App.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api_token.hpp"
#include "command.hpp"

namespace linnet::cli {

/// The API answered with a problem (RFC 9457); `problem` is all of it, an empty object if it was
/// none.
struct Refusal : Failure {
  Refusal(ExitCode exit_code, const std::string& message, boost::json::object whole)
      : Failure(exit_code, message), problem(std::move(whole)) {}
  boost::json::object problem;
};

struct ServerSentEvent {
  std::string id;
  std::string type;
  std::string data;
};

class ServerTrust;

class ApiClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Looks for the token; asks nobody yet. Warns of a token that is to go to another machine in
  /// the clear. Throws Failure.
  explicit ApiClient(const ServerAccess& access);

  /// The body of the answer, null if it has none. `target` starts with a slash. Throws Failure for
  /// anything but 2xx. Without `limit` it waits for as long as the server does.
  boost::json::value get(const std::string& target,
                         std::optional<std::chrono::milliseconds> limit = {});
  boost::json::value post(const std::string& target, const boost::json::value& body,
                          const Headers& headers = {});
  boost::json::value post_text(const std::string& target, const std::string& body,
                               const char* content_type);
  /// Of JSON lines.
  boost::json::value post_lines(const std::string& target, const std::string& lines);
  boost::json::value put(const std::string& target, const boost::json::value& body);
  /// Of a file, or a piece of it.
  boost::json::value put_bytes(const std::string& target, std::string bytes);
  /// The answer, null if it has no body.
  boost::json::value remove(const std::string& target);
  /// The body as it is.
  std::string get_text(const std::string& target);
  /// Writes the body to `file`, which is made for its owner only and must not be there; `progress`
  /// is told how many bytes there are, and of how many (0: nobody knows). Nothing of the file is
  /// left if it throws.
  void download(const std::string& target, const std::filesystem::path& file,
                const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

  /// Reads events until `take` returns false or Ctrl-C is pressed; true in the latter case.
  /// Connects again where it stopped if the server goes away for a while.
  bool stream(const std::string& target, const std::function<bool(const ServerSentEvent&)>& take,
              const std::string& last_id = {});

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  struct Request {
    std::string method;
    std::string target;
    std::string body{};
    const char* content_type = "application/json";
    Headers headers{};
    std::optional<std::chrono::milliseconds> limit{};
  };
  std::string exchange(const Request& request);
  boost::json::value ask(const Request& request);

  std::string url_;
  ServerAddress server_;
  std::shared_ptr<const ServerTrust> trust_;  ///< null in the clear
  std::string token_;
};

/// "/api/v1/devices/<endpoint, encoded>".
[[nodiscard]] std::string device_target(const std::string& endpoint);

}  // namespace linnet::cli
