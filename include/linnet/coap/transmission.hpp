// SPDX-License-Identifier: Apache-2.0
#pragma once
// The transmission parameters of RFC 7252 §4.8 and the times derived from them (§4.8.2).
// A value; an engine keeps one for each network it talks to.
#include <cstdint>

#include <linnet/base/compact.hpp>
#include <linnet/base/time.hpp>

namespace linnet::coap {

struct TransmissionParameters {
  Duration ack_timeout = seconds(2);       ///< at most an hour
  std::uint16_t ack_random_percent = 150;  ///< ACK_RANDOM_FACTOR 1.5; at least 100
  std::uint8_t max_retransmit = 4;         ///< at most 20
  std::uint8_t nstart = 1;
  Duration default_leisure = seconds(5);
  std::uint16_t probing_rate = 1;  ///< bytes a second to a peer that does not answer
  Duration max_latency = seconds(100);

  /// From the first to the last transmission of a CON.
  [[nodiscard]] constexpr Duration max_transmit_span() const {
    return longest((std::uint32_t{1} << max_retransmit) - 1);
  }
  /// From the first transmission of a CON to giving up its ACK.
  [[nodiscard]] constexpr Duration max_transmit_wait() const {
    return longest((std::uint32_t{2} << max_retransmit) - 1);
  }
  [[nodiscard]] constexpr Duration processing_delay() const { return ack_timeout; }
  [[nodiscard]] constexpr Duration max_rtt() const { return max_latency * 2 + processing_delay(); }
  /// How long a message id of a CON stays in use.
  [[nodiscard]] constexpr Duration exchange_lifetime() const {
    return max_transmit_span() + max_rtt();
  }
  /// How long a message id of a NON stays in use.
  [[nodiscard]] constexpr Duration non_lifetime() const {
    return max_transmit_span() + max_latency;
  }

 private:
  /// Rounded up. The first division is the only one, and of 32 bits.
  [[nodiscard]] LINNET_COMPACT constexpr Duration longest(std::uint32_t timeouts) const {
    const std::uint32_t first =
        (static_cast<std::uint32_t>(ack_timeout.ms) * ack_random_percent + 99) / 100;
    return {static_cast<std::int64_t>(std::uint64_t{first} * timeouts)};
  }
};

}  // namespace linnet::coap
