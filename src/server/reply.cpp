// SPDX-License-Identifier: Apache-2.0
#include "server/reply.hpp"

#include <linnet/coap/no_response.hpp>

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

Result<coap::MessageView> Replies::open(const SocketAddress& from, ByteView datagram) {
  const auto message = coap::MessageView::parse(datagram);
  if (!message) {
    if (coap::reset_for(datagram)) {
      send_empty(from, coap::Type::Rst, coap::peek_header(datagram)->message_id);
    }
    return message;
  }
  const coap::Code code = message->code();
  const bool ping = code == coap::Code::Empty && message->type() == coap::Type::Con;
  const bool foreign =
      code != coap::Code::Empty && !coap::is_request(code) && !coap::is_response(code);
  if (!ping && !foreign) return message;
  // An empty CON is a ping (RFC 7252 §4.3).
  if (message->type() == coap::Type::Con) {
    send_empty(from, coap::Type::Rst, message->message_id());
  }
  return Error::Unsupported;
}

void Replies::respond(const SocketAddress& to, const coap::MessageView& request,
                      const Answer& answer) {
  coap::Header header{coap::Type::Ack, answer.code, request.message_id(), request.token()};
  const bool confirmable = request.type() == coap::Type::Con;
  if (coap::is_suppressed(answer.code, request)) {
    if (confirmable) send_empty(to, coap::Type::Ack, request.message_id());
    return;
  }
  if (!confirmable) {
    header.type = coap::Type::Non;
    header.message_id = message_id_++;
  }
  waiting_.push({to, header, answer});
}

void Replies::send_empty(const SocketAddress& to, coap::Type type, std::uint16_t message_id) {
  Answer answer;
  answer.promises = type == coap::Type::Ack;  // of what a device sent
  waiting_.push({to, coap::Header{type, coap::Code::Empty, message_id, {}}, answer});
}

std::optional<Transmit> Replies::poll_transmit(MutableBytes out) {
  while (!waiting_.empty()) {
    const Reply reply = waiting_.pop();
    Writer writer(out);
    if (write_reply(reply, writer)) return Transmit{reply.to, writer.size()};
  }
  return std::nullopt;
}

}  // namespace linnet::server
