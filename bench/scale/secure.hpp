// SPDX-License-Identifier: Apache-2.0
#pragma once
// What DTLS costs the server: sessions asleep, updates under seal beside plain ones, and handshakes
// beside a server that is GnuTLS and nothing else. No sockets: those cost both the same. Throws
// std::runtime_error if an answer is wrong or a handshake fails.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure.hpp"
#include "statistics.hpp"

namespace linnet::scale {

/// CPU time in ns of one update, request and answer, and memory of a session.
struct SessionResult {
  std::uint32_t devices = 0;
  Spread plain_ns;
  Spread sealed_ns;
  Spread more_ns;  ///< of the two, round by round
  /// Resident memory that the sessions took, with their index, addresses and endpoint names.
  double bytes_per_session = 0;
};

/// CPU time of the server for one handshake in ns, with a cookie, from the first ClientHello until
/// the session sleeps (Linnet) or is there (GnuTLS alone), which then frees the one before the last
/// thousand.
struct HandshakeResult {
  std::string what;
  std::uint64_t handshakes = 0;
  Spread linnet_ns;
  Spread alone_ns;
  Spread freed_ns;  ///< GnuTLS alone if it frees the session at once and has none
  // Linnet to GnuTLS alone, round by round.
  Spread ratio;
  Spread freed_ratio;
};

struct SecureResults {
  std::vector<SessionResult> sessions;
  std::vector<HandshakeResult> handshakes;
};

[[nodiscard]] SessionResult measure_sessions(const Options& options, std::uint32_t devices,
                                             double deadline, Progress& progress);
[[nodiscard]] std::vector<HandshakeResult> measure_handshakes(const Options& options,
                                                              double deadline, Progress& progress);

}  // namespace linnet::scale
