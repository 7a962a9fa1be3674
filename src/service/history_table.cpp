// SPDX-License-Identifier: Apache-2.0
#include "history_table.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "value_codec.hpp"

namespace linnet::service {
namespace {

using lwm2m::DataType;

/// Of a run, and of a row: about 600 bytes.
constexpr std::uint32_t kRunSamples = 64;
constexpr std::size_t kMaxText = 256;
constexpr int kSweepRows = 256;
constexpr std::int64_t kDayMs = 86'400'000;

/// A run as it lies in a row: its count, then each sample as time since the one before and value.
std::string with_count(std::uint32_t count, std::string_view samples) {
  std::string out;
  put_varint(out, count);
  out += samples;
  return out;
}

void read_run(Reader& in, std::uint64_t count, std::vector<Sample>& out) {
  std::uint64_t time = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    time += static_cast<std::uint64_t>(get_signed(in));
    const auto value = get_value(in);
    if (in.ok()) out.push_back({static_cast<std::int64_t>(time), value});
  }
}

}  // namespace

std::int64_t packed(const lwm2m::Path& path) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 16 | path[i];
  return static_cast<std::int64_t>(bits);
}

lwm2m::Path unpacked(std::int64_t packed) {
  const auto bits = static_cast<std::uint64_t>(packed);
  lwm2m::Path path;
  for (int shift = 48; shift >= 0; shift -= 16) {
    const auto id = static_cast<lwm2m::Id>(bits >> shift);
    if (id == lwm2m::kNoId) break;
    path = path.child(id);
  }
  return path;
}

bool can_be_sample(const lwm2m::Value& value) {
  switch (value.type()) {
    case DataType::None:
    case DataType::Opaque: return false;
    case DataType::String:
    case DataType::Corelnk: return value.as_string().size() <= kMaxText;
    default: return true;
  }
}

void HistoryTail::add(std::int64_t time, const lwm2m::Value& value, std::size_t keep) {
  if (runs_.empty() || runs_.back().count == kRunSamples) {
    runs_.push_back({0, time, time, 0, {}});
    const std::size_t enough = keep / kRunSamples + 2;
    if (runs_.size() > 2 * enough) {
      runs_.erase(runs_.begin(), runs_.end() - static_cast<std::ptrdiff_t>(enough));
    }
  }
  Run& run = runs_.back();
  put_signed(run.samples, static_cast<std::int64_t>(static_cast<std::uint64_t>(time) -
                                                    static_cast<std::uint64_t>(run.last)));
  put_value(run.samples, value);
  ++run.count;
  run.last = time;
  run.oldest = std::min(run.oldest, time);
  run.newest = std::max(run.newest, time);
}

void HistoryTail::read(std::vector<Sample>& out) const {
  for (const Run& run : runs_) {
    Reader in(as_bytes(run.samples));
    read_run(in, run.count, out);
  }
}

HistoryTable::HistoryTable(Sqlite& database, HistorySettings settings)
    : settings_(settings),
      last_(database,
            "SELECT number, count, upto FROM history WHERE device=? AND path=?"
            " ORDER BY number DESC LIMIT 1"),
      insert_(database, "INSERT INTO history VALUES (?,?,?,?,?,?,?,?)"),
      extend_(database,
              "UPDATE history SET count=count+?4, oldest=min(oldest,?5), newest=max(newest,?6),"
              " upto=?7, samples=CAST(samples||?8 AS BLOB)"
              " WHERE device=?1 AND path=?2 AND number=?3"),
      counts_(database,
              "SELECT number, count FROM history WHERE device=? AND path=?"
              " ORDER BY number DESC"),
      drop_before_(database, "DELETE FROM history WHERE device=? AND path=? AND number<=?"),
      read_(database,
            "SELECT samples FROM history WHERE device=? AND path=? AND newest>=? AND oldest<=?"
            " ORDER BY number"),
      drop_(database, "DELETE FROM history WHERE device=?"),
      next_(database,
            "SELECT device, path, number, newest FROM history"
            " WHERE (device, path, number) > (?,?,?) ORDER BY device, path, number LIMIT ?"),
      drop_one_(database, "DELETE FROM history WHERE device=? AND path=? AND number=?") {}

