// SPDX-License-Identifier: Apache-2.0
#pragma once
// The DTLS side of a server between a socket and a shard (RFC 6347, RFC 9146; Transport 1.2 §5):
// takes sealed datagrams off the wire and gives plain ones with the session as their source, seals
// what the shard sends to a session, and leads handshakes that a library makes. No I/O and no
// clock.
//
//   while (auto n = socket.read(rx, from)) transport.receive(now, from, first(rx, n), deliver);
//   if (transport.next_timeout() <= now)   transport.on_timeout(now, deliver);
//   while (auto t = shard.poll_transmit(now, tx.subspan(kHeadroom)))
//     if (t->to.is_session()) t = transport.seal(now, t->to, t->size, tx);
//   while (auto t = transport.poll_transmit(now, tx)) socket.write(t->to, first(tx, t->size));
//   while (auto e = transport.poll_event()) app.handle(*e);
//
// A session sleeps in about 130 bytes besides its endpoint's name. It is found by the connection id
// we gave it (RFC 9146), which encodes a place, or by the peer's address. Its name,
// `SocketAddress::session`, stays when the peer's address changes, and when the same device makes
// a new handshake: registrations, observations and requests under way go on.
//
// An attacker costs little: before a cookie came back nothing is kept and nothing allocated; first
// datagrams pass a token bucket of their network; handshakes are bounded in number and age; records
// of sessions are opened as they come, handshakes wait until `on_timeout`.
//
// Over a restart: `collect` what changed, keep it, say `stored`, only then send. A session goes on
// with record numbers that lie ahead of all that were used.
//
// Thread rule: one thread at a time. Not copyable, not movable.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/function_ref.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/result.hpp>
#include <linnet/base/time.hpp>
#include <linnet/secure/aead.hpp>
#include <linnet/secure/handshake.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::server {

struct SecureTransportConfig {
  std::uint32_t max_sessions = 1u << 20;
  /// Sessions that the library keeps (CBC suites): 10 kB each. [SEC-14]
  std::uint32_t max_resident = 1u << 14;
  /// Whether clients that offer connection ids get one. [SEC-08]
  bool connection_ids = true;
  /// A session without a registration ends when it was silent for so long; 0 keeps it until the
  /// table is full. One with a registration stays as long as that. [SEC-07]
  Duration idle = seconds(24 * 3600);
  /// `SecureTransport::id_key` of the transport whose sessions are to be restored; 0: a new one.
  std::uint64_t id_key = 0;
  /// Somebody stores what `collect` gives: sessions then use no record number that is not reserved.
  bool durable = false;
  /// How many record numbers are reserved at a time, 2 to 65534.
  std::uint16_t reserve = 4096;

  // Handshakes.
  std::uint32_t max_handshakes = 4096;  ///< under way; the oldest goes when there is one more
  Duration handshake_lifetime = seconds(60);
  /// First datagrams of handshakes that a network (/24 of IPv4, /56 of IPv6) may send per second,
  /// and in a burst. 0: no limit. Loopback has none.
  std::uint32_t hellos_per_second = 500;
  std::uint32_t hello_burst = 2000;
  /// How long the last flight of a handshake is kept for a peer that did not get it.
  Duration final_flight = seconds(60);
  /// Bytes of a datagram of such a flight, as the handshakes have it.
  std::uint16_t mtu = 1152;

  std::uint32_t max_events = 1u << 12;  ///< unpolled; more are counted and lost
};

/// A session and whom it belongs to. Views live until the next call that is not const.
struct SecurePeer {
  SocketAddress session;
  SocketAddress address;  ///< where the peer was seen last
  std::string_view endpoint;
  std::uint64_t credential = 0;
  secure::Proof proof = secure::Proof::None;
  secure::CipherSuite suite{};
  bool connection_id = false;  ///< we gave one
  Instant last_used;
};

/// What is kept of a session over a restart. As secret as its keys.
struct SessionRecord {
  SocketAddress session;
  SocketAddress address;
  std::string_view endpoint;
  std::uint64_t credential = 0;
  secure::Proof proof = secure::Proof::None;
  ByteView state;  ///< `Session::pack`
};

