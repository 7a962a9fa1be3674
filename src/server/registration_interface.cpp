// SPDX-License-Identifier: Apache-2.0
// Register, Update, De-register and expiry (Core 1.2 §6.2; Transport 1.2 §6.4.3).
#include <algorithm>

#include "server/engine.hpp"

namespace linnet::server {
namespace {

using coap::Code;

Answer answer(const Refusal& refusal) {
  return {.code = refusal.code, .location = {}, .block1 = {}, .text = refusal.why};
}

constexpr Refusal kFull{Code::ServiceUnavailable, "no room for more registrations"};

}  // namespace

Refusal Shard::Engine::authorize(AccessRequest::Kind kind, const SocketAddress& from,
                                 std::string_view endpoint, Slot slot) {
  if (authorizer_ == nullptr) return {};
  AccessRequest request{kind, from, endpoint, nullptr};
  RegistrationView view;
  if (slot != kNone) {
    view = registry_.view(slot);
    request.registration = &view;
    request.endpoint = endpoint.empty() ? view.endpoint : endpoint;
  }
  switch (authorizer_->decide(request)) {
    case Access::Allow: return {};
    case Access::Unknown: return {Code::BadRequest, "unknown endpoint"};
    case Access::Unavailable: return {Code::ServiceUnavailable, ""};
    case Access::Forbidden: break;
  }
  return {Code::Forbidden, ""};
}

Refusal Shard::Engine::check_objects(const Request& request, lwm2m::Version version) {
  const auto format = request.message.content_format();
  // [REG-30]
  if (format && *format != coap::ContentFormat::LinkFormat) {
    return {Code::BadRequest, "the payload is not a link list"};
  }
  if (request.body.empty()) {
    // [REG-13]: profile ids alone do not tell which objects there are.
    if (version >= lwm2m::kEnabler12) return {Code::Conflict, "the object list is missing"};
    return {Code::BadRequest, "the object list is missing"};
  }
  return parse_objects(as_text(request.body), config_.max_links, objects_);
}

ParameterPolicy Shard::Engine::policy() const {
  // The registry keeps names of up to 255 bytes; an Uri-Query option has no more anyway.
  return {std::min<std::size_t>(config_.max_endpoint_bytes, 255),
          config_.refuse_unknown_parameters};
}

Answer Shard::Engine::on_register(Instant now, Request& request) {
  RegistrationParameters parameters;
  Refusal refusal = parse_parameters(request.message, policy(), parameters);
  if (refusal.refused()) return answer(refusal);
  // [REG-04]
  if (parameters.endpoint.empty() && authorizer_ != nullptr) {
    parameters.endpoint = authorizer_->endpoint_of(request.from);
  }
  // [REG-15]
  if (parameters.endpoint.empty()) return answer({Code::BadRequest, "ep is missing"});
  if (!parameters.version) return answer({Code::BadRequest, "lwm2m is missing"});
  // [REG-06] [REG-07] [CMP-01]
  const lwm2m::Version version = *parameters.version;
  if (version.major != 1) return answer({Code::PreconditionFailed, "this server speaks LwM2M 1.x"});
  refusal = check_objects(request, version);
  if (refusal.refused()) return answer(refusal);
  RegistrationChange change;
  refusal = apply_parameters(parameters, version, change);
  if (refusal.refused()) return answer(refusal);
  if (!change.lifetime) change.lifetime = config_.default_lifetime;
  change.objects = &objects_;
  const Slot known = registry_.find(parameters.endpoint);
  refusal = authorize(AccessRequest::Kind::Register, request.from, parameters.endpoint, known);
  if (refusal.refused()) return answer(refusal);

  const RegistrationId old = known == kNone ? RegistrationId{} : registry_.id(known);
  const auto slot = registry_.add(now, parameters.endpoint, request.from, version, change);
  if (!slot) return answer(kFull);
  // [REG-17]
  if (known != kNone) {
    requests_.registration_replaced(now, *slot, old);
    events_.push(
        Deregistered{old, std::string(parameters.endpoint), Deregistered::Reason::Replaced, *slot});
  }
  request.attributed = true;
  registry_.set_last_message(*slot, request.message.message_id());
  presence_.schedule(*slot);
  ++counters_.registers;
  const RegistrationId id = registry_.id(*slot);
  events_.push(Registered{id});
  return {.code = Code::Created, .location = id, .block1 = {}, .text = ""};
}

/// Of an Update that says nothing, only the last is remembered, with the registration: doing an
/// older copy once more does no harm (RFC 7252 §4.5).
bool Shard::Engine::is_copy_of_refresh(Instant now, const Request& request, Slot slot) const {
  return registry_.last_message(slot) == request.message.message_id() &&
         registry_.address(slot) == request.from &&
         now - registry_.updated(slot) < config_.transmission.exchange_lifetime();
}

Refusal Shard::Engine::parse_update(const Request& request, Slot slot,
                                    RegistrationParameters& parameters,
                                    RegistrationChange& change) {
  const lwm2m::Version version = registry_.version(slot);
  Refusal refusal = parse_parameters(request.message, policy(), parameters);
  if (!refusal.refused()) refusal = apply_parameters(parameters, version, change);
  if (refusal.refused() || request.body.empty()) return refusal;
  change.objects = &objects_;
  return check_objects(request, version);
}

// The path a server walks most: for an Update that says nothing it touches half a cache line of the
// registry, leaves the timer as it is (it fires early, and is then set anew), allocates nothing.
Answer Shard::Engine::on_update(Instant now, Request& request, Slot slot) {
  const bool moved = registry_.address(slot) != request.from;
  if (moved && !config_.adopt_new_address) return {Code::NotFound, {}, {}, ""};
  const bool refresh = is_refresh(request.message);
  if (refresh && is_copy_of_refresh(now, request, slot)) {
    ++counters_.duplicates;
    request.attributed = true;
    requests_.heard(now, slot);
    return {Code::Changed, {}, {}, ""};
  }
  Refusal refusal = authorize(AccessRequest::Kind::Update, request.from, {}, slot);
  if (refusal.refused()) return answer(refusal);
  // [QM-03] Requests start once the new address is known.
  request.attributed = true;
  const bool woke = registry_.quiet(slot) && presence_.heard(now, slot);
  Updated event{.id = registry_.id(slot), .address_changed = moved};
  if (refresh && !moved) {
    registry_.refresh(now, slot);
  } else {
    refusal = apply_update(now, request, slot, event);
  }
  if (!refusal.refused()) {
    registry_.set_last_message(slot, request.message.message_id());
    ++counters_.updates;
    events_.push(event);
  }
  if (woke) requests_.begin_next(now, slot);
  if (refusal.refused()) {
    requests_.heard(now, slot);
    return answer(refusal);
  }
  return {Code::Changed, {}, {}, ""};
}

Refusal Shard::Engine::apply_update(Instant now, const Request& request, Slot slot,
                                    Updated& event) {
  RegistrationChange change;
  RegistrationParameters parameters;
  const Refusal refusal = parse_update(request, slot, parameters, change);
  if (refusal.refused()) return refusal;
  const auto changed = registry_.update(now, slot, request.from, change);
  if (!changed) return kFull;
  event.lifetime_changed = changed->lifetime;
  event.links_changed = changed->objects;
  event.binding_changed = changed->reachability;
  if (event.address_changed) requests_.address_changed(slot);
  if (changed->lifetime || changed->reachability) presence_.schedule(slot);
  return refusal;
}

Answer Shard::Engine::on_deregister(Instant now, Request& request, Slot slot) {
  const bool moved = registry_.address(slot) != request.from;
  if (moved && !config_.adopt_new_address) return {Code::NotFound, {}, {}, ""};
  const Refusal refusal = authorize(AccessRequest::Kind::Deregister, request.from, {}, slot);
  if (refusal.refused()) return answer(refusal);
  request.attributed = true;
  end_registration(now, slot, Deregistered::Reason::Request);
  ++counters_.deregisters;
  return {Code::Deleted, {}, {}, ""};
}

// [REG-43]
void Shard::Engine::end_registration(Instant now, Slot slot, Deregistered::Reason reason) {
  requests_.registration_ended(now, slot);
  events_.push(
      Deregistered{registry_.id(slot), std::string(registry_.endpoint(slot)), reason, slot});
  lifetimes_.cancel(slot);
  registry_.remove(slot);
}

void Shard::Engine::expire(Instant now) {
  // A million registrations may come up at once; between some of them devices get their turn.
  constexpr int kAtATime = 4096;
  for (int i = 0; i < kAtATime && events_.size() < config_.max_events; ++i) {
    const auto slot = lifetimes_.pop(now);
    if (!slot) return;
    if (registry_.expires(*slot) <= now) {
      end_registration(now, *slot, Deregistered::Reason::Expired);
      ++counters_.expirations;
      continue;
    }
    if (presence_.sleep_due(now, *slot)) {
      // Whoever is being asked stays awake until it is clear whether it answers.
      if (requests_.transmitting(*slot)) {
        presence_.schedule(*slot, now + config_.transmission.ack_timeout);
        continue;
      }
      presence_.fall_asleep(*slot);
    }
    presence_.schedule(*slot);
  }
}

Status Shard::Engine::restore(Instant now, const RegistrationView& registration) {
  LINNET_TRY_ASSIGN(const Slot slot, registry_.restore(now, registration));
  presence_.restore(now, slot);
  return {};
}

bool Shard::Engine::remove(Instant now, RegistrationId id) {
  const Slot slot = registry_.find(id);
  if (slot == kNone) return false;
  end_registration(now, slot, Deregistered::Reason::Removed);
  return true;
}

}  // namespace linnet::server
