// SPDX-License-Identifier: Apache-2.0
#include "store_place.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include <linnet/posix/setup_error.hpp>

namespace linnet::service {

StorePlace::StorePlace(std::filesystem::path file) : file_(std::move(file)) {
  if (!file_.empty()) return;
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string folder = ((error ? "/tmp" : parent) / "linnet-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    throw posix::SetupError("no temporary folder for what the server knows: " + folder + ": " +
                            std::strerror(errno));
  }
  folder_ = folder;
  file_ = folder_ / "store";
}

StorePlace::~StorePlace() {
  std::error_code ignored;
  if (temporary()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace linnet::service
