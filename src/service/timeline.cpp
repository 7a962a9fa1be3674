// SPDX-License-Identifier: Apache-2.0
#include "timeline.hpp"

#include <algorithm>

namespace linnet::service {
namespace {

constexpr std::string_view kNames[] = {"registered", "updated", "expired",   "deregistered",
                                       "awake",      "asleep",  "handshake", "bootstrap"};

/// While nothing can be stored only so many wait.
constexpr std::size_t kMaxPending = 100'000;

/// Every device loses its oldest entries now and then, in no order that devices could follow.
bool time_to_trim(std::int64_t place) {
  return (static_cast<std::uint64_t>(place) * 0x9E3779B97F4A7C15ull >> 60) == 0;
}

}  // namespace

std::string_view name(TimelineEvent event) { return kNames[static_cast<std::size_t>(event)]; }

TimelineEntry to_entry(TimelineEvent event, const TimelineRun& run) {
  TimelineEntry entry;
  entry.event = event;
  entry.time_ms = run.last_ms();
  entry.first_ms = run.first_ms();
  entry.count = run.count;
  return entry;
}

Timeline::Timeline(Sqlite& database, std::function<std::int64_t()> unix_ms)
    : unix_ms_(std::move(unix_ms)),
      put_(database,
           "INSERT OR REPLACE INTO timeline (device, at, event, time, count, lifetime, address, "
           "detail) VALUES (?,?,?,?,?,?,?,?)"),
      trim_(database,
            "DELETE FROM timeline WHERE device=?1 AND at < (SELECT at FROM timeline "
            "WHERE device=?1 ORDER BY at DESC LIMIT 1 OFFSET 99)"),
      drop_(database, "DELETE FROM timeline WHERE device=?"),
      read_(database,
            "SELECT at, event, time, count, lifetime, address, detail FROM timeline "
            "WHERE device=? ORDER BY at DESC LIMIT 100") {}

std::int64_t Timeline::next_place() {
  last_place_ = std::max(last_place_ + 1, unix_ms_() * 1000);
  return last_place_;
}

void Timeline::add(DeviceNumber device, TimelineEntry entry) {
  const std::int64_t place = next_place();
  entry.time_ms = entry.first_ms = place / 1000;
  if (pending_.size() >= kMaxPending) pending_.erase(pending_.begin(), pending_.begin() + 1000);
  pending_.push_back({device, {place, std::move(entry)}});
}

void Timeline::count(TimelineRun& run) {
  if (run.count == 0) run.at = next_place();
  ++run.count;
  const std::int64_t tenths = (unix_ms_() - run.first_ms()) / 100;
  run.last = static_cast<std::uint32_t>(std::clamp<std::int64_t>(tenths, run.last, 0xFFFFFFFF));
}

bool Timeline::crowded() const { return pending_.size() >= kMaxPending; }

void Timeline::put(DeviceNumber device, TimelineEvent event, const TimelineRun& run) {
  if (run.count == 0) return;
  pending_.push_back({device, {run.at, to_entry(event, run)}});
}

void Timeline::forget(DeviceNumber device) {
  std::erase_if(pending_, [&](const Pending& item) { return item.device == device; });
  forgotten_.insert(device);
}

std::vector<Timeline::Placed> Timeline::read(DeviceNumber device) {
  std::vector<Placed> out;
  for (const Pending& item : pending_) {
    if (item.device != device) continue;
    // Of a run that was put twice the later one counts.
    std::erase_if(out, [&](const Placed& old) { return old.at == item.placed.at; });
    out.push_back(item.placed);
  }
  std::ranges::reverse(out);
  const std::size_t fresh = out.size();
  if (forgotten_.contains(device)) return out;
  read_.reset();
  read_.bind(device);
  while (read_.step()) {
    Placed row;
    row.at = read_.integer(0);
    const auto same = [&](const Placed& other) { return other.at == row.at; };
    if (std::any_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(fresh), same)) continue;
    row.entry.event = static_cast<TimelineEvent>(
        std::clamp<std::int64_t>(read_.integer(1), 0, std::size(kNames) - 1));
    row.entry.time_ms = read_.integer(2);
    row.entry.first_ms = row.at / 1000;
    row.entry.count = static_cast<std::uint32_t>(read_.integer(3));
    if (!read_.is_null(4)) row.entry.lifetime = static_cast<std::uint32_t>(read_.integer(4));
    row.entry.address = read_.text(5);
    row.entry.detail = read_.text(6);
    out.push_back(std::move(row));
  }
  read_.reset();
  std::ranges::sort(out, [](const Placed& a, const Placed& b) { return a.at > b.at; });
  if (out.size() > kKept) out.resize(kKept);
  return out;
}

void Timeline::write() {
  for (const DeviceNumber device : forgotten_) {
    drop_.reset();
    drop_.bind(device).run();
  }
  const auto bind_text = [this](const std::string& text) {
    if (text.empty()) {
      put_.bind_null();
    } else {
      put_.bind(std::string_view(text));
    }
  };
  for (const auto& [device, placed] : pending_) {
    const TimelineEntry& entry = placed.entry;
    put_.reset();
    put_.bind(device).bind(placed.at).bind(static_cast<std::int64_t>(entry.event));
    put_.bind(entry.time_ms).bind(std::int64_t{entry.count});
    if (entry.lifetime) {
      put_.bind(std::int64_t{*entry.lifetime});
    } else {
      put_.bind_null();
    }
    bind_text(entry.address);
    bind_text(entry.detail);
    put_.run();
    if (!time_to_trim(placed.at)) continue;
    trim_.reset();
    trim_.bind(device).run();
  }
}

void Timeline::written() {
  pending_.clear();
  forgotten_.clear();
}

}  // namespace linnet::service
