// SPDX-License-Identifier: Apache-2.0
#include "server_log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/object.hpp>
#include <cmath>
#include <ctime>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/service_manager.hpp>
#include <linnet/service/json_text.hpp>

#include "command.hpp"

namespace linnet::cli {
namespace {

using service::LogLevel;

spdlog::level::level_enum spdlog_level(const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    throw Failure(kUsage, "there is no log level \"" + level +
                              "\"; levels are debug, info, warn, error and off");
  }
  return parsed;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warning: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warn";
    case LogLevel::Error: return "error";
  }
  return "error";
}

/// "<6>", as syslog numbers them.
const char* priority(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "<7>";
    case LogLevel::Info: return "<6>";
    case LogLevel::Warning: return "<4>";
    case LogLevel::Error: return "<3>";
  }
  return "<3>";
}

/// "2026-11-22T23:15:45.123Z".
std::string utc_now() {
  const double now = posix::unix_now();
  const auto seconds = static_cast<std::time_t>(std::floor(now));
  const int milliseconds = static_cast<int>((now - std::floor(now)) * 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof(text) - size, ".%03dZ", milliseconds);
  return text;
}

std::string json_line(LogLevel level, const service::LogLine& line) {
  boost::json::object out{
      {"time", utc_now()}, {"level", level_name(level)}, {"message", line.text}};
  if (!line.endpoint.empty()) out["endpoint"] = line.endpoint;
  return service::to_text(out);
}

}  // namespace

void ServerLog::check(const std::string& level, const std::string& format) {
  (void)spdlog_level(level);
  if (format != "text" && format != "json") {
    throw Failure(kUsage, "there is no log format \"" + format + "\"; formats are text and json");
  }
}

ServerLog::ServerLog(const std::string& level, const std::string& format) {
  check(level, format);
  logger_ = spdlog::stdout_color_mt("linnet");
  set_format(format);
  logger_->set_level(spdlog_level(level));
  logger_->flush_on(spdlog::level::debug);
}

void ServerLog::write(LogLevel level, const service::LogLine& line) const {
  const auto at = spdlog_level(level);
  if (!logger_->should_log(at)) return;
  if (json_) return logger_->log(at, json_line(level, line));
  logger_->log(at, journal_ ? priority(level) + line.text : line.text);
}

service::LogSink ServerLog::sink() const {
  return [this](LogLevel level, const service::LogLine& line) { write(level, line); };
}

void ServerLog::set_format(const std::string& format) {
  check("off", format);
  json_ = format == "json";
  journal_ = !json_ && posix::output_is_journal();
  logger_->set_pattern(lines_only() ? "%v" : "%Y-%m-%d %H:%M:%S %^%-5l%$ %v");
}

void ServerLog::set_level(const std::string& level) { logger_->set_level(spdlog_level(level)); }

}  // namespace linnet::cli
