// SPDX-License-Identifier: Apache-2.0
#include "value_store.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "value_codec.hpp"

namespace linnet::service {
namespace {

constexpr std::int64_t kSegmentEvery = 1000;
constexpr std::size_t kSegmentBytes = 1u << 18;
/// More than this waits only when nothing can be stored.
constexpr std::size_t kMaxPending = 64u << 20;
constexpr std::size_t kFoldBytes = 16u << 20;
constexpr std::size_t kFoldEntries = 1u << 18;
constexpr std::int64_t kFoldEvery = 600'000;
/// Rows written for a fold in one commit.
constexpr std::size_t kFoldPiece = 256;
/// Entries that stay in memory although the tables have them.
constexpr std::size_t kCached = 1u << 16;

constexpr std::array<std::string_view, 4> kSources = {"read", "observe", "send", "write"};

/// The first byte of a record: the source, whether there is a time of sending; or this.
constexpr std::uint8_t kSourceBits = 0x03;
constexpr std::uint8_t kHasSent = 0x04;
constexpr std::uint8_t kForget = 0xFF;

std::int64_t to_ms(double seconds) {
  constexpr double kFar = 4e12;  // the year 128,000 or so, either way
  return static_cast<std::int64_t>(std::round(std::clamp(seconds, -kFar, kFar) * 1000));
}

bool makes_history(const LastValue& value) {
  return (value.source == ValueSource::Observe || value.source == ValueSource::Send) &&
         can_be_sample(value.value.view());
}

/// When a value was sent, as far as that can be believed: not after it came.
std::int64_t sent_time(const LastValue& value) {
  return value.sent ? std::min(*value.sent, value.received) : value.received;
}

LastValue value_of(const Statement& row, int column) {
  LastValue value;
  value.path = unpacked(row.integer(column));
  Reader in(row.bytes(column + 1));
  value.value = get_value(in);
  if (!row.is_null(column + 2)) value.sent = row.integer(column + 2);
  value.received = row.integer(column + 3);
  value.source = static_cast<ValueSource>(row.integer(column + 4) & kSourceBits);
  return value;
}

}  // namespace

std::string_view name(ValueSource source) { return kSources[static_cast<std::size_t>(source)]; }

ValueStore::ValueStore(Ports ports, HistorySettings settings)
    : ports_(std::move(ports)),
      history_(ports_.database, settings),
      put_value_(ports_.database, "INSERT OR REPLACE INTO last_value VALUES (?,?,?,?,?,?)"),
      get_value_(ports_.database,
                 "SELECT path, value, sent, received, source FROM last_value"
                 " WHERE device=? AND path=?"),
      get_values_(ports_.database,
                  "SELECT path, value, sent, received, source FROM last_value WHERE device=?"),
      drop_values_(ports_.database, "DELETE FROM last_value WHERE device=?"),
      put_segment_(ports_.database, "INSERT INTO value_segment VALUES (?,?,?)"),
      drop_segments_(ports_.database, "DELETE FROM value_segment WHERE number<=?") {}

// --- Values in memory ---

ValueStore::Entry& ValueStore::entry(DeviceNumber device, const lwm2m::Path& path) {
  Entries& entries = devices_[device];
  const auto place =
      std::ranges::lower_bound(entries, path, {}, [](const Entry& one) { return one.last.path; });
  if (place != entries.end() && place->last.path == path) return *place;
  ++entries_;
  Entry added;
  added.last.path = path;
  return *entries.insert(place, std::move(added));
}

void ValueStore::load(DeviceNumber device, Entry& entry) {
  if (std::ranges::find(forgotten_, device) != forgotten_.end()) return;
  get_value_.reset();
  if (get_value_.bind(device).bind(packed(entry.last.path)).step()) {
    entry.last = value_of(get_value_, 0);
    entry.known = true;
  }
  get_value_.reset();
}

bool ValueStore::learn(DeviceNumber device, const server::ResourceValue& value, ValueSource source,
                       std::int64_t received) {
  if (value.value.empty() || value.path.depth() < 3) return true;
  if (pending_.size() > kMaxPending) return false;
  LastValue taken{value.path, value.value, {}, received, source};
  if (value.time && std::isfinite(*value.time)) {
    constexpr double kRelative = 268435456.0;  // [FMT-18]
    taken.sent = to_ms(*value.time);
    if (*value.time < kRelative) *taken.sent += received;
  }
  put_record(device, taken);
  if (source == ValueSource::Read || source == ValueSource::Write) at_once_ = true;
  take_up(device, std::move(taken));
  return true;
}

/// REQUIRES: its record was counted.
void ValueStore::take_up(DeviceNumber device, LastValue value) {
  Entry& here = entry(device, value.path);
  if (history_.settings().samples != 0 && makes_history(value)) {
    if (restoring_ && !std::exchange(here.upto_known, true)) {
      here.upto = history_.upto(device, value.path);
    }
    if (records_ > here.upto) {
      here.tail.add(value.sent.value_or(value.received), value.value.view(),
                    history_.settings().samples);
    }
  }
  if (value.sent && !here.known) load(device, here);
  if (value.sent && here.known && sent_time(value) < sent_time(here.last)) return;
  if (!std::exchange(here.changed, true)) ++changed_;
  here.last = std::move(value);
  here.known = true;
}

void ValueStore::forget(DeviceNumber device) {
  pending_ += static_cast<char>(kForget);
  put_varint(pending_, static_cast<std::uint64_t>(device));
  ++records_;
  at_once_ = true;
  if (const auto found = devices_.find(device); found != devices_.end()) {
    entries_ -= found->second.size();
    changed_ -= static_cast<std::size_t>(std::ranges::count(found->second, true, &Entry::changed));
    devices_.erase(found);
  }
  forgotten_.push_back(device);
}

std::vector<LastValue> ValueStore::last_values(DeviceNumber device, const lwm2m::Path& below) {
  std::vector<LastValue> out;
  const auto found = devices_.find(device);
  if (found != devices_.end()) {
    for (const Entry& one : found->second) {
      if (one.known && below.contains(one.last.path)) out.push_back(one.last);
    }
  }
  if (std::ranges::find(forgotten_, device) != forgotten_.end()) return out;
  const std::size_t in_memory = out.size();
  const auto path_of = [](const LastValue& value) { return value.path; };
  get_values_.reset();
  get_values_.bind(device);
  while (get_values_.step()) {
    const lwm2m::Path path = unpacked(get_values_.integer(0));
    if (!below.contains(path)) continue;
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(in_memory);
    if (std::ranges::binary_search(out.begin(), end, path, {}, path_of)) continue;
    out.push_back(value_of(get_values_, 0));
  }
  std::ranges::sort(out, {}, path_of);
  return out;
}

std::vector<Sample> ValueStore::history(DeviceNumber device, const lwm2m::Path& path,
                                        std::int64_t from, std::int64_t to) {
  std::vector<Sample> out;
  const HistorySettings& limits = history_.settings();
  from = std::max(from, ports_.unix_ms() - limits.days * std::int64_t{86'400'000});
  if (std::ranges::find(forgotten_, device) == forgotten_.end()) {
    history_.read(device, path, from, to, out);
  }
  if (const auto found = devices_.find(device); found != devices_.end()) {
    for (const Entry& one : found->second) {
      if (one.last.path == path) one.tail.read(out);
    }
  }
  // First all of them by time: only the newest ones count, whatever is asked for.
  std::ranges::stable_sort(out, {}, &Sample::time);
  if (out.size() > limits.samples) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limits.samples));
  }
  std::erase_if(out, [&](const Sample& one) { return one.time < from || one.time > to; });
  return out;
}

