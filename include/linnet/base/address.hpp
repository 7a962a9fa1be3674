// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a datagram came from or goes to: an IP address and a port, without any operating
// system type, so that engines can compare, hash and store it. A value type of 20 bytes.
// Behind a secure session a peer is named by the session instead, whatever address it has just now
// (docs/decisions/0010).
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
  /// The name of a peer behind a secure session. No datagram of a network can have it as its
  /// source: it is a multicast address with port 0.
  [[nodiscard]] static SocketAddress session(std::uint64_t id);
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_session() const;
  /// REQUIRES: `is_session()`.
  [[nodiscard]] std::uint64_t session_id() const;

  friend constexpr auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// Hash of address and port under a secret `seed`, so that a peer cannot choose collisions.
[[nodiscard]] std::uint64_t hash(const SocketAddress& address, std::uint64_t seed);

/// "192.0.2.1:5683" or "[2001:db8::1]:5683" (RFC 5952 form), or "session 00000000000000a7", into
/// `out`, at least 48 bytes.
/// Returns the text, which lies in `out`; empty if `out` is too small.
std::string_view format(const SocketAddress& address, std::span<char> out);

}  // namespace linnet
