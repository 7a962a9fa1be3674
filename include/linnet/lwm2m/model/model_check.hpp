// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a new definition contradicts of those that are known (Core 1.2 §7.2.2; [OV-03] [OV-07]).
// Host only.
#include <string_view>
#include <vector>

#include <linnet/lwm2m/model/ddf.hpp>
#include <linnet/lwm2m/model/model_store.hpp>

namespace linnet::lwm2m {

/// Errors: what would have needed a new major version after an older one in `store`. Warnings:
/// reusable resources that another object defines differently. `xml` is the text `model` was read
/// from; findings name its lines. O(models in `store`).
[[nodiscard]] std::vector<DdfFinding> check_against(const ModelStore& store,
                                                    const ObjectModel& model, std::string_view xml);

}  // namespace linnet::lwm2m
