// SPDX-License-Identifier: Apache-2.0
#pragma once
// A CoAP message in words, for logs and for people. Not needed for operation: unless it is called
// it is not linked. Any thread.
#include <span>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::coap {

/// "Uri-Path", ...; empty for an option without a name. Static lifetime.
[[nodiscard]] std::string_view name(OptionNumber number);
/// "CON", "NON", "ACK", "RST".
[[nodiscard]] std::string_view name(Type type);
/// "application/vnd.oma.lwm2m+tlv", ...; empty for an unknown number.
[[nodiscard]] std::string_view name(ContentFormat format);

/// One line: `CON POST mid=4660 token=ab01 Uri-Path:rd Uri-Query:ep=a Content-Format:40
/// (application/link-format) payload 12 bytes`. Text not fit to print is escaped (\xNN); what does
/// not fit into `out` is cut and ends in "...". Returns the text, which lies in `out`. Payload is
/// never shown: it may be secret.
[[nodiscard]] std::string_view explain(const MessageView& message, std::span<char> out);
/// The same for bytes that may be malformed; then what can still be said and the reason.
[[nodiscard]] std::string_view explain(ByteView datagram, std::span<char> out);

/// The value of an option in words, without its name: a block as `2/more/1024`, a number, escaped
/// text, or hex. What does not fit is cut and ends in "...".
[[nodiscard]] std::string_view explain(const OptionView& option, std::span<char> out);

}  // namespace linnet::coap
