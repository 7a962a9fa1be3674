// SPDX-License-Identifier: Apache-2.0
#include "device_table.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kLately = 1u << 16;

}  // namespace

DeviceTable::DeviceTable(Sqlite& database, std::function<std::int64_t()> unix_ms)
    : unix_ms_(std::move(unix_ms)),
      find_(database, "SELECT id FROM device WHERE endpoint=?"),
      endpoint_(database, "SELECT endpoint FROM device WHERE id=?"),
      put_(database, "INSERT INTO device (id, endpoint, first_seen) VALUES (?,?,?)"),
      count_(database, "SELECT count(*) FROM device") {
  Statement last(database, "SELECT max(id) FROM device");
  if (last.step()) last_ = last.integer(0);
}

std::optional<DeviceNumber> DeviceTable::find(std::string_view endpoint) {
  if (const auto found = lately_.find(endpoint); found != lately_.end()) return found->second;
  if (const auto found = added_.find(endpoint); found != added_.end()) return found->second;
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
  added_.emplace(endpoint, ++last_);
  return last_;
}

std::optional<std::string> DeviceTable::endpoint(DeviceNumber number) {
  for (const auto& [name, known] : added_) {
    if (known == number) return name;
  }
  endpoint_.reset();
  std::optional<std::string> name;
  if (endpoint_.bind(number).step()) name.emplace(endpoint_.text(0));
  endpoint_.reset();
  return name;
}

std::size_t DeviceTable::size() {
  count_.reset();
  const std::size_t stored = count_.step() ? static_cast<std::size_t>(count_.integer(0)) : 0;
  count_.reset();
  return stored + added_.size();
}

void DeviceTable::write() {
  for (const auto& [name, number] : added_) {
    put_.reset();
    put_.bind(number).bind(std::string_view(name)).bind(unix_ms_()).run();
  }
}

}  // namespace linnet::service