HistoryTable::Row HistoryTable::last_row(DeviceNumber device, std::int64_t path) {
  last_.reset();
  Row row{-1, kRunSamples};
  if (last_.bind(device).bind(path).step()) row = {last_.integer(0), last_.integer(1)};
  last_.reset();
  return row;
}

void HistoryTable::extend(DeviceNumber device, std::int64_t path, const Row& row,
                          const HistoryTail::Run& run, std::uint64_t upto) {
  const std::string samples = with_count(run.count, run.samples);
  extend_.reset();
  extend_.bind(device).bind(path).bind(row.number).bind(std::int64_t{run.count});
  extend_.bind(run.oldest).bind(run.newest).bind(static_cast<std::int64_t>(upto));
  extend_.bind(as_bytes(samples)).run();
}

void HistoryTable::append(DeviceNumber device, const lwm2m::Path& path, const HistoryTail& tail,
                          std::uint64_t upto) {
  const std::int64_t key = packed(path);
  Row row = last_row(device, key);
  bool more_rows = false;
  for (const auto& run : tail.runs_) {
    if (row.count + run.count <= kRunSamples) {
      extend(device, key, row, run, upto);
      row.count += run.count;
      continue;
    }
    const std::string samples = with_count(run.count, run.samples);
    row = {row.number + 1, run.count};
    insert_.reset();
    insert_.bind(device).bind(key).bind(row.number).bind(row.count).bind(run.oldest);
    insert_.bind(run.newest).bind(static_cast<std::int64_t>(upto)).bind(as_bytes(samples)).run();
    more_rows = true;
  }
  if (more_rows) trim(device, key);
}

/// Whole rows: the oldest one that is kept may have more samples than are asked for.
void HistoryTable::trim(DeviceNumber device, std::int64_t path) {
  std::int64_t last = -1;
  std::size_t kept = 0;
  counts_.reset();
  counts_.bind(device).bind(path);
  while (counts_.step()) {
    if (kept >= settings_.samples) {
      last = counts_.integer(0);
      break;
    }
    kept += static_cast<std::size_t>(counts_.integer(1));
  }
  counts_.reset();
  if (last < 0) return;
  drop_before_.reset();
  drop_before_.bind(device).bind(path).bind(last).run();
}

std::uint64_t HistoryTable::upto(DeviceNumber device, const lwm2m::Path& path) {
  last_.reset();
  std::int64_t number = 0;
  if (last_.bind(device).bind(packed(path)).step()) number = last_.integer(2);
  last_.reset();
  return static_cast<std::uint64_t>(number);
}

void HistoryTable::read(DeviceNumber device, const lwm2m::Path& path, std::int64_t from,
                        std::int64_t to, std::vector<Sample>& out) {
  read_.reset();
  read_.bind(device).bind(packed(path)).bind(from).bind(to);
  while (read_.step()) {
    for (Reader in(read_.bytes(0)); in.ok() && !in.empty();) {
      const std::uint64_t count = get_varint(in);
      read_run(in, count, out);
    }
  }
}

void HistoryTable::drop(DeviceNumber device) {
  drop_.reset();
  drop_.bind(device).run();
}

void HistoryTable::sweep(std::int64_t now) {
  const std::int64_t too_old = now - settings_.days * kDayMs;
  std::vector<std::array<std::int64_t, 3>> old;
  int seen = 0;
  next_.reset();
  next_.bind(swept_device_).bind(swept_path_).bind(swept_number_).bind(std::int64_t{kSweepRows});
  for (; next_.step(); ++seen) {
    swept_device_ = next_.integer(0);
    swept_path_ = next_.integer(1);
    swept_number_ = next_.integer(2);
    if (next_.integer(3) < too_old) old.push_back({swept_device_, swept_path_, swept_number_});
  }
  if (seen < kSweepRows) {
    swept_device_ = swept_path_ = std::numeric_limits<std::int64_t>::min();
  }
  for (const auto& [device, path, number] : old) {
    drop_one_.reset();
    drop_one_.bind(device).bind(path).bind(number).run();
  }
}

}  // namespace linnet::service
