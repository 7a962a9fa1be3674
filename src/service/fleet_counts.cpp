// SPDX-License-Identifier: Apache-2.0
#include "fleet_counts.hpp"

#include <map>

namespace linnet::service {
namespace {

void append(std::string& key, unsigned value) {
  key += static_cast<char>(value >> 8);
  key += static_cast<char>(value & 0xFF);
}

unsigned at(const std::string& key, std::size_t i) {
  return static_cast<unsigned>(static_cast<unsigned char>(key[i]) << 8 |
                               static_cast<unsigned char>(key[i + 1]));
}

}  // namespace

std::uint32_t FleetCounts::add(const server::RegistrationView& registration) {
  key_.clear();
  append(key_, static_cast<unsigned>(registration.version.major << 8 | registration.version.minor));
  lwm2m::Id last = lwm2m::kNoId;
  for (const auto& link : registration.links) {
    if (link.object == last) continue;
    last = link.object;
    append(key_, last);
  }
  auto found = by_key_.find(key_);
  if (found == by_key_.end() && by_key_.size() >= kMaxProfiles) {
    key_.resize(2);
    found = by_key_.find(key_);
  }
  if (found == by_key_.end()) {
    std::uint32_t number = static_cast<std::uint32_t>(profiles_.size());
    if (free_.empty()) {
      profiles_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    profiles_[number].key = key_;
    found = by_key_.emplace(key_, number).first;
  }
  ++profiles_[found->second].devices;
  return found->second;
}

void FleetCounts::remove(std::uint32_t profile) {
  if (profile == kNobody) return;
  Profile& item = profiles_[profile];
  if (--item.devices != 0) return;
  by_key_.erase(item.key);
  item.key = {};
  free_.push_back(profile);
}

std::vector<std::pair<lwm2m::Version, std::size_t>> FleetCounts::versions() const {
  std::map<unsigned, std::size_t> counts;
  for (const Profile& item : profiles_) {
    if (item.devices != 0) counts[at(item.key, 0)] += item.devices;
  }
  std::vector<std::pair<lwm2m::Version, std::size_t>> out;
  for (const auto& [version, count] : counts) {
    out.push_back(
        {{static_cast<std::uint8_t>(version >> 8), static_cast<std::uint8_t>(version)}, count});
  }
  return out;
}

std::vector<std::pair<lwm2m::Id, std::size_t>> FleetCounts::objects() const {
  std::map<unsigned, std::size_t> counts;
  for (const Profile& item : profiles_) {
    if (item.devices == 0) continue;
    for (std::size_t i = 2; i < item.key.size(); i += 2) counts[at(item.key, i)] += item.devices;
  }
  std::vector<std::pair<lwm2m::Id, std::size_t>> out;
  for (const auto& [object, count] : counts)
    out.emplace_back(static_cast<lwm2m::Id>(object), count);
  return out;
}

}  // namespace linnet::service
