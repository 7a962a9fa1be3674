// SPDX-License-Identifier: Apache-2.0
// Notification attributes given in the Observe itself (Core 1.2 §6.4.1); [IR-22] [IR-34].
#include <client/incoming.hpp>
#include <client/operations.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;

/// What an Observe-Composite may override [IR-34].
constexpr Attribute kCompositeAttributes[] = {Attribute::Pmin, Attribute::Pmax, Attribute::Epmin,
                                              Attribute::Epmax, Attribute::Con};

Attributes without_composite(Attributes attributes) {
  for (const Attribute attribute : kCompositeAttributes) attributes.clear(attribute);
  return attributes;
}

}  // namespace

const Engine::OwnAttributeOperations Engine::kOwnAttributeOperations = {
    .parse = Plain<&Engine::parse_own_attributes>::call,
    .keep = Plain<&Engine::keep_own_attributes>::call,
    .merge = Plain<&Engine::merge_own_attributes>::call};

Status Engine::parse_own_attributes(const Incoming& in, Attributes& own) const {
  lwm2m::AttributeChange change;
  LINNET_TRY(dm_.parse_attributes(in.request, change));
  if (change.unset != 0) return Error::Malformed;
  const bool composite = in.request.method == coap::Code::Fetch;
  if (composite ? !without_composite(change.set).empty()
                : change.needs_resource() && in.request.path.depth() < 3) {
    return Error::Malformed;
  }
  own = change.set;
  return {};
}

bool Engine::keep_own_attributes(Observation& observation, const Attributes& own) {
  for (std::size_t row = 0; row < tables_.own_attributes.size(); ++row) {
    bool taken = false;
    for (const Observation& other : tables_.observations) taken = taken || other.own == row;
    if (taken) continue;
    tables_.own_attributes[row] = own;
    observation.own = static_cast<std::uint8_t>(row);
    return true;
  }
  return false;
}

/// They stand for all that is attached to a single target, and for what a composite may override;
/// the defaults of the server stay behind both.
Attributes Engine::merge_own_attributes(const Observation& observation,
                                        const Attributes& attached) {
  Attributes result = dm_.effective_attributes(tables_.servers[observation.peer].id, Path{});
  if (observation.composite) result.override_with(without_composite(attached));
  result.override_with(tables_.own_attributes[observation.own]);
  return result;
}

}  // namespace linnet::client
