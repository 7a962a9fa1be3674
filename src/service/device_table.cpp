// SPDX-License-Identifier: Apache-2.0
#include "device_table.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kLately = 1u << 16;

std::int64_t count(Sqlite& database, const char* sql) {
  Statement statement(database, sql);
  return statement.step() ? statement.integer(0) : 0;
}

/// Binds what a page begins after: an empty text is before every endpoint, this one behind.
void bind_range(Statement& statement, const DeviceTable::Range& range) {
  static const std::string kEnd(256, '\xFF');
  statement.reset();
  std::string_view from = range.descending ? std::string_view(kEnd) : std::string_view();
  if (range.from) from = *range.from;
  statement.bind(from);
  statement.bind(static_cast<std::int64_t>(range.limit));
}

}  // namespace

DeviceTable::DeviceTable(Sqlite& database, std::function<std::int64_t()> unix_ms)
    : unix_ms_(std::move(unix_ms)),
      find_(database, "SELECT id FROM device WHERE endpoint=?"),
      endpoint_(database, "SELECT endpoint FROM device WHERE id=?"),
      put_(database, "INSERT INTO device (id, endpoint, first_seen, last_seen) VALUES (?,?,?,?)"),
      move_(database, "UPDATE device SET last_seen=?1 WHERE id=?2 AND last_seen IS NOT ?1"),
      drop_(database, "DELETE FROM device WHERE id=?"),
      absent_(database,
              "SELECT id, last_seen FROM device WHERE endpoint=? AND last_seen IS NOT NULL"),
      registered_up_(database,
                     "SELECT endpoint FROM device INDEXED BY device_registered "
                     "WHERE last_seen IS NULL AND endpoint>? ORDER BY endpoint LIMIT ?"),
      registered_down_(database,
                       "SELECT endpoint FROM device INDEXED BY device_registered "
                       "WHERE last_seen IS NULL AND endpoint<? ORDER BY endpoint DESC LIMIT ?"),
      absent_up_(database,
                 "SELECT id, endpoint, last_seen FROM device INDEXED BY device_absent "
                 "WHERE last_seen IS NOT NULL AND endpoint>? ORDER BY endpoint LIMIT ?"),
      absent_down_(database,
                   "SELECT id, endpoint, last_seen FROM device INDEXED BY device_absent "
                   "WHERE last_seen IS NOT NULL AND endpoint<? ORDER BY endpoint DESC LIMIT ?"),
      registered_all_(database,
                      "SELECT id, endpoint FROM device NOT INDEXED "
                      "WHERE id>? AND last_seen IS NULL ORDER BY id LIMIT ?"),
      last_(count(database, "SELECT max(id) FROM device")),
      size_(static_cast<std::size_t>(count(database, "SELECT count(*) FROM device"))) {}

std::optional<DeviceNumber> DeviceTable::find(std::string_view endpoint) {
  if (const auto found = changes_.find(endpoint); found != changes_.end()) {
    return found->second.number;
  }
  if (const auto found = lately_.find(endpoint); found != lately_.end()) return found->second;
  if (forgotten_.contains(endpoint)) return {};
  find_.reset();
  std::optional<DeviceNumber> number;
  if (find_.bind(endpoint).step()) number = find_.integer(0);
  find_.reset();
  if (!number) return {};
  if (lately_.size() >= kLately) lately_.clear();
  lately_.emplace(endpoint, *number);
  return number;
}

DeviceNumber DeviceTable::number(std::string_view endpoint) {
  if (const auto known = find(endpoint)) return *known;
  changes_.emplace(endpoint, Change{++last_, true, false, 0});
  ++size_;
  return last_;
}

DeviceTable::Change& DeviceTable::change(std::string_view endpoint) {
  const DeviceNumber known = number(endpoint);
  return changes_.try_emplace(std::string(endpoint), Change{known, false, false, 0}).first->second;
}

DeviceNumber DeviceTable::arrived(std::string_view endpoint) {
  Change& now = change(endpoint);
  now.registered = true;
  return now.number;
}

