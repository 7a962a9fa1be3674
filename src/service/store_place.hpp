// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the store of a service lies: the file of the settings, or one in a folder of its own that
// goes away with the service. So there is always a store, and nothing has to work without one.
#include <filesystem>

namespace linnet::service {

class StorePlace {
 public:
  /// An empty `file`: a new folder that only its owner can enter. Throws posix::SetupError.
  explicit StorePlace(std::filesystem::path file);
  ~StorePlace();
  StorePlace(const StorePlace&) = delete;
  StorePlace& operator=(const StorePlace&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] bool temporary() const { return !folder_.empty(); }

 private:
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

}  // namespace linnet::service
