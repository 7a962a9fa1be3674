// SPDX-License-Identifier: Apache-2.0
#pragma once
// The log of `linnet server` on standard output: text for people, or JSON, an object a line, with
// time (RFC 3339, UTC), level, message and, where it is about a device, endpoint. In the journal,
// which keeps times and levels itself, text lines begin with their priority (sd-daemon(3)) instead.
#include <atomic>
#include <memory>
#include <string>

#include <linnet/service/service.hpp>

namespace spdlog {
class logger;
}

namespace linnet::cli {

class ServerLog {
 public:
  /// Throws Failure for a level or format that does not exist.
  ServerLog(const std::string& level, const std::string& format);

  /// May be called from any thread.
  void write(service::LogLevel level, const service::LogLine& line) const;
  [[nodiscard]] service::LogSink sink() const;
  /// Throws Failure, and the level stays.
  void set_level(const std::string& level);
  /// The same of a format.
  void set_format(const std::string& format);
  /// Whether programs read the lines, or the journal keeps them: then nothing else goes to standard
  /// output.
  [[nodiscard]] bool lines_only() const { return json_ || journal_; }

  /// What the constructor checks; throws Failure.
  static void check(const std::string& level, const std::string& format);

 private:
  std::atomic<bool> json_ = false;
  std::atomic<bool> journal_ = false;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace linnet::cli
