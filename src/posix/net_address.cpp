// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/net_address.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {

socklen_t to_sockaddr(const SocketAddress& address, int family, sockaddr_storage& out) {
  if (family == AF_INET6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
    std::memcpy(&out, &v6, sizeof(v6));
    return sizeof(v6);
  }
  const bool any = std::all_of(address.ip.begin(), address.ip.end(), [](auto b) { return b == 0; });
  if (family != AF_INET || (!address.is_v4() && !any)) return 0;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  std::memcpy(&v4.sin_addr, address.ip.data() + 12, 4);
  std::memcpy(&out, &v4, sizeof(v4));
  return sizeof(v4);
}

std::optional<SocketAddress> from_sockaddr(const sockaddr_storage& address) {
  SocketAddress result;
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::memcpy(result.ip.data(), &v6.sin6_addr, 16);
    result.port = ntohs(v6.sin6_port);
    return result;
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    result = SocketAddress::v4(0, 0, 0, 0, ntohs(v4.sin_port));
    std::memcpy(result.ip.data() + 12, &v4.sin_addr, 4);
    return result;
  }
  return {};
}

std::string to_string(const SocketAddress& address) {
  char text[64];
  return std::string(format(address, text));
}

std::optional<HostPort> split_host_port(std::string_view text, std::uint16_t default_port) {
  HostPort result{{}, default_port};
  std::string_view port;
  bool has_port = false;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    result.host = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    if (result.host.empty() || (!rest.empty() && rest.front() != ':')) return {};
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') > 1) {
    result.host = text;  // an IPv6 address without brackets has no port
  } else {
    const auto colon = text.find(':');
    result.host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (has_port) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    if (error != std::errc{} || end != port.data() + port.size()) return {};
  }
  if (result.host == "*") result.host.clear();
  return result;
}

std::vector<SocketAddress> resolve(const HostPort& where) {
  if (where.host.empty() || where.host == "*") {
    SocketAddress any;
    any.port = where.port;
    return {any};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
  if (error != 0) {
    throw SetupError("cannot find the host '" + where.host + "': " + gai_strerror(error));
  }
  std::vector<SocketAddress> result;
  for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, item->ai_addr, std::min<std::size_t>(item->ai_addrlen, sizeof(storage)));
    const auto address = from_sockaddr(storage);
    if (address && std::find(result.begin(), result.end(), *address) == result.end()) {
      result.push_back(*address);
    }
  }
  freeaddrinfo(found);
  if (result.empty()) throw SetupError("the host '" + where.host + "' has no IP address");
  return result;
}

std::optional<SocketAddress> source_address(const SocketAddress& peer) {
  const int family = peer.is_v4() ? AF_INET : AF_INET6;
  const int descriptor = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {};
  sockaddr_storage name{};
  socklen_t size = to_sockaddr(peer, family, name);
  // Connecting a datagram socket sends nothing: it only chooses the way.
  const bool found = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&name), size) == 0;
  size = sizeof(name);
  const bool named =
      found && ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  ::close(descriptor);
  return named ? from_sockaddr(name) : std::nullopt;
}

}  // namespace linnet::posix
