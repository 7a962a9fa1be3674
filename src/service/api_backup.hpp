// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /api/v1/backup: the store as one file, consistent, while the server runs. SQLite's own
// back-up copies a few pages in each turn of the shard's thread, whose connection is the only one
// that writes: what is written meanwhile goes into the copy too. The finished copy has no name any
// more while it is sent.
#include <filesystem>
#include <memory>

#include "api_area.hpp"
#include "store.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> backup_routes();

class BackupApi final : public ApiArea {
 public:
  /// `store`, whose file is `file`, and `calls` outlive it.
  BackupApi(Store& store, std::filesystem::path file, const ShardCalls& calls)
      : store_(store), file_(std::move(file)), calls_(calls) {}

  [[nodiscard]] std::span<const Route> routes() const override { return backup_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void begin(const Responder& reply);

  Store& store_;
  const std::filesystem::path file_;
  const ShardCalls& calls_;
  bool under_way_ = false;  // on the shard's thread
};

}  // namespace linnet::service
