// SPDX-License-Identifier: Apache-2.0
#include "event_reader.hpp"

#include <algorithm>

namespace linnet::service {
namespace {

/// Small rows are read together up to this size.
constexpr std::size_t kPiece = 128 * 1024;
constexpr std::size_t kCache = 8u << 20;

std::int64_t signed_number(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t unsigned_number(std::int64_t number) { return static_cast<std::uint64_t>(number); }

}  // namespace

EventReader::Connection::Connection(const std::filesystem::path& file)
    : database(file, Sqlite::Open::Read),
      after(database, "SELECT first, body FROM event_chunk WHERE last>? ORDER BY last"),
      before(database,
             "SELECT first, body FROM event_chunk WHERE last<? ORDER BY last DESC LIMIT 1"),
      first(database, "SELECT first FROM event_chunk ORDER BY last LIMIT 1") {
  // Nobody holds the file for long: the writer is in the same process.
  sqlite3_busy_timeout(database.handle(), 100);
}

EventReader::EventReader(const EventLog& log, std::filesystem::path file)
    : log_(log), file_(std::move(file)) {}

/// Readers do without the store if it cannot be read: what they miss they are told as lost.
template <typename Work>
auto EventReader::with_store(Work work) -> decltype(work(std::declval<Connection&>())) {
  if (file_.empty()) return {};
  try {
    if (!connection_) connection_.emplace(file_);
    auto result = work(*connection_);
    problem_.clear();
    return result;
  } catch (const SqliteError& error) {
    problem_ = error.what();
    connection_.reset();
    return {};
  }
}

EventReader::Next EventReader::next(std::uint64_t after) {
  auto [chunk, behind] = log_.find(after);
  if (behind) {
    const auto stored = read(after);
    if (stored && (!chunk || stored->first() < chunk->first())) chunk = stored;
  }
  if (!chunk) return {};
  return {chunk, log_.count_between(after, chunk->first())};
}

EventLog::ChunkPtr EventReader::read(std::uint64_t after) {
  const auto cached = cache_.upper_bound(after);
  if (cached != cache_.end() && cached->second->first() <= after + 1) return cached->second;
  auto chunk = read_stored(after);
  if (chunk) remember(chunk);
  return chunk;
}

EventLog::ChunkPtr EventReader::read_stored(std::uint64_t after) {
  return with_store([&](Connection& store) {
    std::shared_ptr<EventChunk> chunk;
    store.after.bind(signed_number(after));
    while (store.after.step()) {
      const std::uint64_t first = unsigned_number(store.after.integer(0));
      const ByteView body = store.after.bytes(1);
      if (!chunk) {
        // One that makes no sense is skipped, and what was in it is lost.
        chunk = EventChunk::parse(first, body);
      } else if (first != chunk->last() + 1 || chunk->body().size() + body.size() > kPiece ||
                 !chunk->append(body)) {
        break;
      }
      if (chunk && chunk->body().size() >= kPiece) break;
    }
    store.after.reset();
    return EventLog::ChunkPtr(std::move(chunk));
  });
}

void EventReader::remember(const EventLog::ChunkPtr& chunk) {
  const auto [place, fresh] = cache_.emplace(chunk->last(), chunk);
  if (!fresh) {
    cached_bytes_ -= place->second->body().size();
    place->second = chunk;
  }
  cached_bytes_ += chunk->body().size();
  // Readers go forward: the oldest is what they leave behind first.
  for (auto it = cache_.begin(); cached_bytes_ > kCache && cache_.size() > 1;) {
    if (it->second == chunk) ++it;
    cached_bytes_ -= it->second->body().size();
    it = cache_.erase(it);
  }
}

EventReader::Start EventReader::behind(std::string_view id) {
  const auto number = log_.parse_id(id);
  if (!number || *number > log_.latest()) return {oldest().after, true};
  return {*number, log_.is_unused(*number)};
}

EventReader::Start EventReader::oldest() {
  const auto stored = with_store([](Connection& store) {
    std::optional<std::uint64_t> first;
    if (store.first.step()) first = unsigned_number(store.first.integer(0));
    store.first.reset();
    return first;
  });
  std::uint64_t first = log_.latest() + 1;
  if (const auto found = log_.find(0); found.chunk) first = found.chunk->first();
  return {std::min(first, stored.value_or(first)) - 1, false};
}

EventLog::ChunkPtr EventReader::previous(std::uint64_t before) {
  if (auto found = log_.find_before(before)) return found;
  return with_store([&](Connection& store) {
    EventLog::ChunkPtr chunk;
    store.before.bind(signed_number(before));
    if (store.before.step()) {
      chunk = EventChunk::parse(unsigned_number(store.before.integer(0)), store.before.bytes(1));
    }
    store.before.reset();
    return chunk;
  });
}

}  // namespace linnet::service
