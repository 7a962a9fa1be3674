// SPDX-License-Identifier: Apache-2.0
#pragma once
// The LwM2M client: registration, device management, observation and Send over CoAP on UDP, for a
// few servers at once. Read Core 1.2 §6, RFC 7252 §4, RFC 7641, RFC 7959.
//
// Sans I/O: datagrams, the time and random numbers come in as arguments, datagrams and events are
// polled. All storage belongs to `Client<Limits>`, which is this class plus its tables. One thread
// at a time; nothing here blocks or allocates. Objects are called from within these functions and
// must not call back. `now` must never go backwards.
//
//   while (auto n = socket.read(rx, peer)) client.receive(now, peer, first(rx, *n));
//   if (client.next_timeout() <= now) client.on_timeout(now);
//   while (auto t = client.poll_transmit(now, tx)) {
//     while (auto e = client.poll_event()) app.handle(*e);   // before t: see ServerRemoved
//     socket.write(t->peer, first(tx, t->size));
//   }
//   while (auto e = client.poll_event()) app.handle(*e);
//   socket.wait_until(client.next_timeout());
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/function_ref.hpp>
#include <linnet/base/random.hpp>
#include <linnet/client/config.hpp>
#include <linnet/client/device_management.hpp>
#include <linnet/client/engine_tables.hpp>
#include <linnet/client/event.hpp>
#include <linnet/client/object.hpp>
#include <linnet/client/queue_mode.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/observe.hpp>

namespace linnet::secure {
struct HandshakeFailure;
}

namespace linnet::client {

/// A datagram to send: `size` bytes lie in the span given to `poll_transmit`.
struct Outgoing {
  PeerId peer = kNoPeer;
  std::size_t size = 0;
};

class Engine : private ChangeSink {
 public:
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- Life ---

  /// Reads the server accounts from the objects 0 and 1 and begins to register with each [REG-03].
  /// The first time, the objects get back what is in `Config::store`; instances that are only made
  /// later lose the attributes attached to them.
  void start(Instant now);
  /// De-registers from every server [REG-42]. `stopped()` becomes true when all have answered or
  /// were given up; until then keep calling as always.
  void stop(Instant now);
  [[nodiscard]] bool stopped() const;
  /// The accounts in the objects 0 and 1 may have changed (a bootstrap, the application): drops
  /// what is gone and registers with what is new. Accounts that stay keep their `PeerId`.
  void reload_accounts(Instant now);

  // --- Datagrams, time, events ---

  /// A datagram from the server behind `peer`. Anything may come in; what is not for us is
  /// answered with Reset or dropped as RFC 7252 says.
  void receive(Instant now, PeerId peer, ByteView datagram);
  /// The next datagram to send, written to `out`, or nothing. `out` holds at least
  /// `Limits::message_bytes`. Call until nothing is left, after every other call.
  [[nodiscard]] std::optional<Outgoing> poll_transmit(Instant now, MutableBytes out);
  /// When `on_timeout` is due; an instant not after the last `now` if there is work at once. Asks
  /// the objects for changes, so a value set by the application is noticed here.
  [[nodiscard]] Instant next_timeout();
  /// Does what is due. Harmless when called early or late.
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Event> poll_event();

  // --- Servers ---

  /// Rows of the account table; a `PeerId` below it may still be free.
  [[nodiscard]] PeerId peers() const { return static_cast<PeerId>(tables_.servers.size()); }
  /// 0 if no account has this row.
  [[nodiscard]] ShortServerId short_server_id(PeerId peer) const;
  /// `kNoPeer` if there is no account of that server.
  [[nodiscard]] PeerId peer_of(ShortServerId server) const;
  /// /0/x/0 of the account, such as "coap://host:5683"; empty if there is none. The text lies in
  /// the Security object: copy it before anything else is called. While a bootstrap is `Open` or
  /// `Closing` it may be what will hold afterwards: keep to the address you have [BS-53].
  [[nodiscard]] std::string_view server_uri(PeerId peer);
  /// The /0 instance of the account, for credentials; kNoId if there is none.
  [[nodiscard]] Id security_instance(PeerId peer) const;
  [[nodiscard]] bool registered(PeerId peer) const;
  /// Sends an Update now [REG-34]; without effect if not registered.
  void update_registration(Instant now, PeerId peer);
  /// Whether the radio must be on. Call after `poll_transmit` gave nothing; asks the objects for
  /// changes, as `next_timeout` does [QM-05].
  [[nodiscard]] RadioState radio(Instant now);
  /// The session to a server is new, or without security our own address changed: message ids
  /// start over, observations are void, registers again [REG-20].
  void session_replaced(Instant now, PeerId peer);
  /// There is no secure session to a server, or it ended the one there was. Counts as a failed
  /// attempt to register, with the retries /1 asks for [SEC-46] [SRV-08], or to be bootstrapped; an
  /// alert that will not mend by itself as a registration refused: `BootstrapNeeded`, if
  /// /1/x/16 says so [SEC-41]. An alert received is kept in /1/x/11 [SEC-45]. Tells
  /// `ConnectionFailed`, and then what follows from it.
  void connection_failed(Instant now, PeerId peer, const secure::HandshakeFailure& failure);

