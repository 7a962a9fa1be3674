// SPDX-License-Identifier: Apache-2.0
#pragma once
// How definitions may change from version to version, and what objects share (Core 1.2 §7.2.2).
// Host only.
#include <string>
#include <vector>

#include <linnet/lwm2m/model/object_model.hpp>

namespace linnet::lwm2m {

/// A rule that two definitions break together.
struct EvolutionFinding {
  Id resource = kNoId;  ///< kNoId: the object itself
  std::string what;     ///< "the type is Float, it was Integer"
};

/// What in `newer` needs a new major version after `older`, or is not allowed at all: changed
/// names, types, operations, units or instances, mandatory resources that came or went, values no
/// longer allowed. Empty if a new minor version will do. REQUIRES: the same object. [OV-03]
[[nodiscard]] std::vector<EvolutionFinding> breaking_changes(const ObjectModel& older,
                                                             const ObjectModel& newer);

/// Whether a resource id belongs to a definition that objects share: 2048 to 26240.
[[nodiscard]] constexpr bool is_reusable(Id resource) {
  return resource >= 2048 && resource <= 26240;
}

/// Reusable resources that two objects define differently: name, operations, type, range and units
/// of these are the same everywhere. [OV-07]
[[nodiscard]] std::vector<EvolutionFinding> reuse_conflicts(const ObjectModel& a,
                                                            const ObjectModel& b);

}  // namespace linnet::lwm2m