struct SecureEvent {
  enum class Kind : std::uint8_t {
    Established,  ///< a handshake was completed
    Failed,       ///< a handshake came to nothing: `reason`
    Ended,        ///< a session is over: `end`
    Moved,        ///< the peer of a session has a new address [SEC-08]
  };
  enum class End : std::uint8_t {
    Closed,     ///< the peer said close_notify
    Alert,      ///< the peer sent a fatal alert: `alert`
    Replaced,   ///< another peer made a handshake from its address
    Revoked,    ///< its credential is gone [SEC-10]
    Removed,    ///< by the application
    Idle,       ///< silent for too long, and nothing registered
    Evicted,    ///< the table is full, and it was silent longest
    Exhausted,  ///< it has used up its record numbers
  };
  Kind kind = Kind::Established;
  End end = End::Closed;
  SocketAddress session{};  ///< not for `Failed`
  SocketAddress address{};
  std::string endpoint{};
  std::string identity{};  ///< for people; `Established` only
  std::uint64_t credential = 0;
  secure::Proof proof = secure::Proof::None;
  secure::CipherSuite suite{};
  bool connection_id = false;
  bool resumed = false;    ///< an abbreviated handshake
  bool continued = false;  ///< it goes on under the name of the device's session before
  /// Failed: what happened.
  secure::HandshakeFailure::Kind failure = secure::HandshakeFailure::Kind::None;
  secure::Alert alert{};
  std::string reason{};  ///< for people
};
/// "established", ... Static lifetime.
[[nodiscard]] const char* describe(SecureEvent::Kind kind);
[[nodiscard]] const char* describe(SecureEvent::End end);

/// Counters only grow, but for those marked "now".
struct SecureCounters {
  std::uint64_t datagrams = 0;
  std::uint64_t records_in = 0;   ///< that opened
  std::uint64_t records_out = 0;  ///< sealed
  std::uint64_t malformed = 0;    ///< datagrams that hold no DTLS record
  std::uint64_t unknown = 0;      ///< records of no session we have
  std::uint64_t unauthentic = 0;  ///< records whose tag is wrong: dropped [SEC-44]
  std::uint64_t replayed = 0;     ///< records seen before, or too old [SEC-01]
  std::uint64_t hellos = 0;       ///< first datagrams looked at
  std::uint64_t challenges = 0;   ///< answered with a cookie
  std::uint64_t throttled = 0;    ///< first datagrams above the limit of their network
  std::uint64_t overflowed = 0;   ///< datagrams lost because too many waited
  std::uint64_t handshakes = 0;   ///< begun
  std::uint64_t established = 0;
  std::uint64_t resumed = 0;  ///< of them
  std::uint64_t failed = 0;
  std::uint64_t ended = 0;  ///< sessions
  std::uint64_t moved = 0;  ///< address changes
  std::uint64_t events_lost = 0;
  std::uint32_t sessions = 0;         ///< now
  std::uint32_t resident = 0;         ///< of them with the library, now
  std::uint32_t handshakes_open = 0;  ///< now
};

/// What the engines behind a transport have to do with its sessions. Called from inside it.
class SessionUse {
 public:
  /// Whether something is registered with it. Asked for sessions that are candidates to go.
  virtual bool in_use(const SocketAddress& session) = 0;
  /// A new handshake goes on under this name: message ids begin anew. See `Shard::renew`.
  virtual void renewed(const SocketAddress& session) = 0;

 protected:
  ~SessionUse() = default;
};

class SecureTransport {
 public:
  /// Takes a plain datagram of a session; the bytes die with the call.
  using Deliver = FunctionRef<void(const SocketAddress& session, MutableBytes plain)>;
  /// What a record takes at most in front of its plaintext.
  static constexpr std::size_t kHeadroom =
      secure::kRecordHeaderBytes + secure::kMaxConnectionIdBytes + 8;
  /// And behind it.
  static constexpr std::size_t kTailroom = 1 + secure::kMaxTagBytes;

