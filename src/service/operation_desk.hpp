// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is asked of devices, from the request to the end: each operation is stored before anything
// is sent and before anybody is told that it was accepted, waits for its device in the order of
// acceptance, and ends in a state with a reason. docs/decisions/0011 says what a crash leaves of
// it.
//
// The shard gets one operation of a device at a time, when the device can be reached; the others
// stay in the store. A device without operations costs nothing here. Shard's thread only.
#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <linnet/server/shard.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>

#include "api_area.hpp"
#include "device_table.hpp"
#include "device_tags.hpp"
#include "json_operation.hpp"
#include "operation_store.hpp"
#include "problem.hpp"

namespace linnet::service {

/// What a device said, or took, in answer to an operation that went well.
struct OperationValues {
  std::string_view endpoint;
  const OperationRequest& request;
  /// Its values are those that were read; an observation is a new one, or one made again.
  const server::OperationResult& result;
  const server::ResourceValues& written;
  const DeviceModel& model;
};

class OperationDesk {
 public:
  /// Called once, on the shard's thread or not at all.
  using Answer = std::function<void(HttpResponse)>;
  struct Ports {
    server::Shard& shard;
    OperationStore& store;
    DeviceTable& devices;
    EventLog& log;
    LogSink print;
    /// Also prints operations that went well.
    bool verbose = false;
    /// As `Store::after_commit` and `ShardHost::add_job`.
    std::function<void(std::function<void(bool stored)>)> after_commit;
    std::function<void(ShardHost::Job)> add_job;
    std::function<Instant()> now;
    std::function<std::int64_t()> unix_ms;
    /// Null: no device has any.
    const DeviceTags* tags = nullptr;
  };

  /// `models` outlives it.
  OperationDesk(Ports ports, const OperationSettings& settings, const lwm2m::ModelStore& models);
  OperationDesk(const OperationDesk&) = delete;
  OperationDesk& operator=(const OperationDesk&) = delete;
  void set_settings(const OperationSettings& settings, bool verbose) {
    settings_ = settings;
    ports_.verbose = verbose;
  }

  /// Told of values as they come, before the operation's own event.
  void on_values(std::function<void(const OperationValues&)> sink) { values_ = std::move(sink); }
  /// Takes up what an earlier process left. Call when registrations are restored.
  void recover();

  // What callers want. Each throws Problem, or answers when what it did is stored.
  struct Order {
    std::string endpoint{};
    OperationRequest request{};
    std::string by{};
    RequestKey key{};
  };
  void submit(Order order, Answer answer);
  void cancel(OperationNumber number, Answer answer);
  /// Cancels what has not ended of a batch, in pieces. Answers with the batch.
  void cancel_batch(BatchNumber number, Answer answer);
  [[nodiscard]] boost::json::object show_batch(BatchNumber number);
  [[nodiscard]] boost::json::object show(OperationNumber number);
  /// `filter.limit` is that of the page. With the operations and `next`.
  [[nodiscard]] boost::json::object list(OperationStore::Filter filter);
  [[nodiscard]] DeviceNumber device(std::string_view endpoint);

  // Many at once; see `OperationBatchJob`.
  [[nodiscard]] OperationStore& store() { return ports_.store; }
  [[nodiscard]] server::Shard& shard() { return ports_.shard; }
  [[nodiscard]] DeviceTable& devices() { return ports_.devices; }
  [[nodiscard]] bool has_tags(DeviceNumber device, std::span<const std::string> tags) const {
    return tags.empty() || (ports_.tags != nullptr && ports_.tags->has_all(device, tags));
  }
  void after_commit(std::function<void(bool)> done) { ports_.after_commit(std::move(done)); }
  void add_job(ShardHost::Job job) { ports_.add_job(std::move(job)); }
  /// Throws Problem if no device could do this.
  void check(const OperationRequest& request) const;
  /// True if the key was used for this very request, and it was answered so.
  [[nodiscard]] bool replay(const RequestKey& key, const Answer& answer);
  /// A row as `request` wants it, without its device.
  [[nodiscard]] OperationRow row_for(const OperationRequest& request, OperationMode mode,
                                     std::string by) const;
  /// Why a device cannot have one more: empty if it can.
  [[nodiscard]] std::string why_full(DeviceNumber device) const;
  /// An operation of a batch that is stored.
  void activate(const OperationRow& row, std::string_view endpoint);

  /// Everything the shard tells, after it was noted for the store.
  void handle(server::Event& event);
  /// About once a second.
  void tick(Instant now);

  /// Operations that have not ended.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t waiting(DeviceNumber device) const;
  /// Drops everything that is kept of a device; what waits is cancelled.
  void forget(DeviceNumber device, std::string_view endpoint);