  // --- Bootstrap; with `Limits::bootstrap` ---

  /// Asks the bootstrap server for a bootstrap, after its Client Hold Off Time [BS-10]. The engine
  /// does so by itself when there is no server account, when a server asks for it (/1/x/9), and
  /// when no server takes the registration. `NotFound` without an account in object 0, `Busy` while
  /// one is under way.
  Status bootstrap(Instant now);
  [[nodiscard]] BootstrapState bootstrap_state() const;
  /// The bootstrap server's row, whether or not there is an account; kNoPeer without
  /// `Limits::bootstrap`.
  [[nodiscard]] PeerId bootstrap_peer() const {
    return static_cast<PeerId>(tables_.bootstrap.empty() ? kNoPeer : server_rows());
  }

  // --- Absence (Features::servers; without it these do nothing) ---

  /// De-registers, reports `Disabled` and is deaf and dumb to the server for `duration` from then
  /// on; then registers again [SRV-10] [SRV-11]. What /1/x/4 does with /1/x/5. Sends that wait are
  /// `Cancelled`; observations and what they report meanwhile are kept, see `set_offline`.
  /// Disabling once more starts a new duration.
  void disable(Instant now, PeerId peer, Duration duration);
  /// Ends that early: registers at once.
  void enable(Instant now, PeerId peer);
  /// Whether a server is disabled, or being so.
  [[nodiscard]] bool disabled(PeerId peer) const;
  /// Offline nothing is sent to any server or taken from one, and no attempt is counted as failed.
  /// `send` fails with `State`; Sends not yet begun wait, one under way is `Cancelled`. If /1/x/6
  /// says so, notifications are stored with their times, for formats that carry time [IR-43]
  /// [IR-44]; of the others the present value is reported afterwards. Online again, each server
  /// gets an Update, or a Register if the lifetime is over, and then what was stored, oldest first.
  void set_offline(Instant now, bool offline);
  [[nodiscard]] bool offline() const { return offline_; }
  /// Stored values dropped for want of room, since the account is there.
  [[nodiscard]] std::uint32_t dropped_notifications(PeerId peer) const;

  // --- Data ---

  /// The value at or below `path` may be different now. For data that changes behind an object's
  /// back; objects that implement `poll_change` are asked anyway. Cost: O(observations).
  void notify_changed(const Path& path);
  /// The same for object instances that were created or removed [REG-33].
  void notify_changed(const Change& change) {
    const bool gone = change.kind == Change::Kind::Removed && !dm_.exists(change.path);
    if (gone) dm_.settings().access->removed(change.path);  // [ACL-12]
    changed(0, change);
  }

  // --- Send ---

  /// Queues a Send of `samples` to one server [IR-37]. A sample without a value is read when the
  /// message is made. `samples` and what their values refer to stay until the event SendDone with
  /// the returned id. `format` must be in the table and composite, and timed if a sample has a
  /// time. Fails with `State` if not registered, `NotAllowed` if the server mutes Send [IR-39],
  /// `Busy` if all places (`Limits::sends`) are taken, `Format` for an unfit format, `Type` for a
  /// path that is no resource or resource instance. What is not readable or not allowed to this
  /// server is left out [IR-38].
  Result<std::uint16_t> send(Instant now, PeerId peer, std::span<const Sample> samples,
                             ContentFormat format = ContentFormat::SenmlCbor);

