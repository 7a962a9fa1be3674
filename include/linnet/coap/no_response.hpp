// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which responses a requester does not want to see. Read RFC 7967 §2.
#include <cstdint>

#include <linnet/coap/code.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::coap {

/// Whether a response with `code` is not to be sent, given the value of No-Response: 2, 8 and 16
/// suppress 2.xx, 4.xx and 5.xx. A CON is still acknowledged, with an empty ACK.
constexpr bool is_suppressed(Code code, std::uint32_t no_response) {
  return is_response(code) && (no_response >> (code_class(code) - 1) & 1u) != 0;
}
/// The same for a request; without the option nothing is suppressed.
[[nodiscard]] inline bool is_suppressed(Code code, const MessageView& request) {
  return is_suppressed(code, request.unsigned_option(OptionNumber::NoResponse).value_or(0));
}

}  // namespace linnet::coap