 private:
  struct Queue {
    server::RegistrationId registration{};  // not valid: it is not registered
    server::OperationId active{};           // the one the shard has
    std::uint32_t waiting = 0;
    bool ready = false;   // is in `ready_`
    bool parked = false;  // registered, but it did not react
    Instant retry_at{};
  };
  /// The first step of an operation for such a name.
  static constexpr std::string_view kNobodyYet = "no device of this name was ever registered";

  enum class Withdrawn : std::uint8_t { No, Requeue, Drop };
  struct Active {
    OperationRow row;
    std::string endpoint;
    OperationRequest request;
    bool queue_mode = false;
    bool resumed = false;  // goes on with the request of the row's record
    Withdrawn withdrawn = Withdrawn::No;
    // What the row was before the attempt that began last.
    bool begun = false;
    OperationState state_before = OperationState::Queued;
    std::optional<server::RequestRecord> record_before{};
  };
  struct Waiter {
    Answer answer;
    Instant until = Instant::never();
    bool cancels = false;
  };

  // operation_desk.cpp
  void check_reachable(OperationMode mode, const std::string& endpoint,
                       const std::optional<server::RegistrationView>& registration);
  void withdraw_for_caller(const OperationRow& row);
  [[nodiscard]] bool cancel_piece(OperationStore::Filter& rest);
  void wait_for_end(const OperationRow& row, Answer answer);
  void answer_waiters(const OperationRow& row, std::string_view endpoint);
  void committed(bool stored);
  void discard(OperationNumber number);
  void when_stored(std::function<void(bool)> done);
  [[nodiscard]] std::string endpoint_of(DeviceNumber device);
  void publish(const OperationRow& row, std::string_view endpoint,
               const boost::json::object& result = {});
  void print_end(const OperationRow& row, std::string_view endpoint,
                 const boost::json::object& result) const;

  // operation_queue.cpp
  Queue& enqueue(const OperationRow& row, std::string_view endpoint);
  void leave(DeviceNumber device);
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] bool send(DeviceNumber device, OperationRow row, OperationRequest request,
                          const server::RegistrationView& registration);
  void advance(DeviceNumber device);
  [[nodiscard]] bool advance_once(DeviceNumber device);
  [[nodiscard]] bool may_resume(const OperationRow& row,
                                const server::RegistrationView* registration) const;
  [[nodiscard]] bool take_up(OperationRow& row, const std::string& endpoint);
  void heard(server::RegistrationId registration);
  void make_ready(DeviceNumber device);
  void start_pump();
  [[nodiscard]] bool pump();
  void park(DeviceNumber device, Duration rest);
  [[nodiscard]] Duration rest_of(const OperationRow& row, server::OperationKind kind,
                                 const server::RegistrationView& registration) const;
  void expire(const OperationRow& row);
  [[nodiscard]] bool expire_due();
  void requeue(OperationRow row, std::string_view endpoint, std::string detail);
  void finish(OperationRow row, std::string_view endpoint, OperationState state,
              boost::json::object result);
  void fail(OperationRow row, std::string_view endpoint, const Problem& problem);
  void withdraw(server::OperationId id, Withdrawn how);
  [[nodiscard]] server::ObservationId find_observation(server::RegistrationId registration,
                                                       const OperationRequest& request) const;

  void take(server::Event& event);
  void on_registered(server::RegistrationId id);
  void on_gone(server::RegistrationId id);
  void on_started(const server::OperationStarted& event);
  void on_result(server::OperationResult& event);
  void undo(Active active);
  void conclude(Active active, server::OperationResult& event);
  [[nodiscard]] bool goes_back(Active& active, const server::OperationResult& event);
  void tell_values(const Active& active, const server::OperationResult& event,
                   const DeviceModel& model);

  Ports ports_;
  OperationSettings settings_;
  const lwm2m::ModelStore& models_;
  std::function<void(const OperationValues&)> values_;
  std::size_t max_active_;

  std::unordered_map<DeviceNumber, Queue> queues_;
  std::unordered_map<std::uint64_t, DeviceNumber> registrations_;  // of those in `queues_`
  std::unordered_map<std::uint64_t, Active> active_;               // by the shard's number
  std::unordered_map<OperationNumber, std::vector<Waiter>> waiters_;
  std::size_t waiting_ = 0;
  std::deque<DeviceNumber> ready_;
  bool pumping_ = false;
  bool crowded_ = false;  // the shard takes no more just now
  bool expiring_ = false;
  std::set<std::pair<Instant, DeviceNumber>> parked_;

  // Since the last commit.
  struct Fresh {
    OperationNumber number = 0;
    RequestKey key{};
  };
  std::vector<Fresh> fresh_;
  std::vector<server::OperationId> started_;
  std::vector<std::function<void(bool)>> when_stored_;
  bool commit_wanted_ = false;
  bool failing_ = false;
};

}  // namespace linnet::service
