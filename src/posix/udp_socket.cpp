// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/udp_socket.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <linnet/base/check.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {
namespace {

/// The arrays recvmmsg and sendmmsg want, laid out once.
struct Messages {
  Messages(std::size_t count, std::size_t bytes)
      : slot(bytes), data(count * bytes), names(count), vectors(count), headers(count) {
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i].iov_base = data.data() + i * slot;
      headers[i].msg_hdr = {};
      headers[i].msg_hdr.msg_name = &names[i];
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }

  [[nodiscard]] MutableBytes bytes(std::size_t i, std::size_t size) {
    return MutableBytes{data}.subspan(i * slot, size);
  }

  std::size_t slot;
  std::vector<std::uint8_t> data;
  std::vector<sockaddr_storage> names;
  std::vector<iovec> vectors;
  std::vector<mmsghdr> headers;
};

[[noreturn]] void explain_bind_failure(const SocketAddress& local, int error) {
  std::string text = "cannot listen on UDP " + to_string(local) + ": ";
  switch (error) {
    case EADDRINUSE:
      text +=
          "the port is already in use. Stop the program that has it (ss -ulpn shows it) or "
          "choose another port";
      break;
    case EACCES:
      text +=
          "no permission. Ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another "
          "port";
      break;
    case EADDRNOTAVAIL:
      text +=
          "this machine has no such address. Use one of its own (ip addr lists them) or * for "
          "all";
      break;
    default: text += std::strerror(error);
  }
  throw SetupError(text);
}

bool is_any(const SocketAddress& address) {
  for (const auto byte : address.ip) {
    if (byte != 0) return false;
  }
  return true;
}

}  // namespace

struct ReceiveBatch::Storage : Messages {
  Storage(std::size_t count, std::size_t bytes)
      : Messages(count, bytes), peers(count), sizes(count) {}
  std::vector<SocketAddress> peers;
  std::vector<std::size_t> sizes;
  /// Places of the datagrams that are whole and from an address we understand.
  std::vector<std::size_t> places;
};

ReceiveBatch::ReceiveBatch(std::size_t count, std::size_t bytes)
    : storage_(std::make_unique<Storage>(count, bytes)) {
  storage_->places.reserve(count);
}
ReceiveBatch::~ReceiveBatch() = default;
ReceiveBatch::ReceiveBatch(ReceiveBatch&&) noexcept = default;
ReceiveBatch& ReceiveBatch::operator=(ReceiveBatch&&) noexcept = default;
std::size_t ReceiveBatch::size() const { return storage_->places.size(); }
const SocketAddress& ReceiveBatch::peer(std::size_t i) const {
  return storage_->peers[storage_->places[i]];
}
MutableBytes ReceiveBatch::bytes(std::size_t i) {
  const std::size_t place = storage_->places[i];
  return storage_->bytes(place, storage_->sizes[place]);
}

struct SendBatch::Storage : Messages {
  Storage(std::size_t count, std::size_t bytes) : Messages(count, bytes), peers(count) {}
  std::vector<SocketAddress> peers;
  std::size_t used = 0;
};

SendBatch::SendBatch(std::size_t count, std::size_t bytes)
    : storage_(std::make_unique<Storage>(count, bytes)) {}
SendBatch::~SendBatch() = default;
SendBatch::SendBatch(SendBatch&&) noexcept = default;
SendBatch& SendBatch::operator=(SendBatch&&) noexcept = default;
std::size_t SendBatch::size() const { return storage_->used; }
bool SendBatch::full() const { return storage_->used == storage_->peers.size(); }
MutableBytes SendBatch::free() {
  LINNET_CHECK(!full());
  return storage_->bytes(storage_->used, storage_->slot);
}
void SendBatch::commit(const SocketAddress& peer, std::size_t size) {
  LINNET_CHECK(!full() && size <= storage_->slot);
  storage_->peers[storage_->used] = peer;
  storage_->vectors[storage_->used].iov_len = size;
  ++storage_->used;
}

UdpSocket::UdpSocket(const SocketAddress& local, const UdpOptions& options) {
  constexpr int kFlags = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  family_ = local.is_v4() ? AF_INET : AF_INET6;
  descriptor_ = ::socket(family_, kFlags, 0);
  if (descriptor_ < 0 && family_ == AF_INET6 && errno == EAFNOSUPPORT && is_any(local)) {
    family_ = AF_INET;
    descriptor_ = ::socket(family_, kFlags, 0);
  }
  if (descriptor_ < 0) explain_bind_failure(local, errno);
  const int on = 1;
  const int v6_only = 0;
  if (family_ == AF_INET6) {
    setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
  }
  if (options.reuse_port) setsockopt(descriptor_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof(int));
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &options.send_buffer, sizeof(int));

  sockaddr_storage name{};
  socklen_t size = to_sockaddr(local, family_, name);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&name), size) != 0) {
    const int error = errno;
    close();
    explain_bind_failure(local, error);
  }
  size = sizeof(name);
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size);
  local_ = from_sockaddr(name).value_or(local);
}

UdpSocket::~UdpSocket() { close(); }

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      family_(other.family_),
      local_(other.local_),
      counters_(other.counters_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    family_ = other.family_;
    local_ = other.local_;
    counters_ = other.counters_;
  }
  return *this;
}

void UdpSocket::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool UdpSocket::receive(ReceiveBatch& batch) {
  auto& storage = *batch.storage_;
  storage.places.clear();
  const std::size_t capacity = storage.headers.size();
  for (std::size_t i = 0; i < capacity; ++i) {
    storage.vectors[i].iov_len = storage.slot;
    storage.headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  }
  int count = 0;
  do {
    count =
        recvmmsg(descriptor_, storage.headers.data(), static_cast<unsigned>(capacity), 0, nullptr);
  } while (count < 0 && errno == EINTR);
  // EAGAIN, or an ICMP error left over from an earlier send: nothing to read either way.
  if (count <= 0) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if ((storage.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.truncated;
      continue;
    }
    const auto peer = from_sockaddr(storage.names[i]);
    if (!peer) continue;
    storage.peers[i] = *peer;
    storage.sizes[i] = storage.headers[i].msg_len;
    storage.places.push_back(i);
  }
  counters_.received += storage.places.size();
  return static_cast<std::size_t>(count) == capacity;
}

void UdpSocket::send(SendBatch& batch) {
  auto& storage = *batch.storage_;
  std::size_t done = 0;
  for (std::size_t i = 0; i < storage.used; ++i) {
    // A length of 0 (IPv6 peer, IPv4 socket) makes the kernel refuse this datagram alone.
    storage.headers[i].msg_hdr.msg_namelen =
        to_sockaddr(storage.peers[i], family_, storage.names[i]);
  }
  while (done < storage.used) {
    const int count = sendmmsg(descriptor_, storage.headers.data() + done,
                               static_cast<unsigned>(storage.used - done), 0);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
      counters_.sent += static_cast<std::uint64_t>(count);
    } else if (errno != EINTR) {
      // sendmmsg fails on the first datagram left: skip that one, as a full network would.
      ++counters_.refused;
      ++done;
    }
  }
  storage.used = 0;
}

}  // namespace linnet::posix
