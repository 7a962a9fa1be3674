// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/event_log.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <linnet/base/check.hpp>

namespace linnet::service {
namespace {

constexpr std::array<std::string_view, kEventKinds> kNames = {
    "registered", "updated",   "deregistered", "expired", "value",    "send",
    "operation",  "bootstrap", "handshake",    "awake",   "sleeping", "alarm"};

// An event in a chunk: bytes that follow (4), kind (1), length of the endpoint (2), paths (2), then
// the endpoint, the paths and the data. Big-endian.
constexpr std::size_t kHead = 9;
constexpr std::size_t kPathBytes = 8;
constexpr std::size_t kMaxPaths = 64;
/// A chunk is closed at this size, so that nobody has to take a larger piece.
constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::size_t kChunkEvents = 4096;
/// What a chunk costs beside its body.
constexpr std::size_t kChunkOverhead = 256;

std::size_t cost(const EventChunk& chunk) {
  return chunk.body().size() + 4 * chunk.size() + kChunkOverhead;
}

void put(std::vector<std::uint8_t>& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint32_t get(const std::uint8_t* at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

/// Many paths become the few above them: a filter then lets more through, and never less.
std::vector<lwm2m::Path> fewer(std::span<const lwm2m::Path> paths) {
  std::vector<lwm2m::Path> out(paths.begin(), paths.end());
  for (std::size_t depth = 4;; --depth) {
    for (auto& path : out) path = path.first(depth);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    if (out.size() <= kMaxPaths) return out;
  }
}

}  // namespace

std::string_view name(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> find_event_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return {};
  return static_cast<EventKind>(found - kNames.begin());
}

lwm2m::Path EventView::path(std::size_t index) const {
  const std::uint8_t* at = packed_paths.data() + index * kPathBytes;
  lwm2m::Path path;
  for (int i = 0; i < 4; ++i) {
    const auto id = static_cast<lwm2m::Id>(get(at + 2 * i, 2));
    if (id == lwm2m::kNoId) break;
    path = path.child(id);
  }
  return path;
}

// --- A chunk ---

std::shared_ptr<EventChunk> EventChunk::parse(std::uint64_t first, ByteView body) {
  auto chunk = std::make_shared<EventChunk>(first);
  return chunk->append(body) ? chunk : nullptr;
}

bool EventChunk::append(ByteView body) {
  const std::size_t base = body_.size();
  std::vector<std::uint32_t> offsets;
  std::size_t at = 0;
  while (at < body.size()) {
    if (body.size() - at < kHead) return false;
    const std::uint8_t* head = body.data() + at;
    const std::size_t rest = get(head, 4);
    const std::size_t before_data = kHead - 4 + get(head + 5, 2) + kPathBytes * get(head + 7, 2);
    if (rest > body.size() - at - 4 || rest <= before_data || head[4] >= kEventKinds) return false;
    offsets.push_back(static_cast<std::uint32_t>(base + at));
    at += 4 + rest;
  }
  body_.insert(body_.end(), body.begin(), body.end());
  offsets_.insert(offsets_.end(), offsets.begin(), offsets.end());
  return true;
}

void EventChunk::add(EventKind kind, std::string_view endpoint, std::string_view data,
                     std::span<const lwm2m::Path> paths) {
  std::vector<lwm2m::Path> few;
  if (paths.size() > kMaxPaths) {
    few = fewer(paths);
    paths = few;
  }
  endpoint = endpoint.substr(0, 0xFFFF);
  const std::size_t rest = kHead - 4 + endpoint.size() + kPathBytes * paths.size() + data.size();
  offsets_.push_back(static_cast<std::uint32_t>(body_.size()));
  if (body_.empty()) body_.reserve(std::min(kChunkBytes, 4 * rest));
  put(body_, static_cast<std::uint32_t>(rest), 4);
  put(body_, static_cast<std::uint32_t>(kind), 1);
  put(body_, static_cast<std::uint32_t>(endpoint.size()), 2);
  put(body_, static_cast<std::uint32_t>(paths.size()), 2);
  body_.insert(body_.end(), endpoint.begin(), endpoint.end());
  for (const auto& path : paths) {
    for (std::size_t i = 0; i < 4; ++i) put(body_, path[i], 2);
  }
  body_.insert(body_.end(), data.begin(), data.end());
}

EventView EventChunk::operator[](std::size_t index) const {
  const std::uint8_t* head = body_.data() + offsets_[index];
  const std::size_t end = 4 + get(head, 4), endpoint = get(head + 5, 2);
  const std::size_t paths = kPathBytes * get(head + 7, 2);
  const char* const text = reinterpret_cast<const char*>(head);
  EventView view;
  view.sequence = first_ + index;
  view.kind = static_cast<EventKind>(head[4]);
  view.endpoint = {text + kHead, endpoint};
  view.packed_paths = {head + kHead + endpoint, paths};
  const std::size_t data = kHead + endpoint + paths;
  view.data = {text + data, end - data};
  return view;
}

void EventChunk::write_text(std::string_view log) const {
  text_.reserve(body_.size() + size() * 80);
  places_.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const EventView event = (*this)[i];
    const std::string number = std::to_string(event.sequence);
    Place place{text_.size(), 0, 0, 0};
    text_.append("id: ").append(log).append("-").append(number);
    text_.append("\nevent: ").append(name(event.kind)).append("\ndata: ");
    place.json = text_.size();
    text_.append("{\"id\":\"").append(log).append("-").append(number).append("\",");
    text_.append(event.data.substr(1));
    place.json_end = text_.size();
    text_ += "\n\n";
    place.end = text_.size();
    places_.push_back(place);
  }
}

EventChunk::Text EventChunk::text(std::size_t index, std::string_view log) const {
  std::call_once(written_, [&] { write_text(log); });
  const Place& place = places_[index];
  const std::string_view all = text_;
  return {all.substr(place.begin, place.end - place.begin),
          all.substr(place.json, place.json_end - place.json)};
}

std::string_view EventChunk::stream_from(std::size_t index, std::string_view log) const {
  std::call_once(written_, [&] { write_text(log); });
  return std::string_view(text_).substr(places_[index].begin);
}

// --- The log ---

EventLog::EventLog(std::size_t bytes, std::string name)
    : max_bytes_(bytes), name_(std::move(name)) {}

void EventLog::hold(std::uint64_t first, std::string name, std::vector<Unused> unused) {
  LINNET_CHECK(chunks_.empty() && !open_);
  name_ = std::move(name);
  unused_ = std::move(unused);
  holder_ = std::this_thread::get_id();
  held_ = true;
  next_ = first;
  latest_ = first - 1;
}

void EventLog::on(std::function<void()> show, std::function<void()> store) {
  show_ = std::move(show);
  store_ = std::move(store);
}

std::uint64_t EventLog::publish(EventKind kind, std::string_view endpoint, std::string_view data,
                                std::span<const lwm2m::Path> paths) {
  std::uint64_t sequence = 0;
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    sequence = next_++;
    ++counts_[static_cast<std::size_t>(kind)];
    if (!open_) {
      open_ = std::make_shared<EventChunk>(sequence);
      first = true;
    }
    open_->add(kind, endpoint, data, paths);
    if (!held_) {
      seal();
      shown_ = stored_ = chunks_.size();
      waiting_ = 0;
      latest_ = sequence;
      trim();
    } else if (open_->body().size() >= kChunkBytes || open_->size() >= kChunkEvents) {
      seal();
    }
  }
  if (!held_) {
    if (show_) show_();
  } else if (first && store_ && std::this_thread::get_id() != holder_) {
    store_();
  }
  return sequence;
}

void EventLog::seal() {
  if (!open_) return;
  bytes_ += cost(*open_);
  waiting_ += cost(*open_);
  chunks_.push_back(std::exchange(open_, nullptr));
}

void EventLog::drop_front() {
  bytes_ -= cost(*chunks_.front());
  if (stored_ == 0) {
    waiting_ -= cost(*chunks_.front());
    dropped_ += chunks_.front()->size();
  } else {
    --stored_;
  }
  if (shown_ != 0) --shown_;
  chunks_.pop_front();
}

/// The last one stays: it is what readers who keep up are about to take.
void EventLog::trim() {
  while (bytes_ > max_bytes_ && stored_ > 0 && chunks_.size() > 1) drop_front();
}

EventLog::Found EventLog::find(std::uint64_t after) const {
  const std::scoped_lock lock(mutex_);
  if (after >= latest_) return {};
  if (shown_ == 0) return {nullptr, true};
  const auto end = chunks_.begin() + static_cast<std::ptrdiff_t>(shown_);
  // Mostly it is the last one.
  auto found = end - 1;
  if ((*found)->first() > after + 1) {
    found = std::upper_bound(
        chunks_.begin(), end, after,
        [](std::uint64_t number, const ChunkPtr& chunk) { return number < chunk->last(); });
  }
  return {*found, (*found)->first() > after + 1};
}

EventLog::ChunkPtr EventLog::find_before(std::uint64_t before) const {
  const std::scoped_lock lock(mutex_);
  const auto end = chunks_.begin() + static_cast<std::ptrdiff_t>(shown_);
  const auto found = std::lower_bound(
      chunks_.begin(), end, before,
      [](const ChunkPtr& chunk, std::uint64_t number) { return chunk->first() < number; });
  return found == chunks_.begin() ? nullptr : *(found - 1);
}

std::uint64_t EventLog::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

std::uint64_t EventLog::published() const {
  const std::scoped_lock lock(mutex_);
  return next_ - 1;
}

std::array<std::uint64_t, kEventKinds> EventLog::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

std::uint64_t EventLog::dropped() const {
  const std::scoped_lock lock(mutex_);
  return dropped_;
}

std::size_t EventLog::waiting_bytes() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

std::uint64_t EventLog::count_between(std::uint64_t after, std::uint64_t next) const {
  if (next <= after + 1) return 0;
  std::uint64_t count = next - after - 1;
  for (const Unused& range : unused_) {
    const std::uint64_t low = std::max(range.after, after);
    const std::uint64_t high = std::min(range.until, next - 1);
    if (high > low) count -= high - low;
  }
  return count;
}

bool EventLog::is_unused(std::uint64_t sequence) const {
  return std::ranges::any_of(unused_, [&](const Unused& range) {
    return sequence > range.after && sequence <= range.until;
  });
}

std::string EventLog::id(std::uint64_t sequence) const {
  return name_ + "-" + std::to_string(sequence);
}

std::string EventLog::lost_text(std::uint64_t after, std::uint64_t events) const {
  return "{\"id\":\"" + id(after) + "\",\"type\":\"lost\",\"events\":" + std::to_string(events) +
         "}";
}

std::optional<std::uint64_t> EventLog::parse_id(std::string_view id) const {
  if (id.size() <= name_.size() + 1 || id.substr(0, name_.size()) != name_ ||
      id[name_.size()] != '-') {
    return {};
  }
  const std::string_view digits = id.substr(name_.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return number;
}

// --- For the journal ---

bool EventLog::has_unwritten() const {
  const std::scoped_lock lock(mutex_);
  return open_ != nullptr || stored_ < chunks_.size();
}

std::vector<EventLog::ChunkPtr> EventLog::unwritten(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  seal();
  std::vector<ChunkPtr> out;
  std::size_t size = 0;
  for (std::size_t i = stored_; i < chunks_.size(); ++i) {
    size += chunks_[i]->body().size();
    if (!out.empty() && size > bytes) break;
    out.push_back(chunks_[i]);
  }
  return out;
}

void EventLog::stored(std::size_t chunks) {
  {
    const std::scoped_lock lock(mutex_);
    for (; chunks != 0 && stored_ < chunks_.size(); --chunks) waiting_ -= cost(*chunks_[stored_++]);
    if (stored_ <= shown_) return trim();
    shown_ = stored_;
    latest_ = chunks_[shown_ - 1]->last();
    trim();
  }
  if (show_) show_();
}

void EventLog::unstored(std::size_t bytes, bool show) {
  {
    const std::scoped_lock lock(mutex_);
    seal();
    while (waiting_ > bytes && chunks_.size() > 1) drop_front();
    if (!show || shown_ == chunks_.size()) return;
    shown_ = chunks_.size();
    latest_ = chunks_.back()->last();
  }
  if (show_) show_();
}

}  // namespace linnet::service
