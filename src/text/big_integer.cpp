// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include <linnet/base/check.hpp>
#include <text/big_integer.hpp>

namespace linnet::text {

BigInteger::BigInteger(std::uint64_t value) {
  for (; value != 0; value >>= 32) push(static_cast<std::uint32_t>(value));
}

void BigInteger::push(std::uint32_t word) {
  LINNET_CHECK(size_ < kWords);
  words_[size_++] = word;
}

int BigInteger::bit_length() const {
  return is_zero() ? 0 : static_cast<int>(32 * size_) - std::countl_zero(words_[size_ - 1]);
}

void BigInteger::multiply(std::uint32_t factor) {
  std::uint32_t carry = 0;
  for (std::uint32_t i = 0; i < size_; ++i) {
    const std::uint64_t product = std::uint64_t{words_[i]} * factor + carry;
    words_[i] = static_cast<std::uint32_t>(product);
    carry = static_cast<std::uint32_t>(product >> 32);
  }
  if (carry != 0) push(carry);
}

void BigInteger::multiply_pow10(int exponent) {
  for (; exponent >= 9; exponent -= 9) multiply(1'000'000'000);
  for (; exponent > 0; --exponent) multiply(10);
}

void BigInteger::shift_left(int bits) {
  if (is_zero()) return;
  multiply(std::uint32_t{1} << (bits % 32));
  const auto words = static_cast<std::uint32_t>(bits / 32);
  if (words == 0) return;
  LINNET_CHECK(size_ + words <= kWords);
  for (std::uint32_t i = size_; i-- > 0;) words_[i + words] = words_[i];
  for (std::uint32_t i = 0; i < words; ++i) words_[i] = 0;
  size_ += words;
}

void BigInteger::add(const BigInteger& other) {
  std::uint64_t carry = 0;
  for (std::uint32_t i = 0; i < size_ || i < other.size_; ++i) {
    if (i == size_) push(0);
    carry += std::uint64_t{words_[i]} + other.words_[i];
    words_[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) push(static_cast<std::uint32_t>(carry));
}

void BigInteger::subtract(const BigInteger& other) {
  std::uint32_t borrow = 0;
  for (std::uint32_t i = 0; i < size_; ++i) {
    const std::uint64_t taken = std::uint64_t{other.words_[i]} + borrow;
    borrow = words_[i] < taken ? 1 : 0;
    words_[i] -= static_cast<std::uint32_t>(taken);
  }
  while (size_ > 0 && words_[size_ - 1] == 0) --size_;
}

int BigInteger::compare(const BigInteger& a, const BigInteger& b) {
  if (a.size_ != b.size_) return a.size_ < b.size_ ? -1 : 1;
  for (std::uint32_t i = a.size_; i-- > 0;) {
    if (a.words_[i] != b.words_[i]) return a.words_[i] < b.words_[i] ? -1 : 1;
  }
  return 0;
}

}  // namespace linnet::text
