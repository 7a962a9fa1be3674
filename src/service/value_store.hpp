// SPDX-License-Identifier: Apache-2.0
#pragma once
// The last value of every resource of every device, and the history of those that notify or send.
//
// Values come by the ten thousand a second; the tables take them much later. What came in since is
// in memory and, as one compact row a second, in a log of values: "segments". When these have
// grown, everything in memory is folded into the tables, device by device over many commits, and
// the segments are dropped. What is younger than the last segment is in the journal of events,
// which the store's owner gives back after a crash (`replay`). So a page of a table is written once
// for many values. Readers see memory first, then the tables.
//
// Thread rule: that of the store.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <linnet/lwm2m/path.hpp>
#include <linnet/server/value.hpp>

#include "device_table.hpp"
#include "history_table.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

enum class ValueSource : std::uint8_t { Read, Observe, Send, Write };
/// "read", "observe", ... Static lifetime.
[[nodiscard]] std::string_view name(ValueSource source);

struct LastValue {
  lwm2m::Path path{};
  server::OwnedValue value{};
  /// By the device's clock, if it said so. Unix milliseconds, as `received`.
  std::optional<std::int64_t> sent{};
  std::int64_t received = 0;
  ValueSource source = ValueSource::Read;

  friend bool operator==(const LastValue&, const LastValue&) = default;
};

class ValueStore final : public StorePart {
 public:
  struct Ports {
    Sqlite& database;
    std::function<std::int64_t()> unix_ms;
    /// The number of the latest event in the journal, stored with this commit or before.
    std::function<std::uint64_t()> published;
  };
  /// Throws SqliteError, as everything here but `learn` of a value without a time.
  ValueStore(Ports ports, HistorySettings settings);

  void set_history(const HistorySettings& settings) { history_.set_settings(settings); }

  /// Takes up what the segments have, before anything else. Returns the number of the event after
  /// which the journal has values that are not here; those are to be learned again, in order, with
  /// what `journal` says in their place.
  std::uint64_t restore();

  /// A value arrived, now; a value with a time below 2^28 counts from `received`. One that its
  /// device sent before the one that is here only becomes history. False if it cannot be kept:
  /// nothing could be stored for so long that memory is used up.
  bool learn(DeviceNumber device, const server::ResourceValue& value, ValueSource source,
             std::int64_t received);
  /// Drops everything of a device.
  void forget(DeviceNumber device);

  /// In order of paths, those at or below `below`.
  [[nodiscard]] std::vector<LastValue> last_values(DeviceNumber device, const lwm2m::Path& below);
  /// In order of time, the newest ones of those between both times, no more than the settings say.
  [[nodiscard]] std::vector<Sample> history(DeviceNumber device, const lwm2m::Path& path,
                                            std::int64_t from, std::int64_t to);
  [[nodiscard]] const HistorySettings& settings() const { return history_.settings(); }

  /// Events after this number are needed after a crash.
  [[nodiscard]] std::uint64_t applied() const;

  [[nodiscard]] bool changed() const override;
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override;

  /// For tests: begins to fold with the next commit.
  void fold_soon() { fold_soon_ = true; }

 private:
  struct Entry {
    LastValue last{};
    HistoryTail tail{};
    bool known = false;    // `last` is there
    bool changed = false;  // `last` is newer than in the table
    bool upto_known = false;
    std::uint64_t upto = 0;  // while restoring: the number of the last record in the table
  };
  using Entries = std::vector<Entry>;  // by path
  struct Change {                      // what a commit does
    bool segment = false;
    std::vector<DeviceNumber> folded{};
    bool fold_done = false;
  };

  Entry& entry(DeviceNumber device, const lwm2m::Path& path);
  void load(DeviceNumber device, Entry& entry);
  void take_up(DeviceNumber device, LastValue value);
  void restore_segment(std::uint64_t first, ByteView data);
  void restore_record(Reader& in, std::int64_t& time);
  void put_record(DeviceNumber device, const LastValue& value);
  void drop_rows(DeviceNumber device);
  [[nodiscard]] bool segment_due() const;
  [[nodiscard]] bool fold_due() const;
  void write_segment();
  void begin_fold();
  void fold_piece();
  std::size_t fold_device(DeviceNumber device, const Entries& entries);
  void mark_folded(DeviceNumber device);
  void evict();

  Ports ports_;
  HistoryTable history_;
  Statement put_value_, get_value_, get_values_, drop_values_;
  Statement put_segment_, drop_segments_;
  std::unordered_map<DeviceNumber, Entries> devices_;
  std::vector<DeviceNumber> forgotten_;
  std::size_t entries_ = 0;
  std::size_t changed_ = 0;  // of them
  bool restoring_ = false;

  // The segment that is being gathered.
  std::string pending_;
  std::uint64_t records_ = 0;  // all there ever were
  std::uint64_t first_pending_ = 1;
  std::int64_t last_time_ = 0;  // of its last record
  bool at_once_ = false;        // something in it is not in the journal
  std::int64_t segment_written_ = 0;

  // The stored segments.
  std::int64_t segment_ = 0;  // number of the last one
  std::size_t segment_bytes_ = 0;
  std::int64_t oldest_segment_ = 0;
  std::uint64_t applied_ = 0;

  // The fold under way.
  bool fold_soon_ = false;
  bool folding_ = false;
  std::vector<DeviceNumber> fold_list_;
  std::size_t fold_next_ = 0;
  std::int64_t fold_segment_ = 0;
  std::size_t fold_bytes_ = 0;
  Change change_;
  std::uint64_t applied_in_change_ = 0;
};

}  // namespace linnet::service
