// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inside of a secure transport: `secure_records` works with sessions, `secure_handshakes` makes
// them, `secure_keeping` ends and stores them. Thread rule: that of the transport.
#include <unordered_map>
#include <vector>

#include <linnet/server/secure_transport.hpp>
#include "server/datagram_queue.hpp"
#include "server/flight_table.hpp"
#include "server/handshake_table.hpp"
#include "server/prefix_limiter.hpp"
#include "server/ring_buffer.hpp"
#include "server/session_table.hpp"
#include "server/timer_wheel.hpp"

namespace linnet::server {

class SecureTransport::Engine {
 public:
  using Slot = SessionTable::Slot;

  Engine(const SecureTransportConfig& config, Rng& rng, secure::ServerHandshakes& handshakes,
         secure::PeerDirectory* directory, SessionUse* use);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // secure_records.cpp
  void expect(std::size_t count, FunctionRef<Incoming(std::size_t)> at) const;
  void receive(Instant now, const SocketAddress& from, MutableBytes datagram, Deliver deliver);
  Result<Transmit> seal(const SocketAddress& session, std::size_t size, MutableBytes out);

  // secure_handshakes.cpp
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  [[nodiscard]] Instant next_timeout() const;
  void on_timeout(Instant now, Deliver deliver);

  // secure_keeping.cpp
  std::optional<SecureEvent> poll_event();
  [[nodiscard]] std::optional<SecurePeer> peer(const SocketAddress& session) const;
  [[nodiscard]] std::optional<SocketAddress> address_of(const SocketAddress& session) const;
  [[nodiscard]] std::optional<SecurePeer> next_peer(std::uint32_t& cursor) const;
  bool end(const SocketAddress& session, SecureEvent::End why);
  std::size_t end_credentials(std::span<const std::uint64_t> sorted, SecureEvent::End why);
  void set_hello_limit(std::uint32_t per_second, std::uint32_t burst) {
    limiter_.set_rate(per_second, burst);
  }
  [[nodiscard]] std::uint64_t id_key() const { return sessions_.id_key(); }
  [[nodiscard]] bool changed() const { return !changed_.empty() || !gone_.empty(); }
  [[nodiscard]] bool reserves() const { return reserves_; }
  void collect(FunctionRef<void(const SessionRecord&)> put,
               FunctionRef<void(const SocketAddress& session)> drop);
  void stored();
  Status restore(Instant now, const SessionRecord& record);
  [[nodiscard]] SecureCounters counters() const;
  [[nodiscard]] const SecureTransportConfig& config() const { return config_; }

 private:
  static constexpr std::size_t kDatagramBytes = 2048;
  static constexpr std::size_t kWaiting = 256;
  /// A HelloVerifyRequest, or an alert.
  static constexpr std::size_t kOutboxBytes = 128;
  static constexpr Duration kSweepEvery = seconds(1);
  /// A last flight is not repeated more often: no device's timer is shorter.
  static constexpr Duration kRepeatPause = milliseconds(500);

  /// What becomes of a record, or of the whole datagram it is in.
  enum class Way : std::uint8_t { Done, Handshake, Hello };

  // secure_records.cpp
  void take_datagram(Instant now, const SocketAddress& from, MutableBytes datagram, Deliver deliver,
                     bool may_wait);
  [[nodiscard]] Way take_record(Instant now, const SocketAddress& from,
                                const secure::RecordView& record, MutableBytes datagram,
                                Deliver deliver);
  [[nodiscard]] Way take_plain_record(const SocketAddress& from, const secure::RecordView& record);
  [[nodiscard]] Status open(Instant now, const SocketAddress& from, Slot slot,
                            const secure::RecordView& record, MutableBytes datagram,
                            Deliver deliver);
  [[nodiscard]] Result<secure::OpenedRecord> open_asleep(const SocketAddress& from, Slot slot,
                                                         const secure::RecordView& record,
                                                         MutableBytes datagram);
  void take_content(Instant now, Slot slot, const secure::OpenedRecord& opened, Deliver deliver);
  void take_alert(Slot slot, ByteView content);
  void move(Slot slot, const SocketAddress& from);
  void count(Error error);
  [[nodiscard]] std::uint64_t hash_hello(const secure::RecordView& record) const;
  [[nodiscard]] bool use_numbers(Slot slot, std::uint16_t count);
  void ask_for_flight(Instant now, Slot slot);
  [[nodiscard]] std::optional<Transmit> repeat(MutableBytes out);

