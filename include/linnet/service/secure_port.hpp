// SPDX-License-Identifier: Apache-2.0
#pragma once
// Joins a secure transport with its UDP socket, and an engine that knows datagrams by address (a
// shard) with both that socket and a plain one: what the engine sends to a session is sealed and
// leaves here. Used from one thread; socket and transport outlive it.
#include <linnet/base/function_ref.hpp>
#include <linnet/posix/drive.hpp>
#include <linnet/posix/udp_socket.hpp>
#include <linnet/server/secure_transport.hpp>

namespace linnet::service {

class SecurePort {
 public:
  using Deliver = server::SecureTransport::Deliver;

  SecurePort(posix::UdpSocket& socket, server::SecureTransport& transport, std::size_t batch = 64)
      : socket_(socket), transport_(transport), in_(batch, kBytes), out_(batch, kBytes) {}

  [[nodiscard]] posix::UdpSocket& socket() { return socket_; }
  [[nodiscard]] server::SecureTransport& transport() { return transport_; }

  /// Gives `deliver` what is in the datagrams the kernel has, a few batches at most; `after` comes
  /// after each. Handshakes wait for `on_timeout`, so that more of them are lost the more there is
  /// to do. True if there is more.
  bool receive(Instant now, Deliver deliver, FunctionRef<void()> after);

  [[nodiscard]] Instant next_timeout() const { return transport_.next_timeout(); }
  void on_timeout(Instant now, Deliver deliver) {
    if (transport_.next_timeout() <= now) transport_.on_timeout(now, deliver);
  }

  /// Sends everything the engine has for sessions, and the rest through `plain`, which may be null;
  /// then what the transport itself has. `reserve` stores what the transport collects; it is called
  /// when a session has no record numbers left, and says whether it could.
  template <posix::DatagramEngine Engine>
  void transmit(Engine& engine, Instant now, posix::UdpDriver* plain, FunctionRef<bool()> reserve) {
    constexpr std::size_t kFrame =
        server::SecureTransport::kHeadroom + server::SecureTransport::kTailroom;
    while (true) {
      if (out_.full()) socket_.send(out_);
      const MutableBytes room = out_.free();
      const MutableBytes inner =
          room.subspan(server::SecureTransport::kHeadroom, room.size() - kFrame);
      const auto datagram = engine.poll_transmit(now, inner);
      if (!datagram) break;
      if (datagram->to.is_session()) {
        seal(now, datagram->to, datagram->size, room, reserve);
      } else if (plain != nullptr) {
        plain->push(datagram->to, inner.first(datagram->size));
      }
    }
    if (plain != nullptr) plain->flush();
    flush(now);
  }

 private:
  static constexpr std::size_t kBytes = 2048;

  void seal(Instant now, const SocketAddress& session, std::size_t size, MutableBytes room,
            FunctionRef<bool()> reserve);
  void flush(Instant now);

  posix::UdpSocket& socket_;
  server::SecureTransport& transport_;
  posix::ReceiveBatch in_;
  posix::SendBatch out_;
};

}  // namespace linnet::service
