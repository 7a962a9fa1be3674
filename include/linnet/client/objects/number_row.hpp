// SPDX-License-Identifier: Apache-2.0
#pragma once
// The integer resources of an object instance, each there or not: what most objects are made of.
#include <array>
#include <cstdint>

#include <linnet/base/check.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::client {

/// Numbers of the resources 0 to N - 1, N <= 32.
template <lwm2m::Id N>
class NumberRow {
 public:
  static_assert(N <= 32);

  [[nodiscard]] bool has(lwm2m::Id resource) const {
    return resource < N && (present_ >> resource & 1u) != 0;
  }
  [[nodiscard]] std::int32_t get(lwm2m::Id resource, std::int32_t absent = 0) const {
    return has(resource) ? numbers_[resource] : absent;
  }
  /// True if that changed anything. REQUIRES: resource < N.
  bool set(lwm2m::Id resource, std::int32_t number) {
    LINNET_CHECK(resource < N);
    if (has(resource) && numbers_[resource] == number) return false;
    present_ |= 1u << resource;
    numbers_[resource] = number;
    return true;
  }
  void clear(lwm2m::Id resource) { present_ &= ~(1u << resource); }

 private:
  std::uint32_t present_ = 0;
  std::array<std::int32_t, N> numbers_{};
};

}  // namespace linnet::client
