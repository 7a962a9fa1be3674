// SPDX-License-Identifier: Apache-2.0
#include "operation_store.hpp"

#include <algorithm>

namespace linnet::service {
namespace {

/// A row in full: those of a batch say only once what they have in common, and are not there before
/// the batch is complete.
#define LINNET_OPERATION_ROW                                                                       \
  "SELECT o.id, o.device, o.batch, o.mode, o.state, coalesce(o.op, b.op),"                         \
  " coalesce(o.target, b.target), coalesce(o.made_by, b.made_by), coalesce(o.request, b.request)," \
  " o.created, o.deadline, o.finished, o.timeline, o.result, o.record"
#define LINNET_OPERATION_FROM(index) \
  " FROM operation o " index " LEFT JOIN operation_batch b ON b.id = o.batch"
#define LINNET_OPERATION_THERE " AND (o.batch IS NULL OR b.complete = 1)"

constexpr int kEndpointColumn = 15;  // after those of a row

constexpr std::size_t kTrimsAtOnce = 2;
constexpr std::int64_t kSweepRows = 500;
constexpr int kSweepKeys = 200;
constexpr std::int64_t kSweepEvery = 3'600'000;

void bind_text(Statement& statement, std::string_view text) {
  if (text.empty()) {
    statement.bind_null();
  } else {
    statement.bind(text);
  }
}

void bind_outcome(Statement& statement, std::string_view steps, std::string_view result,
                  ByteView record) {
  bind_text(statement, steps);
  bind_text(statement, result);
  if (record.empty()) {
    statement.bind_null();
  } else {
    statement.bind(record);
  }
}

/// One in 16 operations that end has the others of its device counted, whatever pattern the numbers
/// of that device have.
bool counts_others(OperationNumber number) {
  auto mixed = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15ull;
  mixed ^= mixed >> 29;
  return (mixed >> 32 & 15u) == 0;
}

}  // namespace

OperationStore::OperationStore(Sqlite& database, const Limits& limits)
    : database_(database),
      limits_(limits),
      put_(database, "INSERT INTO operation VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      update_(database,
              "UPDATE operation SET state=?, finished=?, timeline=?, result=?, record=? WHERE id=?"),
      find_(database, LINNET_OPERATION_ROW LINNET_OPERATION_FROM("")
            " WHERE o.id = ?" LINNET_OPERATION_THERE),
      next_(database, LINNET_OPERATION_ROW LINNET_OPERATION_FROM("INDEXED BY operation_open")
            " WHERE o.device = ? AND o.state < 2 AND o.id > ?" LINNET_OPERATION_THERE
            " ORDER BY o.id"),
      due_(database, LINNET_OPERATION_ROW LINNET_OPERATION_FROM("INDEXED BY operation_deadline")
           " WHERE o.state < 2 AND o.deadline <= ?" LINNET_OPERATION_THERE " ORDER BY o.deadline"),
      put_batch_(database, "INSERT INTO operation_batch VALUES (?,0,?,?,?,?,?,0,0,0,0,0,0)"),
      complete_batch_(database, "UPDATE operation_batch SET complete=1 WHERE id=?"),
      count_batch_(database,
                   "UPDATE operation_batch SET queued=queued+?, sent=sent+?, done=done+?,"
                   " failed=failed+?, expired=expired+?, cancelled=cancelled+? WHERE id=?"),
      find_batch_(database,
                  "SELECT op, target, request, made_by, created, queued, sent, done, failed,"
                  " expired, cancelled FROM operation_batch WHERE id=? AND complete=1"),
      put_key_(database, "INSERT OR REPLACE INTO idempotency VALUES (?,?,?,?,?,?)"),
      find_key_(database,
                "SELECT digest, operation, batch, created FROM idempotency"
                " WHERE caller=? AND key=?"),
      trim_(database,
            "DELETE FROM operation WHERE device=?1 AND state>=2 AND id < (SELECT id FROM operation"
            " WHERE device=?1 AND state>=2 ORDER BY id DESC LIMIT 1 OFFSET ?2)"),
      old_(database, "SELECT id, created FROM operation WHERE id>? ORDER BY id LIMIT 1 OFFSET ?"),
      // The newest stays whatever its age: so numbers are never given twice.
      drop_old_(database,
                "DELETE FROM operation WHERE id>? AND id<=? AND state>=2 AND created<?"
                " AND id < (SELECT max(id) FROM operation)"),
      drop_keys_(database,
                 "DELETE FROM idempotency WHERE (caller, key) IN"
                 " (SELECT caller, key FROM idempotency WHERE created<? LIMIT 200)"),
      drop_batches_(database,
                    "DELETE FROM operation_batch WHERE created<?"
                    " AND id < (SELECT max(id) FROM operation_batch) AND NOT EXISTS"
                    " (SELECT 1 FROM operation WHERE batch=operation_batch.id)"),
      drop_abandoned_(database,
                      "DELETE FROM operation WHERE id IN"
                      " (SELECT id FROM operation WHERE batch=? LIMIT 500)") {
  // In `meta` is what a store had given out that was replaced by its back-up.
  Statement last(database,
                 "SELECT max(ifnull((SELECT max(id) FROM operation), 0),"
                 " ifnull((SELECT value FROM meta WHERE key='operation_last'), 0))");
  if (last.step()) last_ = last.integer(0);
  last.reset();
  Statement last_batch(database,
                       "SELECT max(ifnull((SELECT max(id) FROM operation_batch), 0),"
                       " ifnull((SELECT value FROM meta WHERE key='batch_last'), 0))");
  if (last_batch.step()) last_batch_ = last_batch.integer(0);
  last_batch.reset();
  // Nobody was told that these exist.
  database.run(
      "DELETE FROM operation WHERE batch IN (SELECT id FROM operation_batch WHERE complete=0);"
      "DELETE FROM operation_batch WHERE complete=0;");
}

OperationRow OperationStore::row_of(const Statement& row) {
  OperationRow out;
  out.number = row.integer(0);
  out.device = row.integer(1);
  out.batch = row.integer(2);
  out.mode = static_cast<OperationMode>(row.integer(3));
  out.state = static_cast<OperationState>(row.integer(4));
  out.op = row.text(5);
  out.target = row.text(6);
  out.by = row.text(7);
  out.request = row.text(8);
  out.created = row.integer(9);
  out.deadline = row.integer(10);
  out.finished = row.integer(11);
  out.steps = parse_steps(row.text(12));
  out.result = row.text(13);
  out.record = parse_record(row.bytes(14));
  return out;
}

// --- One by one ---

OperationNumber OperationStore::add(OperationRow row) {
  row.number = ++last_;
  const OperationNumber number = row.number;
  changed_.emplace(number, Changed{std::move(row), true});
  return number;
}

void OperationStore::change(const OperationRow& row, OperationState before) {
  changed_[row.number].row = row;
  if (row.batch != 0 && row.state != before) {
    auto& counts = counts_[row.batch];
    --counts[static_cast<std::size_t>(before)];
    ++counts[static_cast<std::size_t>(row.state)];
  }
  if (!is_open(row.state) && counts_others(row.number)) trims_.insert(row.device);
}

void OperationStore::drop(OperationNumber number) { changed_.erase(number); }

std::optional<OperationRow> OperationStore::find(OperationNumber number) {
  if (const auto found = changed_.find(number); found != changed_.end()) return found->second.row;
  find_.reset();
  std::optional<OperationRow> row;
  if (find_.bind(number).step()) row = row_of(find_);
  find_.reset();
  return row;
}

std::optional<OperationRow> OperationStore::next(DeviceNumber device, OperationNumber after) {
  std::optional<OperationRow> row;
  next_.reset();
  next_.bind(device).bind(after);
  while (!row && next_.step()) {
    const auto found = changed_.find(next_.integer(0));
    if (found == changed_.end()) {
      row = row_of(next_);
    } else if (is_open(found->second.row.state)) {
      row = found->second.row;
    }
  }
  next_.reset();
  if (row) return row;
  // Those that are not stored yet are the youngest.
  for (auto it = changed_.upper_bound(after); it != changed_.end(); ++it) {
    const auto& candidate = it->second;
    if (candidate.is_new && candidate.row.device == device && is_open(candidate.row.state)) {
      return candidate.row;
    }
  }
  return {};
}

std::vector<OperationStore::Waiting> OperationStore::waiting() {
  std::vector<Waiting> all;
  Statement rows(database_,
                 "SELECT o.device, d.endpoint, count(*), max(o.state) FROM operation o"
                 " INDEXED BY operation_open"
                 " JOIN device d ON d.id = o.device WHERE o.state < 2 GROUP BY o.device");
  while (rows.step()) {
    all.push_back({rows.integer(0), std::string(rows.text(1)),
                   static_cast<std::size_t>(rows.integer(2)), rows.integer(3) != 0});
  }
  return all;
}

std::vector<OperationRow> OperationStore::due(std::int64_t now, std::size_t limit) {
  std::vector<OperationRow> rows;
  due_.reset();
  due_.bind(now);
  while (rows.size() < limit && due_.step()) {
    const auto found = changed_.find(due_.integer(0));
    if (found == changed_.end()) {
      rows.push_back(row_of(due_));
    } else if (is_open(found->second.row.state)) {
      rows.push_back(found->second.row);
    }
  }
  due_.reset();
  return rows;
}

std::vector<OperationStore::Listed> OperationStore::page(const Filter& filter) {
  std::vector<Listed> all;
  const auto wanted = [&filter](OperationState state) {
    return filter.states.empty() ||
           std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end();
  };
  const auto collect = [&](std::optional<OperationState> state) {
    std::string sql = LINNET_OPERATION_ROW
        ", d.endpoint" LINNET_OPERATION_FROM("") " JOIN device d ON d.id = o.device WHERE o.id < ?";
    if (filter.device) sql += " AND o.device = ?";
    if (filter.batch != 0) sql += " AND o.batch = ?";
    // Of a device there are few, so its index is the one to use.
    if (state) sql += filter.device ? " AND +o.state = ?" : " AND o.state = ?";
    sql += LINNET_OPERATION_THERE " ORDER BY o.id DESC LIMIT ?";
    Statement rows(database_, sql.c_str());
    rows.bind(filter.before != 0 ? filter.before : last_ + 1);
    if (filter.device) rows.bind(*filter.device);
    if (filter.batch != 0) rows.bind(filter.batch);
    if (state) rows.bind(static_cast<std::int64_t>(*state));
    // Some of those that changed since may not be wanted any more.
    rows.bind(static_cast<std::int64_t>(filter.limit + changed_.size()));
    const std::size_t enough = all.size() + filter.limit;
    while (all.size() < enough && rows.step()) {
      const auto found = changed_.find(rows.integer(0));
      OperationRow row = found == changed_.end() ? row_of(rows) : found->second.row;
      if (!wanted(row.state)) continue;
      all.push_back({std::move(row), std::string(rows.text(kEndpointColumn))});
    }
  };
  // Each state has its place in an index: so what few there are of one are found among millions.
  if (filter.states.empty()) collect({});
  for (const OperationState state : filter.states) collect(state);
  std::sort(all.begin(), all.end(),
            [](const Listed& a, const Listed& b) { return a.row.number > b.row.number; });
  if (all.size() > filter.limit) all.resize(filter.limit);
  return all;
}

// --- Many at once ---

BatchNumber OperationStore::begin_batch(const Batch& batch) {
  Building building;
  building.batch = batch;
  building.batch.number = ++last_batch_;
  building_.emplace(last_batch_, std::move(building));
  return last_batch_;
}

OperationNumber OperationStore::add_to_batch(const OperationRow& shared,
                                             const std::vector<DeviceNumber>& devices) {
  Building& building = building_.at(shared.batch);
  building.shared = shared;
  const OperationNumber first = last_ + 1;
  for (const DeviceNumber device : devices) building.piece.emplace_back(++last_, device);
  return first;
}

void OperationStore::complete_batch(BatchNumber number, std::size_t operations) {
  building_.at(number).complete = true;
  counts_[number][static_cast<std::size_t>(OperationState::Queued)] +=
      static_cast<std::int64_t>(operations);
}

void OperationStore::abandon_batch(BatchNumber number) {
  building_.erase(number);
  counts_.erase(number);
  abandoned_.insert(number);
}

std::optional<OperationStore::Batch> OperationStore::batch(BatchNumber number) {
  find_batch_.reset();
  std::optional<Batch> found;
  if (find_batch_.bind(number).step()) {
    found = Batch{number,
                  std::string(find_batch_.text(0)),
                  std::string(find_batch_.text(1)),
                  std::string(find_batch_.text(3)),
                  std::string(find_batch_.text(2)),
                  find_batch_.integer(4),
                  {}};
    for (std::size_t i = 0; i < kOperationStates; ++i) {
      found->counts[i] = find_batch_.integer(static_cast<int>(i) + 5);
    }
    if (const auto more = counts_.find(number); more != counts_.end()) {
      for (std::size_t i = 0; i < kOperationStates; ++i) found->counts[i] += more->second[i];
    }
  }
  find_batch_.reset();
  return found;
}

// --- Idempotency ---

std::optional<OperationStore::KnownKey> OperationStore::find(const RequestKey& key,
                                                             std::int64_t now) {
  if (const auto found = keys_.find({key.caller, key.key}); found != keys_.end()) {
    return found->second.known;
  }
  find_key_.reset();
  std::optional<KnownKey> known;
  if (find_key_.bind(std::string_view(key.caller)).bind(std::string_view(key.key)).step() &&
      find_key_.integer(3) > now - limits_.keys_kept_ms) {
    const ByteView digest = find_key_.bytes(0);
    known = KnownKey{{digest.begin(), digest.end()}, find_key_.integer(1), find_key_.integer(2)};
  }
  find_key_.reset();
  return known;
}

void OperationStore::put(const RequestKey& key, OperationNumber operation, BatchNumber batch,
                         std::int64_t now) {
  keys_[{key.caller, key.key}] = {{key.digest, operation, batch}, now};
}

void OperationStore::drop(const RequestKey& key) { keys_.erase({key.caller, key.key}); }

// --- Into the store ---

void OperationStore::tend(std::int64_t now) {
  now_ = now;
  if (sweeping_ || now - swept_ < kSweepEvery) return;
  sweeping_ = true;
  swept_ = now;
  sweep_at_ = 0;
}

void OperationStore::forget(DeviceNumber device) { forgotten_.insert(device); }

/// The key of a batch is stored when the batch is complete: else it would outlive one that was not
/// accepted.
bool OperationStore::waits(const NewKey& key) const {
  const auto found = building_.find(key.known.batch);
  return found != building_.end() && !found->second.complete;
}

bool OperationStore::changed() const {
  const bool batches = std::any_of(building_.begin(), building_.end(), [](const auto& item) {
    const Building& building = item.second;
    return !building.stored || building.complete || !building.piece.empty();
  });
  const bool keys = std::any_of(keys_.begin(), keys_.end(),
                                [this](const auto& item) { return !waits(item.second); });
  return batches || keys || sweeping_ || !changed_.empty() || !counts_.empty() || !trims_.empty() ||
         !forgotten_.empty() || !abandoned_.empty();
}

void OperationStore::write_new(const OperationRow& row) {
  const std::string steps = row.steps.empty() ? std::string() : to_text(row.steps);
  const auto record = row.record ? to_bytes(*row.record) : std::vector<std::uint8_t>();
  put_.reset();
  put_.bind(row.number).bind(row.device);
  if (row.batch != 0) {
    put_.bind(row.batch);
  } else {
    put_.bind_null();
  }
  put_.bind(static_cast<std::int64_t>(row.mode)).bind(static_cast<std::int64_t>(row.state));
  if (row.batch != 0) {
    for (int i = 0; i < 4; ++i) put_.bind_null();
  } else {
    put_.bind(std::string_view(row.op)).bind(std::string_view(row.target));
    put_.bind(std::string_view(row.request)).bind(std::string_view(row.by));
  }
  put_.bind(row.created).bind(row.deadline).bind(row.finished);
  bind_outcome(put_, steps, row.result, record);
  put_.run();
}

void OperationStore::write_changed(const OperationRow& row) {
  const std::string steps = to_text(row.steps);
  const auto record = row.record ? to_bytes(*row.record) : std::vector<std::uint8_t>();
  update_.reset();
  update_.bind(static_cast<std::int64_t>(row.state)).bind(row.finished);
  bind_outcome(update_, steps, row.result, record);
  update_.bind(row.number).run();
}

void OperationStore::write_batches() {
  for (auto& [number, building] : building_) {
    const Batch& batch = building.batch;
    if (!building.stored) {
      put_batch_.reset();
      put_batch_.bind(number).bind(std::string_view(batch.op)).bind(std::string_view(batch.target));
      put_batch_.bind(std::string_view(batch.request)).bind(std::string_view(batch.by));
      put_batch_.bind(batch.created).run();
    }
    OperationRow row = building.shared;
    for (const auto& [operation, device] : building.piece) {
      row.number = operation;
      row.device = device;
      write_new(row);
    }
    if (building.complete) {
      complete_batch_.reset();
      complete_batch_.bind(number).run();
    }
  }
  for (const auto& [number, counts] : counts_) {
    count_batch_.reset();
    for (const std::int64_t count : counts) count_batch_.bind(count);
    count_batch_.bind(number).run();
  }
}

void OperationStore::write_keys() {
  for (const auto& [name, key] : keys_) {
    if (waits(key)) continue;
    put_key_.reset();
    put_key_.bind(std::string_view(name.first)).bind(std::string_view(name.second));
    put_key_.bind(ByteView(key.known.digest)).bind(key.known.operation).bind(key.known.batch);
    put_key_.bind(key.created).run();
  }
}

void OperationStore::write() {
  for (const auto& [number, changed] : changed_) {
    if (changed.is_new) {
      write_new(changed.row);
    } else {
      write_changed(changed.row);
    }
  }
  write_batches();
  write_keys();
  sweep();
}

/// A few of the things that go, so that no commit takes long.
void OperationStore::sweep() {
  trimmed_ = 0;
  for (auto it = trims_.begin(); it != trims_.end() && trimmed_ < kTrimsAtOnce; ++it, ++trimmed_) {
    trim_.reset();
    const auto kept = static_cast<std::int64_t>(std::max<std::size_t>(limits_.kept_per_device, 1));
    trim_.bind(*it).bind(kept - 1).run();
  }
  for (const DeviceNumber device : forgotten_) {
    Statement(database_, "DELETE FROM operation WHERE device=? AND state>=2").bind(device).run();
  }
  for (const BatchNumber batch : abandoned_) {
    drop_abandoned_.reset();
    drop_abandoned_.bind(batch).run();
  }
  if (!sweeping_) return;
  const std::int64_t cutoff = now_ - limits_.kept_ms;
  old_.reset();
  const bool full = old_.bind(sweep_at_).bind(kSweepRows - 1).step();
  const OperationNumber upto = full ? old_.integer(0) : last_;
  const bool more = full && old_.integer(1) < cutoff;
  swept_to_ = more ? upto : 0;
  old_.reset();
  drop_old_.reset();
  drop_old_.bind(sweep_at_).bind(upto).bind(cutoff).run();
  drop_keys_.reset();
  drop_keys_.bind(now_ - limits_.keys_kept_ms).run();
  more_keys_ = sqlite3_changes(database_.handle()) >= kSweepKeys;
  if (!more) {
    drop_batches_.reset();
    drop_batches_.bind(cutoff).run();
  }
}

void OperationStore::written() {
  changed_.clear();
  counts_.clear();
  std::erase_if(keys_, [this](const auto& item) { return !waits(item.second); });
  forgotten_.clear();
  for (; trimmed_ != 0; --trimmed_) trims_.erase(trims_.begin());
  for (auto it = building_.begin(); it != building_.end();) {
    it->second.stored = true;
    it->second.piece.clear();
    it = it->second.complete ? building_.erase(it) : std::next(it);
  }
  for (auto it = abandoned_.begin(); it != abandoned_.end();) {
    Statement left(database_, "SELECT 1 FROM operation WHERE batch=? LIMIT 1");
    it = left.bind(*it).step() ? std::next(it) : abandoned_.erase(it);
  }
  if (!sweeping_) return;
  if (swept_to_ != 0) sweep_at_ = swept_to_;
  sweeping_ = swept_to_ != 0 || more_keys_;
}

}  // namespace linnet::service
