// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every device the server knows, registered or not, and the number under which other tables keep
// what is known of it. Numbers are never given twice while the device is known. Two ordered indices
// in the store make pages of any depth cheap and take no memory. What changed since the last commit
// is known by name, and not yet in pages. Thread rule: that of the store.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sqlite.hpp"
#include "store.hpp"
#include "text_hash.hpp"

namespace linnet::service {

using DeviceNumber = std::int64_t;

class DeviceTable final : public StorePart {
 public:
  /// `database` outlives it; `unix_ms` says what time it is. Throws SqliteError.
  DeviceTable(Sqlite& database, std::function<std::int64_t()> unix_ms);

  /// Of a device that is known from now on. One look into the store, none if it was asked lately.
  [[nodiscard]] DeviceNumber number(std::string_view endpoint);
  /// Nothing if nobody knows it.
  [[nodiscard]] std::optional<DeviceNumber> find(std::string_view endpoint);
  [[nodiscard]] std::optional<std::string> endpoint(DeviceNumber number);
  /// How many are known. O(1).
  [[nodiscard]] std::size_t size() const { return size_; }

  /// It is registered from now on.
  DeviceNumber arrived(std::string_view endpoint);
  /// It is not any more, and was heard of last at that Unix time.
  void left(std::string_view endpoint, std::int64_t last_seen_ms);
  /// As if it had never been: calls those of `on_forget`. False if nobody knows it.
  bool forget(std::string_view endpoint);
  /// Others that keep something under a device's number drop it then.
  void on_forget(std::function<void(DeviceNumber, std::string_view endpoint)> drop) {
    on_forget_.push_back(std::move(drop));
  }

  struct Absent {
    DeviceNumber number = 0;
    std::string endpoint;
    std::int64_t last_seen_ms = 0;  ///< 0: never
  };
  /// Nothing if it is registered or not known.
  [[nodiscard]] std::optional<Absent> absent(std::string_view endpoint);

  /// What comes in the order of endpoints after `from`, or before it in descending order; without
  /// it from the beginning or the end. O(limit + log n).
  struct Range {
    std::optional<std::string> from{};
    bool descending = false;
    std::size_t limit = 100;
  };
  [[nodiscard]] std::vector<std::string> registered_page(const Range& range);
  [[nodiscard]] std::vector<Absent> absent_page(const Range& range);
  /// Registered devices by number, after `number`: to walk all.
  [[nodiscard]] std::vector<Absent> registered_after(DeviceNumber number, std::size_t limit);
  /// How many the store believes registered. O(n).
  [[nodiscard]] std::size_t registered_count();

  [[nodiscard]] bool changed() const override { return !changes_.empty() || !forgotten_.empty(); }
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override;

 private:
  template <typename T>
  using ByEndpoint = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;
  struct Change {
    DeviceNumber number = 0;
    bool added = false;
    bool registered = false;
    std::int64_t last_seen_ms = 0;
  };
  Change& change(std::string_view endpoint);

  std::function<std::int64_t()> unix_ms_;
  Statement find_, endpoint_, put_, move_, drop_, absent_;
  Statement registered_up_, registered_down_, absent_up_, absent_down_, registered_all_;
  DeviceNumber last_ = 0;
  std::size_t size_ = 0;
  ByEndpoint<Change> changes_;          // not stored yet
  ByEndpoint<DeviceNumber> forgotten_;  // neither
  ByEndpoint<DeviceNumber> lately_;     // some of those asked for, to spare looks into the store
  std::vector<std::function<void(DeviceNumber, std::string_view)>> on_forget_;
};

}  // namespace linnet::service