void DeviceTable::left(std::string_view endpoint, std::int64_t last_seen_ms) {
  Change& now = change(endpoint);
  now.registered = false;
  now.last_seen_ms = last_seen_ms;
}

bool DeviceTable::forget(std::string_view endpoint) {
  const auto number = find(endpoint);
  if (!number) return false;
  const std::string name(endpoint);
  for (const auto& drop : on_forget_) drop(*number, name);
  const auto changed = changes_.find(name);
  const bool stored = changed == changes_.end() || !changed->second.added;
  if (stored) forgotten_.emplace(name, *number);
  if (changed != changes_.end()) changes_.erase(changed);
  lately_.erase(name);
  --size_;
  return true;
}

std::optional<std::string> DeviceTable::endpoint(DeviceNumber number) {
  for (const auto& [name, item] : changes_) {
    if (item.number == number) return name;
  }
  endpoint_.reset();
  std::optional<std::string> name;
  if (endpoint_.bind(number).step()) name.emplace(endpoint_.text(0));
  endpoint_.reset();
  if (name) {
    const auto gone = forgotten_.find(*name);
    if (gone != forgotten_.end() && gone->second == number) name.reset();
  }
  return name;
}

std::optional<DeviceTable::Absent> DeviceTable::absent(std::string_view endpoint) {
  if (const auto found = changes_.find(endpoint); found != changes_.end()) {
    const Change& item = found->second;
    if (item.registered) return {};
    return Absent{item.number, found->first, item.last_seen_ms};
  }
  if (forgotten_.contains(endpoint)) return {};
  absent_.reset();
  std::optional<Absent> found;
  if (absent_.bind(endpoint).step()) {
    found = Absent{absent_.integer(0), std::string(endpoint), absent_.integer(1)};
  }
  absent_.reset();
  return found;
}

std::vector<std::string> DeviceTable::registered_page(const Range& range) {
  Statement& rows = range.descending ? registered_down_ : registered_up_;
  bind_range(rows, range);
  std::vector<std::string> page;
  while (rows.step()) page.emplace_back(rows.text(0));
  rows.reset();
  return page;
}

std::vector<DeviceTable::Absent> DeviceTable::absent_page(const Range& range) {
  Statement& rows = range.descending ? absent_down_ : absent_up_;
  bind_range(rows, range);
  std::vector<Absent> page;
  while (rows.step()) {
    page.push_back({rows.integer(0), std::string(rows.text(1)), rows.integer(2)});
  }
  rows.reset();
  return page;
}

std::vector<DeviceTable::Absent> DeviceTable::registered_after(DeviceNumber number,
                                                               std::size_t limit) {
  registered_all_.reset();
  registered_all_.bind(number).bind(static_cast<std::int64_t>(limit));
  std::vector<Absent> page;
  while (registered_all_.step()) {
    page.push_back({registered_all_.integer(0), std::string(registered_all_.text(1)), 0});
  }
  registered_all_.reset();
  return page;
}

std::size_t DeviceTable::registered_count() {
  const Range all{{}, false, ~std::size_t{0} >> 1};
  bind_range(registered_up_, all);
  std::size_t n = 0;
  while (registered_up_.step()) ++n;
  registered_up_.reset();
  return n;
}

void DeviceTable::write() {
  for (const auto& [name, number] : forgotten_) {
    drop_.reset();
    drop_.bind(number).run();
  }
  const auto bind_seen = [](Statement& statement, const Change& item) {
    if (item.registered) {
      statement.bind_null();
    } else {
      statement.bind(item.last_seen_ms);
    }
  };
  for (const auto& [name, item] : changes_) {
    Statement& statement = item.added ? put_ : move_;
    statement.reset();
    if (item.added) {
      statement.bind(item.number).bind(std::string_view(name)).bind(unix_ms_());
      bind_seen(statement, item);
    } else {
      bind_seen(statement, item);
      statement.bind(item.number);
    }
    statement.run();
  }
}

void DeviceTable::written() {
  changes_.clear();
  forgotten_.clear();
}

}  // namespace linnet::service
