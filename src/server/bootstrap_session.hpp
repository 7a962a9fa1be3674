// SPDX-License-Identifier: Apache-2.0
#pragma once
// One device being bootstrapped, from its Bootstrap-Request to the answer to Bootstrap-Finish: a
// plain value that `BootstrapShard::Engine` works on.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linnet/server/bootstrap_event.hpp>
#include <linnet/server/bootstrap_plan.hpp>
#include "server/outgoing_request.hpp"

namespace linnet::server {

struct BootstrapSession {
  enum class Send : std::uint8_t {
    Nothing,
    Request,       ///< the next message of `request`
    SameDatagram,  ///< a retransmission
    SameAgain,     ///< the same message once more: a device that took it knows it
  };

  BootstrapSessionId id;
  std::string endpoint;
  SocketAddress address;
  BootstrapConfiguration configuration;  ///< expanded
  BootstrapDevice device;
  std::vector<coap::ContentFormat> formats;
  std::size_t format = 0;
  std::optional<BootstrapFindings> findings;

  BootstrapPlan plan;
  std::size_t step = 0;
  std::uint32_t number = 0;  ///< of the step, counted over all plans
  std::uint8_t repairs = 0;
  bool refused = false;  ///< waits for a corrected configuration

  OutgoingRequest request;
  std::uint8_t attempt = 1;
  bool announced = false;  ///< that this attempt went out
  Send send = Send::Nothing;
  bool in_ready = false;
  std::uint16_t message_id = 0;

  Instant started;
  Instant step_started;
  Instant heard;                      ///< of the device, last
  Instant resume = Instant::never();  ///< when to try again after a Reset

  [[nodiscard]] const BootstrapStep& now_doing() const { return plan.steps[step]; }
};

}  // namespace linnet::server
