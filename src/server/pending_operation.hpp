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
  // In the device's queue, whose head has the tail as its `previous` and counts those of the
  // application.
  std::uint32_t next = kNone;
  std::uint32_t previous = kNone;
  std::uint32_t count = 0;
  bool linked = false;
  std::uint32_t observation = kNone;  ///< that it makes, ends or reads for

  bool begun = false;  ///< first in the queue, and sent or about to be
  /// How often it was begun; it is held if that was before, and it is not now.
  std::uint8_t attempt = 0;
  bool resumed = false;  ///< begins even if the device sleeps
  Instant retry_at = Instant::never();
  std::uint16_t message_id = 0;
  Instant first_sent;  ///< of the message with this id
  Send send = Send::Nothing;
  bool in_ready = false;
  SocketAddress sent_to;
  bool indexed = false;  ///< `sent_to` and the message id of the exchange find it

  std::uint32_t sequence = 0;
  bool observed = false;  ///< the device took the observation
};

}  // namespace linnet::server
