// SPDX-License-Identifier: Apache-2.0
// Bootstrap-Request and Bootstrap-Pack-Request (Core 1.2 §6.1.7.1, §6.1.7.8; Transport 1.2
// §6.4.2) [BS-21]..[BS-25] [BS-57] [BS-58] [BS-61].
#include <algorithm>
#include <charconv>

#include <linnet/coap/block.hpp>
#include "server/bootstrap_engine.hpp"

namespace linnet::server {
namespace {

using coap::BlockOption;
using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;

constexpr OptionNumber kUnderstood[] = {OptionNumber::UriHost, OptionNumber::UriPort,
                                        OptionNumber::UriPath, OptionNumber::UriQuery,
                                        OptionNumber::Accept,  OptionNumber::Block2};

enum class Target : std::uint8_t { Unknown, Bootstrap, Pack };

Target route(const coap::MessageView& message) {
  Target target = Target::Unknown;
  bool first = true;
  for (const coap::OptionView& option : message.options(OptionNumber::UriPath)) {
    // A trailing slash is an empty segment.
    if (option.value.empty() && !first) continue;
    if (!first) return Target::Unknown;
    first = false;
    if (option.text() == "bs") target = Target::Bootstrap;
    if (option.text() == "bspack") target = Target::Pack;
  }
  return target;
}

Answer plain(Code code, const char* text = "") { return {code, {}, {}, text}; }
Answer answer(const Refusal& refusal) { return plain(refusal.code, refusal.why); }

/// [BS-22]
Refusal parse_preference(const coap::MessageView& message, std::optional<ContentFormat>& out) {
  const auto text = message.query("pct");
  if (!text) return {};
  std::uint16_t number = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text->data() + text->size()) {
    return {Code::BadRequest, "pct is not a content format"};
  }
  out = static_cast<ContentFormat>(number);
  switch (*out) {
    case ContentFormat::SenmlJson:
    case ContentFormat::SenmlCbor:
    case ContentFormat::Tlv:
    case ContentFormat::Lwm2mCbor: return {};
    default: return {Code::UnsupportedContentFormat, "pct is 110, 112, 11542 or 11544"};
  }
}

bool is_pack_format(ContentFormat format) {
  return format == ContentFormat::SenmlJson || format == ContentFormat::SenmlCbor ||
         format == ContentFormat::Lwm2mCbor;
}

Refusal refusal_of(Error error) {
  if (error == Error::Busy) return {Code::ServiceUnavailable, "too many devices bootstrap now"};
  return {Code::InternalServerError, "the configuration cannot be made into requests"};
}

}  // namespace

std::optional<Answer> BootstrapShard::Engine::answer_request(Instant now, const Request& request) {
  const coap::MessageView& message = request.message;
  if (const auto unknown = message.first_unknown_critical(kUnderstood)) {
    const bool proxy = *unknown == OptionNumber::ProxyUri || *unknown == OptionNumber::ProxyScheme;
    return plain(proxy ? Code::ProxyingNotSupported : Code::BadOption);
  }
  const Target target = route(message);
  if (target == Target::Unknown) return plain(Code::NotFound);
  const bool pack = target == Target::Pack;
  if (message.code() != (pack ? Code::Get : Code::Post)) return plain(Code::MethodNotAllowed);
  if (pack) return on_pack_request(request);
  return on_bootstrap_request(now, request);
}

void BootstrapShard::Engine::deny(const Request& request, std::string_view endpoint,
                                  const Refusal& refusal) {
  BootstrapEvent event;
  event.kind = BootstrapEvent::Kind::Denied;
  event.endpoint = endpoint;
  event.address = request.from;
  event.code = refusal.code;
  event.reason = refusal.why;
  events_.push(std::move(event));
}

/// Who asks, and what there is for it.
Refusal BootstrapShard::Engine::decide(const Request& request, bool pack, std::string& endpoint,
                                       BootstrapConfiguration& configuration) {
  RegistrationParameters parameters;
  if (const Refusal bad = parse_parameters(request.message, {}, parameters); bad.refused()) {
    return bad;
  }
  // [BS-21]
  endpoint = parameters.endpoint.empty() ? request.identity : parameters.endpoint;
  if (endpoint.empty()) return {Code::BadRequest, "ep is missing"};
  // [BS-25]
  if (!request.identity.empty() && !parameters.endpoint.empty() &&
      !source_.stands_for(request.identity, parameters.endpoint)) {
    return {Code::BadRequest, "ep is not what the security identity stands for"};
  }
  BootstrapDecision decision =
      source_.find({request.from, parameters.endpoint, request.identity, pack});
  switch (decision.kind) {
    case BootstrapDecision::Kind::Configure:
      configuration = std::move(decision.configuration);
      return {};
    // [BS-23]
    case BootstrapDecision::Kind::Unknown:
      return {Code::BadRequest, decision.reason != nullptr ? decision.reason : "unknown endpoint"};
    case BootstrapDecision::Kind::Unavailable: break;
  }
  return {Code::ServiceUnavailable, ""};
}

