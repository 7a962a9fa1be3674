// SPDX-License-Identifier: Apache-2.0
#include "server/reply.hpp"

namespace linnet::server {

using coap::OptionNumber;

Status write_reply(const Reply& reply, Writer& out) {
  const Answer& answer = reply.answer;
  coap::MessageWriter message(out, reply.header);
  // [REG-02]
  if (answer.location.valid()) {
    const auto id = format(answer.location);
    message.add_option(OptionNumber::LocationPath, "rd");
    message.add_option(OptionNumber::LocationPath, std::string_view{id.data(), id.size()});
  }
  const std::string_view text = answer.text;
  if (!text.empty() && answer.code == coap::Code::Content) {
    message.add_content_format(coap::ContentFormat::LinkFormat);
  }
  if (answer.block1) message.add_unsigned(OptionNumber::Block1, answer.block1->encode());
  if (!text.empty()) message.payload(as_bytes(text));
  return message.finish();
}

}  // namespace linnet::server
