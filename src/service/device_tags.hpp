// SPDX-License-Identifier: Apache-2.0
#pragma once
// Words that people put on devices. All of them are in memory: 100 bytes for a tagged device, none
// for others. Thread rule: that of the store.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "device_table.hpp"
#include "text_hash.hpp"

namespace linnet::service {

class DeviceTags final : public StorePart {
 public:
  static constexpr std::size_t kMaxTags = 32;
  static constexpr std::size_t kMaxBytes = 64;

  /// Reads all tags; `database` outlives it. Throws SqliteError.
  explicit DeviceTags(Sqlite& database);

  /// In order.
  [[nodiscard]] std::vector<std::string> tags(DeviceNumber device) const;
  /// Whether it has all of them; true if there are none.
  [[nodiscard]] bool has_all(DeviceNumber device, std::span<const std::string> tags) const;
  /// How many devices have it.
  [[nodiscard]] std::size_t count(std::string_view tag) const;
  /// Every tag that some device has, in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> all() const;

  /// Makes them the device's only tags. Throws Problem: too many, too long, empty, or with control
  /// characters.
  void set(DeviceNumber device, std::vector<std::string> tags);
  void forget(DeviceNumber device) { put(device, {}); }
  /// Who is told of each `set`.
  void on_change(std::function<void(DeviceNumber)> told) { on_change_ = std::move(told); }

  [[nodiscard]] bool changed() const override { return !changed_.empty(); }
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override { changed_.clear(); }

 private:
  using Word = std::uint32_t;
  struct Use {
    std::string text;
    std::size_t devices = 0;
  };
  [[nodiscard]] Word intern(const std::string& text);
  void put(DeviceNumber device, const std::vector<std::string>& tags);

  Statement drop_, put_;
  std::vector<Use> words_;  // those that nobody uses stay: there are few
  std::unordered_map<std::string, Word, TextHash, std::equal_to<>> by_text_;
  std::unordered_map<DeviceNumber, std::vector<Word>> by_device_;
  std::unordered_set<DeviceNumber> changed_;
  std::function<void(DeviceNumber)> on_change_;
};

}  // namespace linnet::service
