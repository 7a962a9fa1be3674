// SPDX-License-Identifier: Apache-2.0
#pragma once
// The latest events of a server in a ring of bounded size, from which any number of readers take
// at their own speed: who is slower than the ring is long misses events and is told how many. The
// writer never waits for a reader. All calls from any thread.
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct LoggedEvent {
  std::uint64_t sequence = 0;
  EventKind kind = EventKind::Registered;
  /// Empty for an event of the server itself.
  std::string endpoint;
  /// A JSON object in one line, not empty.
  std::string data;
  /// What it is about.
  std::vector<lwm2m::Path> paths{};
};

class EventLog {
 public:
  /// Keeps at most `events` events and about `bytes` bytes of their data. `run` tells this run of
  /// the server from earlier ones, whose numbers mean nothing now; letters and digits.
  EventLog(std::size_t events, std::size_t bytes, std::string run);

  void publish(EventKind kind, std::string endpoint, std::string data,
               std::vector<lwm2m::Path> paths = {});

  struct Batch {
    std::vector<std::shared_ptr<const LoggedEvent>> events;
    /// Events between the position asked for and the first one here, which are lost.
    std::uint64_t missed = 0;
  };
  /// At most `limit` events that came after number `after`. O(limit).
  [[nodiscard]] Batch read(std::uint64_t after, std::size_t limit) const;
  /// The number of the latest event, 0 if there was none yet.
  [[nodiscard]] std::uint64_t latest() const;

  /// "<run>-<sequence>", the id a client resumes with.
  [[nodiscard]] std::string id(std::uint64_t sequence) const;
  /// The number in such an id; nothing if it is none or of another run.
  [[nodiscard]] std::optional<std::uint64_t> parse_id(std::string_view id) const;

 private:
  const std::size_t max_events_;
  const std::size_t max_bytes_;
  const std::string run_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const LoggedEvent>> ring_;
  std::uint64_t latest_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace linnet::service
