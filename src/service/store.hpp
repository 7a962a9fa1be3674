// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server must remember over a restart: registrations, observations and bootstrap
// configurations, in one SQLite file.
// Told what changed, it writes the present state of just that, in one transaction for everything
// that came in together; nothing of it is acknowledged to a device before. Refreshes of a lifetime
// are written once a second: what a crash takes of them is less than `ShardConfig::grace`.
//
// A write that fails keeps everything marked as changed: it is tried again with the next commit.
// Thread rule: that of the shard.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <linnet/server/shard.hpp>

#include "secret_box.hpp"
#include "sqlite.hpp"

namespace linnet::service {

/// Makes the tables, or brings them up to date. REQUIRES: a transaction. Throws SqliteError: the
/// file, which is called `name`, was written by a newer Linnet.
void migrate(Sqlite& database, const std::string& name);

/// The schema that `migrate` brings a file to.
[[nodiscard]] std::int64_t store_schema();

/// What is kept under `key` beside the tables. Both throw SqliteError.
[[nodiscard]] std::optional<std::int64_t> get_meta(Sqlite& database, std::string_view key);
void set_meta(Sqlite& database, std::string_view key, std::int64_t value);

/// What else is written in the transactions of a store. `write` may throw SqliteError.
class StorePart {
 public:
  [[nodiscard]] virtual bool changed() const = 0;
  /// Whether what changed must survive a power failure from `written` on, and not just a crash.
  [[nodiscard]] virtual bool urgent() const = 0;
  virtual void write() = 0;
  /// The transaction was committed.
  virtual void written() = 0;
  /// It was not, and nothing of it is there; it may have ended before `write`.
  virtual void failed() {}

 protected:
  ~StorePart() = default;
};

/// One server a file: two would each believe that its ids are the only ones.
class FileLock {
 public:
  /// Throws SqliteError: held by another process.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

class Store {
 public:
  /// Opens the file, or makes it, and brings its tables up to date; the key for its secrets lies
  /// beside it, in "<file>-key". Throws SqliteError: not to be read or written, no database, of a
  /// newer Linnet, or in use by another server; and posix::SetupError for the key. Other
  /// connections may read the file meanwhile; "<file>-lock" keeps other servers out.
  explicit Store(const std::filesystem::path& file);

  // For what else is kept in the file, by the same thread.
  [[nodiscard]] Sqlite& database() { return database_; }
  [[nodiscard]] const SecretBox& box() const { return *box_; }

  /// For `ShardConfig::id_key`; 0 if nothing is stored yet.
  [[nodiscard]] std::uint64_t id_key();

  struct Restored {
    std::size_t registrations = 0;
    std::size_t observations = 0;
    std::size_t refused = 0;  ///< rows that make no sense, and are dropped
  };
  /// Puts back what is stored. The time in which no server ran counts for no lifetime: devices
  /// could not update. `unix_ms` is what the clock on the wall says at `now`. Throws SqliteError.
  Restored restore(server::Shard& shard, Instant now, std::int64_t unix_ms);

  /// Bootstrap configurations by name, as JSON with everything in it, secrets too; they lie there
  /// encrypted. One that does not open has an empty body.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> configurations();
  /// Written when it returns. All three throw SqliteError.
  void put_configuration(std::string_view name, std::string_view body);
  void drop_configuration(std::string_view name);

  /// Marks what the event says was changed, to be written with the next commit.
  void note(const server::Shard& shard, const server::Event& event);

  /// `part` is asked with each commit from here on, and outlives the store's last.
  void add(StorePart& part) { parts_.push_back(&part); }

  /// Calls `done` with the next commit: true if what changed by now is stored. Also if nothing
  /// changed.
  void after_commit(std::function<void(bool stored)> done) {
    after_commit_.push_back(std::move(done));
  }

  /// Writes what changed. False if it could not be: `problem` says why.
  [[nodiscard]] bool commit(const server::Shard& shard, Instant now, std::int64_t unix_ms);
  /// How many were written.
  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }
  /// For people; empty while all is well.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void mark(server::RegistrationId id) { registrations_.insert(id.value); }
  void mark(server::ObservationId id) { observations_.insert(id.value); }
  /// The device answered for an observation that was stored while it was being made.
  void answered(server::ObservationId id) {
    if (being_made_.erase(id.value) != 0) mark(id);
  }
  void write_registration(const server::Shard& shard, server::RegistrationId id);
  void write_observation(const server::Shard& shard, server::ObservationId id);
  bool restore_registration(server::Shard& shard, Instant now, std::int64_t shift);
  bool restore_observation(server::Shard& shard, Instant now, std::int64_t shift);
  void open_box(const std::filesystem::path& file);
  void seal_configurations();
  [[nodiscard]] std::int64_t to_unix(Instant time) const { return time.ms + offset_; }
  bool write_all(const server::Shard& shard, Instant now, std::int64_t unix_ms);

  FileLock lock_;
  Sqlite database_;
  std::optional<SecretBox> box_;
  std::optional<Statement> put_registration_, drop_registration_, refresh_registration_;
  std::optional<Statement> put_observation_, drop_observation_;
  std::optional<Statement> all_registrations_, all_observations_;
  std::unordered_set<std::uint64_t> registrations_;
  std::unordered_set<std::uint64_t> observations_;
  std::unordered_set<std::uint64_t> being_made_;  // observations stored as not established
  std::vector<std::uint64_t> refreshed_;
  std::vector<StorePart*> parts_;
  std::vector<std::function<void(bool)>> after_commit_;
  Instant refreshes_due_{};
  std::int64_t offset_ = 0;  // from this process's clock to the one on the wall
  bool keyed_ = false;
  std::string problem_;
  std::uint64_t transactions_ = 0;
};

}  // namespace linnet::service
