// SPDX-License-Identifier: Apache-2.0
#pragma once
// Containers of fixed capacity. Full is an answer (`false` or `Error::NoSpace`), never a crash.
// None of them allocates; elements live inside the object.
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <linnet/base/bytes.hpp>
#include <linnet/base/check.hpp>

namespace linnet {

/// A vector of at most `N` elements. `T` must be default constructible and movable.
template <typename T, std::size_t N>
class FixedVector {
 public:
  using value_type = T;

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool full() const { return size_ == N; }
  static constexpr std::size_t capacity() { return N; }

  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr T* data() { return items_.data(); }
  constexpr const T* data() const { return items_.data(); }
  constexpr T& operator[](std::size_t i) {
    LINNET_CHECK(i < size_);
    return items_[i];
  }
  constexpr const T& operator[](std::size_t i) const {
    LINNET_CHECK(i < size_);
    return items_[i];
  }
  constexpr T& back() { return (*this)[size_ - 1]; }

  /// False when full; nothing changes then.
  [[nodiscard]] constexpr bool push_back(T value) {
    if (full()) return false;
    items_[size_++] = std::move(value);
    return true;
  }
  constexpr void pop_back() {
    LINNET_CHECK(size_ > 0);
    items_[--size_] = T{};
  }
  /// Removes element `i`, keeping the order of the others. O(n).
  constexpr void erase(std::size_t i) {
    LINNET_CHECK(i < size_);
    for (; i + 1 < size_; ++i) items_[i] = std::move(items_[i + 1]);
    pop_back();
  }
  constexpr void clear() {
    while (!empty()) pop_back();
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

/// A byte string of at most `N` bytes, `N` < 65536.
template <std::size_t N>
class FixedBytes {
 public:
  /// False if `value` does not fit; the old content stays.
  [[nodiscard]] constexpr bool assign(ByteView value) {
    if (value.size() > N) return false;
    for (std::size_t i = 0; i < value.size(); ++i) bytes_[i] = value[i];
    size_ = static_cast<std::uint16_t>(value.size());
    return true;
  }
  [[nodiscard]] bool assign(std::string_view value) { return assign(as_bytes(value)); }
  [[nodiscard]] constexpr ByteView view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::string_view text() const { return as_text(view()); }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  static constexpr std::size_t capacity() { return N; }
  constexpr void clear() { size_ = 0; }

  friend bool operator==(const FixedBytes& a, const FixedBytes& b) {
    return equal(a.view(), b.view());
  }

 private:
  std::array<std::uint8_t, N> bytes_{};
  std::uint16_t size_ = 0;
};

template <std::size_t N>
using FixedString = FixedBytes<N>;

}  // namespace linnet
