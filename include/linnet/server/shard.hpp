// SPDX-License-Identifier: Apache-2.0
#pragma once
// An LwM2M server for the devices behind one socket (Core 1.2 §6; Transport 1.2 §6.4; RFC 7252,
// 7641, 7959): registry, requests to devices, observations, Send. No I/O and no clock: bytes and
// time come in as arguments, datagrams and events are polled.
//
//   while (auto n = socket.read(rx, from))                  shard.receive(now, from, first(rx, n));
//   if (shard.next_timeout() <= now)                        shard.on_timeout(now);
//   while (auto t = shard.poll_transmit(now, tx))           socket.write(t->to, first(tx,
//   t->size)); while (auto e = shard.poll_event())                     app.handle(*e);
//
// Thread rule: one thread at a time; shards share nothing. `now` never goes backwards.
// Nothing a device sends makes memory grow beyond the limits of `ShardConfig`.
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/function_ref.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/result.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/transmission.hpp>
#include <linnet/server/event.hpp>
#include <linnet/server/operation.hpp>
#include <linnet/server/ports.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::server {

struct ShardConfig {
  // The registry.
  /// `Shard::id_key` of the shard whose registrations are to be restored; 0: a new one.
  std::uint64_t id_key = 0;
  std::uint32_t max_registrations = 1u << 20;
  std::uint16_t max_endpoint_bytes = 255;
  std::uint16_t max_links = 2048;          ///< object links of one registration
  std::uint32_t default_lifetime = 86400;  ///< seconds, for a Register without `lt` [REG-05]
  /// A registration outlives its lifetime by this, so that an Update whose first copies were lost
  /// still finds it.
  Duration grace = seconds(10);
  /// Whether an Update may come from another address than the Register did (NAT, new IP): it is
  /// then adopted. Otherwise it gets 4.04, and the device registers again [REG-41] [REG-20].
  bool adopt_new_address = true;
  /// Refuse a Register or Update with a parameter the standard does not name; otherwise it is
  /// ignored [REG-15].
  bool refuse_unknown_parameters = false;

  // Requests to devices.
  coap::TransmissionParameters transmission{};
  Duration operation_timeout = seconds(120);
  /// How long a device with queue mode is presumed awake after its last message: MAX_TRANSMIT_WAIT
  /// of its own transmission parameters [QM-05].
  Duration awake_for = seconds(93);
  /// How often an operation with `hold` is tried with a device that uses no queue mode and does not
  /// answer.
  Duration hold_retry = seconds(300);
  std::uint32_t max_operations = 1u << 16;  ///< queued or under way, all devices
  std::uint16_t max_operations_per_device = 256;
  std::uint32_t max_response_bytes = 1u << 20;  ///< of one block-wise answer
  std::uint32_t max_write_bytes = 1u << 24;     ///< of one value or list of values written
  std::uint16_t block_size = 1024;              ///< 16 << n; what is offered to devices
  std::uint32_t max_observations = 1u << 20;
  std::uint16_t max_observations_per_device = 256;

  // What devices send.
  std::uint32_t max_request_bytes = 1u << 16;  ///< of one block-wise Register, Update or Send
  std::uint32_t max_block_transfers = 1024;    ///< incoming block-wise requests at a time
  std::uint32_t max_dedup_entries = 1u << 22;  ///< 24 bytes each when used
  std::uint32_t max_events = 1u << 16;         ///< unpolled; then datagrams are dropped
  std::uint32_t max_replies = 1u << 12;        ///< unsent; then datagrams are dropped
};

/// A datagram to send; its bytes are at the front of the span given to `poll_transmit`.
struct Transmit {
  SocketAddress to;
  std::size_t size = 0;
};

struct ObservationView {
  ObservationId id;
  RegistrationId registration;
  /// One path, or those of an Observe-Composite.
  std::span<const lwm2m::Path> paths;
  bool composite = false;
  bool keep = false;
  /// The device confirmed it; false while the request is queued or under way.
  bool established = false;
  std::uint64_t notifications = 0;
  Instant last;  ///< of the last value, or of the request
};

/// All that an observation is, to be kept and restored.
struct ObservationRecord {
  ObservationId id{};
  RegistrationId registration{};
  coap::Token token{};  ///< of its notifications
  /// The request that made it, or makes it again: Observe or ObserveComposite with path or paths,
  /// attributes, format and keep.
  Operation request{};
  std::optional<coap::ContentFormat> content{};  ///< of the request's payload
  std::optional<coap::ContentFormat> accept{};   ///< what the request accepted
  /// False while it is being made; when restored it is then asked for again.
  bool established = false;
  std::uint64_t notifications = 0;
  Instant last{};
};

/// What the shard did so far, and how it stands. Counters only grow.
struct ShardCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_out = 0;
  std::uint64_t malformed = 0;   ///< datagrams that were no CoAP message
  std::uint64_t duplicates = 0;  ///< answered from memory
  std::uint64_t dropped = 0;     ///< because a limit was reached
  std::uint64_t registers = 0;
  std::uint64_t updates = 0;
  std::uint64_t deregisters = 0;
  std::uint64_t expirations = 0;
  std::uint64_t refused = 0;  ///< requests answered with 4.xx or 5.xx
  std::uint64_t sends = 0;
  std::uint64_t notifications = 0;
  std::uint64_t retransmissions = 0;
  std::uint32_t registrations = 0;       ///< now
  std::uint32_t awake = 0;               ///< now, of those with queue mode
  std::uint32_t asleep = 0;              ///< now, of those with queue mode
  std::uint32_t observations = 0;        ///< now
  std::uint32_t pending_operations = 0;  ///< now
};

