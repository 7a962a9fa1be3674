// SPDX-License-Identifier: Apache-2.0
#pragma once
// Samples of one resource as they are shown: all of them, or fewer for a plot. Free functions; any
// thread.
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "history_table.hpp"

namespace linnet::service {

/// What a stretch of time had.
struct HistoryPoint {
  std::int64_t time = 0;  ///< of its last sample
  double min = 0;
  double max = 0;
  double value = 0;  ///< the last one
};

/// At most `points` stretches of equal length, those without a sample left out: what stood out
/// stays visible. Samples that are no finite numbers are left out. REQUIRES: in order of time;
/// points > 0.
[[nodiscard]] std::vector<HistoryPoint> thin_out(const std::vector<Sample>& samples,
                                                 std::size_t points);
/// Whether `points` asks for fewer than there are, and they are numbers.
[[nodiscard]] bool worth_thinning(const std::vector<Sample>& samples, std::size_t points);

/// `{"type":...,"samples":[...]}`; `points` 0: all of them.
[[nodiscard]] boost::json::object history_json(const std::vector<Sample>& samples,
                                               std::size_t points);
/// RFC 4180, with a line of names; times as in ISO 8601.
[[nodiscard]] std::string history_csv(const std::vector<Sample>& samples, std::size_t points);

}  // namespace linnet::service
