// SPDX-License-Identifier: Apache-2.0
#include "server/observation_table.hpp"

#include <algorithm>

namespace linnet::server {
namespace {

constexpr std::uint64_t kObservationBit = std::uint64_t{1} << 63;

}  // namespace

coap::Token TokenParts::token() const {
  const std::uint64_t value =
      (observation ? kObservationBit : 0) | std::uint64_t{number} << 32 | nonce;
  return coap::Token::from_number(value, coap::Token::kMaxSize);
}

std::optional<TokenParts> TokenParts::of(const coap::Token& token) {
  if (token.size() != coap::Token::kMaxSize) return std::nullopt;
  const std::uint64_t value = token.number();
  return TokenParts{(value & kObservationBit) != 0,
                    static_cast<std::uint32_t>(value >> 32) & 0x7FFFFFFF,
                    static_cast<std::uint32_t>(value)};
}

void ObservationTable::link(std::uint32_t number, Slot device) {
  Observation& entry = entries_[number];
  entry.device = device;
  entry.next = registry_.observations(device);
  if (entry.next != kNone) entries_[entry.next].previous = number;
  registry_.observations(device) = number;
  ++size_;
}

void ObservationTable::collect_free() {
  free_ = kNone;
  for (std::uint32_t number = entries_.size(); number-- != 0;) {
    if (live(number)) continue;
    entries_[number].next = free_;
    free_ = number;
  }
  free_unknown_ = false;
}

Result<std::uint32_t> ObservationTable::restore(Slot device, ObservationId id,
                                                const coap::Token& token) {
  const auto number = static_cast<std::uint32_t>(id.value) - 1;
  const auto parts = TokenParts::of(token);
  if (number >= max_observations_ || !parts || !parts->observation || parts->number != number) {
    return Error::Malformed;
  }
  if (live(number)) return Error::Exists;
  while (entries_.size() <= number) entries_.grow();
  free_unknown_ = true;
  Observation& entry = entries_[number];
  entry = Observation{};
  entry.generation = static_cast<std::uint32_t>(id.value >> 32);
  entry.nonce = entry.previous_nonce = parts->nonce;
  link(number, device);
  return number;
}

std::uint32_t ObservationTable::add(Slot device) {
  if (size_ >= max_observations_) return kNone;
  if (free_unknown_) collect_free();
  std::uint32_t number = free_;
  if (number != kNone) {
    free_ = entries_[number].next;
  } else {
    number = entries_.grow();
  }
  Observation& entry = entries_[number];
  const std::uint32_t generation = entry.generation + 1;
  entry = Observation{};
  entry.generation = generation;
  link(number, device);
  renew_token(number);
  entry.previous_nonce = entry.nonce;
  return number;
}

void ObservationTable::remove(std::uint32_t number) {
  Observation& entry = entries_[number];
  if (entry.previous != kNone) {
    entries_[entry.previous].next = entry.next;
  } else {
    registry_.observations(entry.device) = entry.next;
  }
  if (entry.next != kNone) entries_[entry.next].previous = entry.previous;
  entry.device = kNone;
  entry.extra.reset();
  entry.next = free_;
  free_ = number;
  --size_;
}

void ObservationTable::renew_token(std::uint32_t number) {
  Observation& entry = entries_[number];
  const std::uint32_t old = entry.nonce;
  if (entry.established) entry.previous_nonce = old;
  do {
    entry.nonce = rng_.next();
  } while (entry.nonce == old);
}

std::uint32_t ObservationTable::find(ObservationId id) const {
  const auto number = static_cast<std::uint32_t>(id.value) - 1;
  return live(number) && this->id(number) == id ? number : kNone;
}

std::uint32_t ObservationTable::find(const TokenParts& token) const {
  if (!live(token.number)) return kNone;
  const Observation& entry = entries_[token.number];
  const bool known =
      entry.nonce == token.nonce || (!entry.established && entry.previous_nonce == token.nonce);
  return known ? token.number : kNone;
}

std::uint32_t ObservationTable::find(Slot device, const Operation& operation) const {
  const bool composite = operation.kind == OperationKind::ObserveComposite;
  std::uint32_t number = registry_.observations(device);
  for (; number != kNone; number = entries_[number].next) {
    const Observation& entry = entries_[number];
    if (entry.composite != composite) continue;
    if (composite ? std::ranges::equal(entry.extra->paths, operation.paths)
                  : entry.path == operation.path) {
      return number;
    }
  }
  return kNone;
}

ObservationId ObservationTable::id(std::uint32_t number) const {
  return {std::uint64_t{entries_[number].generation} << 32 | (number + 1)};
}

coap::Token ObservationTable::token(std::uint32_t number) const {
  return TokenParts{true, number, entries_[number].nonce}.token();
}

std::span<const lwm2m::Path> ObservationTable::paths(std::uint32_t number) const {
  const Observation& entry = entries_[number];
  if (entry.composite) return entry.extra->paths;
  return {&entry.path, 1};
}

ObservationView ObservationTable::view(std::uint32_t number) const {
  const Observation& entry = entries_[number];
  return {.id = id(number),
          .registration = registry_.id(entry.device),
          .paths = paths(number),
          .composite = entry.composite,
          .keep = entry.keep,
          .established = entry.established,
          .notifications = entry.notifications,
          .last = Instant{entry.last_ms}};
}

std::uint32_t ObservationTable::count(Slot device) const {
  std::uint32_t count = 0;
  std::uint32_t number = registry_.observations(device);
  for (; number != kNone; number = entries_[number].next) ++count;
  return count;
}

}  // namespace linnet::server
