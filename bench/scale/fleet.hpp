// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many devices, as far as a server sees them: the Register and Update datagrams of each, copied
// from a few that were built once, and the registration id each one was given. A device costs the
// generator 16 bytes. Not thread safe.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::scale {

enum class Request : std::uint8_t { Register, Update };
[[nodiscard]] const char* name_of(Request request);

/// No request is longer.
inline constexpr std::size_t kMaxRequest = 384;
inline constexpr std::uint32_t kMaxDevices = 4'000'000;
inline constexpr std::size_t kLinksOfADevice = 10;

class Fleet {
 public:
  /// Devices of one model announce the same object list. REQUIRES: 1 <= models <= devices.
  Fleet(std::uint32_t devices, std::uint32_t models);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(devices_.size()); }
  /// Each device has an address of its own, from 127.16.0.0 on; `port` is that of all.
  [[nodiscard]] static SocketAddress address(std::uint32_t device, std::uint16_t port);

  /// The next request of `device`, with a new message id. Returns its size.
  std::size_t write(Request request, std::uint32_t device, std::uint64_t token, MutableBytes out);
  /// The token of a request or an answer written by `write`; 0 if it has none.
  [[nodiscard]] static std::uint64_t token_of(ByteView datagram);
  /// Whether `answer` grants what `sent` asked for: 2.01 with a location, which is kept for the
  /// updates, or 2.04.
  [[nodiscard]] bool granted(Request request, std::uint32_t device, ByteView sent, ByteView answer);

  /// All devices in an order without pattern.
  [[nodiscard]] std::vector<std::uint32_t> shuffled() const;
  [[nodiscard]] std::size_t request_size(Request request) const;

 private:
  struct Device {
    std::array<char, server::kRegistrationIdText> registration{};
    std::uint16_t message_id = 0;
  };
  struct Template {
    std::vector<std::uint8_t> bytes;
    std::size_t varying = 0;  ///< where endpoint digits or registration id stand
  };

  std::vector<Device> devices_;
  std::vector<Template> registers_;  // one a model
  Template update_;
};

}  // namespace linnet::scale
