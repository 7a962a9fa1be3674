// SPDX-License-Identifier: Apache-2.0
// Bodies that take several messages, in both directions. RFC 7959 §2 and §3; [DM-36] [TR-03].
#include <algorithm>
#include <limits>

#include <client/incoming.hpp>

namespace linnet::client {
namespace {

using coap::BlockOption;
using coap::BlockOutcome;
using coap::Code;
using coap::OptionNumber;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

}  // namespace

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
    if (transfer.use == Transfer::Use::Free || transfer.expiry <= now_) {
      found = &transfer;
      break;
    }
    if (transfer.use == Transfer::Use::Answer &&
        (found == nullptr || transfer.expiry < found->expiry)) {
      found = &transfer;
    }
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

Engine::Answer Engine::serve_block(Incoming& in, const BlockOption& block) {
  if (block.number == 0 && !block.more) {
    Answer answer = serve_whole(in);
    answer.block1 = block;
    return answer;
  }
  Answer answer;
  Transfer* transfer = find_transfer(in.peer, Transfer::Use::Request, in.key);
  if (transfer == nullptr) transfer = find_transfer(in.peer, Transfer::Use::Stream, in.key);
  if (block.number == 0) {
    const BodyPlan plan = dm_.plan_body(in.request);
    if (plan.handling == BodyPlan::Handling::Refuse) {
      answer.code = plan.code;
      return answer;
    }
    const bool stream = plan.handling == BodyPlan::Handling::Stream;
    if (transfer != nullptr) *transfer = {};
    transfer = take_transfer(
        in.peer, stream ? Transfer::Use::Stream : Transfer::Use::Request, in.key);
    if (transfer == nullptr) {
      answer.code = Code::ServiceUnavailable;
      return answer;
    }
    transfer->receiver = coap::BlockReceiver(stream ? kUnlimited : body_of(*transfer).size(),
                                             coap::szx_for(in.room.size()));
  }
  if (transfer == nullptr) {
    answer.code = Code::RequestEntityIncomplete;
    answer.block1 = block;
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
  Answer answer;
  answer.block1 = receiver.answer(block, outcome);
  transfer.expiry = now_ + config_.transmission.exchange_lifetime();
  if (outcome != BlockOutcome::More && outcome != BlockOutcome::Complete) {
    answer.code = coap::response_code(outcome);
    if (outcome == BlockOutcome::TooLarge) {
      answer.size1 = static_cast<std::uint32_t>(receiver.limit());
    }
    if (outcome != BlockOutcome::Incomplete) transfer = {};
    return answer;
  }
  if (stream) {
    const Reply reply = dm_.write_block(in.request, receiver.taken_offset(), !block.more);
    answer.code = reply.code;
    if (reply.code != Code::Continue) transfer = {};
    return answer;
  }
  if (outcome == BlockOutcome::More) {
    answer.code = Code::Continue;
    return answer;
  }
  in.request.payload = body_of(transfer).first(receiver.received());
  const auto block1 = answer.block1;
  answer = serve_whole(in);
  answer.block1 = block1;
  transfer = {};
  return answer;
}

// --- Bodies going out ---

/// Lets `produce` write the body: into the message if it fits, else into a body buffer from which
/// it is then served block by block.
Engine::Answer Engine::answer_body(FunctionRef<Reply(Writer&)> produce, const Incoming& in) {
  Answer answer;
  Writer body(in.room.first(std::min(in.room.size(), kMaxPayload)));
  Reply reply = produce(body);
  ByteView bytes = body.written();
  Transfer* kept = nullptr;
  if (body.error() == Error::NoSpace) {
    kept = take_transfer(in.peer, Transfer::Use::Answer, in.key);
    if (kept == nullptr) {
      answer.code = Code::ServiceUnavailable;
      return answer;
    }
    Writer whole(body_of(*kept));
    reply = produce(whole);
    bytes = whole.written();
    kept->size = static_cast<std::uint16_t>(bytes.size());
    if (!whole.ok()) {
      *kept = {};
      answer.code = Code::InternalServerError;
      return answer;
    }
  }
  if (!coap::is_success(reply.code)) {
    if (kept != nullptr) *kept = {};
    answer.code = reply.code;
    return answer;
  }
  const ContentFormat format = reply.format.value_or(ContentFormat::Opaque);
  if (reply.stream) return answer_stream(in, reply);
  if (kept != nullptr) kept->format = format;
  return cut(bytes, in, format, kept);
}

Engine::Answer Engine::cut(ByteView body, const Incoming& in, ContentFormat format,
                           Transfer* snapshot) {
  Answer answer;
  answer.code = Code::Content;
  answer.format = format;
  answer.body = body;
  const std::size_t room = std::min(in.room.size(), kMaxPayload);
  if (!in.block2 && body.size() <= room) return answer;
  const BlockOption wanted = in.block2.value_or(BlockOption{});
  const bool first = wanted.number == 0;
  if (body.empty() && first) return answer;
  const auto part = coap::slice(body.size(), wanted, coap::szx_for(room));
  if (!part) {
    answer = {};
    answer.code = Code::BadRequest;
    return answer;
  }
  answer.etag = fnv1a(body);
  answer.block2 = part->block;
  if (first) answer.size2 = static_cast<std::uint32_t>(body.size());
  if (first && part->block.more && snapshot == nullptr) {
    // Kept if there is a place, so that the server gets all blocks of one state; otherwise the
    // body is made anew for each block and the entity tag tells whether it stayed the same.
    snapshot = take_transfer(in.peer, Transfer::Use::Answer, in.key);
    if (snapshot != nullptr && body_of(*snapshot).size() >= body.size()) {
      std::copy(body.begin(), body.end(), body_of(*snapshot).begin());
      snapshot->size = static_cast<std::uint16_t>(body.size());
      snapshot->format = format;
    } else if (snapshot != nullptr) {
      *snapshot = {};
    }
  }
  answer.body = body.subspan(part->offset, part->size);
  return answer;
}

/// A part of a value that is never whole in memory.
Engine::Answer Engine::answer_stream(const Incoming& in, const Reply& reply) {
  Answer answer;
  BlockOption block = in.block2.value_or(BlockOption{});
  const std::uint8_t szx =
      std::min(block.szx, coap::szx_for(std::min(in.room.size(), kMaxPayload)));
  const std::size_t offset = block.offset();
  block.szx = szx;
  block.number = static_cast<std::uint32_t>(offset >> (szx + 4));
  const auto part = dm_.read_block(in.request.path, offset, in.room.first(block.size()));
  if (!part || (part->size == 0 && offset != 0)) {
    answer.code = part ? Code::BadRequest : coap::response_code(part.error());
    return answer;
  }
  block.more = !part->last;
  answer.code = Code::Content;
  answer.format = reply.format;
  if (block.more || block.number != 0 || in.block2) answer.block2 = block;
  answer.body = in.room.first(part->size);
  return answer;
}

}  // namespace linnet::client
