// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a datagram came from or goes to: an IP address and a port, without any operating
// system type, so that engines can compare, hash and store it. A value type of 20 bytes.
#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>

namespace linnet {

struct SocketAddress {
  /// IPv6 in network order; IPv4 is kept mapped (::ffff:a.b.c.d), so one peer has one form.
  std::array<std::uint8_t, 16> ip{};
  std::uint16_t port = 0;

  [[nodiscard]] static SocketAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                        std::uint8_t d, std::uint16_t port);
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;

  friend constexpr auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// Hash of address and port under a secret `seed`, so that a peer cannot choose collisions.
[[nodiscard]] std::uint64_t hash(const SocketAddress& address, std::uint64_t seed);

/// "192.0.2.1:5683" or "[2001:db8::1]:5683" (RFC 5952 form) into `out`, at least 48 bytes.
/// Returns the text, which lies in `out`; empty if `out` is too small.
std::string_view format(const SocketAddress& address, std::span<char> out);

}  // namespace linnet
