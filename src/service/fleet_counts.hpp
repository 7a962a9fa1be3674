// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many registered devices have which version and which objects, counted as they come and go.
// Devices with the same objects share one profile. Thread rule: one thread at a time.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <linnet/server/registration.hpp>

namespace linnet::service {

class FleetCounts {
 public:
  /// A device that is not counted.
  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  /// So many profiles are told apart; of devices with others only the version is counted.
  static constexpr std::size_t kMaxProfiles = 1u << 16;

  /// Counts a device; the number is for `remove`.
  [[nodiscard]] std::uint32_t add(const server::RegistrationView& registration);
  void remove(std::uint32_t profile);

  /// In the order of versions; those that no device has are left out.
  [[nodiscard]] std::vector<std::pair<lwm2m::Version, std::size_t>> versions() const;
  /// In the order of objects. O(profiles).
  [[nodiscard]] std::vector<std::pair<lwm2m::Id, std::size_t>> objects() const;

 private:
  struct Profile {
    std::string key;  // the version, then the objects, two bytes each
    std::size_t devices = 0;
  };

  std::vector<Profile> profiles_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::string, std::uint32_t> by_key_;
  std::string key_;
};

}  // namespace linnet::service
