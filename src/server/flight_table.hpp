// SPDX-License-Identifier: Apache-2.0
#pragma once
// Last flights of handshakes, kept for peers that ask for them again (RFC 6347 §4.2.4), each by the
// slot of its session. Short ones, as pre-shared keys make them, cost no allocation.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>
#include "server/hash_index.hpp"
#include "server/slab.hpp"

namespace linnet::server {

class FlightTable {
 public:
  class Flight {
   public:
    [[nodiscard]] ByteView bytes() const {
      return {long_ != nullptr ? long_.get() : short_.data(), size_};
    }
    Instant until;
    std::uint64_t plain_sequence = 0;
    Instant asked_at{};      ///< and repeated
    std::uint32_t sent = 0;  ///< bytes of the repetition under way
    bool repeating = false;  ///< waits for its turn

   private:
    friend class FlightTable;
    std::unique_ptr<std::uint8_t[]> long_;
    std::uint32_t slot_ = kNone;  ///< or the next in the chain of free ones
    std::uint32_t size_ = 0;
    std::array<std::uint8_t, 40> short_{};
  };

  /// In place of what is kept for `slot`, if anything is.
  void put(std::uint32_t slot, ByteView bytes, std::uint64_t plain_sequence, Instant until) {
    erase(slot);
    const std::uint32_t number = free_ != kNone ? free_ : flights_.grow();
    Flight& flight = flights_[number];
    if (number == free_) free_ = flight.slot_;
    if (bytes.size() > flight.short_.size()) {
      flight.long_ = std::make_unique<std::uint8_t[]>(bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(),
              flight.long_ != nullptr ? flight.long_.get() : flight.short_.data());
    flight.size_ = static_cast<std::uint32_t>(bytes.size());
    flight.slot_ = slot;
    flight.plain_sequence = plain_sequence;
    flight.until = until;
    flight.asked_at = {};
    flight.sent = 0;
    flight.repeating = false;
    by_slot_.insert(hash_of(slot), number);
  }
  /// Null if there is none; lives until the next call that is not const.
  [[nodiscard]] Flight* find(std::uint32_t slot) {
    const std::uint32_t number = number_of(slot);
    return number == kNone ? nullptr : &flights_[number];
  }
  void erase(std::uint32_t slot) {
    const std::uint32_t number = number_of(slot);
    if (number == kNone) return;
    by_slot_.erase(hash_of(slot), number);
    flights_[number].long_.reset();
    flights_[number].slot_ = free_;
    free_ = number;
  }

 private:
  // Neighbours, which come one after the other, lie side by side in a line of the cache. No secret
  // in it: no peer chooses its slot.
  static std::uint64_t hash_of(std::uint32_t slot) {
    constexpr std::uint32_t kSideBySide = 8;
    return slot / kSideBySide * 0x9E3779B1u * kSideBySide + slot % kSideBySide;
  }
  [[nodiscard]] std::uint32_t number_of(std::uint32_t slot) const {
    return by_slot_.find(hash_of(slot),
                         [&](std::uint32_t number) { return flights_[number].slot_ == slot; });
  }

  Slab<Flight, 64> flights_;
  HashIndex by_slot_;
  std::uint32_t free_ = kNone;
};

}  // namespace linnet::server