// --- Segments ---

void ValueStore::put_record(DeviceNumber device, const LastValue& value) {
  ++records_;
  auto first = static_cast<std::uint8_t>(value.source);
  if (value.sent) first |= kHasSent;
  pending_ += static_cast<char>(first);
  put_varint(pending_, static_cast<std::uint64_t>(device));
  put_path(pending_, value.path);
  put_signed(pending_, value.received - last_time_);
  last_time_ = value.received;
  if (value.sent) put_signed(pending_, *value.sent - value.received);
  put_value(pending_, value.value.view());
}

void ValueStore::restore_record(Reader& in, std::int64_t& time) {
  const std::uint8_t first = in.u8();
  const auto device = static_cast<DeviceNumber>(get_varint(in));
  if (first == kForget) {
    if (const auto found = devices_.find(device); found != devices_.end()) {
      entries_ -= found->second.size();
      devices_.erase(found);
    }
    return;
  }
  LastValue value;
  value.source = static_cast<ValueSource>(first & kSourceBits);
  value.path = get_path(in);
  time += get_signed(in);
  value.received = time;
  if ((first & kHasSent) != 0) value.sent = value.received + get_signed(in);
  value.value = get_value(in);
  if (in.ok() && value.path.depth() >= 3) take_up(device, std::move(value));
}

