// SPDX-License-Identifier: Apache-2.0
#pragma once
// Method, response and signaling codes of CoAP: the 3-bit class and 5-bit detail written "4.04".
// Read RFC 7252 §5.2 and §12.1, RFC 7959 §2.9, RFC 8132 §4, RFC 8323 §5, RFC 8516.
// Plain values; every byte is a Code, the named ones are those Linnet knows.
#include <array>
#include <cstdint>
#include <string_view>

#include <linnet/base/result.hpp>

namespace linnet::coap {

enum class Code : std::uint8_t {
  Empty = 0x00,

  Get = 0x01,
  Post = 0x02,
  Put = 0x03,
  Delete = 0x04,
  Fetch = 0x05,
  Patch = 0x06,
  IPatch = 0x07,

  Created = 0x41,   ///< 2.01
  Deleted = 0x42,   ///< 2.02
  Valid = 0x43,     ///< 2.03
  Changed = 0x44,   ///< 2.04
  Content = 0x45,   ///< 2.05
  Continue = 0x5F,  ///< 2.31

  BadRequest = 0x80,                ///< 4.00
  Unauthorized = 0x81,              ///< 4.01
  BadOption = 0x82,                 ///< 4.02
  Forbidden = 0x83,                 ///< 4.03
  NotFound = 0x84,                  ///< 4.04
  MethodNotAllowed = 0x85,          ///< 4.05
  NotAcceptable = 0x86,             ///< 4.06
  RequestEntityIncomplete = 0x88,   ///< 4.08
  Conflict = 0x89,                  ///< 4.09
  PreconditionFailed = 0x8C,        ///< 4.12
  RequestEntityTooLarge = 0x8D,     ///< 4.13
  UnsupportedContentFormat = 0x8F,  ///< 4.15
  UnprocessableEntity = 0x96,       ///< 4.22
  TooManyRequests = 0x9D,           ///< 4.29

  InternalServerError = 0xA0,   ///< 5.00
  NotImplemented = 0xA1,        ///< 5.01
  BadGateway = 0xA2,            ///< 5.02
  ServiceUnavailable = 0xA3,    ///< 5.03
  GatewayTimeout = 0xA4,        ///< 5.04
  ProxyingNotSupported = 0xA5,  ///< 5.05
  HopLimitReached = 0xA8,       ///< 5.08

  Csm = 0xE1,  ///< 7.01, reliable transports only, as are the four below
  Ping = 0xE2,
  Pong = 0xE3,
  Release = 0xE4,
  Abort = 0xE5,
};

constexpr unsigned code_class(Code code) { return static_cast<unsigned>(code) >> 5; }
constexpr unsigned code_detail(Code code) { return static_cast<unsigned>(code) & 31u; }
/// The code "c.dd". REQUIRES: c < 8, dd < 32.
constexpr Code make_code(unsigned code_class, unsigned detail) {
  return static_cast<Code>(code_class << 5 | detail);
}

/// Any code of class 0 but Empty, known method or not.
constexpr bool is_request(Code code) { return code_class(code) == 0 && code != Code::Empty; }
/// Any code of the classes 2 to 5, known or not.
constexpr bool is_response(Code code) { return code_class(code) >= 2 && code_class(code) <= 5; }
constexpr bool is_success(Code code) { return code_class(code) == 2; }
/// 7.xx, only on TCP and WebSockets.
constexpr bool is_signaling(Code code) { return code_class(code) == 7; }
/// Running such a request twice leaves the same state as once: GET, PUT, DELETE, FETCH, iPATCH.
constexpr bool is_idempotent(Code code) {
  return is_request(code) && code != Code::Post && code != Code::Patch;
}

/// "4.04" as four characters, not terminated.
constexpr std::array<char, 4> dotted(Code code) {
  const unsigned detail = code_detail(code);
  return {static_cast<char>('0' + code_class(code)), '.', static_cast<char>('0' + detail / 10),
          static_cast<char>('0' + detail % 10)};
}
/// "GET", "Not Found", ...; empty for a code without a name. Static lifetime.
[[nodiscard]] std::string_view name(Code code);

/// The code a peer is answered with when its request failed with `error`. The one such mapping:
/// rooms above choose the `Error`, never the code. `Ok` is a caller's mistake and gives 5.00.
[[nodiscard]] Code response_code(Error error);

}  // namespace linnet::coap
