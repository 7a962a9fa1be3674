// SPDX-License-Identifier: Apache-2.0
// Bodies that take several messages, in both directions. RFC 7959 §2 and §3; [DM-36] [TR-03].
#include <algorithm>
#include <limits>

#include <client/incoming.hpp>
#include <client/operations.hpp>

namespace linnet::client {
namespace {

using coap::BlockOption;
using coap::BlockOutcome;
using coap::Code;
using coap::OptionNumber;

/// Bytes of Block1, Size1 and the payload marker.
constexpr std::size_t kListOptions = 16;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

}  // namespace

const Engine::BlockOperations Engine::kBlockOperations = {
    .serve = Plain<&Engine::serve_blocks>::call,
    .cut = Plain<&Engine::cut>::call,
    .answer_long = Plain<&Engine::answer_long>::call,
    .answer_kept = Plain<&Engine::answer_kept>::call,
    .answer_stream = Plain<&Engine::answer_stream>::call,
    .add_list_block = Plain<&Engine::add_list_block>::call,
    .list_answered = Plain<&Engine::list_answered>::call};

MutableBytes Engine::body_of(const Transfer& transfer) const {
  const std::size_t size = tables_.bodies.size() / tables_.transfers.size();
  return tables_.bodies.subspan(
      static_cast<std::size_t>(&transfer - tables_.transfers.data()) * size, size);
}

Transfer* Engine::find_transfer(PeerId peer, Transfer::Use use, std::uint32_t key) {
  for (Transfer& transfer : tables_.transfers) {
    if (transfer.use == use && transfer.peer == peer && transfer.key == key &&
        transfer.expiry > now_) {
      return &transfer;
    }
  }
  return nullptr;
}

/// A row for a new transfer: one that is free or expired, else the oldest answer kept for a server
/// that may not come back for the rest. Null if all are in use.
Transfer* Engine::take_transfer(PeerId peer, Transfer::Use use, std::uint32_t key) {
  Transfer* found = nullptr;
  for (Transfer& transfer : tables_.transfers) {
    const bool free = transfer.use == Transfer::Use::Free || transfer.expiry <= now_;
    if (!free && transfer.use != Transfer::Use::Answer) continue;
    if (found == nullptr || free || transfer.expiry < found->expiry) found = &transfer;
    if (free) break;
  }
  if (found == nullptr) return nullptr;
  *found = {};
  found->use = use;
  found->peer = peer;
  found->key = key;
  found->expiry = now_ + config_.transmission.exchange_lifetime();
  return found;
}

// --- Bodies coming in ---

Engine::Answer Engine::serve_blocks(Incoming& in) {
  const auto block1 = BlockOption::find(*in.message, OptionNumber::Block1);
  const auto block2 = BlockOption::find(*in.message, OptionNumber::Block2);
  if (!block1 || !block2) return Answer(Code::BadRequest);
  in.block2 = *block2;
  if (!*block1) return serve_whole(in);
  if ((*block1)->number != 0 || (*block1)->more) return receive_block(in, **block1);
  Answer answer = serve_whole(in);
  answer.add(Answer::Block1, (*block1)->encode());
  return answer;
}

Engine::Answer Engine::receive_block(Incoming& in, const BlockOption& block) {
  Transfer* transfer = find_transfer(in.peer, Transfer::Use::Request, in.key);
  if (transfer == nullptr) transfer = find_transfer(in.peer, Transfer::Use::Stream, in.key);
  if (block.number == 0) {
    const BodyPlan plan = is_bootstrap(in.peer) ? BodyPlan{} : dm_.plan_body(in.request);
    if (plan.handling == BodyPlan::Handling::Refuse) return Answer(plan.code);
    const bool stream = plan.handling == BodyPlan::Handling::Stream;
    if (transfer != nullptr) *transfer = {};
    transfer =
        take_transfer(in.peer, stream ? Transfer::Use::Stream : Transfer::Use::Request, in.key);
    if (transfer == nullptr) return Answer(Code::ServiceUnavailable);
    transfer->receiver = coap::BlockReceiver(stream ? kUnlimited : body_of(*transfer).size(),
                                             coap::szx_for(in.room.size()));
  }
  if (transfer == nullptr) {
    Answer answer(Code::RequestEntityIncomplete);
    answer.add(Answer::Block1, block.encode());
    return answer;
  }
  return take_block(in, block, *transfer);
}

Engine::Answer Engine::take_block(Incoming& in, const BlockOption& block, Transfer& transfer) {
  const bool stream = transfer.use == Transfer::Use::Stream;
  const auto total = in.message->unsigned_option(OptionNumber::Size1);
  const auto tag = in.message->find(OptionNumber::RequestTag);
  coap::BlockReceiver& receiver = transfer.receiver;
  const BlockOutcome outcome =
      stream ? receiver.accept(block, in.request.payload, total, tag)
             : receiver.assemble(body_of(transfer), block, in.request.payload, total, tag);
  const std::uint32_t block1 = receiver.answer(block, outcome).encode();
  transfer.expiry = now_ + config_.transmission.exchange_lifetime();
  Answer answer(Code::Continue);
  bool done = true;
  if (outcome != BlockOutcome::More && outcome != BlockOutcome::Complete) {
    answer.code = coap::response_code(outcome);
    done = outcome != BlockOutcome::Incomplete;
    if (outcome == BlockOutcome::TooLarge) {
      answer.add(Answer::Size1, static_cast<std::uint32_t>(receiver.limit()));
    }
  } else if (stream) {
    answer.code = dm_.write_block(in.request, receiver.taken_offset(), !block.more).code;
    done = answer.code != Code::Continue;
  } else if (outcome == BlockOutcome::Complete) {
    in.request.payload = body_of(transfer).first(receiver.received());
    answer = serve_whole(in);
  } else {
    done = false;
  }
  answer.add(Answer::Block1, block1);
  if (done) transfer = {};
  return answer;
}

// --- Bodies going out ---

/// The block asked for; all of it if it fits and none was.
Engine::Answer Engine::cut(ByteView body, const Incoming& in, ContentFormat format) {
  Answer answer(format, body);
  const std::size_t room = std::min(in.room.size(), kMaxPayload);
  const coap::BlockOption wanted = in.block2.value_or(coap::BlockOption{});
  const bool first = wanted.number == 0;
  if ((!in.block2 && body.size() <= room) || (body.empty() && first)) return answer;
  const auto part = coap::slice(body.size(), wanted, coap::szx_for(room));
  if (!part) return Answer(Code::BadRequest);
  answer.add(Answer::ETag, fnv1a(body));
  answer.add(Answer::Block2, part->block.encode());
  if (first) {
    answer.add(Answer::Size2, static_cast<std::uint32_t>(body.size()));
    if (part->block.more) keep(body, in, format);
  }
  answer.body = body.subspan(part->offset, part->size);
  return answer;
}

Engine::Answer Engine::answer_long(FunctionRef<Reply(Writer&)> produce, const Incoming& in) {
  Transfer* kept = place_for_answer(in);
  if (kept == nullptr) return Answer(Code::ServiceUnavailable);
  Writer body(body_of(*kept));
  const Reply reply = produce(body);
  Answer answer(body.ok() ? reply.code : Code::InternalServerError);
  if (coap::is_success(answer.code)) {
    answer = cut(body.written(), in, reply.format.value_or(ContentFormat::Opaque));
  } else {
    *kept = {};
  }
  return answer;
}

Engine::Answer Engine::answer_kept(const Incoming& in) {
  const Transfer* kept = find_transfer(in.peer, Transfer::Use::Answer, in.key);
  if (kept == nullptr && in.request.method == Code::Fetch && in.request.payload.empty()) {
    // Californium does not repeat the payload of a FETCH in the requests for further blocks.
    for (const Transfer& transfer : tables_.transfers) {
      if (transfer.use == Transfer::Use::Answer && transfer.peer == in.peer &&
          transfer.code == Code::Fetch && transfer.expiry > now_) {
        kept = &transfer;
      }
    }
  }
  if (kept == nullptr) return {};
  return cut(body_of(*kept).first(kept->size), in, kept->format);
}

/// Keeps a body if there is a place, so that the server gets all blocks of one state; otherwise it
/// is made anew for each block, and the entity tag tells whether it stayed the same.
void Engine::keep(ByteView body, const Incoming& in, ContentFormat format) {
  Transfer* place = place_for_answer(in);
  if (place == nullptr) return;
  const MutableBytes buffer = body_of(*place);
  if (buffer.size() < body.size()) {
    *place = {};
    return;
  }
  if (buffer.data() != body.data()) std::copy(body.begin(), body.end(), buffer.begin());
  place->size = static_cast<std::uint16_t>(body.size());
  place->format = format;
  place->code = in.request.method;
}

Transfer* Engine::place_for_answer(const Incoming& in) {
  Transfer* place = find_transfer(in.peer, Transfer::Use::Answer, in.key);
  return place != nullptr ? place : take_transfer(in.peer, Transfer::Use::Answer, in.key);
}

/// A part of a value that is never whole in memory.
Engine::Answer Engine::answer_stream(const Incoming& in, const Reply& reply) {
  BlockOption block = in.block2.value_or(BlockOption{});
  const std::uint8_t szx =
      std::min(block.szx, coap::szx_for(std::min(in.room.size(), kMaxPayload)));
  const std::size_t offset = block.offset();
  block.szx = szx;
  block.number = static_cast<std::uint32_t>(offset >> (szx + 4));
  const auto part = dm_.read_block(in.request.path, offset, in.room.first(block.size()));
  if (!part) return Answer(coap::response_code(part.error()));
  if (part->size == 0 && offset != 0) return Answer(Code::BadRequest);
  block.more = !part->last;
  Answer answer(Code::Content);
  answer.add(Answer::Format,
             static_cast<std::uint32_t>(reply.format.value_or(ContentFormat::Opaque)));
  if (block.more || in.block2) answer.add(Answer::Block2, block.encode());
  answer.body = in.room.first(part->size);
  return answer;
}

// --- The object list of Register and Update ---

Status Engine::add_list_block(PeerId peer, coap::MessageWriter& message, Writer& out) {
  Server& server = tables_.servers[peer];
  const std::size_t total = dm_.object_list(0, {});
  if (server.list.offset() == 0 || (server.parts & kUpdateObjects) != 0) {
    // The first block; or the list changed on the way: begin again.
    const std::size_t room =
        out.free().size() > kListOptions ? out.free().size() - kListOptions : 0;
    server.list = coap::BlockSender(total, std::min(server.list.szx(), coap::szx_for(room)));
    server.parts &= static_cast<std::uint8_t>(~kUpdateObjects);
  }
  LINNET_TRY_ASSIGN(const coap::BlockSlice slice, server.list.current());
  if (!server.list.fits_one()) {
    message.add_unsigned(OptionNumber::Block1, slice.block.encode());
    if (slice.offset == 0) {
      message.add_unsigned(OptionNumber::Size1, static_cast<std::uint32_t>(total));
    }
  }
  message.begin_payload();
  if (out.free().size() < slice.size) return Error::NoSpace;
  dm_.object_list(slice.offset, out.free().first(slice.size));
  out.advance(slice.size);
  return {};
}

coap::SendOutcome Engine::list_answered(Server& server, const coap::MessageView& message) {
  if (server.list.fits_one()) return coap::SendOutcome::Final;
  const auto block = BlockOption::find(message, OptionNumber::Block1);
  return server.list.on_response(message.code(), block.value_or(std::nullopt));
}

}  // namespace linnet::client
