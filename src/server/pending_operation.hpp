// SPDX-License-Identifier: Apache-2.0
#pragma once
// An operation between `submit` and its result: waiting in the device's queue, or under way.
// A plain value that `DeviceRequests` works on.
#include <cstdint>

#include "server/outgoing_request.hpp"
#include "server/registry.hpp"

namespace linnet::server {

struct PendingOperation : OutgoingRequest {
  enum class Origin : std::uint8_t {
    Application,
    Restore,  ///< makes an observation again after a Register
    Fetch,    ///< gets the rest of a block-wise notification
  };
  enum class Send : std::uint8_t { Nothing, Request, SameDatagram };

  Origin origin = Origin::Application;
  OperationId id;
  RegistrationId registration;
  Slot device = kNone;
  Instant submitted;
  Instant deadline;
  std::uint32_t next = kNone;         ///< in the device's queue
  std::uint32_t observation = kNone;  ///< that it makes, ends or reads for

  bool begun = false;
  Send send = Send::Nothing;
  bool in_ready = false;
  SocketAddress sent_to;
  bool indexed = false;  ///< `sent_to` and the message id find it

  std::uint32_t sequence = 0;
  bool observed = false;  ///< the device took the observation
};

}  // namespace linnet::server