  struct ObserveComposite;   ///< for `kCompositeOperations`
  struct KeepConfiguration;  ///< for `kConfigurationOperations`
  struct ServerRules;        ///< for `kServerOperations`
  struct QueueRules;         ///< for `kQueueOperations`

 protected:
  struct SendOperations;
  struct BlockOperations;
  struct OwnAttributeOperations;
  struct BootstrapOperations;
  struct StoreOperations;
  static const SendOperations kSendOperations;
  static const BlockOperations kBlockOperations;
  static const OwnAttributeOperations kOwnAttributeOperations;
  static const BootstrapOperations kBootstrapOperations;
  static const StoreOperations kStoreOperations;
  /// What can be left out: null is not linked.
  struct Features {
    const SendOperations* sends = nullptr;
    const BlockOperations* blocks = nullptr;
    const OwnAttributeOperations* own = nullptr;
    const BootstrapOperations* bootstrap = nullptr;
    const StoreOperations* store = nullptr;
  };

  Engine(const Config& config, Rng& rng, std::span<Object* const> objects, const Tables& tables,
         const Features& features);
  ~Engine() = default;

 private:
  struct Store;
  struct Answer;
  struct Incoming;
  /// What is known of the image in `Config::store`.
  struct Keeping {
    Instant retry_at{};
    std::uint32_t flags = 0;    ///< the engine's own, kept in the image
    std::uint8_t failures = 0;  ///< in a row
    bool started = false;
    bool dirty = false;  ///< the image is not what the device holds
    bool held = false;   ///< nothing is written for now
  };

  // engine.cpp: the message layer.
  void changed(ShortServerId by, const Change& change) override;
  void collect_changes();
  void on_answer(PeerId peer, const coap::MessageView& message);
  void finish_exchange(ExchangeSlot& slot, Error error, const coap::MessageView* message);
  void reject(PeerId peer, const coap::Header& header);
  [[nodiscard]] MutableBytes answer_room() const;
  void queue_answer(PeerId peer, std::size_t size);
  void queue_empty(PeerId peer, coap::Type type, std::uint16_t message_id);
  [[nodiscard]] std::optional<Outgoing> pop_answer(MutableBytes out);
  [[nodiscard]] std::optional<Outgoing> transmit_exchange(MutableBytes out);
  [[nodiscard]] Outgoing leaving(PeerId peer, std::size_t size);
  [[nodiscard]] MutableBytes message_buffer(PeerId peer) const;
  [[nodiscard]] bool may_start(PeerId peer) const;
  [[nodiscard]] bool under_way(PeerId peer, Purpose purpose) const;
  [[nodiscard]] coap::Header next_header(PeerId peer, coap::Type type, coap::Code code);
  void start_exchange(PeerId peer, Purpose purpose, std::size_t index, const coap::Header& header,
                      std::size_t size);
  void cancel_all(PeerId peer);
  Event& report(EventType type, PeerId peer);
  void drop_event();

  // accounts.cpp: the server accounts in objects 0 and 1.
  [[nodiscard]] Server* server_at(PeerId peer) const;
  [[nodiscard]] Result<Value> account_value(const Path& path);
  [[nodiscard]] std::uint32_t account_number(const Server& server, Id resource,
                                             std::uint32_t absent);
  [[nodiscard]] Id security_of(ShortServerId server);
  [[nodiscard]] PeerId server_rows() const {
    return static_cast<PeerId>(tables_.servers.size() - tables_.bootstrap.size());
  }
  [[nodiscard]] bool is_bootstrap(PeerId peer) const {
    return !tables_.bootstrap.empty() && peer == server_rows();
  }
  void forget_peer(PeerId peer);
  void want_bootstrap(PeerId peer);
  void account_changed(const Path& path);
  [[nodiscard]] EventType executed(const Path& path);

