// SPDX-License-Identifier: Apache-2.0
// Requests of servers: from the message to the dispatcher and back. RFC 7252 §4 and §5.
#include <algorithm>
#include <array>

#include <client/incoming.hpp>
#include <linnet/coap/no_response.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using coap::OptionNumber;
using coap::Type;

constexpr std::size_t kMaxQueries = 12;

constexpr OptionNumber kUnderstood[] = {
    OptionNumber::UriHost,  OptionNumber::IfNoneMatch, OptionNumber::UriPort,
    OptionNumber::UriPath,  OptionNumber::UriQuery,    OptionNumber::Accept,
    OptionNumber::Block2,   OptionNumber::Block1,
};

bool is_read(Code code) { return code == Code::Get || code == Code::Fetch; }

}  // namespace

Result<std::size_t> Engine::Answer::write(const coap::Header& header, MutableBytes out) const {
  Writer writer(out);
  coap::MessageWriter message(writer, header);
  if (etag) message.add_unsigned(OptionNumber::ETag, *etag);
  if (observe) message.add_unsigned(OptionNumber::Observe, *observe);
  if (!location.is_root()) {
    std::array<char, lwm2m::kMaxPathText> text{};
    message.add_path(lwm2m::format(location, text), OptionNumber::LocationPath);
  }
  if (format) message.add_content_format(*format);
  if (block2) message.add_unsigned(OptionNumber::Block2, block2->encode());
  if (block1) message.add_unsigned(OptionNumber::Block1, block1->encode());
  if (size2) message.add_unsigned(OptionNumber::Size2, *size2);
  if (size1) message.add_unsigned(OptionNumber::Size1, *size1);
  if (!body.empty()) message.payload(body);
  LINNET_TRY(message.finish());
  return writer.size();
}

std::uint32_t fnv1a(ByteView bytes, std::uint32_t seed) {
  for (const std::uint8_t byte : bytes) seed = (seed ^ byte) * 0x01000193u;
  return seed;
}

std::uint32_t transfer_key(const coap::MessageView& message) {
  const std::array<std::uint8_t, 1> method = {static_cast<std::uint8_t>(message.code())};
  std::uint32_t key = fnv1a(method);
  for (const coap::OptionView& option : message.options()) {
    switch (option.number) {
      case OptionNumber::UriPath:
      case OptionNumber::UriQuery:
      case OptionNumber::ContentFormat:
      case OptionNumber::Accept: {
        const std::array<std::uint8_t, 2> head = {
            static_cast<std::uint8_t>(option.number),
            static_cast<std::uint8_t>(option.value.size())};
        key = fnv1a(option.value, fnv1a(head, key));
        break;
      }
      default: break;
    }
  }
  const bool whole = !message.has(OptionNumber::Block1);
  return message.code() == Code::Fetch && whole ? fnv1a(message.payload(), key) : key;
}

void Engine::on_request(PeerId peer, const coap::MessageView& message) {
  if (!registered(peer)) return;  // [REG-19]
  const coap::Header& header = message.header();
  const MutableBytes room = answer_room();
  if (room.size() < message_buffer(peer).size()) return;  // lost: the server sends it again
  // [TR-08]
  coap::DedupEntry* memory = remembered_.find(now_, peer, header.message_id);
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
    size = answer.write(reply, room).value_or(0);
  } else if (header.type == Type::Con) {
    queue_copy(peer, coap::empty_message(Type::Ack, header.message_id));
    size = 0;
    if (memory != nullptr) {
      remembered_.answered(*memory, coap::empty_message(Type::Ack, header.message_id));
    }
    return;
  }
  if (size == 0) return;
  if (memory != nullptr) remembered_.answered(*memory, room.first(size));
  queue_answer(peer, size);
}

bool Engine::exists(const Path& path) const {
  const Object* object = dm_.object(path.object());
  return path.is_root() ||
         (object != nullptr && (path.depth() < 2 || dm_.has_instance(path.first(2))) &&
          (path.depth() < 3 || object->has_resource(path.first(3))));
}

