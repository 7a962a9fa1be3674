// SPDX-License-Identifier: Apache-2.0
#pragma once
// While it lives no file of this process grows beyond a size: to a writer, a full disk.
#include <sys/resource.h>
#include <csignal>
#include <stdexcept>

namespace linnet::test {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    rlimit tight{};
    if (getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("getrlimit");
    tight = before_;
    tight.rlim_cur = bytes;
    if (setrlimit(RLIMIT_FSIZE, &tight) != 0) throw std::runtime_error("setrlimit");
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);  // else a write beyond ends the process
  rlimit before_{};
};

}  // namespace linnet::test
