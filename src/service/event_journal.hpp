// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes the event log durable: what was published since the last commit is one row of the store,
// written with everything else that happened, and shown to readers when it is there.
//
// Numbers are never used twice. Those of events that nobody saw before a crash may be, but while
// the store fails readers see events that are nowhere else, and a power failure may take a commit
// back: so a range of numbers is reserved before it is used, and a process that follows one which
// did not stop in order begins behind that range.
// Thread rule: that of the store.
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <linnet/base/random.hpp>
#include <linnet/service/event_log.hpp>

#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

/// What is kept of the events, by whichever is reached first.
struct EventRetention {
  std::uint64_t bytes = 256u << 20;
  std::uint64_t events = 10'000'000;
  std::int64_t age_ms = std::int64_t{7} * 86'400'000;
  /// Of what waits for a store that fails, in memory.
  std::size_t waiting_bytes = 64u << 20;
};

class EventJournal final : public StorePart {
 public:
  /// Takes up the numbers of `log` where they were left. `log` and `database` outlive it. Throws
  /// SqliteError.
  EventJournal(Sqlite& database, EventLog& log, const EventRetention& retention, Rng& rng,
               std::function<std::int64_t()> unix_ms);

  /// Calls `visit` for the stored events with numbers above `after`, in order. Throws SqliteError.
  void replay(std::uint64_t after, const std::function<void(const EventView&)>& visit);
  void set_retention(const EventRetention& retention) { retention_ = retention; }
  /// Events above `applied` are kept whatever the retention says: somebody still has to work them
  /// in. Moves with each call.
  void pin(std::uint64_t applied) { pinned_ = applied; }

  /// How far somebody outside got, by name; kept over a restart.
  [[nodiscard]] std::optional<std::uint64_t> position(std::string_view reader) const;
  void set_position(std::string_view reader, std::uint64_t sequence);
  void forget_position(std::string_view reader);

  /// Of what is stored.
  [[nodiscard]] std::uint64_t kept_bytes() const;
  [[nodiscard]] std::uint64_t kept_events() const;
  /// The number of the oldest event that is stored; that of the next one if there is none.
  [[nodiscard]] std::uint64_t oldest() const;

  /// No more events after the next commit: the next process goes on with the next number.
  void stop();

  [[nodiscard]] bool changed() const override;
  /// A range of numbers must be there after a power failure.
  [[nodiscard]] bool urgent() const override { return reserve_wanted(); }
  void write() override;
  void written() override;
  void failed() override;

 private:
  /// A row.
  struct Row {
    std::int64_t last = 0, first = 0, time = 0;
    std::int64_t total = 0;   // bytes of all rows there ever were, up to this one
    std::int64_t events = 0;  // the same for events
  };
  [[nodiscard]] std::optional<Row> oldest_after(std::int64_t last);
  [[nodiscard]] bool reserve_wanted() const;
  [[nodiscard]] bool too_much(const Row& oldest) const;
  void open(Rng& rng);
  void reserve(std::uint64_t until);
  void write_chunk(const EventChunk& chunk);
  void write_positions();
  void delete_old();

  Sqlite& database_;
  EventLog& log_;
  EventRetention retention_;
  std::function<std::int64_t()> unix_ms_;
  std::uint64_t pinned_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t reserved_ = 0;
  bool stopping_ = false;
  bool stopped_ = false;
  bool failing_ = false;

  Row newest_;
  std::optional<Row> oldest_;
  // What the transaction in progress makes of them.
  Row new_newest_;
  std::optional<Row> new_oldest_;
  std::uint64_t new_reserved_ = 0;
  std::size_t taken_ = 0;

  std::unordered_map<std::string, std::uint64_t> positions_;
  /// Names whose row has to be written, or dropped if there is no position.
  std::vector<std::string> moved_;

  Statement put_, drop_, next_;
};

}  // namespace linnet::service
