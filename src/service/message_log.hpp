// SPDX-License-Identifier: Apache-2.0
#pragma once
// The CoAP messages of single devices, kept for a while for people who want to see what is said:
// off until somebody asks, for at most an hour, and bounded. Goes by endpoint, so that it begins
// before a device registers and goes on when it registers again. In memory only.
//
// Keys are never kept: the payload of a message that has one in it, or may have, is left out.
// Thread rule: one thread at a time.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/server/ports.hpp>

#include "text_hash.hpp"

namespace linnet::service {

struct CapturedMessage {
  std::uint64_t number = 0;  ///< from 1, of this device
  std::int64_t unix_us = 0;
  bool in = true;  ///< from the device
  bool secured = false;
  SocketAddress address{};  ///< of the device
  /// What it is about: of a response what its request named. The root for other requests, and if
  /// nobody knows.
  lwm2m::Path target{};
  /// Why its payload is not here; static lifetime, empty if it is.
  std::string_view left_out{};
  std::string bytes{};
  std::size_t size = 0;  ///< on the wire
};

class MessageLog final : public server::MessageTap {
 public:
  static constexpr std::size_t kMaxBytes = 1u << 20;  ///< of a device
  static constexpr std::size_t kMaxDevices = 64;
  static constexpr Duration kLongest = seconds(3600);

  /// `real_address` says where the peer behind a session is, `unix_us` what time it is.
  MessageLog(std::function<SocketAddress(const SocketAddress&)> real_address,
             std::function<std::int64_t()> unix_us)
      : real_address_(std::move(real_address)), unix_us_(std::move(unix_us)) {}

  struct Status {
    bool enabled = false;
    Instant until{};  ///< while enabled
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] Status status(std::string_view endpoint, Instant now) const;
  /// Begins, or goes on, until then. What was kept stays. Throws Problem: too many devices.
  void start(const std::string& endpoint, Instant now, Duration time);
  /// What was kept stays until another device needs the place.
  void stop(std::string_view endpoint);
  /// Drops what is kept of it too.
  void forget(std::string_view endpoint);
  /// True once when messages are wanted of nobody any more: then it need not be told of any.
  [[nodiscard]] bool ended(Instant now);

  /// A request that was sent before: its answers are about `path`.
  void expect(std::string_view endpoint, const coap::Token& token, const lwm2m::Path& path);
  void on_message(Instant now, const SocketAddress& peer, server::Direction direction,
                  ByteView bytes, server::RegistrationId registration,
                  std::string_view endpoint) override;

  /// Those after number `after`, or the latest ones, oldest first. They stay as they are.
  [[nodiscard]] std::vector<std::shared_ptr<const CapturedMessage>> read(
      std::string_view endpoint, std::optional<std::uint64_t> after, std::size_t limit) const;

 private:
  /// What a request asked for.
  struct Target {
    enum class Kind : std::uint8_t {
      Path,
      Links,    ///< registration and discovery: no values
      Several,  ///< paths are in the payload
      Unknown,
    };
    Kind kind = Kind::Unknown;
    lwm2m::Path path{};
  };
  struct Capture {
    Instant until{};
    std::uint64_t last_number = 0;
    std::size_t bytes = 0;
    std::deque<std::shared_ptr<const CapturedMessage>> messages;
    std::unordered_map<std::string, Target> targets;  // by direction and token of the request
    std::deque<std::string> target_order;
  };
  static Target target_of(const coap::MessageView& request, bool in);
  static std::string_view why_left_out(const coap::MessageView& message, const Target& target);
  static void remember(Capture& capture, bool in, const coap::Token& token, const Target& target);
  void make_room(Instant now);

  std::function<SocketAddress(const SocketAddress&)> real_address_;
  std::function<std::int64_t()> unix_us_;
  std::unordered_map<std::string, Capture, TextHash, std::equal_to<>> captures_;
  Instant last_end_{};  // of all that are under way
};

}  // namespace linnet::service
