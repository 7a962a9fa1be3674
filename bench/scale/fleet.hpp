// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many devices, as far as a server sees them: the datagrams of each, copied from a few that were
// built once, and what the server gave it: a registration id, and the token of an observation of
// its temperature. A device costs the generator 22 bytes. Not thread safe.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::scale {

enum class Request : std::uint8_t { Register, Update, Notify };
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
  /// The device of that address, if it is one of these.
  [[nodiscard]] std::optional<std::uint32_t> device_at(const SocketAddress& address) const;

  /// The next request of `device`, with its next message id. `number` goes up from one request to
  /// the next, whatever device. Returns the size.
  std::size_t write(Request request, std::uint32_t device, std::uint32_t number, MutableBytes out);
  /// What a request written, its answer and its echo have in common: the low bits of `number`, but
  /// of a notification, whose acknowledgement has no token, the message id. Nothing for other
  /// datagrams.
  [[nodiscard]] static std::optional<std::uint16_t> mark_of(Request request, ByteView datagram);
  /// Whether `answer` grants what `sent` asked for: 2.01 with a location, which is kept for the
  /// updates; 2.04; for a notification an empty acknowledgement.
  [[nodiscard]] bool granted(Request request, std::uint32_t device, ByteView sent, ByteView answer);

  /// Answers an Observe, whose token is kept for the notifications, with `number` as the first.
  /// 0 if `request` is no Observe.
  std::size_t answer_observe(std::uint32_t device, std::uint32_t number, ByteView request,
                             MutableBytes out);

  /// All devices in an order without pattern.
  [[nodiscard]] std::vector<std::uint32_t> shuffled() const;

 private:
  struct Device {
    std::array<std::uint8_t, coap::Token::kMaxSize> observation{};  ///< its token
    std::array<char, server::kRegistrationIdText> registration{};
    std::uint16_t message_id = 0;  ///< the next one
  };
  struct Template {
    std::vector<std::uint8_t> bytes;
    std::size_t varying = 0;  ///< where endpoint digits, registration id or value stand
  };

  std::vector<Device> devices_;
  std::vector<Template> registers_;  // one a model
  Template update_;
  Template notification_;
};

}  // namespace linnet::scale
