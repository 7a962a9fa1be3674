// SPDX-License-Identifier: Apache-2.0
#include "store_swap.hpp"

#include <algorithm>

#include "descriptor.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {
namespace {

namespace fs = std::filesystem;

/// More than a thousand crashes reserve.
constexpr std::int64_t kFar = std::int64_t{1} << 40;

constexpr const char* kLog = "event_log";
constexpr const char* kTaken = "event_taken";
constexpr const char* kReserved = "event_reserved";
constexpr const char* kOperation = "operation_last";
constexpr const char* kBatch = "batch_last";
/// Where the journals of a file are.
constexpr const char* kJournals[] = {"-wal", "-shm"};

class NumbersReader {
 public:
  explicit NumbersReader(Sqlite& database) : database_(database) {}

  StoreNumbers read() {
    StoreNumbers out;
    if (meta(kLog) != 0) out.log = meta(kLog);
    out.latest = std::max(meta(kTaken), highest("event_chunk", "last"));
    out.reserved = meta(kReserved);
    out.operation = std::max(meta(kOperation), highest("operation", "id"));
    out.batch = std::max(meta(kBatch), highest("operation_batch", "id"));
    if (has("event_jump")) {
      Statement rows(database_, "SELECT after, until FROM event_jump");
      while (rows.step()) out.jumps.emplace_back(rows.integer(0), rows.integer(1));
    }
    out.positions = named("event_position", "SELECT name, sequence FROM event_position");
    out.sequences = named("sqlite_sequence", "SELECT name, seq FROM sqlite_sequence");
    if (has("audit")) {
      Statement rows(database_,
                     "SELECT time, role, status, who, address FROM audit WHERE method='POST' AND "
                     "path='/api/v1/restore' AND status=202 ORDER BY id DESC LIMIT 1");
      if (rows.step()) {
        out.asked = {rows.integer(0), rows.integer(1), rows.integer(2), std::string(rows.text(3)),
                     std::string(rows.text(4))};
      }
    }
    return out;
  }

 private:
  bool has(const char* table) {
    Statement find(database_, "SELECT 1 FROM sqlite_master WHERE name=?");
    return find.bind(std::string_view(table)).step();
  }
  std::int64_t meta(const char* key) {
    Statement get(database_, "SELECT value FROM meta WHERE key=?");
    return get.bind(std::string_view(key)).step() ? get.integer(0) : 0;
  }
  std::int64_t highest(const char* table, const char* column) {
    if (!has(table)) return 0;
    const std::string sql = std::string("SELECT max(") + column + ") FROM " + table;
    Statement get(database_, sql.c_str());
    return get.step() ? get.integer(0) : 0;
  }
  std::vector<std::pair<std::string, std::int64_t>> named(const char* table, const char* sql) {
    std::vector<std::pair<std::string, std::int64_t>> out;
    if (!has(table)) return out;
    Statement rows(database_, sql);
    while (rows.step()) out.emplace_back(rows.text(0), rows.integer(1));
    return out;
  }

  Sqlite& database_;
};

class NumbersWriter {
 public:
  explicit NumbersWriter(Sqlite& database) : database_(database) {}

  void go_on_above(const StoreNumbers& own, const StoreNumbers& former) {
    if (own.log && own.log == former.log) {
      go_on_in_log(own, former);
    } else {
      set_meta(kReserved, std::max({own.latest, own.reserved, former.latest, former.reserved}));
    }
    set_meta(kOperation, std::max(own.operation, former.operation));
    set_meta(kBatch, std::max(own.batch, former.batch));
    for (const auto& [table, number] : former.sequences) raise_sequence(table, number);
    if (former.asked) add(*former.asked);
  }

  void set_meta(const char* key, std::int64_t value) {
    Statement(database_, "INSERT OR REPLACE INTO meta VALUES (?,?)")
        .bind(std::string_view(key))
        .bind(value)
        .run();
  }

