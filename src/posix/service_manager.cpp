// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/service_manager.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace linnet::posix {
namespace {

std::optional<std::int64_t> number_of(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return {};
  std::int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || stop != end) return {};
  return value;
}

}  // namespace

bool notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
  const std::size_t size = std::strlen(path);
  if (size >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  const auto sent = ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
  ::close(socket);
  return sent == static_cast<ssize_t>(state.size());
}

bool notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  return notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

std::optional<Duration> watchdog_interval() {
  const auto microseconds = number_of("WATCHDOG_USEC");
  const auto process = number_of("WATCHDOG_PID");
  if (!microseconds || *microseconds <= 0 || (process && *process != getpid())) return {};
  return Duration{*microseconds / 1000};
}

bool output_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat output {};
  if (stream == nullptr || fstat(STDOUT_FILENO, &output) != 0) return false;
  return stream == std::to_string(output.st_dev) + ":" + std::to_string(output.st_ino);
}

}  // namespace linnet::posix
