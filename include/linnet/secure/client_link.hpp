// SPDX-License-Identifier: Apache-2.0
#pragma once
// The way from a client engine to one server through DTLS 1.2: plain datagrams on one side, records
// on the other. Read Transport 1.2 §5.2, RFC 6347 §4.2, RFC 9146.
//
// A session is kept as long as it works [SEC-07]: after sleep, or when the client's address may
// have changed, records go on under the server's connection id [SEC-08]; without one, or when
// requests stay unanswered, the session is resumed [SEC-09], and if the server does not know it any
// more the same handshake becomes a full one. The session there is stays in use until then.
//
// Sans I/O, no heap. One thread at a time; nothing is called back but `deliver`, `CredentialSource`
// and the handshakes. `now` never goes backwards.
//
//   if (auto size = link.send(now, plain, wire)) socket.write(first(wire, *size));
//   link.receive(now, datagram, [&](MutableBytes plain) { engine.receive(now, peer, plain); });
//   if (link.next_timeout() <= now) link.on_timeout(now);
//   while (auto size = link.poll_transmit(now, wire)) socket.write(first(wire, *size));
//   while (auto e = link.poll_event()) ...           Established with `replaced`: session_replaced
//                                                    Failed, Closed: connection_failed
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <linnet/base/fixed.hpp>
#include <linnet/base/function_ref.hpp>
#include <linnet/secure/handshake.hpp>
#include <linnet/secure/session.hpp>

namespace linnet::secure {

/// Lends the credentials of one server for the length of a handshake.
class CredentialSource {
 public:
  /// What the views in `out` refer to stays as it is until `give_back`. `resumption` is the link's
  /// to fill in. On failure nothing is lent.
  [[nodiscard]] virtual Status lend(ClientCredentials& out) = 0;
  /// The handshake is over: wipe copies of keys.
  virtual void give_back() = 0;

 protected:
  ~CredentialSource() = default;
};

struct LinkEvent {
  enum class Type : std::uint8_t {
    Established,  ///< by a full handshake; `replaced`: in place of a session that was in use
    Resumed,      ///< the session goes on: registrations and observations are as before
    Failed,       ///< no session: why is in `failure`
    Closed,       ///< the server ended the session: why is in `failure`
  };
  Type type = Type::Established;
  bool replaced = false;
  /// Its `reason` lies in the link, until the next event.
  HandshakeFailure failure{};
};

/// What a link needs to be given room for.
struct LinkStorage {
  /// Datagrams that wait for a session: two of this size, halves of `held`.
  MutableBytes held{};
  /// What resumes a session: a ticket, and what the library keeps with it. Too small: sessions are
  /// not resumed. With certificates up to some kilobytes.
  MutableBytes resumption{};
};

class ClientLink {
 public:
  enum class State : std::uint8_t {
    Idle,        ///< no session; the next datagram begins a handshake
    Connecting,  ///< a handshake is under way and there is no session
    Open,        ///< there is a session; perhaps a handshake for the next one is under way
  };
  using Deliver = FunctionRef<void(MutableBytes)>;

  /// All three outlive the link.
  ClientLink(ClientHandshakes& handshakes, CredentialSource& credentials,
             const LinkStorage& storage);
  ~ClientLink();
  ClientLink(const ClientLink&) = delete;
  ClientLink& operator=(const ClientLink&) = delete;

  // --- Datagrams and time ---

  /// A CoAP message for the server. Gives the size of the record in `out`; 0 if the message is held
  /// until there is a session, or lost because two are held already, `out` is too small or records
  /// must be reserved first. A retransmission takes the place of its first copy.
  [[nodiscard]] std::size_t send(Instant now, ByteView message, MutableBytes out);
  /// A datagram from the server's address, or said to be. Each message in it that is the server's
  /// goes to `deliver`; it lies in `datagram`, which is written to. What is not the server's is
  /// dropped silently [SEC-44].
  void receive(Instant now, MutableBytes datagram, Deliver deliver);
  /// The next datagram of a handshake, of those held, or an alert. Call until nothing is left,
  /// after every other call.
  [[nodiscard]] std::optional<std::size_t> poll_transmit(Instant now, MutableBytes out);
  [[nodiscard]] Instant next_timeout() const;
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<LinkEvent> poll_event();

  // --- What the application knows ---

  /// Our address may be another now: a new network, a new socket. A session without a connection id
  /// is resumed before anything else is sent.
  void address_changed(Instant now);
  /// Ends the session with close_notify; the next datagram resumes it.
  void close(Instant now);
  /// The same, but nothing of it is resumed: the credentials are others, or the server [SEC-10]
  /// [BS-14].
  void renew(Instant now);

  // --- Over deep sleep and restarts [SEC-07] ---

