// SPDX-License-Identifier: Apache-2.0
#pragma once
// A datagram port, clock and random number generator in memory-mapped registers: what a board
// support package would give. Only their cost in flash matters here.
#include <cstdint>

#include <linnet/base/bytes.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>

namespace port {

struct Registers {
  std::uint32_t milliseconds;
  std::uint32_t random;
  std::uint32_t rx_size;
  std::uint32_t tx_size;
  std::uint8_t rx[1280];
  std::uint8_t tx[1280];
};
inline volatile Registers& registers() {
  return *reinterpret_cast<volatile Registers*>(0x40000000);
}

inline linnet::Instant now() { return {registers().milliseconds}; }

inline std::size_t receive(linnet::MutableBytes out) {
  const std::size_t size = registers().rx_size;
  for (std::size_t i = 0; i < size && i < out.size(); ++i) out[i] = registers().rx[i];
  return size;
}

inline void send(linnet::ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) registers().tx[i] = bytes[i];
  registers().tx_size = bytes.size();
}

class Random final : public linnet::Rng {
 public:
  std::uint32_t next() override { return registers().random; }
};

}  // namespace port