/// Uri-Path without the configured root path.
Result<Path> Engine::target(const coap::MessageView& message) const {
  std::array<std::uint8_t, lwm2m::kMaxPathText> text{};
  Writer out(text);
  std::string_view prefix = config_.root_path;
  if (prefix.starts_with('/')) prefix.remove_prefix(1);
  for (const coap::OptionView& segment : message.options(OptionNumber::UriPath)) {
    if (!prefix.empty()) {
      const std::size_t end = std::min(prefix.find('/'), prefix.size());
      if (segment.text() != prefix.substr(0, end)) return Error::NotFound;
      prefix.remove_prefix(std::min(end + 1, prefix.size()));
      continue;
    }
    out.character('/');
    out.bytes(segment.value);
  }
  if (!out.ok()) return Error::NotFound;
  if (out.size() == 0) return Path{};
  const auto path = Path::parse(as_text(out.written()));
  if (!path || path->is_root()) return Error::NotFound;
  return *path;
}

Engine::Answer Engine::serve(PeerId peer, const coap::MessageView& message, MutableBytes room) {
  Answer answer;
  answer.code = Code::BadOption;
  if (message.first_unknown_critical(kUnderstood)) return answer;
  answer.code = Code::BadRequest;
  const auto path = target(message);
  if (!path) {
    answer.code = coap::response_code(path.error());
    return answer;
  }
  std::array<std::string_view, kMaxQueries> queries;
  std::size_t count = 0;
  for (const coap::OptionView& query : message.options(OptionNumber::UriQuery)) {
    if (count == queries.size()) return answer;
    queries[count++] = query.text();
  }
  const auto block1 = coap::BlockOption::find(message, OptionNumber::Block1);
  const auto block2 = coap::BlockOption::find(message, OptionNumber::Block2);
  if (!block1 || !block2) return answer;

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
  in.block2 = *block2;
  if (is_read(message.code())) in.observe = message.unsigned_option(OptionNumber::Observe);
  in.request.observe = in.observe.has_value();
  in.room = room.subspan(kHeaderRoom);
  return *block1 ? serve_block(in, **block1) : serve_whole(in);
}

Engine::Answer Engine::serve_whole(Incoming& in) {
  Answer answer;
  if (in.message->has(OptionNumber::IfNoneMatch) && exists(in.request.path)) {
    answer.code = Code::PreconditionFailed;
    return answer;
  }
  if (is_read(in.request.method)) return serve_read(in);
  Writer body(in.room);
  const Reply reply = dm_.handle(in.request, body);
  answer.code = reply.code;
  answer.location = reply.location;
  if (in.request.method == Code::Put) look_again(in.peer);  // these may have been attributes
  return answer;
}

Engine::Answer Engine::serve_read(Incoming& in) {
  // A block in the middle never starts or ends an observation.
  if (in.block2 && in.block2->number != 0) {
    in.observe.reset();
    if (Transfer* kept = find_transfer(in.peer, Transfer::Use::Answer, in.key)) {
      return cut(body_of(*kept).first(kept->size), in, kept->format, kept);
    }
  }
  lwm2m::Attributes own;
  if (in.observe == coap::kObserveRegister) {
    if (const Status good = prepare_observation(in, own); !good.ok()) {
      Answer answer;
      answer.code = coap::response_code(good.error());
      return answer;
    }
  }
  const auto produce = [&](Writer& body) { return dm_.handle(in.request, body); };
  Answer answer = answer_body(produce, in);
  if (in.observe == coap::kObserveCancel) {
    cancel_observations(in.peer, in.message->token(), in.key);
  } else if (in.observe == coap::kObserveRegister && coap::is_success(answer.code) &&
             answer.format && add_observation(in, *answer.format, own)) {
    answer.observe = sequence_.next();
  }
  return answer;
}

}  // namespace linnet::client