  // bootstrap.cpp
  [[nodiscard]] bool bootstrapping() const {
    return !tables_.bootstrap.empty() && tables_.bootstrap[0].state >= BootstrapState::Open;
  }
  [[nodiscard]] bool serves(PeerId peer, bool repeated) const;
  [[nodiscard]] bool load_accounts();
  void load_bootstrap_account();
  void plan_purge();
  [[nodiscard]] std::uint32_t fingerprint(Id security);
  void recognise(PeerId peer);
  void leave(PeerId peer);
  void plan_bootstrap();
  void trigger_bootstrap();
  void pause_bootstrap();
  void stop_bootstrap();
  [[nodiscard]] bool serves_any() const;
  [[nodiscard]] Duration pause() const;
  [[nodiscard]] bool may_bootstrap() const;
  [[nodiscard]] bool asks_for_pack() const {
    return config_.bootstrap_pack && config_.version >= lwm2m::kEnabler12;
  }
  [[nodiscard]] bool may_ask() const;
  [[nodiscard]] Instant bootstrap_due() const;
  void step_bootstrap();
  void begin_bootstrap();
  [[nodiscard]] Status send_bootstrap_request();
  [[nodiscard]] Status send_pack_request(std::optional<coap::BlockOption> block);
  void add_bootstrap_name(coap::MessageWriter& message) const;
  void on_bootstrap_answer(Error error, const coap::MessageView* message);
  void on_pack(const coap::MessageView& message);
  [[nodiscard]] Status take_pack(ContentFormat format, ByteView payload);
  [[nodiscard]] Status open_bootstrap();
  [[nodiscard]] Answer serve_bootstrap(Incoming& in);
  [[nodiscard]] Answer finish_bootstrap(const coap::MessageView& message, MutableBytes room);
  [[nodiscard]] Status commit_bootstrap(Path& broken_at);
  void conclude_bootstrap();
  void bootstrap_failed(coap::Code code, Error error);
  void roll_back();
  void purge_bootstrap_account();
  // configuration_keeping.cpp has the rest: while a bootstrap is under way nothing is kept.
  [[nodiscard]] std::uint32_t configuration_flags() const { return keeping_.flags; }
  void set_configuration_flags(std::uint32_t flags) {
    keeping_.dirty = keeping_.dirty || flags != keeping_.flags;
    keeping_.flags = flags;
  }

  // connection.cpp
  void record_alert(PeerId peer, std::uint8_t alert);
  void bootstrap_disconnected(Error error);

  // registration.cpp
  [[nodiscard]] Instant registration_due(PeerId peer) const;
  void step_registration(PeerId peer);
  void begin_register(PeerId peer);
  bool begin_update(PeerId peer);
  [[nodiscard]] Status send_registration(PeerId peer, Purpose purpose);
  void add_registration_queries(const Server& server, Purpose purpose,
                                coap::MessageWriter& message);
  [[nodiscard]] std::string_view binding_of(const Server& server);
  void on_registration_response(PeerId peer, Purpose purpose, const coap::MessageView& message);
  void on_registered(PeerId peer, const coap::MessageView& message);
  void on_updated(PeerId peer);
  void on_deregistered(PeerId peer, coap::Code code, Error error);
  void registration_failed(PeerId peer, Purpose purpose, coap::Code code, Error error);
  void plan_update(Server& server);
  void plan_attempt(Server& server);

  // request_handler.cpp: what servers ask of us.
  void on_request(PeerId peer, const coap::MessageView& message);
  [[nodiscard]] Answer serve(PeerId peer, const coap::MessageView& message, MutableBytes room);
  [[nodiscard]] Answer serve_whole(Incoming& in);
  [[nodiscard]] Answer serve_read(Incoming& in);
  [[nodiscard]] Answer answer_body(FunctionRef<Reply(Writer&)> produce, const Incoming& in);
  [[nodiscard]] Result<Path> target(PeerId peer, const coap::MessageView& message) const;

