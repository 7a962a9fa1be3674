// SPDX-License-Identifier: Apache-2.0
#pragma once
// Instances kept in rows, in any order: kNoId is the id of a row that is free.
#include <algorithm>

#include <linnet/client/object.hpp>

namespace linnet::client {

/// The smallest id above `after`, kNoId at the end; `kId` is the member that holds it.
///
///   next_row<&Light::id>(lights_, after)
template <auto kId, typename Rows>
[[nodiscard]] Id next_row(const Rows& rows, Id after) {
  Id best = kNoId;
  for (const auto& row : rows) {
    if (row.*kId >= static_cast<Id>(after + 1)) best = std::min(best, row.*kId);
  }
  return best;
}

}  // namespace linnet::client