void ValueStore::restore_segment(std::uint64_t first, ByteView data) {
  std::int64_t time = 0;
  records_ = first - 1;
  for (Reader in(data); in.ok() && !in.empty();) {
    ++records_;
    restore_record(in, time);
  }
}

std::uint64_t ValueStore::restore() {
  restoring_ = true;
  Statement all(ports_.database, "SELECT number, first, data FROM value_segment ORDER BY number");
  while (all.step()) {
    segment_ = all.integer(0);
    const ByteView data = all.bytes(2);
    segment_bytes_ += data.size();
    restore_segment(static_cast<std::uint64_t>(all.integer(1)), data);
  }
  restoring_ = false;
  changed_ = 0;
  for (const auto& [device, entries] : devices_) {
    changed_ += static_cast<std::size_t>(std::ranges::count(entries, true, &Entry::changed));
  }
  if (segment_bytes_ != 0) oldest_segment_ = ports_.unix_ms();
  const auto meta = [this](const char* key) { return get_meta(ports_.database, key).value_or(0); };
  segment_ = std::max(segment_, meta("value_segment"));
  records_ = std::max(records_, static_cast<std::uint64_t>(meta("value_records")));
  first_pending_ = records_ + 1;
  applied_ = static_cast<std::uint64_t>(meta("value_applied"));
  return applied_;
}

std::uint64_t ValueStore::applied() const {
  return pending_.empty() ? ports_.published() : applied_;
}

bool ValueStore::segment_due() const {
  if (pending_.empty()) return false;
  if (at_once_ || folding_ || pending_.size() >= kSegmentBytes) return true;
  const std::int64_t waited = ports_.unix_ms() - segment_written_;
  return waited >= kSegmentEvery || waited < 0;
}

bool ValueStore::fold_due() const {
  if (folding_ || segment_bytes_ == 0) return false;
  return fold_soon_ || segment_bytes_ >= kFoldBytes || changed_ >= kFoldEntries ||
         ports_.unix_ms() - oldest_segment_ >= kFoldEvery;
}

bool ValueStore::changed() const {
  return segment_due() || folding_ || fold_due() || !forgotten_.empty();
}

void ValueStore::write_segment() {
  put_segment_.reset();
  put_segment_.bind(segment_ + 1)
      .bind(static_cast<std::int64_t>(first_pending_))
      .bind(as_bytes(pending_))
      .run();
  applied_in_change_ = ports_.published();
  set_meta(ports_.database, "value_applied", static_cast<std::int64_t>(applied_in_change_));
  set_meta(ports_.database, "value_records", static_cast<std::int64_t>(records_));
  set_meta(ports_.database, "value_segment", segment_ + 1);
  change_.segment = true;
}

