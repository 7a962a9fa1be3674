// SPDX-License-Identifier: Apache-2.0
// Requests of servers: from the message to the dispatcher and back. RFC 7252 §4 and §5.
#include <algorithm>
#include <array>

#include <client/incoming.hpp>
#include <client/operations.hpp>
#include <linnet/coap/no_response.hpp>
#include <linnet/text/number.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using coap::OptionNumber;
using coap::Type;

constexpr std::size_t kMaxQueries = 12;

/// The last two only by a client that has blocks.
constexpr OptionNumber kUnderstood[] = {
    OptionNumber::UriHost,  OptionNumber::IfNoneMatch, OptionNumber::UriPort, OptionNumber::UriPath,
    OptionNumber::UriQuery, OptionNumber::Accept,      OptionNumber::Block2,  OptionNumber::Block1,
};

bool is_read(Code code) { return code == Code::Get || code == Code::Fetch; }

/// One identifier of a path; kNoId if the text is none [ID-06].
Id parse_id(std::string_view text) {
  if (text.size() > 1 && text[0] == '0') return kNoId;
  return static_cast<Id>(
      std::min<std::uint64_t>(text::parse_unsigned(text).value_or(kNoId), kNoId));
}

}  // namespace

/// 0 if it does not fit.
std::size_t Engine::Answer::write(const coap::Header& header, MutableBytes out) const {
  static constexpr OptionNumber kNumbers[kOptions] = {
      OptionNumber::ETag,   OptionNumber::Observe, OptionNumber::ContentFormat,
      OptionNumber::Block2, OptionNumber::Block1,  OptionNumber::Size2,
      OptionNumber::Size1};
  Writer writer(out);
  coap::MessageWriter message(writer, header);
  for (std::uint8_t i = 0; i < kOptions; ++i) {
    if (i == Format && !location.is_root()) {
      std::array<char, lwm2m::kMaxPathText> text{};
      message.add_path(lwm2m::format(location, text), OptionNumber::LocationPath);
    }
    if (has(static_cast<Option>(i))) message.add_unsigned(kNumbers[i], values[i]);
  }
  if (!body.empty()) message.payload(body);
  return message.finish().ok() ? writer.size() : 0;
}

std::uint32_t fnv1a(ByteView bytes, std::uint32_t seed) {
  for (const std::uint8_t byte : bytes) seed = (seed ^ byte) * 0x01000193u;
  return seed;
}

std::uint32_t transfer_key(const coap::MessageView& message) {
  std::uint32_t key = static_cast<std::uint32_t>(message.code());
  for (const coap::OptionView& option : message.options()) {
    if (option.number != OptionNumber::UriPath && option.number != OptionNumber::UriQuery &&
        option.number != OptionNumber::ContentFormat && option.number != OptionNumber::Accept) {
      continue;
    }
    key = fnv1a(option.value, key * 31 + static_cast<std::uint32_t>(option.number));
  }
  const bool whole = !message.has(OptionNumber::Block1);
  return message.code() == Code::Fetch && whole ? fnv1a(message.payload(), key) : key;
}

void Engine::on_request(PeerId peer, const coap::MessageView& message) {
  const coap::Header& header = message.header();
  const MutableBytes room = answer_room();
  if (room.size() < message_buffer(peer).size()) return;  // lost: the server sends it again
  // [TR-08]
  coap::DedupEntry* memory = remembered_.find(now_, peer, header.message_id);
  if (!serves(peer, memory != nullptr)) return;
  if (memory != nullptr && memory->answer != coap::DuplicateAnswer::Rerun) {
    Writer out(room);
    if (remembered_.answer_copy(*memory, header, out).ok() && out.size() != 0) {
      queue_answer(peer, out.size());
    }
    return;
  }
  if (memory == nullptr) memory = remembered_.add(now_, peer, header, config_.transmission);
  const Answer answer = serve(peer, message, room.first(message_buffer(peer).size()));
  coap::Header reply{Type::Ack, answer.code, header.message_id, header.token};
  if (header.type == Type::Non) {
    reply.type = Type::Non;
    reply.message_id = ++tables_.servers[peer].message_id;
  }
  std::size_t size = 0;
  if (!coap::is_suppressed(answer.code, message)) {
    size = answer.write(reply, room);
  } else if (header.type == Type::Con) {
    size = Answer().write({Type::Ack, Code::Empty, header.message_id, {}}, room);
  }
  if (size == 0) return;
  if (memory != nullptr) remembered_.answered(*memory, room.first(size));
  queue_answer(peer, size);
}

