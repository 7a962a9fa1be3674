// SPDX-License-Identifier: Apache-2.0
#pragma once
// Median and median absolute deviation: what a few disturbed rounds hardly move.
#include <vector>

namespace linnet::scale {

struct Spread {
  double median = 0;
  double mad = 0;
};

/// Zeros for no samples.
[[nodiscard]] Spread spread_of(std::vector<double> samples);

}  // namespace linnet::scale
