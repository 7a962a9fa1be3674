// SPDX-License-Identifier: Apache-2.0
#pragma once
// A UDP socket that receives and sends datagrams in batches (recvmmsg, sendmmsg), and the batches
// with their preallocated buffers. Never blocks. A socket and its batches belong to one thread;
// they are movable, not copyable.
#include <cstdint>
#include <memory>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>

namespace linnet::posix {

/// Room for `count` datagrams of `bytes` each; what lies in it is valid until the next `receive`.
class ReceiveBatch {
 public:
  explicit ReceiveBatch(std::size_t count = 64, std::size_t bytes = 2048);
  ~ReceiveBatch();
  ReceiveBatch(ReceiveBatch&&) noexcept;
  ReceiveBatch& operator=(ReceiveBatch&&) noexcept;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const SocketAddress& peer(std::size_t i) const;
  [[nodiscard]] MutableBytes bytes(std::size_t i);

 private:
  friend class UdpSocket;
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

/// Datagrams waiting to go out.
class SendBatch {
 public:
  explicit SendBatch(std::size_t count = 64, std::size_t bytes = 2048);
  ~SendBatch();
  SendBatch(SendBatch&&) noexcept;
  SendBatch& operator=(SendBatch&&) noexcept;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool full() const;
  /// Where the next datagram is to be written. REQUIRES: !full().
  [[nodiscard]] MutableBytes free();
  /// Claims the first `size` bytes of `free()` as a datagram to `peer`. REQUIRES: !full().
  void commit(const SocketAddress& peer, std::size_t size);

 private:
  friend class UdpSocket;
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

struct UdpOptions {
  /// Bytes the kernel keeps for us while we are busy; it may grant less.
  int receive_buffer = 4 << 20;
  int send_buffer = 4 << 20;
  /// Several sockets share the port and the kernel spreads the peers (one a shard).
  bool reuse_port = false;
};

/// What went through a socket since it was opened.
struct UdpCounters {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  /// Datagrams larger than a batch's buffers: dropped.
  std::uint64_t truncated = 0;
  /// Datagrams the kernel refused to send (no route, buffer full): dropped, as a network would.
  std::uint64_t refused = 0;
};

class UdpSocket {
 public:
  /// Binds `local`; port 0 takes a free one. The address "::" serves IPv4 as well, and becomes
  /// 0.0.0.0 on a system without IPv6. Throws SetupError, which names the address and says why
  /// (port in use, no such address, no right to bind).
  explicit UdpSocket(const SocketAddress& local, const UdpOptions& options = {});
  ~UdpSocket();
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;

  /// For an event loop: readable when datagrams wait.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// What it is bound to, with the port that was found.
  [[nodiscard]] SocketAddress local() const { return local_; }
  [[nodiscard]] const UdpCounters& counters() const { return counters_; }

  /// Takes what waits, at most one batch. True if the batch was filled: there may be more.
  bool receive(ReceiveBatch& batch);
  /// Sends and empties the batch. What the kernel refuses is counted and dropped.
  void send(SendBatch& batch);

 private:
  void close();

  int descriptor_ = -1;
  int family_ = 0;
  SocketAddress local_;
  UdpCounters counters_;
};

}  // namespace linnet::posix
