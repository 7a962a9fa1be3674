// SPDX-License-Identifier: Apache-2.0
#pragma once
// coap, coaps, coap+tcp and coaps+tcp URIs. Read RFC 7252 §6, RFC 8323 §8, RFC 3986 §3.
// A `UriView` refers to the text it was parsed from. Values; any thread.
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::coap {

enum class Scheme : std::uint8_t { Coap, Coaps, CoapTcp, CoapsTcp };

/// 5683, or 5684 for the secure schemes.
constexpr std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::Coaps || scheme == Scheme::CoapsTcp ? 5684 : 5683;
}
constexpr bool is_secure(Scheme scheme) {
  return scheme == Scheme::Coaps || scheme == Scheme::CoapsTcp;
}
constexpr bool is_tcp(Scheme scheme) {
  return scheme == Scheme::CoapTcp || scheme == Scheme::CoapsTcp;
}
/// "coap", "coaps", "coap+tcp", "coaps+tcp". Static lifetime.
[[nodiscard]] std::string_view name(Scheme scheme);

struct UriView {
  Scheme scheme = Scheme::Coap;
  std::string_view host;   ///< without brackets; a name may be percent-encoded
  bool bracketed = false;  ///< an IPv6 (or later) literal
  std::uint16_t port = 0;  ///< the default if the text names none
  std::string_view path;   ///< empty or beginning with '/', percent-encoded
  std::string_view query;  ///< without '?', percent-encoded
};

/// Any letter case of the scheme. `Unsupported` for another scheme, `Malformed` for anything else
/// that is wrong: no host, user information, a fragment, a bad port or escape, a character that
/// a URI may not have, a part longer than the 255 bytes an option holds. [TR-04]
[[nodiscard]] Result<UriView> parse_uri(std::string_view text);

/// Adds the Uri-Path and Uri-Query options of `uri`, percent-decoded. Uri-Host and Uri-Port are
/// the caller's. Options of numbers between 11 and 15 cannot be added in between: use
/// `add_uri_path` and `add_uri_query` where Content-Format or Max-Age is needed.
void add_uri_path(MessageWriter& message, const UriView& uri);
void add_uri_query(MessageWriter& message, const UriView& uri);

}  // namespace linnet::coap
