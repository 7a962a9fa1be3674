// SPDX-License-Identifier: Apache-2.0
#pragma once
// An unsigned integer of fixed capacity for exact conversions between binary and decimal.
// 1184 bits hold every number that the conversions of a double need: the largest are 10^343, with
// which parse_double scales nineteen digits down to the smallest double, and ten times that.
#include <array>
#include <cstddef>
#include <cstdint>

namespace linnet::text {

/// A value type of about 150 bytes. Overflow of the capacity is a broken invariant.
class BigInteger {
 public:
  explicit BigInteger(std::uint64_t value);

  [[nodiscard]] bool is_zero() const { return size_ == 0; }
  /// The position of the highest set bit, plus one; 0 for zero.
  [[nodiscard]] int bit_length() const;

  void multiply(std::uint32_t factor);
  /// Multiplies by 10^exponent. REQUIRES: exponent >= 0.
  void multiply_pow10(int exponent);
  void shift_left(int bits);
  void add(const BigInteger& other);
  /// REQUIRES: other <= *this.
  void subtract(const BigInteger& other);

  /// Negative, zero or positive as `a` is less than, equal to or greater than `b`.
  [[nodiscard]] static int compare(const BigInteger& a, const BigInteger& b);

 private:
  static constexpr std::size_t kWords = 37;

  void push(std::uint32_t word);

  std::array<std::uint32_t, kWords> words_{};  ///< least significant first; zero above size_
  std::uint32_t size_ = 0;                     ///< without leading zero words
};

}  // namespace linnet::text