void ValueStore::write() {
  change_ = {};
  for (const DeviceNumber device : forgotten_) drop_rows(device);
  if (segment_due()) write_segment();
  if (folding_) fold_piece();
}

void ValueStore::written() {
  forgotten_.clear();
  if (change_.segment) {
    ++segment_;
    if (segment_bytes_ == 0) oldest_segment_ = ports_.unix_ms();
    segment_bytes_ += pending_.size();
    pending_.clear();
    if (pending_.capacity() > 4 * kSegmentBytes) pending_.shrink_to_fit();
    first_pending_ = records_ + 1;
    last_time_ = 0;
    at_once_ = false;
    segment_written_ = ports_.unix_ms();
    applied_ = applied_in_change_;
  }
  for (const DeviceNumber device : change_.folded) mark_folded(device);
  fold_next_ += change_.folded.size();
  if (change_.fold_done) {
    folding_ = false;
    segment_bytes_ -= fold_bytes_;
    oldest_segment_ = ports_.unix_ms();
    evict();
  }
  change_ = {};
  if (fold_due()) begin_fold();
}

// --- From memory into the tables ---

void ValueStore::begin_fold() {
  folding_ = true;
  fold_soon_ = false;
  fold_segment_ = segment_;
  fold_bytes_ = segment_bytes_;
  fold_next_ = 0;
  fold_list_.clear();
  for (const auto& [device, entries] : devices_) fold_list_.push_back(device);
  std::ranges::sort(fold_list_);
}

/// What is folded is in a segment too, of this commit at the latest: what the journal gives back is
/// never in the tables.
void ValueStore::fold_piece() {
  std::size_t rows = 0;
  std::size_t next = fold_next_;
  for (; next < fold_list_.size() && rows < kFoldPiece; ++next) {
    const DeviceNumber device = fold_list_[next];
    const auto found = devices_.find(device);
    if (found != devices_.end()) rows += fold_device(device, found->second);
    change_.folded.push_back(device);
  }
  if (next < fold_list_.size()) return;
  drop_segments_.reset();
  drop_segments_.bind(fold_segment_).run();
  history_.sweep(ports_.unix_ms());
  change_.fold_done = true;
}

std::size_t ValueStore::fold_device(DeviceNumber device, const Entries& entries) {
  std::size_t rows = 0;
  std::string value;
  for (const Entry& one : entries) {
    if (one.changed) {
      value.clear();
      put_value(value, one.last.value.view());
      put_value_.reset();
      put_value_.bind(device).bind(packed(one.last.path)).bind(as_bytes(value));
      if (one.last.sent) {
        put_value_.bind(*one.last.sent);
      } else {
        put_value_.bind_null();
      }
      put_value_.bind(one.last.received).bind(static_cast<std::int64_t>(one.last.source)).run();
      ++rows;
    }
    if (!one.tail.empty()) {
      history_.append(device, one.last.path, one.tail, records_);
      ++rows;
    }
  }
  return rows;
}

void ValueStore::mark_folded(DeviceNumber device) {
  const auto found = devices_.find(device);
  if (found == devices_.end()) return;
  for (Entry& one : found->second) {
    if (std::exchange(one.changed, false)) --changed_;
    one.tail.clear();
    one.upto = 0;
    one.upto_known = false;
  }
}

void ValueStore::evict() {
  if (entries_ <= kCached) return;
  for (auto it = devices_.begin(); it != devices_.end();) {
    const bool clean = std::ranges::none_of(
        it->second, [](const Entry& one) { return one.changed || !one.tail.empty(); });
    if (clean) entries_ -= it->second.size();
    it = clean ? devices_.erase(it) : std::next(it);
  }
}

void ValueStore::drop_rows(DeviceNumber device) {
  drop_values_.reset();
  drop_values_.bind(device).run();
  history_.drop(device);
}

}  // namespace linnet::service
