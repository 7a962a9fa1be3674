// SPDX-License-Identifier: Apache-2.0
#pragma once
// What writing a file down to the disk takes, for those that write files of their own. Any thread.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace linnet::service {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool good() const { return number_ >= 0; }

 private:
  int number_;
};

/// Brings the entry of `file` in its folder to the disk, where the file system can.
inline void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.good()) (void)::fsync(descriptor.get());
}

}  // namespace linnet::service
