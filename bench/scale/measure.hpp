// SPDX-License-Identifier: Apache-2.0
#pragma once
// The measurements: a fleet of one size against a shard and an echo over sockets, in turns, and the
// shard alone without sockets. Both throw std::runtime_error if an answer is wrong.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet.hpp"
#include "statistics.hpp"

namespace linnet::scale {

struct Options {
  std::vector<std::uint32_t> devices{1'000, 10'000, 100'000};
  std::uint32_t window = 64;
  std::uint32_t models = 4;
  std::uint32_t rounds = 11;  ///< of updates and notifications; a fleet registers a few times
  std::uint32_t round_size = 40'000;  ///< updates, or notifications, of a round
  std::uint32_t clock_factor = 100;
  double seconds = 70;  ///< after that, no new round is begun
  bool engine_only = false;
};

/// Nanoseconds are CPU time of the server's thread for a request.
struct Result {
  Request request = Request::Register;
  std::uint32_t devices = 0;
  std::size_t rounds = 0;
  std::uint64_t requests = 0;
  Spread shard_ns;
  Spread echo_ns;          ///< zero without sockets
  Spread ratio;            ///< of the two, round by round
  double per_second = 0;   ///< on the clock on the wall, with the generator beside it
  double shard_batch = 0;  ///< requests found at a wake-up
  double echo_batch = 0;
  std::uint64_t retransmissions = 0;
  /// Resident memory the fleet added so far, by device: registered, or registered and observed.
  std::optional<double> bytes_per_device;
};

class Progress {
 public:
  /// On the standard error: a terminal gets one line that changes, anything else one line for the
  /// first round. `rounds` 0: unknown.
  void show(const std::string& what, std::size_t round = 0, std::size_t rounds = 0);
  ~Progress();

 private:
  bool shown_ = false;
};

/// Register first, then updates, then notifications of an observation of each device. Begins no
/// new round after `deadline` on `wall_seconds()`, but makes three of each.
[[nodiscard]] std::vector<Result> measure_over_sockets(const Options& options,
                                                       std::uint32_t devices, double deadline,
                                                       Progress& progress);
[[nodiscard]] std::vector<Result> measure_engine(const Options& options, std::uint32_t devices,
                                                 double deadline, Progress& progress);

}  // namespace linnet::scale
