// SPDX-License-Identifier: Apache-2.0
#pragma once
// Datagrams that wait for their turn: a ring of fixed size. What does not fit is lost, as on a
// network. Allocates nothing after its construction.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>

namespace linnet::server {

template <std::size_t kBytes>
class DatagramQueue {
 public:
  struct Item {
    SocketAddress peer;
    std::uint16_t size = 0;
    std::array<std::uint8_t, kBytes> bytes;
    [[nodiscard]] MutableBytes view() { return MutableBytes(bytes).first(size); }
  };

  explicit DatagramQueue(std::size_t count) : items_(count) {}

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t size() const { return count_; }
  /// False if it is lost.
  bool push(const SocketAddress& peer, ByteView datagram) {
    if (count_ == items_.size() || datagram.size() > kBytes) return false;
    Item& item = items_[(first_ + count_++) % items_.size()];
    item.peer = peer;
    item.size = static_cast<std::uint16_t>(datagram.size());
    std::copy(datagram.begin(), datagram.end(), item.bytes.begin());
    return true;
  }
  /// The oldest, which stays in place until the next `push`. REQUIRES: !empty().
  Item& pop() {
    Item& item = items_[first_];
    first_ = (first_ + 1) % items_.size();
    // From the start again if it can be: a few items then stay in the cache.
    if (--count_ == 0) first_ = 0;
    return item;
  }

 private:
  std::vector<Item> items_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace linnet::server