  // block_transfer.cpp: bodies in several messages.
  [[nodiscard]] Answer serve_blocks(Incoming& in);
  [[nodiscard]] Answer receive_block(Incoming& in, const coap::BlockOption& block);
  [[nodiscard]] Answer take_block(Incoming& in, const coap::BlockOption& block, Transfer& transfer);
  [[nodiscard]] Answer answer_stream(const Incoming& in, const Reply& reply);
  [[nodiscard]] Answer answer_long(FunctionRef<Reply(Writer&)> produce, const Incoming& in);
  [[nodiscard]] Answer answer_kept(const Incoming& in);
  [[nodiscard]] Answer cut(ByteView body, const Incoming& in, ContentFormat format);
  void keep(ByteView body, const Incoming& in, ContentFormat format);
  [[nodiscard]] Transfer* place_for_answer(const Incoming& in);
  [[nodiscard]] Transfer* find_transfer(PeerId peer, Transfer::Use use, std::uint32_t key);
  [[nodiscard]] Transfer* take_transfer(PeerId peer, Transfer::Use use, std::uint32_t key);
  [[nodiscard]] MutableBytes body_of(const Transfer& transfer) const;
  [[nodiscard]] Status add_list_block(PeerId peer, coap::MessageWriter& message, Writer& out);
  [[nodiscard]] coap::SendOutcome list_answered(Server& server, const coap::MessageView& message);

  // observation.cpp
  [[nodiscard]] bool add_observation(const Incoming& in, ContentFormat format,
                                     const lwm2m::Attributes& own);
  void cancel_observations(PeerId peer, const coap::Token& token, std::uint32_t key);
  void cancel_by_reset(PeerId peer, std::uint16_t message_id);
  [[nodiscard]] bool claim_path(const Path& path, std::uint16_t index);
  void release(std::size_t index);
  void end_observation(std::size_t index);
  void end_observations(PeerId peer);
  void void_observations(PeerId peer);
  [[nodiscard]] Path path_of(std::size_t index) const;
  [[nodiscard]] lwm2m::Attributes attributes_of(const Observation& observation, const Path& path);
  [[nodiscard]] Value present_value(const Path& path);
  void look(std::size_t index);
  void look_again(PeerId peer);
  void restart_watches(std::size_t index);
  [[nodiscard]] bool confirms_below(const Observation& observation, const Path& path) const;
  [[nodiscard]] Instant observation_due(const Observation& observation) const;
  [[nodiscard]] std::optional<Outgoing> transmit_notification(MutableBytes out);
  std::size_t write_notification(std::size_t index, coap::Type type, MutableBytes out);
  void on_notification_done(PeerId peer, const coap::Token& token, Error error);
  [[nodiscard]] Reply read_observed(std::size_t index, Writer& body);

  // own_attributes.cpp
  [[nodiscard]] Status parse_own_attributes(const Incoming& in, lwm2m::Attributes& own) const;
  [[nodiscard]] bool keep_own_attributes(Observation& observation, const lwm2m::Attributes& own);
  [[nodiscard]] lwm2m::Attributes merge_own_attributes(const Observation& observation,
                                                       const lwm2m::Attributes& attached);

  // sending.cpp
  [[nodiscard]] SendSlot* next_send(PeerId peer) const;
  [[nodiscard]] bool has_send(PeerId peer) const { return next_send(peer) != nullptr; }
  void step_sends(PeerId peer);
  void begin_send(SendSlot& send);
  [[nodiscard]] Status send_whole(const SendSlot& send);
  [[nodiscard]] Status send_block(const SendSlot& send, Transfer& transfer);
  [[nodiscard]] std::size_t index_of(const SendSlot& send) const;
  [[nodiscard]] Status encode_samples(const SendSlot& send, Writer& out);
  void on_send_finished(std::size_t index, Error error, const coap::MessageView* message);
  void finish_send(SendSlot& send, coap::Code code, Error error);

  // What most functions use comes first: short offsets make short code.
  std::size_t queued_ = 0;  // bytes of tables_.answers in use
  Features features_;
  Tables tables_;
  Rng& rng_;
  Instant now_{};
  Config config_;
  Duration transmit_wait_;
  FullRights full_rights_;
  AttributeStore attributes_;
  coap::DedupTable remembered_;
  DeviceManagement dm_;
  coap::ObserveSequence sequence_;
  std::uint16_t first_event_ = 0;
  std::uint16_t event_count_ = 0;
  std::uint16_t events_dropped_ = 0;
  std::uint16_t next_send_id_ = 0;
  bool stopping_ = false;
  bool registered_before_ = false;  // since the last bootstrap, before this start [SRV-02]
  bool offline_ = false;
  bool alone_ = false;  // it was reported that there is no server account
  Keeping keeping_;
  Instant exchanged_{};  // when the last datagram came or went
};

}  // namespace linnet::client
