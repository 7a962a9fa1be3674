// SPDX-License-Identifier: Apache-2.0
#pragma once
// A queue that grows by doubling and then stays: in a steady state it allocates nothing.
#include <cstddef>
#include <utility>
#include <vector>

#include <linnet/base/check.hpp>

namespace linnet::server {

template <typename T>
class RingBuffer {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  T& front() {
    LINNET_CHECK(size_ != 0);
    return items_[head_];
  }
  const T& front() const { return const_cast<RingBuffer&>(*this).front(); }
  void push(T item) {
    if (size_ == items_.size()) grow();
    items_[(head_ + size_++) & (items_.size() - 1)] = std::move(item);
  }
  T pop() {
    T item = std::move(front());
    head_ = (head_ + 1) & (items_.size() - 1);
    // From the start again if it can be: a few items then stay in the cache.
    if (--size_ == 0) head_ = 0;
    return item;
  }

 private:
  void grow() {
    std::vector<T> bigger(items_.empty() ? 16 : items_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) {
      bigger[i] = std::move(items_[(head_ + i) & (items_.size() - 1)]);
    }
    items_ = std::move(bigger);
    head_ = 0;
  }

  std::vector<T> items_;  // a power of two, or none
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace linnet::server
