// SPDX-License-Identifier: Apache-2.0
#pragma once
// An array that grows by chunks: elements never move, growing copies nothing and leaves no slack
// beyond one chunk. Elements are addressed by a 32-bit index.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <linnet/base/check.hpp>

namespace linnet::server {

template <typename T, std::size_t kChunk = 1024>
class Slab {
 public:
  [[nodiscard]] std::uint32_t size() const { return size_; }

  T& operator[](std::uint32_t index) {
    LINNET_CHECK(index < size_);
    return chunks_[index / kChunk][index % kChunk];
  }
  const T& operator[](std::uint32_t index) const {
    LINNET_CHECK(index < size_);
    return chunks_[index / kChunk][index % kChunk];
  }

  /// The index of a new, value-initialised element.
  std::uint32_t grow() {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return size_++;
  }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::uint32_t size_ = 0;
};

}  // namespace linnet::server
