// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/token_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <linnet/posix/setup_error.hpp>

#include "secret_box.hpp"

namespace linnet::service {
namespace {

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

/// In /tmp anybody may have made it before.
void check_folder(const std::filesystem::path& folder) {
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0) {
    throw posix::SetupError(folder.string() + ": " + std::strerror(errno));
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
      (status.st_mode & kOthersWrite) != 0) {
    throw posix::SetupError(
        folder.string() +
        " is not a folder that only this user can write to, so no token is kept there");
  }
}

}  // namespace

std::filesystem::path local_token_file(std::uint16_t http_port) {
  const auto absolute = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value != nullptr && *value == '/' ? value : "";
  };
  std::filesystem::path folder = "/tmp/linnet-" + std::to_string(geteuid());
  if (const auto runtime = absolute("XDG_RUNTIME_DIR"); !runtime.empty()) {
    folder = std::filesystem::path(runtime) / "linnet";
  } else if (const auto service = absolute("RUNTIME_DIRECTORY"); !service.empty()) {
    folder = service.substr(0, service.find(':'));
  }
  return folder / ("admin-token-" + std::to_string(http_port));
}

void write_token_file(const std::filesystem::path& file, std::string_view token) {
  // Who reads it meanwhile finds the old one or the new one, whole.
  const std::filesystem::path fresh = file.string() + "." + std::to_string(getpid());
  std::error_code ignored;
  std::filesystem::remove(fresh, ignored);
  write_private_file(fresh, as_bytes(std::string(token) + "\n"));
  std::error_code error;
  std::filesystem::rename(fresh, file, error);
  if (!error) return;
  std::filesystem::remove(fresh, ignored);
  throw posix::SetupError(file.string() + ": " + error.message());
}

void write_local_token_file(const std::filesystem::path& file, std::string_view token) {
  const auto folder = file.parent_path();
  (void)mkdir(folder.c_str(), S_IRWXU);  // what is wrong with it, the check says
  check_folder(folder);
  write_token_file(file, token);
}

}  // namespace linnet::service
