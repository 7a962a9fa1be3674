// SPDX-License-Identifier: Apache-2.0
#pragma once
// What observed resources were, sample by sample. New samples are gathered in memory, in runs of a
// few dozen; a run becomes a row of the table, or joins the last one while there is room: a page
// that is written holds many samples and not just one. Thread rule: that of the store.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/lwm2m/path.hpp>
#include <linnet/server/value.hpp>

#include "device_table.hpp"
#include "sqlite.hpp"

namespace linnet::service {

/// Of one resource; 0 samples: no history at all.
struct HistorySettings {
  std::size_t samples = 1000;
  std::uint32_t days = 30;
};

struct Sample {
  std::int64_t time = 0;  ///< Unix milliseconds
  server::OwnedValue value{};
  friend bool operator==(const Sample&, const Sample&) = default;
};

/// Whether a value can become a sample: all but opaque ones and long texts.
[[nodiscard]] bool can_be_sample(const lwm2m::Value& value);

/// The samples of one resource that are in no row yet, in the order of their arrival.
class HistoryTail {
 public:
  /// Forgets the oldest when there are a good deal more than `keep`.
  void add(std::int64_t time, const lwm2m::Value& value, std::size_t keep);
  void clear() { runs_ = {}; }
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  void read(std::vector<Sample>& out) const;

 private:
  friend class HistoryTable;
  struct Run {
    std::uint32_t count = 0;
    std::int64_t oldest = 0;
    std::int64_t newest = 0;
    std::int64_t last = 0;  // added last
    std::string samples{};
  };
  std::vector<Run> runs_;
};

class HistoryTable {
 public:
  /// Throws SqliteError, as everything here.
  HistoryTable(Sqlite& database, HistorySettings settings);

  [[nodiscard]] const HistorySettings& settings() const { return settings_; }
  void set_settings(const HistorySettings& settings) { settings_ = settings; }

  /// Writes what `tail` has; `upto` is the number of its last record. REQUIRES: a transaction.
  void append(DeviceNumber device, const lwm2m::Path& path, const HistoryTail& tail,
              std::uint64_t upto);
  /// What the last `append` said, 0 if there was none.
  [[nodiscard]] std::uint64_t upto(DeviceNumber device, const lwm2m::Path& path);
  /// Appends the rows that have something between both times, other samples in them too.
  void read(DeviceNumber device, const lwm2m::Path& path, std::int64_t from, std::int64_t to,
            std::vector<Sample>& out);
  void drop(DeviceNumber device);
  /// Drops rows of which everything is too old, among the next few hundred.
  void sweep(std::int64_t now);

 private:
  struct Row {
    std::int64_t number = 0;
    std::int64_t count = 0;
  };
  [[nodiscard]] Row last_row(DeviceNumber device, std::int64_t path);
  void extend(DeviceNumber device, std::int64_t path, const Row& row, const HistoryTail::Run& run,
              std::uint64_t upto);
  void trim(DeviceNumber device, std::int64_t path);

  HistorySettings settings_;
  Statement last_, insert_, extend_, counts_, drop_before_, read_, drop_, next_, drop_one_;
  // Where `sweep` goes on.
  DeviceNumber swept_device_ = 0;
  std::int64_t swept_path_ = 0;
  std::int64_t swept_number_ = -1;
};

/// Eight bytes of a path as the key of a row.
[[nodiscard]] std::int64_t packed(const lwm2m::Path& path);
[[nodiscard]] lwm2m::Path unpacked(std::int64_t packed);

}  // namespace linnet::service
