// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happened at a server, numbered, for any number of readers that take at their own speed. The
// latest events are here in memory, in chunks that are also what the store keeps: an event is laid
// down once, matched by its head and written out as text at most once, however many read it.
//
// With a journal behind it (`hold`) an event is shown to readers when it is stored, so that nobody
// saw what a crash takes back. While the store fails, readers see events all the same and the log
// keeps them for the store, up to a bound: `dropped` says how many it could not keep.
// The writer never waits for a reader. All calls from any thread, unless said otherwise.
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::service {

enum class EventKind : std::uint8_t {
  Registered,
  Updated,
  Deregistered,
  Expired,
  Value,  ///< of an observation; its start and end as well
  Send,
  Operation,
  Bootstrap,  ///< each step of a bootstrap
  Handshake,  ///< secure sessions: established, failed, ended, moved, refused
  Awake,      ///< a device in queue mode can be reached
  Sleeping,   ///< it cannot any more
  Alarm,      ///< something an operator should look at
};
inline constexpr std::size_t kEventKinds = 12;
/// "registered", "value", ... Static lifetime.
[[nodiscard]] std::string_view name(EventKind kind);
[[nodiscard]] std::optional<EventKind> find_event_kind(std::string_view name);

/// One event in a chunk; as long as that.
struct EventView {
  std::uint64_t sequence = 0;
  EventKind kind = EventKind::Registered;
  /// Empty for an event of the server itself.
  std::string_view endpoint;
  /// What it is about, eight bytes a path.
  ByteView packed_paths;
  /// A JSON object in one line, not empty.
  std::string_view data;

  [[nodiscard]] std::size_t paths() const { return packed_paths.size() / 8; }
  [[nodiscard]] lwm2m::Path path(std::size_t index) const;
};

/// Events with numbers in a row. Does not change once readers have it.
class EventChunk {
 public:
  explicit EventChunk(std::uint64_t first) : first_(first) {}
  /// From `body` of another one. Null if it makes no sense.
  [[nodiscard]] static std::shared_ptr<EventChunk> parse(std::uint64_t first, ByteView body);

  /// Before readers have it. Paths beyond 64 are left out, their common ancestors stay.
  void add(EventKind kind, std::string_view endpoint, std::string_view data,
           std::span<const lwm2m::Path> paths);
  /// Appends the events of `body`, which follow. False if it makes no sense.
  bool append(ByteView body);

  [[nodiscard]] std::uint64_t first() const { return first_; }
  /// `first() - 1` of an empty one.
  [[nodiscard]] std::uint64_t last() const { return first_ + offsets_.size() - 1; }
  [[nodiscard]] std::size_t size() const { return offsets_.size(); }
  /// Of the first event here with a number above `after`; `size()` or more if there is none.
  [[nodiscard]] std::size_t index_after(std::uint64_t after) const {
    return after >= first_ ? after + 1 - first_ : 0;
  }
  [[nodiscard]] EventView operator[](std::size_t index) const;
  /// As the store keeps it.
  [[nodiscard]] ByteView body() const { return body_; }

  /// How an event is written: as a server-sent event, and the JSON in it.
  struct Text {
    std::string_view stream;
    std::string_view json;
  };
  /// Made once, for all events here, when it is first asked for; `log` is the name in the ids and
  /// the same at each call. The views live as long as the chunk. Any thread.
  [[nodiscard]] Text text(std::size_t index, std::string_view log) const;
  /// The events from `index` on, one behind the other.
  [[nodiscard]] std::string_view stream_from(std::size_t index, std::string_view log) const;

 private:
  struct Place {
    std::size_t begin, json, json_end, end;
  };
  void write_text(std::string_view log) const;

  std::uint64_t first_;
  std::vector<std::uint8_t> body_;
  std::vector<std::uint32_t> offsets_;
  mutable std::once_flag written_;
  mutable std::string text_;
  mutable std::vector<Place> places_;
};

class EventLog {
 public:
  using ChunkPtr = std::shared_ptr<const EventChunk>;

  /// Keeps about `bytes` of events. `name` is in their ids: letters and digits, another one where
  /// the same numbers mean other events.
  EventLog(std::size_t bytes, std::string name);

  /// Its number.
  std::uint64_t publish(EventKind kind, std::string_view endpoint, std::string_view data,
                        std::span<const lwm2m::Path> paths = {});

  struct Found {
    /// The one with the first event after the number asked for; null if there is none in memory.
    ChunkPtr chunk;
    /// There are or were older ones than those in memory after that number.
    bool behind = false;
  };
  [[nodiscard]] Found find(std::uint64_t after) const;
  /// The newest chunk in memory that begins before `before`; null if there is none.
  [[nodiscard]] ChunkPtr find_before(std::uint64_t before) const;
  /// The number of the latest event that readers may see, `first - 1` if there was none yet.
  [[nodiscard]] std::uint64_t latest() const;
  /// The number of the latest event, seen or not.
  [[nodiscard]] std::uint64_t published() const;
  /// How many events there were since the start of this process.
  [[nodiscard]] std::array<std::uint64_t, kEventKinds> counts() const;
  /// Events that were neither stored nor kept for it, because the store failed for too long.
  [[nodiscard]] std::uint64_t dropped() const;
  /// Bytes that wait for the store.
  [[nodiscard]] std::size_t waiting_bytes() const;

  /// Numbers that no event has: (after, until].
  struct Unused {
    std::uint64_t after;
    std::uint64_t until;
  };
  /// How many events there were with numbers above `after` and below `next`.
  [[nodiscard]] std::uint64_t count_between(std::uint64_t after, std::uint64_t next) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// "<name>-<number>", what a reader resumes with.
  [[nodiscard]] std::string id(std::uint64_t sequence) const;
  /// What a reader gets in place of `events` lost ones, the last of which is `after`: JSON.
  [[nodiscard]] std::string lost_text(std::uint64_t after, std::uint64_t events) const;
  /// The number in such an id; nothing if it is none or of another log.
  [[nodiscard]] std::optional<std::uint64_t> parse_id(std::string_view id) const;
  /// Whether a reader may have seen an event of that number which is not kept: shown by a process
  /// that crashed while its store was failing.
  [[nodiscard]] bool is_unused(std::uint64_t sequence) const;

  // For whoever makes it durable, before the first event. Shard's thread only from here on.

  /// Numbers begin at `first`, ids bear `name`, and events are shown by `stored` or `unstored`.
  void hold(std::uint64_t first, std::string name, std::vector<Unused> unused);
  /// `show` is called when there is something new for readers, by the thread that made it so;
  /// `store` when something came from another thread than the one that called `hold`.
  void on(std::function<void()> show, std::function<void()> store);

  [[nodiscard]] bool has_unwritten() const;
  /// The oldest of what is not stored yet: one chunk, and more while they fit into `bytes`.
  [[nodiscard]] std::vector<ChunkPtr> unwritten(std::size_t bytes);
  /// The first `chunks` of `unwritten` are stored.
  void stored(std::size_t chunks);
  /// They cannot be stored now: keeps what fits into `bytes`, and shows everything if `show`.
  void unstored(std::size_t bytes, bool show);

 private:
  void seal();
  void trim();
  void drop_front();

  const std::size_t max_bytes_;
  std::string name_;
  std::vector<Unused> unused_;
  std::function<void()> show_;
  std::function<void()> store_;
  std::thread::id holder_;
  bool held_ = false;

  mutable std::mutex mutex_;
  /// In order and without gaps: stored, then shown, then neither.
  std::deque<ChunkPtr> chunks_;
  std::size_t stored_ = 0;
  std::size_t shown_ = 0;
  std::size_t bytes_ = 0;    // of all in `chunks_`
  std::size_t waiting_ = 0;  // of those not stored
  std::shared_ptr<EventChunk> open_;
  std::uint64_t next_ = 1;
  std::uint64_t latest_ = 0;
  std::uint64_t dropped_ = 0;
  std::array<std::uint64_t, kEventKinds> counts_{};
};

}  // namespace linnet::service