/// Uri-Path without the configured root path.
Result<Path> Engine::target(PeerId peer, const coap::MessageView& message) const {
  Path path;
  // A bootstrap server knows nothing of it [REG-27].
  std::string_view root = is_bootstrap(peer) ? std::string_view() : config_.root_path;
  if (root.starts_with('/')) root.remove_prefix(1);
  for (const coap::OptionView& segment : message.options(OptionNumber::UriPath)) {
    if (!root.empty()) {
      if (take_until(root, '/') != segment.text()) return Error::NotFound;
      continue;
    }
    const Id id = parse_id(segment.text());
    if (id == kNoId || path.is_resource_instance()) return Error::NotFound;
    path = path.child(id);
  }
  return path;
}

Engine::Answer Engine::serve(PeerId peer, const coap::MessageView& message, MutableBytes room) {
  const std::size_t unknown = features_.blocks != nullptr ? 0 : 2;
  if (message.first_unknown_critical(
          std::span(kUnderstood).first(std::size(kUnderstood) - unknown))) {
    return Answer(Code::BadOption);
  }
  const auto path = target(peer, message);
  if (!path) {
    return is_bootstrap(peer) ? features_.bootstrap->finish(*this, message, room)
                              : Answer(coap::response_code(path.error()));
  }
  std::array<std::string_view, kMaxQueries> queries;
  std::size_t count = 0;
  for (const coap::OptionView& query : message.options(OptionNumber::UriQuery)) {
    if (count == queries.size()) return Answer(Code::BadRequest);
    queries[count++] = query.text();
  }

  Incoming in;
  in.peer = peer;
  in.message = &message;
  in.request.server = tables_.servers[peer].id;
  in.request.method = message.code();
  in.request.path = *path;
  in.request.content_format = message.content_format();
  in.request.accept = message.accept();
  in.request.queries = std::span(queries).first(count);
  in.request.payload = message.payload();
  in.key = transfer_key(message);
  if (is_read(message.code())) in.observe = message.unsigned_option(OptionNumber::Observe);
  in.request.observe = in.observe.has_value();
  in.room = room.subspan(kHeaderRoom);
  return features_.blocks != nullptr ? features_.blocks->serve(*this, in) : serve_whole(in);
}

Engine::Answer Engine::serve_whole(Incoming& in) {
  if (is_bootstrap(in.peer)) return features_.bootstrap->serve(*this, in);
  if (in.message->has(OptionNumber::IfNoneMatch) && dm_.exists(in.request.path)) {
    return Answer(Code::PreconditionFailed);
  }
  if (is_read(in.request.method)) return serve_read(in);
  Writer body(in.room);
  const Reply reply = dm_.handle(in.request, body);
  Answer answer(reply.code);
  answer.location = reply.location;
  if (in.request.method == Code::Put) look_again(in.peer);  // these may have been attributes
  return answer;
}

Engine::Answer Engine::serve_read(Incoming& in) {
  // A block in the middle never starts or ends an observation.
  if (in.block2 && in.block2->number != 0) {
    in.observe.reset();
    const Answer kept = features_.blocks->answer_kept(*this, in);
    if (kept.code != Code::Empty) return kept;
  }
  lwm2m::Attributes own;
  // Clients of older enablers ignore attributes in an Observe, newer ones refuse them if they
  // cannot keep them. [IR-23]
  if (in.observe == coap::kObserveRegister && !in.request.queries.empty() &&
      config_.version >= lwm2m::kEnabler12) {
    if (features_.own == nullptr) return Answer(Code::BadRequest);
    const Status good = features_.own->parse(*this, in, own);
    if (!good.ok()) return Answer(coap::response_code(good.error()));
  }
  const auto produce = [&](Writer& body) { return dm_.handle(in.request, body); };
  Answer answer = answer_body(produce, in);
  if (in.observe == coap::kObserveCancel) {
    cancel_observations(in.peer, in.message->token(), in.key);
  } else if (in.observe == coap::kObserveRegister && coap::is_success(answer.code) &&
             add_observation(in, static_cast<ContentFormat>(answer.values[Answer::Format]), own)) {
    answer.add(Answer::Observe, sequence_.next());
  }
  return answer;
}

/// Lets `produce` write the body into the message, or where there is more room.
Engine::Answer Engine::answer_body(FunctionRef<Reply(Writer&)> produce, const Incoming& in) {
  Writer body(in.room.first(std::min(in.room.size(), kMaxPayload)));
  const Reply reply = produce(body);
  const bool full = body.error() == Error::NoSpace;
  if (full || reply.stream) {
    if (features_.blocks == nullptr) return Answer(Code::InternalServerError);
    if (full) return features_.blocks->answer_long(*this, produce, in);
    if (coap::is_success(reply.code)) {
      return features_.blocks->answer_stream(*this, in, reply);
    }
  }
  if (!coap::is_success(reply.code)) return Answer(reply.code);
  const ContentFormat format = reply.format.value_or(ContentFormat::Opaque);
  if (features_.blocks != nullptr) {
    return features_.blocks->cut(*this, body.written(), in, format);
  }
  return Answer(format, body.written());
}

}  // namespace linnet::client
