// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a bootstrap shard tells its application, through `BootstrapShard::poll_event`: each step of
// each session. Values that own what they carry; no values of resources, so no secrets.
#include <cstdint>
#include <optional>
#include <string>

#include <linnet/base/address.hpp>
#include <linnet/base/time.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/server/bootstrap_plan.hpp>
#include <linnet/server/operation.hpp>

namespace linnet::server {

/// Never reused while the shard lives; 0 names nothing.
struct BootstrapSessionId {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(const BootstrapSessionId&, const BootstrapSessionId&) = default;
};

struct BootstrapEvent {
  enum class Kind : std::uint8_t {
    Started,   ///< a session began: `configuration`
    Sent,      ///< a request went out: `step`, `bytes`, `attempt`
    Answered,  ///< it is done with: `outcome`, `code`, `reason`, `elapsed`
    Refused,   ///< the device found the configuration inconsistent; the session stays open [BS-52]
    Repaired,  ///< the session goes on with a corrected configuration
    Finished,  ///< the device took the configuration [BS-48]
    Failed,    ///< the session ended without: `reason`
    Denied,    ///< a Bootstrap-Request or Bootstrap-Pack-Request was refused: `code`, `reason`
    PackSent,  ///< a Bootstrap-Pack went out: `bytes`, `format` [BS-58]
  };
  Kind kind = Kind::Started;
  BootstrapSessionId session{};  ///< none for Denied and PackSent
  std::string endpoint{};
  SocketAddress address{};
  std::string configuration{};  ///< its name

  /// Sent and Answered: which step, counted from 1 over the whole session.
  std::uint32_t number = 0;
  BootstrapStep::Kind step = BootstrapStep::Kind::Finish;
  std::string target{};  ///< "/0/1", "/bs"
  std::optional<coap::ContentFormat> format{};
  std::size_t bytes = 0;  ///< of the payload
  std::uint8_t attempt = 1;

  Outcome outcome = Outcome::Answered;
  coap::Code code{};
  std::string reason{};  ///< for people
  Duration elapsed{0};   ///< of the step; of the session when it ends
};
/// "started", "sent", ... Static lifetime.
[[nodiscard]] const char* describe(BootstrapEvent::Kind kind);

}  // namespace linnet::server
