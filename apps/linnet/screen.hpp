// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a person sees of a command: colours where there is a terminal, ages, progress, and pages
// that are drawn again while something changes.
#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include "command.hpp"

namespace linnet::cli {

enum class Colour { Plain, Bold, Dim, Red, Green, Yellow, Blue };
/// With the escape sequences of a colour if standard output is a terminal that has them, and
/// NO_COLOR is not set (no-color.org). `Table` knows that they take no room.
[[nodiscard]] std::string coloured(Colour colour, std::string_view text);
/// The colour of a state: what is well green, what waits yellow, what went wrong red.
[[nodiscard]] std::string coloured_state(const std::string& state);

/// "3 h ago", "in 5 min"; "never" for 0. While a page is watched that is no terminal: the time
/// itself, since an age is another one each second.
[[nodiscard]] std::string age(double unix_seconds);
/// "2026-11-22 23:15:45 (3 h ago)".
[[nodiscard]] std::string time_and_age(double unix_seconds);
/// "1.5 MB".
[[nodiscard]] std::string size_text(double bytes);

/// Seconds of "90", "90s", "5m", "2h", "1d" or "1w". Throws Failure.
[[nodiscard]] double parse_duration(const std::string& text);

void print_json(const boost::json::value& value, std::ostream& out = std::cout);

/// Renders a page once; with `again` every two seconds until `render` returns false or Ctrl-C: on a
/// terminal in place, elsewhere the lines that were not there the time before.
ExitCode show_page(bool again, const std::function<bool(std::ostream&)>& render);

/// Calls `step` every so often until it returns false or Ctrl-C; true for Ctrl-C.
bool repeat(std::chrono::milliseconds interval, const std::function<bool()>& step);

/// One line on a terminal that is written over; nothing elsewhere.
class Progress {
 public:
  Progress(const char* what, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done) const;

 private:
  const char* what_;
  std::size_t total_;
  bool shown_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace linnet::cli
