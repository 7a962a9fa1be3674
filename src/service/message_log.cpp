// SPDX-License-Identifier: Apache-2.0
#include "message_log.hpp"

#include <algorithm>

#include <linnet/coap/block.hpp>
#include <linnet/lwm2m/format.hpp>
#include <linnet/server/bootstrap_configuration.hpp>
#include <linnet/service/payload_records.hpp>

#include "problem.hpp"

namespace linnet::service {
namespace {

using coap::ContentFormat;
using coap::OptionNumber;

/// What a message takes besides its bytes.
constexpr std::size_t kOverhead = 128;
constexpr std::size_t kMaxTargets = 1024;
constexpr std::string_view kSecret = "it holds a key";
constexpr std::string_view kMaybeSecret = "it may hold a key";
constexpr std::string_view kUnknown = "the request came before the recording";

/// Whether a path is, or has below it, a key of the Security or the OSCORE object.
bool is_secret(const lwm2m::Path& path) {
  if (path.is_root()) return true;
  const lwm2m::Id object = path.object();
  if (object != 0 && object != 21) return false;
  if (path.depth() < 3) return true;
  const lwm2m::Id resource = path.resource();
  return server::is_secret(path) || (object == 0 ? resource == 3 || resource == 4 : resource == 5);
}

bool in_pieces(const coap::MessageView& message) {
  for (const auto number : {OptionNumber::Block1, OptionNumber::Block2}) {
    const auto block = coap::BlockOption::find(message, number);
    if (!block.ok() || (*block && ((*block)->more || (*block)->number != 0))) return true;
  }
  return false;
}

/// Whether a payload that is here as a whole has a key in it; nothing if it cannot be read.
std::optional<bool> has_secret(const coap::MessageView& message, const lwm2m::Path& base) {
  const auto id = message.content_format();
  if (!id) return {};
  if (*id == ContentFormat::LinkFormat) return false;
  const auto* format = lwm2m::find(lwm2m::all_formats(), *id);
  if (format == nullptr) return {};
  lwm2m::RecordReader reader(*format, message.payload(), base);
  lwm2m::Record record;
  auto more = reader.next(record);
  for (; more.ok() && *more; more = reader.next(record)) {
    const bool value = record.value.kind != lwm2m::RawValue::Kind::None;
    if (value && is_secret(record.path)) return true;
  }
  if (!more.ok()) return {};
  return false;
}

std::string key_of(bool in, const coap::Token& token) {
  return (in ? "i" : "o") + std::string(as_text(token.view()));
}

}  // namespace

MessageLog::Target MessageLog::target_of(const coap::MessageView& request, bool in) {
  using Kind = Target::Kind;
  const auto path = request_target(request);
  std::string_view first;
  for (const auto& option : request.options(OptionNumber::UriPath)) {
    first = option.text();
    break;
  }
  if (in) {
    if (first == "dp") return {Kind::Several, {}};
    return {first == "rd" || first == "bs" ? Kind::Links : Kind::Unknown, {}};
  }
  if (path.is_root()) return {Kind::Several, {}};
  return {Kind::Path, path};
}

std::string_view MessageLog::why_left_out(const coap::MessageView& message, const Target& target) {
  using Kind = Target::Kind;
  if (message.payload().empty() || target.kind == Kind::Links) return {};
  // The reason of an error is for people.
  if (coap::is_response(message.code()) && !coap::is_success(message.code())) return {};
  if (target.kind == Kind::Unknown) {
    return coap::is_response(message.code()) ? kUnknown : kMaybeSecret;
  }
  const bool plain = target.kind == Kind::Path && !is_secret(target.path) &&
                     target.path.object() != 0 && target.path.object() != 21;
  if (in_pieces(message)) return plain ? std::string_view() : kMaybeSecret;
  const auto secret = has_secret(message, target.path);
  if (secret) return *secret ? kSecret : std::string_view();
  return plain ? std::string_view() : kMaybeSecret;
}

void MessageLog::remember(Capture& capture, bool in, const coap::Token& token,
                          const Target& target) {
  std::string key = key_of(in, token);
  if (!capture.targets.insert_or_assign(key, target).second) return;
  capture.target_order.push_back(std::move(key));
  if (capture.target_order.size() <= kMaxTargets) return;
  capture.targets.erase(capture.target_order.front());
  capture.target_order.pop_front();
}

MessageLog::Status MessageLog::status(std::string_view endpoint, Instant now) const {
  const auto found = captures_.find(endpoint);
  if (found == captures_.end()) return {};
  const Capture& capture = found->second;
  return {now < capture.until, capture.until, capture.messages.size(), capture.bytes};
}

void MessageLog::make_room(Instant now) {
  if (captures_.size() < kMaxDevices) return;
  const auto oldest =
      std::ranges::min_element(captures_, {}, [](const auto& item) { return item.second.until; });
  if (oldest->second.until > now) {
    throw Problem(409, "too-many-captures", "Too many recordings",
                  "messages of " + std::to_string(kMaxDevices) +
                      " devices are being recorded already; end one of them");
  }
  captures_.erase(oldest);
}

void MessageLog::start(const std::string& endpoint, Instant now, Duration time) {
  if (!captures_.contains(endpoint)) make_room(now);
  Capture& capture = captures_[endpoint];
  capture.until = now + std::min(time, kLongest);
  last_end_ = std::max(last_end_, capture.until);
}

void MessageLog::stop(std::string_view endpoint) {
  const auto found = captures_.find(endpoint);
  if (found == captures_.end()) return;
  found->second.until = Instant{};
  last_end_ = Instant{1};  // over, unless somebody else's is not
  for (const auto& [name, capture] : captures_) last_end_ = std::max(last_end_, capture.until);
}

void MessageLog::forget(std::string_view endpoint) {
  const auto found = captures_.find(endpoint);
  if (found != captures_.end()) captures_.erase(found);
}

bool MessageLog::ended(Instant now) {
  if (last_end_ == Instant{} || now < last_end_) return false;
  last_end_ = Instant{};
  return true;
}

void MessageLog::expect(std::string_view endpoint, const coap::Token& token,
                        const lwm2m::Path& path) {
  const auto found = captures_.find(endpoint);
  if (found == captures_.end()) return;
  const auto kind = path.is_root() ? Target::Kind::Several : Target::Kind::Path;
  remember(found->second, false, token, {kind, path});
}

void MessageLog::on_message(Instant now, const SocketAddress& peer, server::Direction direction,
                            ByteView bytes, server::RegistrationId /*registration*/,
                            std::string_view endpoint) {
  if (now >= last_end_) return;
  const bool in = direction == server::Direction::In;
  const auto found = captures_.find(endpoint);
  if (found == captures_.end() || now >= found->second.until) return;
  Capture& capture = found->second;
  auto out = std::make_shared<CapturedMessage>();
  out->number = ++capture.last_number;
  out->unix_us = unix_us_();
  out->in = in;
  out->secured = peer.is_session();
  out->address = real_address_(peer);
  out->size = bytes.size();
  const auto message = coap::MessageView::parse(bytes);
  if (message.ok()) {
    Target target;
    if (coap::is_request(message->code())) {
      target = target_of(*message, in);
      remember(capture, in, message->token(), target);
    } else if (coap::is_response(message->code())) {
      const auto request = capture.targets.find(key_of(!in, message->token()));
      if (request != capture.targets.end()) target = request->second;
    }
    out->target = target.path;
    out->left_out = why_left_out(*message, target);
    // The marker before the payload goes with it.
    if (!out->left_out.empty()) bytes = bytes.first(bytes.size() - message->payload().size() - 1);
  }
  out->bytes = as_text(bytes);
  capture.bytes += bytes.size() + kOverhead;
  capture.messages.push_back(std::move(out));
  while (capture.bytes > kMaxBytes) {
    capture.bytes -= capture.messages.front()->bytes.size() + kOverhead;
    capture.messages.pop_front();
  }
}

std::vector<std::shared_ptr<const CapturedMessage>> MessageLog::read(
    std::string_view endpoint, std::optional<std::uint64_t> after, std::size_t limit) const {
  std::vector<std::shared_ptr<const CapturedMessage>> out;
  const auto found = captures_.find(endpoint);
  if (found == captures_.end()) return out;
  const auto& messages = found->second.messages;
  auto first = messages.begin();
  if (after) {
    first = std::ranges::upper_bound(messages, *after, {},
                                     [](const auto& message) { return message->number; });
  } else if (messages.size() > limit) {
    first = messages.end() - static_cast<std::ptrdiff_t>(limit);
  }
  for (; first != messages.end() && out.size() < limit; ++first) out.push_back(*first);
  return out;
}

}  // namespace linnet::service
