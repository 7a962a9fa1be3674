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
//   while (auto n = socket.read(rx, peer))                 client.receive(now, peer, first(rx, *n));
//   if (client.next_timeout() <= now)                      client.on_timeout(now);
//   while (auto t = client.poll_transmit(now, tx))         socket.write(t->peer, first(tx, t->size));
//   while (auto e = client.poll_event())                   app.handle(*e);
//   socket.wait_until(client.next_timeout());
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/random.hpp>
#include <linnet/client/config.hpp>
#include <linnet/client/device_management.hpp>
#include <linnet/client/engine_tables.hpp>
#include <linnet/client/event.hpp>
#include <linnet/client/object.hpp>

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
  /// the Security object: copy it before anything else is called.
  [[nodiscard]] std::string_view server_uri(PeerId peer);
  /// The /0 instance of the account, for credentials; kNoId if there is none.
  [[nodiscard]] Id security_instance(PeerId peer) const;
  [[nodiscard]] bool registered(PeerId peer) const;
  /// Sends an Update now [REG-34]; without effect if not registered.
  void update_registration(Instant now, PeerId peer);
  /// The session to a server is new, or without security our own address changed: message ids
  /// start over, observations are void, registers again [REG-20].
  void session_replaced(Instant now, PeerId peer);

  // --- Data ---

  /// The value at or below `path` may be different now. For data that changes behind an object's
  /// back; objects that implement `poll_change` are asked anyway. Cost: O(observations).
  void notify_changed(const Path& path);

  // --- Send ---

  /// Queues a Send of `samples` to one server [IR-37]. A sample without a value is read when the
  /// message is made. `samples` and what their values refer to stay until the event SendDone with
  /// the returned id. `format` must be in the table and composite, and timed if a sample has a
  /// time. Fails with `State` if not registered, `NotAllowed` if the server mutes Send [IR-39],
  /// `Busy` if all places are taken, `Format` for an unfit format, `Type` for a path that is no
  /// resource or resource instance. What is not readable or not allowed to this server is left
  /// out [IR-38].
  Result<std::uint16_t> send(Instant now, PeerId peer, std::span<const Sample> samples,
                             ContentFormat format = ContentFormat::SenmlCbor);

 protected:
  Engine(const Config& config, Rng& rng, std::span<Object* const> objects, const Tables& tables);
  ~Engine() = default;

 private:
  void changed(ShortServerId by, const Change& change) override;

  Tables tables_;
};

}  // namespace linnet::client
