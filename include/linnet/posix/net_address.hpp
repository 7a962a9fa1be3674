// SPDX-License-Identifier: Apache-2.0
#pragma once
// Between `SocketAddress`, the system's sockaddr and what people type. Safe from any thread;
// `resolve` may block for as long as the system's resolver does.
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/base/address.hpp>

namespace linnet::posix {

/// Fills `out` for a socket of `family`: AF_INET6 takes IPv4 as a mapped address. Returns the
/// length, or 0 if the family cannot carry the address (IPv6 on an AF_INET socket).
socklen_t to_sockaddr(const SocketAddress& address, int family, sockaddr_storage& out);
/// Nothing for another family than AF_INET and AF_INET6.
[[nodiscard]] std::optional<SocketAddress> from_sockaddr(const sockaddr_storage& address);

/// "192.0.2.1:5683" or "[2001:db8::1]:5683".
[[nodiscard]] std::string to_string(const SocketAddress& address);

/// A host (name or address, IPv6 without brackets) and a port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

/// Takes "host", "host:port", "[v6]", "[v6]:port", ":port" or "*:port" apart; a missing host is
/// empty, a missing port `default_port`. Nothing if the text is none of these.
[[nodiscard]] std::optional<HostPort> split_host_port(std::string_view text,
                                                      std::uint16_t default_port);

/// The addresses of a host, in the order the system prefers. An empty host or "*" is the address
/// "all interfaces, IPv6 and IPv4". Throws SetupError.
[[nodiscard]] std::vector<SocketAddress> resolve(const HostPort& where);

/// The own address the system would send from to `peer`; nothing if there is no way there.
[[nodiscard]] std::optional<SocketAddress> source_address(const SocketAddress& peer);

}  // namespace linnet::posix
