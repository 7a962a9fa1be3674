// SPDX-License-Identifier: Apache-2.0
// Send: values the application reports on its own. Core 1.2 §6.4.6; [IR-37]..[IR-42].
#include <algorithm>

#include <client/incoming.hpp>
#include <client/operations.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

using coap::Code;
using coap::OptionNumber;

const Engine::SendOperations Engine::kSendOperations = {
    .due = Plain<&Engine::has_send>::call,
    .step = Plain<&Engine::step_sends>::call,
    .finished = Plain<&Engine::on_send_finished>::call};

Result<std::uint16_t> Engine::send(Instant now, PeerId peer, std::span<const Sample> samples,
                                   ContentFormat format) {
  now_ = now;
  if (!registered(peer)) return Error::State;
  const std::uint32_t mute =
      account_number(tables_.servers[peer], lwm2m::objects::server::kMuteSend, 1);
  if (mute != 0 || config_.version < lwm2m::kEnabler11) return Error::NotAllowed;  // [IR-39]
  const lwm2m::Format* row = lwm2m::find(config_.formats, format);
  if (row == nullptr || !row->composite) return Error::Format;
  for (const Sample& sample : samples) {
    if (sample.path.depth() < 3) return Error::Type;
    if (sample.time && !row->timed) return Error::Format;
  }
  for (SendSlot& send : tables_.sends) {
    if (send.peer != kNoPeer) continue;
    send = {samples, ++next_send_id_, format, peer, false};
    return send.id;
  }
  return Error::Busy;
}

/// What may be sent to this server now: one Send at a time, and within NSTART.
SendSlot* Engine::next_send(PeerId peer) const {
  if (!registered(peer) || bootstrapping() || under_way(peer, Purpose::Send) || !may_start(peer))
    return nullptr;
  SendSlot* found = nullptr;
  for (SendSlot& send : tables_.sends) {
    if (send.peer != peer) continue;
    if (send.begun) return &send;
    // Ids wrap: the older one is behind.
    if (found == nullptr || static_cast<std::int16_t>(send.id - found->id) < 0) found = &send;
  }
  return found;
}

void Engine::step_sends(PeerId peer) {
  while (SendSlot* send = next_send(peer)) begin_send(*send);
}

void Engine::begin_send(SendSlot& send) {
  Transfer* transfer = find_transfer(send.peer, Transfer::Use::Send, send.id);
  if (transfer == nullptr) {
    Status done = send_whole(send);
    if (done.error() == Error::NoSpace) {
      transfer = take_transfer(send.peer, Transfer::Use::Send, send.id);
      done = transfer != nullptr ? Status{} : Status{Error::Busy};
      if (transfer != nullptr) {
        Writer body(body_of(*transfer));
        done = encode_samples(send, body);
        transfer->sender = coap::BlockSender(
            body.size(), coap::szx_for(message_buffer(send.peer).size() - kHeaderRoom));
      }
    }
    if (!done.ok()) {
      finish_send(send, Code::Empty, done.error());
      return;
    }
  }
  send.begun = true;
  if (transfer == nullptr) return;
  if (const Status sent = send_block(send, *transfer); !sent.ok()) {
    finish_send(send, Code::Empty, sent.error());
  }
}

/// In one message; `NoSpace` if it is too long for that.
Status Engine::send_whole(const SendSlot& send) {
  const coap::Header header = next_header(send.peer, coap::Type::Con, Code::Post);
  Writer out(message_buffer(send.peer));
  coap::MessageWriter message(out, header);
  message.add_path("dp");
  message.add_content_format(send.format);
  message.begin_payload();
  const std::size_t start = out.size();
  LINNET_TRY(encode_samples(send, out));
  if (out.size() - start > kMaxPayload) return Error::NoSpace;
  LINNET_TRY(message.finish());
  start_exchange(send.peer, Purpose::Send, index_of(send), header, out.size());
  return {};
}

Status Engine::send_block(const SendSlot& send, Transfer& transfer) {
  LINNET_TRY_ASSIGN(const coap::BlockSlice slice, transfer.sender.current());
  const coap::Header header = next_header(send.peer, coap::Type::Con, Code::Post);
  Writer out(message_buffer(send.peer));
  coap::MessageWriter message(out, header);
  message.add_path("dp");
  message.add_content_format(send.format);
  message.add_unsigned(OptionNumber::Block1, slice.block.encode());
  message.payload(body_of(transfer).subspan(slice.offset, slice.size));
  LINNET_TRY(message.finish());
  transfer.expiry = now_ + config_.transmission.exchange_lifetime();
  start_exchange(send.peer, Purpose::Send, index_of(send), header, out.size());
  return {};
}

std::size_t Engine::index_of(const SendSlot& send) const {
  return static_cast<std::size_t>(&send - tables_.sends.data());
}

// [IR-38] [IR-40]
Status Engine::encode_samples(const SendSlot& send, Writer& out) {
  const ShortServerId server = tables_.servers[send.peer].id;
  lwm2m::RecordWriter records(*lwm2m::find(config_.formats, send.format), out, Path{});
  bool any = false;
  for (const Sample& sample : send.samples) {
    const Path instance = sample.path.first(2);
    const lwm2m::ResourceDefinition* definition = dm_.resource(sample.path);
    if (definition == nullptr || !definition->readable() || !dm_.has_instance(instance) ||
        !dm_.settings().access->allows(server, Right::Read, instance)) {
      continue;
    }
    const Result<Value> value =
        sample.value.empty() ? dm_.value(sample.path) : Result<Value>(sample.value);
    if (!value) continue;
    LINNET_TRY(records.add(sample.path, *value, sample.time));
    any = true;
  }
  LINNET_TRY(records.finish());
  return any ? Status{} : Status{Error::Unauthorized};
}

void Engine::on_send_finished(std::size_t index, Error error, const coap::MessageView* message) {
  SendSlot& send = tables_.sends[index];
  Transfer* transfer = find_transfer(send.peer, Transfer::Use::Send, send.id);
  if (message != nullptr && transfer != nullptr) {
    const auto block = coap::BlockOption::find(*message, OptionNumber::Block1);
    const auto outcome =
        transfer->sender.on_response(message->code(), block.value_or(std::nullopt));
    if (outcome == coap::SendOutcome::SendNext || outcome == coap::SendOutcome::Restart) return;
  }
  finish_send(send, message != nullptr ? message->code() : Code::Empty, error);
}

void Engine::finish_send(SendSlot& send, Code code, Error error) {
  if (Transfer* transfer = find_transfer(send.peer, Transfer::Use::Send, send.id)) *transfer = {};
  Event& event = report(EventType::SendDone, send.peer);
  event.code = code;
  event.error = error;
  event.id = send.id;
  send = {};
}

}  // namespace linnet::client
