// SPDX-License-Identifier: Apache-2.0
#pragma once
// The attributes gt, lt, st and edge: optional for a client, and linked only if its features name
// them. Core 1.2 §7.3.2; [IR-04] [IR-05] [IR-07] [IR-11].
#include <optional>

#include <linnet/client/engine_tables.hpp>
#include <linnet/client/features.hpp>
#include <linnet/lwm2m/attributes.hpp>
#include <linnet/lwm2m/definition.hpp>

namespace linnet::client {

struct ChangeConditions {
  const lwm2m::RealAttributes* reals;
  /// Whether a change may be attached to a resource, or above one if `resource` is null.
  /// [DM-42] [IR-04] [IR-07]
  bool (*allowed)(const lwm2m::AttributeChange& change, const lwm2m::ResourceDefinition* resource);
  /// Whether one of the conditions is met by going from what `watch` holds to `now`, a number or
  /// boolean; crossings count in both directions. Nothing if none applies.
  std::optional<bool> (*met)(const lwm2m::Attributes& attributes, const Watch& watch,
                             const lwm2m::Value& now);
};

}  // namespace linnet::client