Answer BootstrapShard::Engine::on_bootstrap_request(Instant now, const Request& request) {
  std::string endpoint;
  BootstrapConfiguration configuration;
  BootstrapDevice device;
  Refusal refusal = parse_preference(request.message, device.preferred);
  if (!refusal.refused()) refusal = decide(request, false, endpoint, configuration);
  if (!refusal.refused()) {
    const auto session = start(now, endpoint, request.from, configuration, device);
    if (session) {
      ++counters_.requests;
      return plain(Code::Changed);
    }
    refusal = refusal_of(session.error());
  }
  deny(request, endpoint, refusal);
  return answer(refusal);
}

std::optional<Answer> BootstrapShard::Engine::on_pack_request(const Request& request) {
  std::string endpoint;
  BootstrapConfiguration configuration;
  // [BS-57]
  const ContentFormat format = request.message.accept().value_or(ContentFormat::SenmlCbor);
  Refusal refusal;
  std::vector<std::uint8_t> pack;
  if (!config_.packs) {
    refusal = {Code::NotImplemented, "this server has no Bootstrap-Packs"};  // [BS-61]
  } else if (!is_pack_format(format)) {
    refusal = {Code::NotAcceptable, "a Bootstrap-Pack comes in 110, 112 or 11544"};
  } else {
    refusal = decide(request, true, endpoint, configuration);
  }
  if (!refusal.refused() && !configuration.pack) {
    refusal = {Code::MethodNotAllowed, "send a Bootstrap-Request"};  // [BS-61]
  }
  if (!refusal.refused()) {
    const auto expanded = expand(configuration, endpoint);
    auto made = expanded ? make_pack(*expanded, format, config_.max_write_bytes)
                         : Result<std::vector<std::uint8_t>>(expanded.error());
    if (made) {
      pack = *std::move(made);
    } else {
      refusal = refusal_of(made.error());
    }
  }
  if (refusal.refused()) {
    deny(request, endpoint, refusal);
    return answer(refusal);
  }
  bool last = false;
  if (!write_pack(request, format, pack, last)) return plain(Code::BadRequest, "no such block");
  if (last) {
    ++counters_.packs;
    BootstrapEvent event;
    event.kind = BootstrapEvent::Kind::PackSent;
    event.endpoint = std::move(endpoint);
    event.address = request.from;
    event.configuration = configuration.name;
    event.format = format;
    event.bytes = pack.size();
    events_.push(std::move(event));
  }
  return std::nullopt;
}

/// One block of the pack. Nothing is kept between blocks: a tag tells when it became another one.
Status BootstrapShard::Engine::write_pack(const Request& request, ContentFormat format,
                                          ByteView pack, bool& last) {
  const coap::MessageView& message = request.message;
  LINNET_TRY_ASSIGN(const std::optional<BlockOption> wanted,
                    BlockOption::find(message, OptionNumber::Block2));
  const BlockOption block = wanted.value_or(BlockOption{0, false, szx_});
  coap::BlockSlice slice{block, 0, 0};
  if (!pack.empty() || block.number != 0) {
    LINNET_TRY_ASSIGN(slice, coap::slice(pack.size(), block, szx_));
  }
  coap::Header header{coap::Type::Ack, Code::Content, message.message_id(), message.token()};
  if (message.type() != coap::Type::Con) {
    header.type = coap::Type::Non;
    header.message_id = static_cast<std::uint16_t>(rng_.next());
  }
  PackReply reply{request.from, std::vector<std::uint8_t>(slice.size + 64)};
  Writer out(reply.datagram);
  coap::MessageWriter writer(out, header);
  const bool several = pack.size() > slice.size;
  if (several) {
    const coap::Token tag = coap::Token::from_number(hash_bytes(as_text(pack), seed_), 8);
    writer.add_option(OptionNumber::ETag, tag.view());
  }
  writer.add_content_format(format);
  if (several || wanted) writer.add_unsigned(OptionNumber::Block2, slice.block.encode());
  if (several && block.number == 0) {
    writer.add_unsigned(OptionNumber::Size2, static_cast<std::uint32_t>(pack.size()));
  }
  writer.payload(pack.subspan(slice.offset, slice.size));
  LINNET_TRY(writer.finish());
  reply.datagram.resize(out.size());
  last = !slice.block.more;
  packs_.push(std::move(reply));
  return {};
}

}  // namespace linnet::server
