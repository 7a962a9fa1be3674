// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/event_log.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace linnet::service {
namespace {

constexpr std::array<std::string_view, kEventKinds> kNames = {
    "registered", "updated",   "deregistered", "expired", "value",    "send",
    "operation",  "bootstrap", "handshake",    "awake",   "sleeping", "alarm"};

}  // namespace

std::string_view name(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> find_event_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return {};
  return static_cast<EventKind>(found - kNames.begin());
}

EventLog::EventLog(std::size_t events, std::size_t bytes, std::string run)
    : max_events_(events), max_bytes_(bytes), run_(std::move(run)) {}

void EventLog::publish(EventKind kind, std::string endpoint, std::string data,
                       std::vector<lwm2m::Path> paths) {
  auto event = std::make_shared<LoggedEvent>();
  event->kind = kind;
  event->endpoint = std::move(endpoint);
  event->data = std::move(data);
  event->paths = std::move(paths);
  const std::scoped_lock lock(mutex_);
  event->sequence = ++latest_;
  bytes_ += event->data.size();
  ring_.push_back(std::move(event));
  while (ring_.size() > max_events_ || (bytes_ > max_bytes_ && ring_.size() > 1)) {
    bytes_ -= ring_.front()->data.size();
    ring_.pop_front();
  }
}

EventLog::Batch EventLog::read(std::uint64_t after, std::size_t limit) const {
  Batch batch;
  const std::scoped_lock lock(mutex_);
  if (ring_.empty() || after >= latest_) return batch;
  const std::uint64_t oldest = ring_.front()->sequence;
  if (after + 1 < oldest) batch.missed = oldest - after - 1;
  const std::size_t first = batch.missed != 0 ? 0 : static_cast<std::size_t>(after + 1 - oldest);
  const std::size_t count = std::min(limit, ring_.size() - first);
  const auto begin = ring_.begin() + static_cast<std::ptrdiff_t>(first);
  batch.events.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  return batch;
}

std::uint64_t EventLog::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

std::string EventLog::id(std::uint64_t sequence) const {
  return run_ + "-" + std::to_string(sequence);
}

std::optional<std::uint64_t> EventLog::parse_id(std::string_view id) const {
  if (id.size() <= run_.size() + 1 || id.substr(0, run_.size()) != run_ || id[run_.size()] != '-') {
    return {};
  }
  const std::string_view digits = id.substr(run_.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return number;
}

}  // namespace linnet::service
