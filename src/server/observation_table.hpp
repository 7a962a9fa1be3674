// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is observed, where, and under which token [IR-17] [IR-26]: a packed record an observation,
// listed by device, found by the token of its notifications without a search.
// Data only; what messages do to it is in `device_requests`.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/observe.hpp>
#include <linnet/server/operation.hpp>
#include <linnet/server/shard.hpp>
#include "server/registry.hpp"
#include "server/request_plan.hpp"
#include "server/slab.hpp"

namespace linnet::server {

/// Tokens of requests carry a number to find their owner by, and 32 random bits to prove that the
/// peer has seen it (RFC 7252 §5.3.1).
struct TokenParts {
  bool observation = false;
  std::uint32_t number = 0;  ///< of the observation, or the slot of the device; below 2^31
  std::uint32_t nonce = 0;

  [[nodiscard]] coap::Token token() const;
  [[nodiscard]] static std::optional<TokenParts> of(const coap::Token& token);
};

struct Observation {
  /// What only some observations need.
  struct Extra {
    std::vector<lwm2m::Path> paths;  ///< of an Observe-Composite; else empty
    lwm2m::AttributeChange attributes;
  };

  Slot device = kNone;
  std::uint32_t generation = 0;
  std::uint32_t next = kNone;      // of the same device, or free
  std::uint32_t previous = kNone;  // of the same device
  std::uint32_t nonce = 0;
  std::uint32_t previous_nonce = 0;  ///< of the token before, known until `established`
  std::uint32_t operation = kNone;   ///< the pending operation that makes or ends it
  lwm2m::Path path;
  coap::NotificationOrder order;
  std::int64_t last_ms = 0;
  std::uint32_t notifications = 0;
  FormatChoice formats;  ///< of the request that made it
  /// What the application asked for; `formats` may be our choice.
  std::optional<coap::ContentFormat> wanted;
  bool composite = false;
  bool keep = false;
  bool established = false;
  std::unique_ptr<Extra> extra;
};

class ObservationTable {
 public:
  ObservationTable(std::uint32_t max_observations, Registry& registry, Rng& rng)
      : max_observations_(max_observations), registry_(registry), rng_(rng) {}

  /// A new observation of `device`, first in its list; `kNone` at the limit.
  [[nodiscard]] std::uint32_t add(Slot device);
  void remove(std::uint32_t number);
  /// A new observation of `device` with the id and token of an earlier one. `Malformed` if they do
  /// not belong together, `Exists` if the place is taken, `NoSpace` at the limit.
  [[nodiscard]] Result<std::uint32_t> restore(Slot device, ObservationId id,
                                              const coap::Token& token);
  /// A new token. Until the observation is established under it the old one is known too: a device
  /// that was disabled or offline reports with it what happened meanwhile [IR-47].
  void renew_token(std::uint32_t number);

  Observation& operator[](std::uint32_t number) { return entries_[number]; }
  const Observation& operator[](std::uint32_t number) const { return entries_[number]; }

  [[nodiscard]] std::uint32_t find(ObservationId id) const;
  [[nodiscard]] std::uint32_t find(const TokenParts& token) const;
  /// The observation of the same target, or `kNone`. O(observations of the device).
  [[nodiscard]] std::uint32_t find(Slot device, const Operation& operation) const;
  [[nodiscard]] ObservationId id(std::uint32_t number) const;
  [[nodiscard]] coap::Token token(std::uint32_t number) const;
  [[nodiscard]] std::span<const lwm2m::Path> paths(std::uint32_t number) const;
  [[nodiscard]] ObservationView view(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t count(Slot device) const;
  [[nodiscard]] std::uint32_t size() const { return size_; }

 private:
  void link(std::uint32_t number, Slot device);
  void collect_free();
  [[nodiscard]] bool live(std::uint32_t number) const {
    return number < entries_.size() && entries_[number].device != kNone;
  }

  std::uint32_t max_observations_;
  Registry& registry_;
  Rng& rng_;
  Slab<Observation, 256> entries_;
  std::uint32_t free_ = kNone;
  bool free_unknown_ = false;  // `restore` left gaps: to be collected
  std::uint32_t size_ = 0;
};

}  // namespace linnet::server
