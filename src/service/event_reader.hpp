// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the event log from any point still kept: from memory, or for who is further behind from the
// store, through a connection of its own that holds nobody up. Readers at the same place share what
// was read. One thread.
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include <linnet/service/event_log.hpp>

#include "sqlite.hpp"

namespace linnet::service {

class EventReader {
 public:
  /// `file` is the store's, or empty: then there is only what is in memory. `log` outlives it.
  explicit EventReader(const EventLog& log, std::filesystem::path file = {});

  struct Next {
    /// With the first event after the number asked for; null if there is none yet.
    EventLog::ChunkPtr chunk;
    /// Events between that number and the chunk, which are lost.
    std::uint64_t lost = 0;
  };
  [[nodiscard]] Next next(std::uint64_t after);

  struct Start {
    std::uint64_t after = 0;
    /// Nobody knows how many events are missing before it.
    bool gap = false;
  };
  /// Behind the event with that id.
  [[nodiscard]] Start behind(std::string_view id);
  /// Before the oldest event there is.
  [[nodiscard]] Start oldest();
  [[nodiscard]] Start latest() const { return {log_.latest(), false}; }

  /// The newest chunk that begins before `before`, which is the first number of another one or
  /// greater than all; null if there is none.
  [[nodiscard]] EventLog::ChunkPtr previous(std::uint64_t before);

  [[nodiscard]] const EventLog& log() const { return log_; }
  /// Why the store could not be read the last time; empty if it could.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Connection {
    explicit Connection(const std::filesystem::path& file);
    Sqlite database;
    Statement after, before, first;
  };
  [[nodiscard]] EventLog::ChunkPtr read(std::uint64_t after);
  [[nodiscard]] EventLog::ChunkPtr read_stored(std::uint64_t after);
  void remember(const EventLog::ChunkPtr& chunk);
  template <typename Work>
  auto with_store(Work work) -> decltype(work(std::declval<Connection&>()));

  const EventLog& log_;
  std::filesystem::path file_;
  std::optional<Connection> connection_;
  std::string problem_;
  /// By the last number, of what was read lately.
  std::map<std::uint64_t, EventLog::ChunkPtr> cache_;
  std::size_t cached_bytes_ = 0;
};

}  // namespace linnet::service
