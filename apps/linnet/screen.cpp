// SPDX-License-Identifier: Apache-2.0
#include "screen.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>

#include <linnet/posix/clock.hpp>
#include <linnet/service/json_text.hpp>

#include "table.hpp"

namespace linnet::cli {
namespace {

constexpr int kRedrawMs = 2000;

bool on_terminal() { return isatty(STDOUT_FILENO) != 0; }

bool colours() {
  static const bool wanted = [] {
    const char* no = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return on_terminal() && (no == nullptr || *no == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
  }();
  return wanted;
}

/// Set while a page is watched where ages would make every line a new one.
bool absolute_times = false;

/// Waits for Ctrl-C or the time; true for Ctrl-C.
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    descriptor_ = signalfd(-1, &set_, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~Interrupt() {
    ::close(descriptor_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool wait(int milliseconds) const {
    pollfd watched{descriptor_, POLLIN, 0};
    if (poll(&watched, 1, milliseconds) == 0) return false;
    // Taken, or it would end the process when signals are as before.
    signalfd_siginfo taken{};
    return ::read(descriptor_, &taken, sizeof(taken)) > 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  int descriptor_ = -1;
};

/// The lines of `page` that are not in `before`, which becomes them.
void print_new_lines(const std::string& page, std::set<std::string>& before) {
  std::set<std::string> now;
  std::istringstream lines(page);
  std::string line;
  while (std::getline(lines, line)) {
    if (!before.contains(line)) std::cout << line << '\n';
    now.insert(line);
  }
  std::cout << std::flush;
  before = std::move(now);
}

}  // namespace

std::string coloured(Colour colour, std::string_view text) {
  constexpr const char* kCodes[] = {"", "1", "2", "31", "32", "33", "34"};
  if (colour == Colour::Plain || text.empty() || !colours()) return std::string(text);
  return std::string("\x1b[") + kCodes[static_cast<std::size_t>(colour)] + "m" + std::string(text) +
         "\x1b[0m";
}

std::string coloured_state(const std::string& state) {
  for (const char* good : {"done", "awake", "registered", "active", "ready", "ok"}) {
    if (state == good) return coloured(Colour::Green, state);
  }
  for (const char* waiting : {"queued", "sent", "asleep", "retrying"}) {
    if (state == waiting) return coloured(Colour::Yellow, state);
  }
  for (const char* bad : {"failed", "expired", "paused", "error"}) {
    if (state == bad) return coloured(Colour::Red, state);
  }
  return coloured(Colour::Dim, state);
}

std::string age(double unix_seconds) {
  if (unix_seconds == 0) return "never";
  if (absolute_times) return local_time(unix_seconds);
  const double seconds = posix::unix_now() - unix_seconds;
  return seconds < -1 ? "in " + duration(-seconds) : duration(seconds) + " ago";
}

std::string time_and_age(double unix_seconds) {
  if (unix_seconds == 0) return "never";
  return absolute_times ? local_time(unix_seconds)
                        : local_time(unix_seconds) + " (" + age(unix_seconds) + ")";
}

std::string size_text(double bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(kUnits)) {
    bytes /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes,
                kUnits[unit]);
  return text;
}

double parse_duration(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                        : unit == "d"               ? 86400
                        : unit == "w"               ? 7 * 86400
                                                    : 0;
  if (error != std::errc{} || factor == 0 || !(number > 0) || !std::isfinite(number)) {
    throw Failure(kUsage, "\"" + text + "\" is no time; it looks like 90, 90s, 5m, 2h, 1d or 1w");
  }
  return number * factor;
}

void print_json(const boost::json::value& value, std::ostream& out) {
  out << service::to_pretty_text(value) << '\n';
}

ExitCode show_page(bool again, const std::function<bool(std::ostream&)>& render) {
  if (!again) {
    render(std::cout);
    return kOk;
  }
  const Interrupt interrupt;
  const bool terminal = on_terminal();
  absolute_times = !terminal;
  std::set<std::string> before;
  while (true) {
    std::ostringstream page;
    const bool more = render(page);
    if (terminal) {
      // From the corner, and nothing of what was longer stays.
      std::string text = page.str();
      for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 4) {
        text.replace(at, 1, "\x1b[K\n");
      }
      std::cout << (before.empty() ? "\x1b[2J\x1b[H" : "\x1b[H") << text << "\x1b[J" << std::flush;
      before.insert("drawn");
    } else {
      print_new_lines(page.str(), before);
    }
    if (!more || interrupt.wait(kRedrawMs)) return kOk;
  }
}

bool repeat(std::chrono::milliseconds interval, const std::function<bool()>& step) {
  const Interrupt interrupt;
  while (step()) {
    if (interrupt.wait(static_cast<int>(interval.count()))) return true;
  }
  return false;
}

Progress::Progress(const char* what, std::size_t total)
    : what_(what), total_(total), shown_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
}

void Progress::show(std::size_t done) const {
  if (!shown_ || total_ == 0) return;
  constexpr int kWidth = 30;
  const auto filled = static_cast<int>(std::min(done, total_) * kWidth / total_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
  std::fprintf(stderr, "\r%s [%.*s%.*s] %3zu %%  %zu of %zu, %.0f a second\x1b[K", what_, filled,
               "##############################", kWidth - filled, "..............................",
               done * 100 / total_, done, total_,
               static_cast<double>(done) / std::max(took.count(), 0.001));
  std::fflush(stderr);
}

}  // namespace linnet::cli