  /// All outlive it. `directory` is asked at the end of a handshake whether the credential still
  /// stands; it and `use` may be null.
  SecureTransport(const SecureTransportConfig& config, Rng& rng,
                  secure::ServerHandshakes& handshakes, secure::PeerDirectory* directory = nullptr,
                  SessionUse* use = nullptr);
  ~SecureTransport();
  SecureTransport(const SecureTransport&) = delete;
  SecureTransport& operator=(const SecureTransport&) = delete;

  // The wire.
  struct Incoming {
    const SocketAddress& from;
    ByteView datagram;
  };
  /// A batch that `receive` is about to be given, datagram by datagram: fetches what their sessions
  /// need into the cache, of all at a time. Changes nothing.
  void expect(std::size_t count, FunctionRef<Incoming(std::size_t)> at) const;
  /// Takes one datagram; any bytes from anybody; decrypts in place.
  void receive(Instant now, const SocketAddress& from, MutableBytes datagram, Deliver deliver);
  /// Seals a datagram of `size` bytes that lies at `kHeadroom` of `out`. What goes out lies at the
  /// front of `out` then. `NotFound`: the session is gone; `Busy`: its reserved record numbers are
  /// used up, `collect` and store first; `NoSpace`; `Range`: a new handshake is needed.
  Result<Transmit> seal(Instant now, const SocketAddress& session, std::size_t size,
                        MutableBytes out);
  /// The next datagram of a handshake, or an alert; `out` has at least 1500 bytes.
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  /// When `on_timeout` wants to be called; in the past while handshakes wait for their turn.
  [[nodiscard]] Instant next_timeout() const;
  /// Does what is due, and some of the handshakes' work.
  void on_timeout(Instant now, Deliver deliver);
  std::optional<SecureEvent> poll_event();

  // The sessions.
  /// Nothing if the session is over.
  [[nodiscard]] std::optional<SecurePeer> peer(const SocketAddress& session) const;
  /// Where its peer was seen last; cheaper than `peer`.
  [[nodiscard]] std::optional<SocketAddress> address_of(const SocketAddress& session) const;
  /// Walks all: start with `cursor` 0. As `Shard::next_registration`.
  [[nodiscard]] std::optional<SecurePeer> next_peer(std::uint32_t& cursor) const;
  /// Ends a session and tells its peer: close_notify, or access_denied when it is `Revoked`. False
  /// if there is none.
  bool end(Instant now, const SocketAddress& session, SecureEvent::End why);
  /// Ends all sessions of these credentials, `sorted` by number; returns how many there were. Looks
  /// at every session: some ten milliseconds for a million. [SEC-10]
  std::size_t end_credentials(Instant now, std::span<const std::uint64_t> sorted,
                              SecureEvent::End why);
  /// Other `hellos_per_second` and `hello_burst` from here on.
  void set_hello_limit(std::uint32_t per_second, std::uint32_t burst);

  // Going on where another transport left off.
  /// Secret; not 0.
  [[nodiscard]] std::uint64_t id_key() const;
  /// Whether `collect` has something.
  [[nodiscard]] bool changed() const;
  /// Whether it must survive a power failure before `stored` is called. A session stored for the
  /// first time need not: it is lost with its numbers.
  [[nodiscard]] bool reserves() const;
  /// Gives each session that is new, changed or needs numbers, and the name of each that is over.
  /// Nothing may be received or sealed before `stored`, or giving up on it.
  void collect(FunctionRef<void(const SessionRecord&)> put,
               FunctionRef<void(const SocketAddress& session)> drop);
  /// What `collect` gave is on stable storage.
  void stored();
  /// Puts a session back. It sends nothing before it was stored again, which a record received
  /// from its peer, or a failed `seal`, asks for. `Malformed` if no transport with this `id_key`
  /// can have had it, `Exists` if its place is taken, `NoSpace`.
  Status restore(Instant now, const SessionRecord& record);

  [[nodiscard]] SecureCounters counters() const;
  [[nodiscard]] const SecureTransportConfig& config() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace linnet::server
