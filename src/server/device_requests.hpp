// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests to devices and what comes of them: a queue for each device with one request under way
// [QM-06], retransmission, block-wise transfer both ways, observations and their notifications
// (RFC 7252 §4, 7641, 7959; Core 1.2 §6.3, §6.4). Thread rule: that of the shard.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <linnet/coap/message.hpp>
#include <linnet/server/shard.hpp>
#include "server/hash_index.hpp"
#include "server/observation_table.hpp"
#include "server/pending_operation.hpp"
#include "server/presence.hpp"
#include "server/registry.hpp"
#include "server/ring_buffer.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

class DeviceRequests {
 public:
  /// All arguments outlive it.
  DeviceRequests(const ShardConfig& config, Registry& registry, Presence& presence, Rng& rng,
                 const DefinitionSource* definitions, RingBuffer<Event>& events,
                 ShardCounters& counters);

  // As `Shard` describes them.
  Result<OperationId> submit(Instant now, RegistrationId registration, Operation operation);
  bool cancel(Instant now, OperationId operation);
  bool cancel_observation(Instant now, ObservationId observation);
  [[nodiscard]] std::optional<ObservationRecord> record(ObservationId id) const;
  Status restore(Instant now, const ObservationRecord& record);
  [[nodiscard]] std::optional<RequestRecord> record(OperationId id) const;
  [[nodiscard]] std::size_t pending(Slot device) const;
  [[nodiscard]] const ObservationTable& observations() const { return observations_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }

  /// How the sender of a response is to be answered; a response by ACK never is.
  enum class Reaction : std::uint8_t {
    Nothing,
    Acknowledge,
    AcknowledgeAndRemember,  ///< a copy will not be recognised by its token
    Reset,
  };
  Reaction on_response(Instant now, const SocketAddress& from, const coap::MessageView& message);
  /// An empty ACK or RST. False if it is for none of the requests.
  bool on_empty(Instant now, const SocketAddress& from, const coap::Header& header);
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  [[nodiscard]] Instant next_timeout() const { return timers_.next(); }
  void on_timeout(Instant now);

  /// The device registered again: requests end, kept observations are made again [REG-18].
  void registration_replaced(Instant now, Slot device, RegistrationId old);
  /// Call before the registration is removed [REG-43].
  void registration_ended(Instant now, Slot device);
  void address_changed(Slot device);

  /// A message came from the device, and what waits for it may start [QM-03].
  void heard(Instant now, Slot device);
  /// A message that names no registration came from this address: if there is one device behind
  /// it, from that.
  void heard_from(Instant now, const SocketAddress& from);
  /// Starts what waits for the device, if it is awake and nothing is under way.
  void begin_next(Instant now, Slot device);
  /// Whether a request is being sent to the device, and not acknowledged yet.
  [[nodiscard]] bool transmitting(Slot device) const;
  /// Whom this message is about, if it is a response or a request of ours.
  [[nodiscard]] Slot device_of(const coap::Token& token) const;

 private:
  struct Entry {
    std::unique_ptr<PendingOperation> pending;
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
  };

  // device_queue.cpp
  void link(std::uint32_t number, bool in_front);
  void unlink(std::uint32_t number);
  void enqueue(Instant now, std::uint32_t number, bool in_front);
  void begin(Instant now, std::uint32_t number, bool anew = false);
  void new_message(Instant now, std::uint32_t number);
  void not_acknowledged(Instant now, std::uint32_t number);
  void give_up_at_deadline(Instant now, std::uint32_t number);
  void drain(Instant now, Slot device);
  void resume(Instant now, std::uint32_t number, const RequestRecord& record);

  // device_requests.cpp: taking operations, sending, timeouts.
  PendingOperation& at(std::uint32_t number) { return *entries_[number].pending; }
  [[nodiscard]] const PendingOperation& at(std::uint32_t number) const {
    return *entries_[number].pending;
  }
  [[nodiscard]] bool live(std::uint32_t number) const {
    return number < entries_.size() && entries_[number].pending != nullptr;
  }
  [[nodiscard]] std::uint32_t find(OperationId id) const;
  [[nodiscard]] Status complete_cancellation(Slot device, Operation& operation) const;
  [[nodiscard]] Result<std::uint32_t> observation_for(Slot device, const Operation& operation);
  [[nodiscard]] Status choose_format(PendingOperation& pending, std::size_t from);
  std::uint32_t make(Instant now, Slot device, PendingOperation::Origin origin,
                     Operation operation);
  void want_send(std::uint32_t number, PendingOperation::Send what);
  std::optional<Transmit> transmit(Instant now, std::uint32_t number, MutableBytes out);
  void set_timer(std::uint32_t number);
  void index(std::uint32_t number);
  void unindex(std::uint32_t number);
  [[nodiscard]] std::uint64_t exchange_hash(const SocketAddress& address,
                                            std::uint16_t message_id) const;
  void release(std::uint32_t number);

  // device_answers.cpp: answers and results.
  [[nodiscard]] std::uint32_t operation_of(const TokenParts& token, const coap::Token& whole) const;
  Reaction take_response(Instant now, std::uint32_t number, std::uint32_t observation,
                         const coap::MessageView& message);
  [[nodiscard]] bool answers(Instant now, std::uint32_t number, const coap::MessageView& message);
  void on_answer(Instant now, std::uint32_t number, const coap::MessageView& message);
  [[nodiscard]] bool goes_on(Instant now, std::uint32_t number, coap::Code code,
                             const OutgoingRequest::Progress& progress);
  [[nodiscard]] bool try_next_format(Instant now, std::uint32_t number);
  void complete(Instant now, std::uint32_t number, const coap::MessageView& message);
  void decode(const PendingOperation& pending, OperationResult& result) const;
  void finish(Instant now, std::uint32_t number, Outcome outcome, std::string reason = {},
              coap::Code code = coap::Code::Empty);
  void finish(Instant now, std::uint32_t number, OperationResult result);

  // device_observations.cpp
  Reaction on_notification(Instant now, std::uint32_t observation,
                           const coap::MessageView& message);
  void deliver(Instant now, std::uint32_t observation, std::uint32_t sequence,
               std::optional<coap::ContentFormat> format, ByteView payload);
  void fetch_rest(Instant now, std::uint32_t observation, const coap::MessageView& message,
                  const coap::BlockOption& block, std::uint32_t sequence);
  void settle_observation(Instant now, PendingOperation& pending, OperationResult& result);
  void restore(Instant now, std::uint32_t observation);
  void end_observation(Instant now, std::uint32_t observation, ObservationEnded::Reason reason,
                       coap::Code code, RegistrationId registration);
  void drop_observation(Instant now, std::uint32_t observation);
  [[nodiscard]] std::uint32_t fetch_for(std::uint32_t observation) const;

  const ShardConfig& config_;
  Registry& registry_;
  Presence& presence_;
  Rng& rng_;
  const DefinitionSource* definitions_;
  RingBuffer<Event>& events_;
  ShardCounters& counters_;
  ObservationTable observations_;
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
  std::uint32_t size_ = 0;
  std::uint64_t seed_;
  std::uint8_t szx_;
  HashIndex in_flight_;
  TimerWheel timers_;
  RingBuffer<std::uint32_t> ready_;
};

}  // namespace linnet::server
