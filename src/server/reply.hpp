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
#include <linnet/server/shard.hpp>
#include "server/ring_buffer.hpp"

namespace linnet::server {

/// What a request is answered with, apart from header and address.
struct Answer {
  coap::Code code = coap::Code::Empty;  ///< Empty: an acknowledgement without a response
  RegistrationId location;              ///< if valid: Location-Path rd/<id> [REG-02]
  std::optional<coap::BlockOption> block1;
  /// Static text for the diagnostic payload, or, of a 2.05, in link format.
  const char* text = "";
  /// Whether it says that something was taken, which may have to be stored first.
  bool promises = false;
};

struct Reply {
  SocketAddress to;
  coap::Header header;
  Answer answer;
};

/// Writes `reply` as a datagram.
[[nodiscard]] Status write_reply(const Reply& reply, Writer& out);

/// The answers that wait to be sent.
class Replies {
 public:
  explicit Replies(std::uint16_t first_message_id) : message_id_(first_message_id) {}

  /// The message in a datagram; what is none, or what nobody may send here, is rejected
  /// (RFC 7252 §4.2, §4.3). `Unsupported` for a ping or a code of another carrier; else as
  /// `MessageView::parse`.
  [[nodiscard]] Result<coap::MessageView> open(const SocketAddress& from, ByteView datagram);
  /// The response to a request, as No-Response allows (RFC 7967).
  void respond(const SocketAddress& to, const coap::MessageView& request, const Answer& answer);
  void send_empty(const SocketAddress& to, coap::Type type, std::uint16_t message_id);
  [[nodiscard]] std::optional<Transmit> poll_transmit(MutableBytes out);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  /// Takes one back. REQUIRES: !empty().
  Reply pop() { return waiting_.pop(); }
  /// Behind the others.
  void put_back(Reply reply) { waiting_.push(std::move(reply)); }

 private:
  RingBuffer<Reply> waiting_;
  std::uint16_t message_id_;  // of the next NON
};

}  // namespace linnet::server
