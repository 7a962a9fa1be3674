// SPDX-License-Identifier: Apache-2.0
// Showing messages to whoever logs them: whom each is from or for.
#include "server/engine.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using coap::OptionNumber;

std::string_view endpoint_of(const coap::MessageView& message) {
  for (const coap::OptionView& option : message.options(OptionNumber::UriQuery)) {
    if (option.text().starts_with("ep=")) return option.text().substr(3);
  }
  return {};
}

}  // namespace

/// The device at the other end, as far as the message or else its address tells.
Slot Shard::Engine::partner(const SocketAddress& peer, const coap::MessageView& message,
                            const Route& where) const {
  Slot slot = kNone;
  if (const auto id = parse_registration_id(where.registration)) slot = registry_.find(*id);
  if (slot == kNone && message.code() != Code::Empty) slot = requests_.device_of(message.token());
  if (slot == kNone || registry_.address(slot) != peer) slot = registry_.find(peer);
  return slot;
}

void Shard::Engine::tap_in(Instant now, const SocketAddress& from, ByteView datagram) {
  const auto message = coap::MessageView::parse(datagram);
  if (!message) return;
  const Route where = coap::is_request(message->code()) ? route(*message) : Route{};
  if (message->code() == Code::Post) {
    if (where.target == Target::Directory) {
      tapped_register_ = from;
      tapped_endpoint_ = endpoint_of(*message);
      tap_->on_message(now, from, Direction::In, datagram, {}, tapped_endpoint_);
      return;
    }
    // Adopting a new address: the location says who it is.
    const auto id = parse_registration_id(where.registration);
    const Slot slot = id ? registry_.find(*id) : kNone;
    if (slot != kNone) {
      tap_->on_message(now, from, Direction::In, datagram, *id, registry_.endpoint(slot));
      return;
    }
  }
  const Slot slot = partner(from, *message, where);
  if (slot == kNone) return;
  tap_->on_message(now, from, Direction::In, datagram, registry_.id(slot),
                   registry_.endpoint(slot));
}

void Shard::Engine::tap_out(Instant now, const SocketAddress& to, ByteView datagram) {
  const auto message = coap::MessageView::parse(datagram);
  if (!message) return;
  const Slot slot = partner(to, *message, {});
  if (slot != kNone) {
    tap_->on_message(now, to, Direction::Out, datagram, registry_.id(slot),
                     registry_.endpoint(slot));
  } else if (to == tapped_register_) {
    tap_->on_message(now, to, Direction::Out, datagram, {}, tapped_endpoint_);
  }
}

}  // namespace linnet::server
