// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every device the server knows, registered or not, and the number under which other tables keep
// what is known of it. Numbers are never given twice while the device is known. Thread rule: that
// of the store.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sqlite.hpp"
#include "store.hpp"

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
  [[nodiscard]] std::size_t size();

  [[nodiscard]] bool changed() const override { return !added_.empty(); }
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override { added_.clear(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Numbers = std::unordered_map<std::string, DeviceNumber, Hash, std::equal_to<>>;

  std::function<std::int64_t()> unix_ms_;
  Statement find_, endpoint_, put_, count_;
  DeviceNumber last_ = 0;
  Numbers added_;   // not stored yet
  Numbers lately_;  // some of those asked for, to spare looks into the store
};

}  // namespace linnet::service
