// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the service knows of its devices beside their registrations: their numbers, tags and
// timelines, when they were heard of last, and how many there are of which kind. About 50 bytes for
// a registered device, none for one that is not. Told of each event before anybody else acts on it.
// Shard's thread only.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <linnet/server/shard.hpp>

#include "device_table.hpp"
#include "device_tags.hpp"
#include "fleet_counts.hpp"
#include "timeline.hpp"

namespace linnet::service {

class SecureServer;

class DeviceDirectory {
 public:
  struct Clocks {
    std::function<Instant()> now;
    std::function<std::int64_t()> unix_ms;
  };

  /// All outlive it. Throws SqliteError.
  DeviceDirectory(const server::Shard& shard, DeviceTable& table, Sqlite& database,
                  const Clocks& clocks);
  /// Who knows where the peers of sessions are. It is there for each `note`; null without DTLS.
  void set_secure(const SecureServer* secure) { secure_ = secure; }

  [[nodiscard]] DeviceTable& table() { return table_; }
  [[nodiscard]] DeviceTags& tags() { return tags_; }
  [[nodiscard]] const DeviceTags& tags() const { return tags_; }
  [[nodiscard]] Timeline& timeline() { return timeline_; }
  /// Devices, registered or not. O(1).
  [[nodiscard]] std::size_t known() const { return table_.size(); }
  [[nodiscard]] const FleetCounts& fleet() const { return fleet_; }

  /// O(1), but for the first time after a restart.
  [[nodiscard]] DeviceNumber number(const server::RegistrationView& registration);
  /// When something of it came last: a Register, an Update, a value, an answer.
  [[nodiscard]] Instant last_seen(const server::RegistrationView& registration) const;

  /// An instant as Unix milliseconds, always the same for the same instant.
  [[nodiscard]] std::int64_t unix_time(Instant t) const { return t.ms + clock_offset_; }

  /// Operations that wait for a device, registered or not, or are under way.
  [[nodiscard]] std::size_t pending(DeviceNumber device) const;
  /// Who knows them; until then there are none.
  void set_pending(std::function<std::size_t(DeviceNumber)> pending) {
    pending_ = std::move(pending);
  }

  void note(const server::Event& event);
  /// Something that belongs in the timeline of a device that is known.
  void note(std::string_view endpoint, TimelineEntry entry);
  void note(std::string_view endpoint, TimelineEvent event, const std::string& address,
            const std::string& detail);
  /// A device proved who it is: it has a credential, so it is known from now on.
  void note_session(std::string_view endpoint, const std::string& address, const std::string& how);
  /// Takes up what was restored.
  void resume();
  /// Learns the numbers of restored devices, some at a time; true when it has all.
  bool learn_numbers();
  /// Stores how far the runs in timelines are, some at a time: all of them every ten minutes.
  void tend(Instant now);
  void put_all_runs();

  /// The newest first.
  [[nodiscard]] std::vector<TimelineEntry> timeline(std::string_view endpoint, std::size_t limit);

  /// Drops all that is kept of a device, when its registration, if it has one, is gone: the caller
  /// ends that.
  void forget_when_gone(const std::string& endpoint);

 private:
  struct Sleep {
    TimelineRun awake, asleep;
  };
  struct Note {
    DeviceNumber number = 0;
    Instant heard{};
    TimelineRun refreshes{};
    std::uint32_t profile = FleetCounts::kNobody;
    bool put = true;  ///< the runs are stored as they are
    std::unique_ptr<Sleep> sleep{};
  };
  static_assert(sizeof(Note) <= 48);

  [[nodiscard]] Note& at(std::uint32_t slot);
  [[nodiscard]] Note* of(server::RegistrationId id);
  void count(Note& note, TimelineRun& run);
  void end_runs(Note& note);
  void put_runs(Note& note);
  void add(Note& note, TimelineEntry entry);
  void heard(server::RegistrationId id);
  [[nodiscard]] Sleep& sleep(Note& note);

  void on(const server::Registered& event);
  void on(const server::Updated& event);
  void on(const server::Deregistered& event);
  void on(const server::Awake& event);
  void on(const server::Sleeping& event);
  void on(const server::OperationStarted&) {}
  void on(const server::OperationResult& event);
  void on(const server::Notification& event) { heard(event.registration); }
  void on(const server::DataSent& event) { heard(event.registration); }
  void on(const server::ObservationEnded&) {}
  void on(const server::NotificationRefused& event) { heard(event.registration); }

  const server::Shard& shard_;
  DeviceTable& table_;
  const SecureServer* secure_ = nullptr;
  std::function<Instant()> now_;
  std::int64_t clock_offset_;
  DeviceTags tags_;
  Timeline timeline_;
  FleetCounts fleet_;
  std::deque<Note> notes_;  // by slot
  std::unordered_set<std::string> leaving_;
  std::function<std::size_t(DeviceNumber)> pending_;
  DeviceNumber learned_ = 0;
  std::uint32_t tended_ = 0;
  Instant tend_at_{};
};

}  // namespace linnet::service
