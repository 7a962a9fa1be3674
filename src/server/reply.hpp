// SPDX-License-Identifier: Apache-2.0
#pragma once
// An answer to a message of a device, kept small until it is written into the caller's datagram:
// acknowledgements, resets, and responses that are a code and little else.
#include <cstdint>
#include <optional>

#include <linnet/base/address.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::server {

/// What a request is answered with, apart from header and address.
struct Answer {
  coap::Code code = coap::Code::Empty;  ///< Empty: an acknowledgement without a response
  RegistrationId location;              ///< if valid: Location-Path rd/<id> [REG-02]
  std::optional<coap::BlockOption> block1;
  /// Static text for the diagnostic payload, or, of a 2.05, in link format.
  const char* text = "";
};

struct Reply {
  SocketAddress to;
  coap::Header header;
  Answer answer;
};

/// Writes `reply` as a datagram.
[[nodiscard]] Status write_reply(const Reply& reply, Writer& out);

}  // namespace linnet::server
