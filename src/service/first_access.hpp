// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the first person gets into the API: where nobody has access yet, an admin token is made and
// written to a file; and while the server runs, another file lets the user it runs as in.
// Shard's thread.
#include <filesystem>
#include <string>

#include <linnet/service/service.hpp>

#include "access_store.hpp"
#include "store_place.hpp"

namespace linnet::service {

class FirstAccess {
 public:
  /// `http` is where the API is. What cannot be written is logged, and the server goes on. All but
  /// the settings outlive it.
  FirstAccess(AccessStore& access, const StorePlace& place, const ServiceSettings& settings,
              const SocketAddress& http);
  /// Removes the file that is of use only while the server runs.
  ~FirstAccess();
  FirstAccess(const FirstAccess&) = delete;
  FirstAccess& operator=(const FirstAccess&) = delete;

  [[nodiscard]] const Service::Welcome& welcome() const { return welcome_; }

 private:
  void make_first(const StorePlace& place, const std::filesystem::path& local);

  AccessStore& access_;
  LogSink log_;
  SocketAddress http_;
  std::filesystem::path passing_;  // to be removed at the end
  Service::Welcome welcome_;
};

}  // namespace linnet::service
