// SPDX-License-Identifier: Apache-2.0
#pragma once
// Randomness as an argument: message ids, tokens and jitter all draw from one `Rng`.
#include <cstdint>

#include <linnet/base/bytes.hpp>

namespace linnet {

/// A source of random numbers, given by the port. Tokens of a NoSec client are only as
/// unguessable as this is (RFC 7252 §11.4): use the system's generator in production.
class Rng {
 public:
  virtual std::uint32_t next() = 0;

  /// A number in [0, bound); 0 for bound 0. Bias is below 2^-32 * bound.
  std::uint32_t below(std::uint32_t bound);
  void fill(MutableBytes out);

 protected:
  ~Rng() = default;
};

/// A deterministic generator (SplitMix64) for tests and simulations. Not for keys or tokens
/// that an attacker can reach.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : state_(seed) {}
  std::uint32_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace linnet
