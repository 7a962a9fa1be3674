// SPDX-License-Identifier: Apache-2.0
// Bootstrap-Pack: a whole configuration in one answer (Core 1.2 §6.1.8); [BS-57]..[BS-62].
#include <client/bootstrap_interface.hpp>
#include <client/operations.hpp>

namespace linnet::client {

using coap::BlockOption;
using coap::BlockOutcome;
using coap::OptionNumber;

// [BS-57]
Status Engine::send_pack_request(std::optional<BlockOption> block) {
  const PeerId peer = bootstrap_peer();
  const coap::Header header = next_header(peer, coap::Type::Con, coap::Code::Get);
  Writer out(message_buffer(peer));
  coap::MessageWriter message(out, header);
  message.add_path("bspack");
  add_bootstrap_name(message);
  message.add_unsigned(OptionNumber::Accept, static_cast<std::uint32_t>(config_.composite_format));
  if (block) message.add_unsigned(OptionNumber::Block2, block->encode());
  LINNET_TRY(message.finish());
  start_exchange(peer, Purpose::Bootstrap, 0, header, out.size());
  return {};
}

/// A pack or a part of one came. What goes wrong leads to a plain Bootstrap-Request [BS-62].
void Engine::on_pack(const coap::MessageView& message) {
  BootstrapSession& session = tables_.bootstrap[0];
  const PeerId peer = bootstrap_peer();
  session.pack = false;
  const auto block = BlockOption::find(message, OptionNumber::Block2);
  if (!block || (*block && features_.blocks == nullptr)) return;
  ByteView payload = message.payload();
  Transfer* transfer = nullptr;
  if (*block) {
    transfer = find_transfer(peer, Transfer::Use::Pack, 0);
    if (transfer == nullptr) transfer = take_transfer(peer, Transfer::Use::Pack, 0);
    if (transfer == nullptr) return;
    const MutableBytes body = body_of(*transfer);
    if ((*block)->number == 0) {
      transfer->receiver = coap::BlockReceiver(body.size(), coap::szx_for(1024));
    }
    const auto tag = message.find(OptionNumber::ETag);
    const BlockOutcome outcome = transfer->receiver.assemble(
        body, **block, payload, message.unsigned_option(OptionNumber::Size2), tag);
    if (outcome == BlockOutcome::More && send_pack_request(transfer->receiver.next()).ok()) {
      session.pack = true;
      transfer->expiry = now_ + config_.transmission.exchange_lifetime();
      return;
    }
    if (outcome != BlockOutcome::Complete) {
      *transfer = {};
      return;
    }
    payload = body.first(transfer->receiver.received());
  }
  const Status taken = take_pack(message.content_format().value_or(ContentFormat::Text), payload);
  if (transfer != nullptr) *transfer = {};
  if (!taken.ok()) {
    roll_back();
    session.state = BootstrapState::Requesting;
  }
}

Status Engine::take_pack(ContentFormat format, ByteView payload) {
  BootstrapSession& session = tables_.bootstrap[0];
  LINNET_TRY(open_bootstrap());
  BootstrapInterface interface(dm_, security_instance(bootstrap_peer()), session.effects);
  LINNET_TRY(interface.take_pack(format, payload));
  Path broken;
  LINNET_TRY(commit_bootstrap(broken));
  (void)report(EventType::BootstrapWritten, bootstrap_peer());
  session.state = BootstrapState::Closing;
  return {};
}

}  // namespace linnet::client
