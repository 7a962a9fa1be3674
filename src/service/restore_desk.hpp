// SPDX-License-Identifier: Apache-2.0
#pragma once
// A back-up on its way into a server that runs: it comes in pieces into a private file beside the
// store, is looked at as a whole, and then waits for the service to take it up. The file is gone at
// each start, after an hour without another piece, and when anything is wrong with it.
// Thread rule: one thread that may wait for the disk, except where said otherwise.
#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <linnet/service/store_file.hpp>

namespace linnet::service {

/// How a restore ended.
struct RestoreOutcome {
  enum class Kind : std::uint8_t {
    Restored,
    Refused,  ///< the back-up was no good; nothing changed
    PutBack,  ///< it could not be served; the former store is
  };
  Kind kind = Kind::Restored;
  std::int64_t time = 0;  ///< Unix milliseconds
  std::string detail{};   ///< for a person
};

class RestoreDesk {
 public:
  struct Ports {
    std::filesystem::path store;
    std::function<std::int64_t()> unix_ms;
    /// The staged file is as a server opens it, and nobody touches it from here on. Any thread.
    std::function<void()> take_up;
    /// Bytes free where the store is; empty: as the file system says.
    std::function<std::uint64_t()> room = {};
  };
  /// `last` is what is told of the restore before.
  explicit RestoreDesk(Ports ports, std::optional<RestoreOutcome> last = {});
  ~RestoreDesk();
  RestoreDesk(const RestoreDesk&) = delete;
  RestoreDesk& operator=(const RestoreDesk&) = delete;

  // All of these throw Problem: also while a back-up is looked at or taken up.
  /// `offset` 0 begins anew. A piece that cannot be written drops all of it.
  void append(std::uint64_t offset, std::string_view bytes);
  /// Looks whether the whole can be served here, and makes it ready; from there on only `take_up`
  /// follows. What is refused is dropped.
  StoreFacts make_ready();
  void take_up();
  void drop();
  /// Drops what nobody adds to any more.
  void tend();

  // Any thread.
  /// As GET /api/v1/restore answers.
  [[nodiscard]] boost::json::object describe() const;
  /// Throws Problem while a back-up is looked at or taken up.
  void refuse_if_busy() const;
  /// Ends a `make_ready` under way.
  void interrupt() { stop_.store(true); }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  enum class State : std::uint8_t { Idle, Staged, Checking, Restoring };

  void begin();
  void end_file();
  void forget();
  void write(std::string_view bytes);
  [[noreturn]] void refuse(std::string why);
  void set(State state, std::uint64_t bytes);

  const Ports ports_;
  const std::filesystem::path file_;
  std::atomic<bool> stop_{false};
  int descriptor_ = -1;
  std::int64_t touched_ = 0;

  mutable std::mutex mutex_;  // guards all below
  State state_ = State::Idle;
  std::uint64_t bytes_ = 0;
  std::optional<RestoreOutcome> last_;
};

}  // namespace linnet::service