 private:
  /// Events between the back-up and the end of the former store were, and are lost now: a reader
  /// that comes back is told how many. Numbers that nobody used stay that.
  void go_on_in_log(const StoreNumbers& own, const StoreNumbers& former) {
    set_meta(kTaken, std::max(own.latest, former.latest));
    set_meta(kReserved, std::max({own.latest, former.latest, former.reserved}));
    for (const auto& [after, until] : former.jumps) {
      if (until <= own.latest) continue;
      Statement(database_, "INSERT OR REPLACE INTO event_jump VALUES (?,?)")
          .bind(std::max(after, own.latest))
          .bind(until)
          .run();
    }
    // Whoever is told of events was told of these already.
    for (const auto& [name, sequence] : former.positions) {
      Statement(database_, "UPDATE event_position SET sequence=max(sequence,?) WHERE name=?")
          .bind(sequence)
          .bind(std::string_view(name))
          .run();
    }
  }
  void raise_sequence(const std::string& table, std::int64_t number) {
    Statement(database_,
              "INSERT INTO sqlite_sequence SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM "
              "sqlite_sequence WHERE name=?1)")
        .bind(std::string_view(table))
        .run();
    Statement(database_, "UPDATE sqlite_sequence SET seq=max(seq,?) WHERE name=?")
        .bind(number)
        .bind(std::string_view(table))
        .run();
  }
  /// A restore that nobody could see afterwards would be a way to hide something.
  void add(const StoreNumbers::Audit& asked) {
    Statement(database_,
              "INSERT INTO audit (time, who, role, method, path, subject, status, address) VALUES "
              "(?,?,?,'POST','/api/v1/restore','',?,?)")
        .bind(asked.time)
        .bind(std::string_view(asked.who))
        .bind(asked.role)
        .bind(asked.status)
        .bind(std::string_view(asked.address))
        .run();
  }

  Sqlite& database_;
};

template <typename Work>
void in_transaction(Sqlite& database, Work work) {
  database.run("BEGIN IMMEDIATE");
  try {
    work();
    database.run("COMMIT");
  } catch (const SqliteError&) {
    if (database.in_transaction()) database.run("ROLLBACK");
    throw;
  }
}

void drop(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

void move_if_there(const fs::path& from, const fs::path& to) {
  drop(to);
  if (fs::exists(from)) fs::rename(from, to);
}

fs::path before(const fs::path& store) { return store.string() + ".before"; }

}  // namespace

std::optional<StoreNumbers> read_numbers(const fs::path& store) {
  try {
    Sqlite database(store, Sqlite::Open::Read);
    return NumbersReader(database).read();
  } catch (const SqliteError&) {
    return {};
  }
}

void prepare_restored(const fs::path& file) {
  Sqlite database(file);
  database.run("PRAGMA journal_mode=DELETE");
  in_transaction(database, [&] {
    migrate(database, file.string());
    database.run("DELETE FROM session");
  });
}

void go_on_from(const fs::path& file, const std::optional<StoreNumbers>& former) {
  Sqlite database(file);
  in_transaction(database, [&] {
    const StoreNumbers own = NumbersReader(database).read();
    NumbersWriter writer(database);
    if (former) return writer.go_on_above(own, *former);
    writer.set_meta(kReserved, std::max(own.latest, own.reserved) + kFar);
    writer.set_meta(kOperation, own.operation + kFar);
    writer.set_meta(kBatch, own.batch + kFar);
  });
}

void swap_store(const fs::path& store, const fs::path& fresh) {
  fs::remove(before(store));  // of an earlier time
  // The journals first: what is in them belongs to the store they lie beside.
  for (const char* end : kJournals) {
    move_if_there(store.string() + end, before(store).string() + end);
  }
  // At each moment there is a store, where the file system has links.
  std::error_code no_links;
  if (fs::exists(store)) fs::create_hard_link(store, before(store), no_links);
  if (no_links) fs::rename(store, before(store));
  fs::rename(fresh, store);
  sync_folder(store);
}

void unswap_store(const fs::path& store) {
  const fs::path former = before(store);
  std::error_code error;
  if (fs::exists(former) && !fs::equivalent(former, store, error)) {
    for (const char* end : kJournals) drop(store.string() + end);
    fs::rename(former, store);
  } else {
    drop(former);
  }
  for (const char* end : kJournals) {
    const fs::path journal = former.string() + end;
    if (fs::exists(journal)) fs::rename(journal, store.string() + end);
  }
  sync_folder(store);
}

}  // namespace linnet::service
