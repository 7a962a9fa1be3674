// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happened to each device lately, in the store: the last 100 or so entries. What happens all
// the time, such as updates that change nothing, is one entry that counts them; a run of those is
// stored when something else happens, and now and then. Thread rule: that of the store.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "device_table.hpp"

namespace linnet::service {

enum class TimelineEvent : std::uint8_t {
  Registered,
  Updated,
  Expired,
  Deregistered,
  Awake,
  Asleep,
  Handshake,
  Bootstrap,
};
/// "registered", "updated", ... Static lifetime.
[[nodiscard]] std::string_view name(TimelineEvent event);

struct TimelineEntry {
  TimelineEvent event = TimelineEvent::Registered;
  /// When it happened, or happened last; Unix milliseconds.
  std::int64_t time_ms = 0;
  /// How often, from `first_ms` on.
  std::uint32_t count = 1;
  std::int64_t first_ms = 0;
  std::optional<std::uint32_t> lifetime{};
  std::string address{};
  std::string detail{};  ///< for people
};

/// Things of one kind that follow each other, counted. 16 bytes, for each device.
struct TimelineRun {
  std::int64_t at = 0;  ///< its place in the timeline; 0: there is none
  std::uint32_t count = 0;
  std::uint32_t last = 0;  ///< tenths of a second after `at`

  [[nodiscard]] std::int64_t first_ms() const { return at / 1000; }
  [[nodiscard]] std::int64_t last_ms() const { return first_ms() + std::int64_t{last} * 100; }
};

class Timeline final : public StorePart {
 public:
  static constexpr std::size_t kKept = 100;

  /// `database` outlives it; `unix_ms` says what time it is. Throws SqliteError.
  Timeline(Sqlite& database, std::function<std::int64_t()> unix_ms);

  /// Stored with the next commit; its time is now.
  void add(DeviceNumber device, TimelineEntry entry);
  /// One more of a run, or the first one. Stores nothing.
  void count(TimelineRun& run);
  /// Whether so much waits already, while nothing can be stored, that no run should be put.
  [[nodiscard]] bool crowded() const;
  /// Stores how far a run is, in place of what was stored of it.
  void put(DeviceNumber device, TimelineEvent event, const TimelineRun& run);
  void forget(DeviceNumber device);

  /// The newest first, at most `kKept`; with what is not stored yet, but for runs that were not
  /// put.
  struct Placed {
    std::int64_t at = 0;
    TimelineEntry entry;
  };
  [[nodiscard]] std::vector<Placed> read(DeviceNumber device);

  [[nodiscard]] bool changed() const override { return !pending_.empty() || !forgotten_.empty(); }
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override;

 private:
  struct Pending {
    DeviceNumber device = 0;
    Placed placed;
  };
  [[nodiscard]] std::int64_t next_place();

  std::function<std::int64_t()> unix_ms_;
  Statement put_, trim_, drop_, read_;
  std::vector<Pending> pending_;
  std::unordered_set<DeviceNumber> forgotten_;
  std::int64_t last_place_ = 0;
};

/// The entry that a run is.
[[nodiscard]] TimelineEntry to_entry(TimelineEvent event, const TimelineRun& run);

}  // namespace linnet::service
