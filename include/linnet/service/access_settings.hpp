// SPDX-License-Identifier: Apache-2.0
#pragma once
// Settings of who may use the API, and how much.
#include <cstddef>
#include <cstdint>
#include <string>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>

namespace linnet::service {

struct AccessSettings {
  /// False: whoever reaches the API may do everything. Only on loopback, see `problem_of`.
  bool enabled = true;
  /// Keep a token for this user of this machine in a file of the run-time folder while serving
  /// (`local_token_file`).
  bool local_token = true;
  /// A sign-in ends when it was not used for so long, and when it is so old.
  Duration session_idle = seconds(12 * 3600);
  Duration session_lifetime = seconds(7 * 86400);
  /// What a token or a user may ask of the server; 0 a second: no limit.
  std::uint32_t requests_per_second = 1000;
  std::uint32_t burst = 5000;
  /// What may come from an address (a /56 of IPv6) without either.
  std::uint32_t anonymous_per_second = 100;
  std::uint32_t anonymous_burst = 500;
  /// How many entries the audit keeps, and for how long.
  std::size_t audit_kept = 100'000;
  Duration audit_age = seconds(std::int64_t{365} * 86400);
};

/// Why the API may not be served at `http` so, for a person; empty if it may.
[[nodiscard]] std::string problem_of(const AccessSettings& settings, const SocketAddress& http);

}  // namespace linnet::service
