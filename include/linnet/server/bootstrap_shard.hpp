// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bootstrap server for the devices behind one socket (Core 1.2 §6.1; Transport 1.2 §6.4.2; RFC
// 7252, 7959): takes Bootstrap-Requests, configures each device in a session of its own, and hands
// out Bootstrap-Packs. No I/O and no clock, driven like `Shard`.
//
// Thread rule: one thread at a time; shards share nothing. `now` never goes backwards.
// Nothing a device sends makes memory grow beyond the limits of `BootstrapShardConfig`.
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/result.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/transmission.hpp>
#include <linnet/server/bootstrap_event.hpp>
#include <linnet/server/bootstrap_source.hpp>
#include <linnet/server/ports.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::server {

struct BootstrapShardConfig {
  coap::TransmissionParameters transmission{};
  /// A session ends when the device says nothing for so long; 0: EXCHANGE_LIFETIME, after which it
  /// has given up itself [BS-27].
  Duration silence{0};
  /// The longest a session lasts.
  Duration max_duration = seconds(3600);
  /// How often a request that got no answer, retransmissions included, is tried again.
  std::uint8_t step_retries = 1;
  /// How often a configuration may be corrected within a session [BS-52].
  std::uint8_t max_repairs = 3;
  /// False: Bootstrap-Pack-Requests are answered 5.01 [BS-61].
  bool packs = true;

  std::uint32_t max_sessions = 1u << 14;        ///< more are answered 5.03
  std::uint32_t max_response_bytes = 1u << 16;  ///< of one block-wise answer
  std::uint32_t max_write_bytes = 1u << 20;     ///< of one payload
  std::uint16_t block_size = 1024;              ///< 16 << n
  std::uint32_t max_dedup_entries = 1u << 18;   ///< 24 bytes each when used
  std::uint32_t max_events = 1u << 16;          ///< unpolled; then datagrams are dropped
  std::uint32_t max_replies = 1u << 12;         ///< unsent; then datagrams are dropped
};

/// Counters only grow.
struct BootstrapCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_out = 0;
  std::uint64_t malformed = 0;   ///< datagrams that were no CoAP message
  std::uint64_t duplicates = 0;  ///< answered from memory
  std::uint64_t dropped = 0;     ///< because a limit was reached
  std::uint64_t requests = 0;    ///< Bootstrap-Requests that began a session
  std::uint64_t packs = 0;
  std::uint64_t refused = 0;  ///< requests answered with 4.xx or 5.xx
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t retransmissions = 0;
  std::uint32_t sessions = 0;  ///< now
};

/// Not copyable or movable. All references outlive it; `definitions` may be null: values read from
/// devices then get natural types, and are written again more often than needed.
class BootstrapShard {
 public:
  BootstrapShard(const BootstrapShardConfig& config, Rng& rng, BootstrapSource& source,
                 const DefinitionSource* definitions = nullptr);
  ~BootstrapShard();
  BootstrapShard(const BootstrapShard&) = delete;
  BootstrapShard& operator=(const BootstrapShard&) = delete;

  /// Takes one datagram; any bytes from anybody. `identity` is that of the secure session it came
  /// through, empty without one.
  void receive(Instant now, const SocketAddress& from, ByteView datagram,
               std::string_view identity = {});
  /// The next datagram to send, written into `out` (at least 1280 bytes).
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);
  [[nodiscard]] Instant next_timeout() const;
  void on_timeout(Instant now);
  std::optional<BootstrapEvent> poll_event();

  /// Starts a session without a request of the device, as 1.0 knew it, for one that is known to be
  /// up [BS-31]. Replaces a session of this endpoint. `NotFound` if there is nothing for it,
  /// `Busy` if the source says so or there are too many sessions; `Malformed` and `TooLarge` if
  /// the configuration cannot be made into requests.
  Result<BootstrapSessionId> begin(Instant now, std::string_view endpoint,
                                   const SocketAddress& address);
  /// Goes on with a corrected configuration after the device refused the first one [BS-52].
  /// `NotFound` if there is no such session, `State` if it does not wait for this, `TooLarge` when
  /// it was corrected too often; else as above.
  Status repair(Instant now, BootstrapSessionId session, const BootstrapConfiguration& corrected);
  /// Ends a session; the device notices by the silence. False if there is none.
  bool cancel(Instant now, BootstrapSessionId session);
  /// As `Shard::renew`.
  void renew(const SocketAddress& session);

  [[nodiscard]] BootstrapCounters counters() const;
  [[nodiscard]] const BootstrapShardConfig& config() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace linnet::server
