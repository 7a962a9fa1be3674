// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /api/v1/backup: the store as one file, consistent, while the server runs. SQLite's own
// back-up copies a few pages in each turn of the shard's thread, whose connection is the only one
// that writes: what is written meanwhile goes into the copy too. The finished copy has no name any
// more while it is sent.
// And the way back, /api/v1/restore: what waits for the disk there has a thread of its own.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "api_area.hpp"
#include "restore_desk.hpp"
#include "store.hpp"
#include "worker.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> backup_routes();

class BackupApi final : public ApiArea {
 public:
  /// `store`, whose file is the one of `restore`, and `calls` outlive it.
  BackupApi(Store& store, const ShardCalls& calls, RestoreDesk::Ports restore,
            std::optional<RestoreOutcome> last)
      : store_(store),
        file_(restore.store),
        calls_(calls),
        restore_(std::move(restore), std::move(last)) {}
  ~BackupApi() override { restore_.interrupt(); }
  BackupApi(const BackupApi&) = delete;
  BackupApi& operator=(const BackupApi&) = delete;

  /// The back-up that is taken up.
  [[nodiscard]] const std::filesystem::path& staged() const { return restore_.file(); }
  /// To be called now and then. Any thread.
  void tend();

  [[nodiscard]] std::span<const Route> routes() const override { return backup_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  static constexpr std::size_t kMostWaiting = 16;

  void begin(const Responder& reply);
  void append(ApiRequest& request, const Responder& responder);
  void start(const Responder& reply);
  /// Runs `work` where it may wait; a Problem it throws becomes the answer.
  void run(const Responder& responder, std::function<void(const Responder&)> work);

  Store& store_;
  const std::filesystem::path file_;
  const ShardCalls& calls_;
  bool under_way_ = false;  // on the shard's thread
  RestoreDesk restore_;
  Worker worker_{kMostWaiting};
};

}  // namespace linnet::service
