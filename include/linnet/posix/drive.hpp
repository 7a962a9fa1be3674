// SPDX-License-Identifier: Apache-2.0
#pragma once
// Joins an engine that knows datagrams by address (a server shard) with a UDP socket. The engine
// stays a plain value; this is the only place where bytes move between it and the kernel.
// Used from one thread; socket and engine outlive it.
#include <algorithm>
#include <concepts>

#include <linnet/base/time.hpp>
#include <linnet/posix/udp_socket.hpp>

namespace linnet::posix {

template <typename Engine>
concept DatagramEngine = requires(Engine& engine, Instant now, const SocketAddress& peer,
                                  MutableBytes bytes) {
  engine.receive(now, peer, ByteView{bytes});
  { engine.poll_transmit(now, bytes)->to } -> std::convertible_to<SocketAddress>;
  { engine.poll_transmit(now, bytes)->size } -> std::convertible_to<std::size_t>;
};

class UdpDriver {
 public:
  explicit UdpDriver(UdpSocket& socket, std::size_t batch = 64, std::size_t bytes = 2048)
      : socket_(socket), in_(batch, bytes), out_(batch, bytes) {}

  /// Gives the engine what the kernel has, but not more than a few batches, so that timers and
  /// answers get their turn in a flood. True if there is more.
  template <DatagramEngine Engine>
  bool receive(Engine& engine, Instant now) {
    return receive(engine, now, [&] { transmit(engine, now); });
  }
  /// The same with `after` instead of `transmit` after each batch: for an application that must do
  /// something before the answers leave.
  template <DatagramEngine Engine, std::invocable After>
  bool receive(Engine& engine, Instant now, After after) {
    constexpr int kBatches = 8;
    for (int i = 0; i < kBatches; ++i) {
      const bool more = socket_.receive(in_);
      for (std::size_t k = 0; k < in_.size(); ++k) {
        // The name of a secure session (docs/decisions/0010); no network has such a source.
        if (!in_.peer(k).is_session()) engine.receive(now, in_.peer(k), in_.bytes(k));
      }
      after();
      if (!more) return false;
    }
    return true;
  }

  /// Queues a datagram that lies elsewhere; what is queued leaves with `flush`, or when it is much.
  void push(const SocketAddress& to, ByteView datagram) {
    if (out_.full()) socket_.send(out_);
    const MutableBytes room = out_.free();
    if (datagram.size() > room.size()) return;
    std::copy(datagram.begin(), datagram.end(), room.begin());
    out_.commit(to, datagram.size());
  }
  void flush() {
    if (out_.size() != 0) socket_.send(out_);
  }

  /// Sends everything the engine has to send.
  template <DatagramEngine Engine>
  void transmit(Engine& engine, Instant now) {
    while (const auto datagram = engine.poll_transmit(now, out_.free())) {
      out_.commit(datagram->to, datagram->size);
      if (out_.full()) socket_.send(out_);
    }
    if (out_.size() != 0) socket_.send(out_);
  }

 private:
  UdpSocket& socket_;
  ReceiveBatch in_;
  SendBatch out_;
};

}  // namespace linnet::posix