  /// Writes session and resumption data, for storage that is as safe as that of the keys. Give the
  /// number returned to `reserved` when it is there: until then, and when it is used up, nothing is
  /// sent; pack again when `needs_reservation`. `State` without a session, `Unsupported` for one
  /// the library keeps.
  [[nodiscard]] Result<std::uint64_t> pack(Writer& out);
  void reserved(std::uint64_t mark) { session_.reserved(mark); }
  [[nodiscard]] bool needs_reservation() const { return session_.needs_reservation(); }
  /// Goes on with what was packed: pack again before anything is sent. The credentials must be the
  /// same as then. On failure the link is as new.
  Status restore(Instant now, Reader& in);

  // --- For people ---

  [[nodiscard]] State state() const;
  /// A handshake is under way, with or without a session.
  [[nodiscard]] bool handshaking() const { return handshake_ != nullptr; }
  [[nodiscard]] CipherSuite suite() const { return suite_; }
  /// Of the session there is: when it began, and whether by resumption.
  [[nodiscard]] Instant since() const { return since_; }
  [[nodiscard]] bool resumed() const { return resumed_; }
  /// The id the server wants on our records; `used` is false if there are no connection ids.
  [[nodiscard]] const ConnectionId& connection_id() const { return session_.peer_id(); }
  /// Whether `close` leaves something to resume.
  [[nodiscard]] bool can_resume() const { return resumption_size_ != 0; }
  /// Who the server proved to be: "sha-256:…", a subject; empty for PSK.
  [[nodiscard]] std::string_view server() const { return server_.text(); }
  /// Records dropped because they were not the server's, or came twice.
  [[nodiscard]] std::uint32_t dropped() const { return dropped_; }

 private:
  static constexpr std::size_t kHeld = 2;
  static constexpr std::size_t kEvents = 3;

  [[nodiscard]] bool has_session() const { return session_.valid() || resident_ != nullptr; }
  [[nodiscard]] bool has_connection_id() const { return session_.peer_id().size != 0; }
  [[nodiscard]] bool doubtful(ByteView message) const;
  void hold(ByteView message);
  void drop_held() { held_sizes_ = {}; }
  [[nodiscard]] MutableBytes place(std::size_t i) const;
  [[nodiscard]] std::size_t seal_message(ByteView message, MutableBytes out);
  [[nodiscard]] Result<std::size_t> seal(ContentType type, ByteView plaintext, MutableBytes out);
  [[nodiscard]] std::optional<std::size_t> transmit_handshake(MutableBytes out);
  [[nodiscard]] std::optional<std::size_t> transmit_final_flight(MutableBytes out);
  [[nodiscard]] std::optional<std::size_t> transmit_held(MutableBytes out);

  void want_handshake();
  void begin();
  void adopt();
  void fail(const HandshakeFailure& failure);
  void end_handshake();
  void end_session();
  void say_farewell();

  [[nodiscard]] bool is_for_handshake(ByteView datagram) const;
  void on_record(const RecordView& record, MutableBytes datagram, Deliver deliver);
  void on_repeated_flight();
  void on_alert(ByteView alert);

  void report(LinkEvent::Type type, const HandshakeFailure& failure, bool replaced);
  [[nodiscard]] Duration pause() const;

  ClientHandshakes& handshakes_;
  CredentialSource& credentials_;
  LinkStorage storage_;

  Handshake* handshake_ = nullptr;
  Session session_;
  /// A session that stays in its library, and the handshake it lives in.
  ResidentSession* resident_ = nullptr;
  Handshake* owner_ = nullptr;

  Instant now_{};
  Instant since_{};
  Instant heard_{};         ///< when an authentic record came last
  Instant wanted_since_{};  ///< since when a session is wanted and there is none
  Instant not_before_{};    ///< no handshake begins earlier [SEC-43]
  Instant repeat_after_{};  ///< the final flight is not repeated earlier
  Instant repeat_until_{};  ///< nor later
  std::uint64_t plain_sequence_ = 0;
  std::uint32_t dropped_ = 0;
  CipherSuite suite_ = CipherSuite::None;
  std::uint8_t unanswered_ = 0;  ///< CON messages sent since an authentic record came
  std::uint8_t failures_ = 0;    ///< handshakes in a row that came to nothing
  std::uint8_t closed_ = 0;      ///< sessions in a row that the server ended at once
  bool wanted_ = false;          ///< a handshake is to begin, at `not_before_`
  bool known_ = false;           ///< the engine has used a session of before
  bool moved_ = false;           ///< our address may have changed
  bool resumed_ = false;
  bool repeat_ = false;  ///< the final flight is asked for
  bool lent_ = false;

  std::array<std::uint16_t, kHeld> held_sizes_{};
  std::size_t resumption_size_ = 0;
  FixedBytes<128> final_flight_;
  FixedBytes<96> farewell_;
  FixedString<64> server_;
  FixedString<160> reason_;
  FixedVector<LinkEvent, kEvents> events_;
};

}  // namespace linnet::secure
