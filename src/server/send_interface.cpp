// SPDX-License-Identifier: Apache-2.0
// Send: values a device reports on its own account (Core 1.2 §6.4.7) [IR-37]..[IR-42].
#include <algorithm>

#include "server/engine.hpp"
#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using lwm2m::Path;

/// How many registrations of one address are looked at for the sender of a Send.
constexpr int kMaxCandidates = 32;

Answer refuse(Code code, const char* why) { return {code, {}, {}, why}; }

bool registered(const RegistrationView& device, const Path& path) {
  return path.depth() >= 2 && device.has_instance(path.object(), path.instance());
}

}  // namespace

/// The device a Send comes from: there may be several behind its address, and the paths tell.
Slot Shard::Engine::sender_of(const SocketAddress& from, std::span<const Path> paths) const {
  Slot slot = registry_.find(from);
  for (int i = 0; i < kMaxCandidates && slot != kNone; ++i) {
    const RegistrationView device = registry_.view(slot);
    if (std::ranges::all_of(paths, [&](const Path& p) { return registered(device, p); })) {
      return slot;
    }
    slot = registry_.next_at_address(slot);
  }
  return kNone;
}

Answer Shard::Engine::on_send(Instant now, Request& request) {
  // [IR-42]
  if (registry_.find(request.from) == kNone) return refuse(Code::NotFound, "not registered");
  const auto format = request.message.content_format();
  if (!format) return refuse(Code::BadRequest, "the content format is missing");
  const auto paths = decode_paths(*format, request.body);
  if (!paths) {
    if (paths.error() == Error::Format) return refuse(Code::BadRequest, "not a format for Send");
    return refuse(Code::BadRequest, "the payload is malformed");
  }
  if (paths->empty()) return refuse(Code::BadRequest, "the payload is empty");
  // [IR-37]
  const Slot slot = sender_of(request.from, *paths);
  if (slot == kNone) return refuse(Code::NotFound, "a path is not registered");
  const Refusal refusal = authorize(AccessRequest::Kind::Send, request.from, {}, slot);
  if (refusal.refused()) return refuse(refusal.code, refusal.why);
  const RegistrationView device = registry_.view(slot);
  const Path root;
  DecodedValues decoded =
      decode_values(*format, request.body, root, std::span(&root, 1), device, definitions_);
  // [IR-41]
  const bool lacks_value =
      std::ranges::any_of(decoded.values, [](const auto& v) { return v.value.empty(); });
  if (!decoded.problem.empty() || lacks_value) {
    return refuse(Code::BadRequest, "a value does not fit its resource");
  }
  ++counters_.sends;
  events_.push(DataSent{device.id, std::move(decoded.values), *format});
  request.attributed = true;
  requests_.heard(now, slot);
  return {Code::Changed, {}, {}, ""};
}

}  // namespace linnet::server