/// Not copyable or movable. `rng`, `authorizer` and `definitions` outlive it; the latter two may be
/// null: everybody may register; values get natural types.
class Shard {
 public:
  Shard(const ShardConfig& config, Rng& rng, Authorizer* authorizer = nullptr,
        const DefinitionSource* definitions = nullptr);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // The wire.
  /// Takes one datagram; any bytes from anybody.
  void receive(Instant now, const SocketAddress& from, ByteView datagram);
  /// The next datagram to send, written into `out` (at least 1280 bytes); nothing when there is
  /// none now.
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  /// Takes back every answer not yet polled that tells of something taken: as far as devices know,
  /// their requests were lost, and come again. Refusals, and answers to an Update that only says "I
  /// am here", stay. For an application that could not store what the requests changed.
  void drop_answers();
  /// When `on_timeout` wants to be called; never if there is nothing to wait for. May be earlier
  /// than anything visible happens; lies still in the past when there was too much for one call.
  [[nodiscard]] Instant next_timeout() const;
  /// Does what is due. While `max_events` wait unpolled it does nothing, and stays due.
  void on_timeout(Instant now);
  std::optional<Event> poll_event();

  // Requests to devices.
  /// Queues an operation. Each device works on one at a time, in order [QM-06]; one that is
  /// presumed asleep gets none until it shows up [QM-03]. O(1). `NotFound` if the registration is
  /// gone; `Malformed` if the operation breaks a rule of its kind; `Type` if a value does not fit
  /// its definition; `NotAcceptable` if the format cannot express it; `TooLarge` if it exceeds a
  /// limit; `Busy` if a queue is full; `Unsupported` if the device's version does not know the
  /// operation.
  Result<OperationId> submit(Instant now, RegistrationId registration, Operation operation);
  /// Gives up an operation; its result comes with `Cancelled`. False if it is not pending.
  bool cancel(Instant now, OperationId operation);
  /// Forgets an observation without telling the device; its next notification gets a Reset
  /// [IR-20]. False if there is none. To ask the device, submit `CancelObservation`.
  bool cancel_observation(Instant now, ObservationId observation);

  // The devices.
  [[nodiscard]] std::optional<RegistrationView> find(RegistrationId id) const;
  [[nodiscard]] std::optional<RegistrationView> find(std::string_view endpoint) const;
  /// Whether requests go out to this device now: false while one with queue mode is presumed
  /// asleep, and if there is none.
  [[nodiscard]] bool is_awake(RegistrationId id) const;
  /// Whether a device is registered from this address or session.
  [[nodiscard]] bool has_registration(const SocketAddress& address) const;
  /// The device behind this session made a new handshake: its message ids begin anew, so that
  /// none of its messages is taken for a copy of one from before (RFC 7252 §9.1.1). O(1).
  void renew(const SocketAddress& session);
  /// Ends a registration from this side; the device learns it from a 4.04 to its next Update.
  bool remove(Instant now, RegistrationId id);
  /// Walks all registrations: start with `cursor` 0, call until nothing comes. Registrations that
  /// come or go meanwhile may be missed, the others are seen once. O(1) amortised.
  [[nodiscard]] std::optional<RegistrationView> next_registration(std::uint32_t& cursor) const;
  void for_each_observation(RegistrationId id,
                            FunctionRef<void(const ObservationView&)> visit) const;
  [[nodiscard]] std::optional<ObservationView> find(ObservationId id) const;
  /// Operations of this device that wait or are under way.
  [[nodiscard]] std::size_t pending(RegistrationId id) const;
  /// Shows every message to `tap`, which outlives the shard; null, as in the beginning: to nobody.
  void set_tap(MessageTap* tap);

  // Going on where another shard left off: registrations first, then their observations. Neither
  // makes an event, and devices notice nothing.
  /// Secret, like every registration id made with it; not 0.
  [[nodiscard]] std::uint64_t id_key() const;
  /// Puts back a registration as `find` gave it, its times on this shard's clock; what expired
  /// meanwhile ends with the next `on_timeout`. `Malformed` if no shard with this `id_key` can have
  /// had it, `Exists` if its endpoint or place is taken, `NoSpace` at a limit.
  Status restore(Instant now, const RegistrationView& registration);
  [[nodiscard]] std::optional<ObservationRecord> record(ObservationId id) const;
  /// The request of an operation that was begun: from its `OperationStarted` on, before anything is
  /// sent. For `Operation::resume` of an equal operation.
  [[nodiscard]] std::optional<RequestRecord> record(OperationId id) const;
  /// `NotFound` if its registration is not there; otherwise as above.
  Status restore(Instant now, const ObservationRecord& observation);

  [[nodiscard]] ShardCounters counters() const;
  [[nodiscard]] const ShardConfig& config() const;
  /// Takes up what may change while it runs, from the next message of a device on:
  /// `default_lifetime`, `adopt_new_address`, `operation_timeout`, `awake_for` and
  /// `max_response_bytes`. Nothing else of `config` means anything.
  void reconfigure(const ShardConfig& config);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace linnet::server
