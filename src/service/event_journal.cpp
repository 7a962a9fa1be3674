// SPDX-License-Identifier: Apache-2.0
#include "event_journal.hpp"

#include <algorithm>
#include <cstdio>

namespace linnet::service {
namespace {

/// At ten thousand events a second that is a day, and half of it while the store fails.
constexpr std::uint64_t kReserve = 1u << 30;
/// Written in one commit: after a time in which the store failed there may be much more.
constexpr std::size_t kBytesPerCommit = 1u << 20;
/// While it fails, each try costs no more than this.
constexpr std::size_t kBytesPerTry = 64u << 10;
/// What a row costs in the file beside its body.
constexpr std::int64_t kRowOverhead = 40;
/// Old rows deleted in one commit: more than come in, and never a pause.
constexpr int kDeletedPerCommit = 16;

constexpr const char* kReserved = "event_reserved";
constexpr const char* kName = "event_log";
/// Events up to here were, and are not kept: in a store that was replaced by its back-up.
constexpr const char* kTaken = "event_taken";

std::int64_t signed_number(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t unsigned_number(std::int64_t number) { return static_cast<std::uint64_t>(number); }

std::string name_of(std::int64_t number) {
  char text[16];
  std::snprintf(text, sizeof(text), "%08x", static_cast<unsigned>(number));
  return text;
}

}  // namespace

EventJournal::EventJournal(Sqlite& database, EventLog& log, const EventRetention& retention,
                           Rng& rng, std::function<std::int64_t()> unix_ms)
    : database_(database),
      log_(log),
      retention_(retention),
      unix_ms_(std::move(unix_ms)),
      put_(database, "INSERT INTO event_chunk VALUES (?,?,?,?,?,?)"),
      drop_(database, "DELETE FROM event_chunk WHERE last=?"),
      next_(database,
            "SELECT last, first, time, total, events FROM event_chunk WHERE last>? ORDER BY last "
            "LIMIT 1") {
  Statement positions(database_, "SELECT name, sequence FROM event_position");
  while (positions.step()) {
    positions_.emplace(positions.text(0), unsigned_number(positions.integer(1)));
  }
  // Down on the disk before the first number is used.
  database_.run("PRAGMA synchronous=FULL");
  database_.run("BEGIN");
  try {
    open(rng);
    database_.run("COMMIT");
  } catch (const SqliteError&) {
    if (database_.in_transaction()) database_.run("ROLLBACK");
    throw;
  }
  database_.run("PRAGMA synchronous=NORMAL");
}

void EventJournal::open(Rng& rng) {
  auto name = get_meta(database_, kName);
  if (!name) {
    name = static_cast<std::int64_t>(rng.next() & 0xFFFF'FFFFu);
    set_meta(database_, kName, *name);
  }
  {
    Statement last(database_,
                   "SELECT last, first, time, total, events FROM event_chunk ORDER BY last DESC "
                   "LIMIT 1");
    if (last.step()) {
      newest_ = {last.integer(0), last.integer(1), last.integer(2), last.integer(3),
                 last.integer(4)};
    }
  }
  oldest_ = oldest_after(0);
  // What is reserved beyond the last event was used by a process that did not stop in order.
  const std::int64_t reserved = get_meta(database_, kReserved).value_or(0);
  const std::int64_t last = std::max(newest_.last, get_meta(database_, kTaken).value_or(0));
  const std::int64_t before = std::max(last, reserved);
  if (before > last) {
    Statement(database_, "INSERT OR REPLACE INTO event_jump VALUES (?,?)")
        .bind(last)
        .bind(before)
        .run();
  }
  std::vector<EventLog::Unused> unused;
  Statement jumps(database_, "SELECT after, until FROM event_jump ORDER BY after");
  while (jumps.step()) {
    unused.push_back({unsigned_number(jumps.integer(0)), unsigned_number(jumps.integer(1))});
  }
  reserve(unsigned_number(before) + kReserve);
  reserved_ = new_reserved_;
  new_newest_ = newest_;
  new_oldest_ = oldest_;
  log_.hold(unsigned_number(before) + 1, name_of(*name), std::move(unused));
}

void EventJournal::reserve(std::uint64_t until) {
  set_meta(database_, kReserved, signed_number(until));
  new_reserved_ = until;
}

bool EventJournal::reserve_wanted() const {
  return !stopping_ && log_.published() + kReserve / 2 > reserved_;
}

std::optional<EventJournal::Row> EventJournal::oldest_after(std::int64_t last) {
  next_.reset();
  std::optional<Row> row;
  if (next_.bind(last).step()) {
    row = Row{next_.integer(0), next_.integer(1), next_.integer(2), next_.integer(3),
              next_.integer(4)};
  }
  next_.reset();
  return row;
}

void EventJournal::replay(std::uint64_t after, const std::function<void(const EventView&)>& visit) {
  Statement rows(database_, "SELECT first, body FROM event_chunk WHERE last>? ORDER BY last");
  rows.bind(signed_number(after));
  while (rows.step()) {
    const auto chunk = EventChunk::parse(unsigned_number(rows.integer(0)), rows.bytes(1));
    if (!chunk) continue;
    for (std::size_t i = 0; i < chunk->size(); ++i) {
      const EventView event = (*chunk)[i];
      if (event.sequence > after) visit(event);
    }
  }
}

// --- Positions ---

std::optional<std::uint64_t> EventJournal::position(std::string_view reader) const {
  const auto found = positions_.find(std::string(reader));
  if (found == positions_.end()) return {};
  return found->second;
}

void EventJournal::set_position(std::string_view reader, std::uint64_t sequence) {
  positions_[std::string(reader)] = sequence;
  if (std::ranges::find(moved_, reader) == moved_.end()) moved_.emplace_back(reader);
}

void EventJournal::forget_position(std::string_view reader) {
  if (positions_.erase(std::string(reader)) == 0) return;
  if (std::ranges::find(moved_, reader) == moved_.end()) moved_.emplace_back(reader);
}

void EventJournal::write_positions() {
  for (const auto& reader : moved_) {
    const auto found = positions_.find(reader);
    if (found == positions_.end()) {
      Statement(database_, "DELETE FROM event_position WHERE name=?")
          .bind(std::string_view(reader))
          .run();
    } else {
      Statement(database_, "INSERT OR REPLACE INTO event_position VALUES (?,?)")
          .bind(std::string_view(reader))
          .bind(signed_number(found->second))
          .run();
    }
  }
}

// --- What there is ---

std::uint64_t EventJournal::kept_bytes() const {
  return oldest_ ? unsigned_number(newest_.total - oldest_->total) : 0;
}

std::uint64_t EventJournal::kept_events() const {
  if (!oldest_) return 0;
  return unsigned_number(newest_.events - oldest_->events + oldest_->last - oldest_->first + 1);
}

std::uint64_t EventJournal::oldest() const {
  return oldest_ ? unsigned_number(oldest_->first) : log_.latest() + 1;
}

// --- In the store's transaction ---

void EventJournal::stop() { stopping_ = true; }

bool EventJournal::changed() const {
  return log_.has_unwritten() || !moved_.empty() || reserve_wanted() || (stopping_ && !stopped_);
}

void EventJournal::write() {
  const auto chunks = log_.unwritten(stopping_  ? std::numeric_limits<std::size_t>::max()
                                     : failing_ ? kBytesPerTry
                                                : kBytesPerCommit);
  new_newest_ = newest_;
  new_oldest_ = oldest_;
  new_reserved_ = reserved_;
  taken_ = chunks.size();
  for (const auto& chunk : chunks) write_chunk(*chunk);
  if (reserve_wanted()) reserve(log_.published() + kReserve);
  if (stopping_) reserve(log_.published());
  if (!moved_.empty()) write_positions();
  delete_old();
}

void EventJournal::write_chunk(const EventChunk& chunk) {
  Row row;
  row.last = signed_number(chunk.last());
  row.first = signed_number(chunk.first());
  row.time = unix_ms_();
  row.total = new_newest_.total + kRowOverhead + static_cast<std::int64_t>(chunk.body().size());
  row.events = new_newest_.events + static_cast<std::int64_t>(chunk.size());
  put_.reset();
  put_.bind(row.last)
      .bind(row.first)
      .bind(row.time)
      .bind(row.total)
      .bind(row.events)
      .bind(chunk.body())
      .run();
  new_newest_ = row;
  if (!new_oldest_) new_oldest_ = row;
}

bool EventJournal::too_much(const Row& oldest) const {
  if (unsigned_number(oldest.last) > pinned_ || oldest.last == new_newest_.last) return false;
  return unsigned_number(new_newest_.total - oldest.total) > retention_.bytes ||
         unsigned_number(new_newest_.events - oldest.events) > retention_.events ||
         oldest.time < unix_ms_() - retention_.age_ms;
}

void EventJournal::delete_old() {
  for (int i = 0; i < kDeletedPerCommit && new_oldest_ && too_much(*new_oldest_); ++i) {
    drop_.reset();
    drop_.bind(new_oldest_->last).run();
    new_oldest_ = oldest_after(new_oldest_->last);
  }
}

void EventJournal::written() {
  failing_ = false;
  newest_ = new_newest_;
  oldest_ = new_oldest_;
  reserved_ = new_reserved_;
  moved_.clear();
  stopped_ = stopping_;
  log_.stored(std::exchange(taken_, 0));
}

void EventJournal::failed() {
  failing_ = true;
  taken_ = 0;
  // Beyond what is reserved a crash would make the next process use the same numbers.
  log_.unstored(retention_.waiting_bytes, log_.published() <= reserved_);
}

}  // namespace linnet::service
