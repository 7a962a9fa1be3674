// SPDX-License-Identifier: Apache-2.0
#include "server/outgoing_request.hpp"

#include <linnet/coap/observe.hpp>

namespace linnet::server {
namespace {

using coap::BlockOption;
using coap::BlockOutcome;
using coap::OptionNumber;
using coap::SendOutcome;
using Progress = OutgoingRequest::Progress;
using Next = Progress::Next;

/// How often a representation may change while it is fetched.
constexpr std::uint8_t kMaxRestarts = 2;

Progress bad_answer(const char* reason) { return {Next::Fail, Outcome::BadAnswer, reason}; }

}  // namespace

Status OutgoingRequest::choose_format(std::size_t from, const RegistrationView& device,
                                      std::size_t limit, std::uint8_t szx) {
  Error error = Error::NotAcceptable;
  for (std::size_t i = from; i < choices.size(); ++i) {
    auto encoded = encode_body(operation, choices[i], device, limit);
    if (encoded) {
      choice = i;
      body = *std::move(encoded);
      sender = coap::BlockSender(body.size(), szx);
      return {};
    }
    error = encoded.error();
  }
  return error;
}

Status OutgoingRequest::write(const coap::Header& header, std::string_view root_path,
                              std::uint8_t szx, Writer& out) const {
  RequestParts parts{.operation = operation,
                     .root_path = root_path,
                     .formats = formats(),
                     .observe = {},
                     .block2 = {},
                     .block1 = {},
                     .size1 = {},
                     .payload = {}};
  if (fetching) {
    parts.block2 = receiver.next();
    // A FETCH says each time what it wants (RFC 8132 §2.1).
    if (header.code == coap::Code::Fetch && sender.fits_one()) parts.payload = body;
    return write_request(header, parts, out);
  }
  if (makes_observation()) parts.observe = coap::kObserveRegister;
  if (operation.kind == OperationKind::CancelObservation) parts.observe = coap::kObserveCancel;
  if (szx < BlockOption::kMaxSzx) parts.block2 = BlockOption{0, false, szx};
  parts.payload = body;
  if (!sender.fits_one()) {
    LINNET_TRY_ASSIGN(const coap::BlockSlice slice, sender.current());
    parts.payload = ByteView(body).subspan(slice.offset, slice.size);
    parts.block1 = slice.block;
    if (slice.block.number == 0) parts.size1 = static_cast<std::uint32_t>(body.size());
  }
  return write_request(header, parts, out);
}

Progress OutgoingRequest::send_more(const coap::MessageView& message) {
  if (fetching || body.empty()) return {};
  const auto block = BlockOption::find(message, OptionNumber::Block1);
  if (!block) return bad_answer("its Block1 option is not usable");
  switch (sender.on_response(message.code(), *block)) {
    case SendOutcome::Final: return {};
    case SendOutcome::SendNext:
    case SendOutcome::Restart: return {.next = Next::Send};
    case SendOutcome::Failed: break;
  }
  return bad_answer("its Block1 option does not fit what was sent");
}

Progress OutgoingRequest::fetch_more(const coap::MessageView& message) {
  const auto block = BlockOption::find(message, OptionNumber::Block2);
  if (!block) return bad_answer("its Block2 option is not usable");
  if (!block->has_value()) {
    answer.assign(message.payload().begin(), message.payload().end());
    answer_format = message.content_format();
    return {};
  }
  const BlockOutcome outcome =
      receiver.accept(**block, message.payload(), message.unsigned_option(OptionNumber::Size2),
                      message.find(OptionNumber::ETag));
  switch (outcome) {
    case BlockOutcome::More:
    case BlockOutcome::Complete: break;
    case BlockOutcome::Incomplete:
      if (++restarts > kMaxRestarts) return bad_answer("the answer changed while it was fetched");
      receiver.reset();
      answer.clear();
      fetching = true;
      return {.next = Next::Send};
    case BlockOutcome::TooLarge:
      return {Next::Fail, Outcome::TooLarge, "the answer is above the limit"};
    case BlockOutcome::Malformed: return bad_answer("a block does not have the size it says");
  }
  // The receiver has checked the sizes against its limit.
  answer.resize(receiver.taken_offset());
  answer.insert(answer.end(), message.payload().begin(), message.payload().end());
  if ((*block)->number == 0) answer_format = message.content_format();
  if (outcome == BlockOutcome::Complete) return {};
  fetching = true;
  return {.next = Next::Send};
}

}  // namespace linnet::server