  // secure_handshakes.cpp
  void work(Instant now, Deliver deliver);
  void take_hello(Instant now, const SocketAddress& from, ByteView datagram);
  void take_handshake(Instant now, const SocketAddress& from, MutableBytes datagram,
                      Deliver deliver);
  void begin(Instant now, const SocketAddress& from, ByteView datagram);
  [[nodiscard]] bool has_more(const OpenHandshake& over, ByteView datagram) const;
  void progress(Instant now, std::uint32_t number);
  void complete(Instant now, std::uint32_t number);
  [[nodiscard]] Result<Slot> adopt(Instant now, std::uint32_t number, Slot before);
  [[nodiscard]] Result<Slot> place(Instant now, OpenHandshake& entry,
                                   const SessionTable::Owner& owner, Slot before);
  void keep_flight(Instant now, Slot slot, const secure::Handshake& handshake);
  void give_up(std::uint32_t number, std::string_view reason);
  void fail(std::uint32_t number, const secure::HandshakeFailure& failure);
  void forget(std::uint32_t number);
  void queue(std::uint32_t number);
  void drop_flights(Instant now);

  // secure_keeping.cpp
  [[nodiscard]] SecureEvent event_of(Slot slot, SecureEvent::Kind kind) const;
  void push(SecureEvent event);
  [[nodiscard]] SecurePeer view(Slot slot) const;
  /// Without telling the peer.
  void remove(Slot slot, SecureEvent::End why, secure::Alert alert = {});
  void say(Slot slot, secure::AlertLevel level, secure::Alert alert);
  void mark_changed(Slot slot);
  void plan_sweep(Instant now);
  void sweep(Instant now);
  [[nodiscard]] bool make_room();
  [[nodiscard]] bool in_use(Slot slot) const {
    return use_ != nullptr && use_->in_use(sessions_.name(slot));
  }

  const SecureTransportConfig config_;
  secure::ServerHandshakes& handshakes_;
  secure::PeerDirectory* directory_;
  SessionUse* use_;
  std::uint64_t seed_;
  SecureCounters counters_;
  SessionTable sessions_;
  HandshakeTable open_;
  PrefixLimiter limiter_;
  TimerWheel timers_;                                 // of `open_`
  std::unordered_map<Slot, std::uint32_t> resident_;  // in `open_`
  FlightTable flights_;
  RingBuffer<std::pair<Slot, Instant>> flight_ends_;
  DatagramQueue<kDatagramBytes> going_{kWaiting};   // for handshakes under way
  DatagramQueue<kDatagramBytes> hellos_{kWaiting};  // first datagrams
  DatagramQueue<kOutboxBytes> outbox_{kWaiting};    // cookies and alerts
  RingBuffer<std::uint32_t> ready_;                 // of `open_`
  RingBuffer<Slot> repeats_;                        // last flights asked for
  RingBuffer<SecureEvent> events_;
  std::vector<Slot> changed_;  // marked so, or gone since
  std::vector<SocketAddress> gone_;
  bool reserves_ = false;  // one of them was stored before
  Slot hand_ = 0;          // where `make_room` looks next
  Slot swept_ = 0;         // where `sweep` goes on
  Instant next_sweep_ = Instant::never();
  Instant now_{};
};

}  // namespace linnet::server
