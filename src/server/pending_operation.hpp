// SPDX-License-Identifier: Apache-2.0
#pragma once
// An operation between `submit` and its result: waiting in the device's queue, or under way.
// A plain value that `DeviceRequests` works on.
#include <cstdint>
#include <optional>
#include <vector>

#include <linnet/coap/block.hpp>
#include <linnet/coap/exchange.hpp>
#include <linnet/server/operation.hpp>
#include "server/registry.hpp"
#include "server/request_plan.hpp"

namespace linnet::server {

struct PendingOperation {
  enum class Origin : std::uint8_t {
    Application,
    Restore,  ///< makes an observation again after a Register
    Fetch,    ///< gets the rest of a block-wise notification
  };
  enum class Send : std::uint8_t { Nothing, Request, SameDatagram };

  Origin origin = Origin::Application;
  Operation operation;
  OperationId id;
  RegistrationId registration;
  Slot device = kNone;
  Instant submitted;
  Instant deadline;
  std::uint32_t next = kNone;         ///< in the device's queue
  std::uint32_t observation = kNone;  ///< that it makes, ends or reads for

  // The request.
  std::vector<FormatChoice> choices;
  std::size_t choice = 0;
  std::vector<std::uint8_t> body;
  coap::BlockSender sender;
  coap::Token token;
  bool begun = false;
  Send send = Send::Nothing;
  bool in_ready = false;
  coap::Exchange exchange;
  std::vector<std::uint8_t> datagram;  ///< as sent last, for retransmission
  SocketAddress sent_to;
  bool indexed = false;  ///< `sent_to` and the message id find it

  // The answer.
  coap::BlockReceiver receiver;
  std::vector<std::uint8_t> answer;
  std::optional<coap::ContentFormat> answer_format;
  std::uint32_t sequence = 0;
  std::uint8_t restarts = 0;
  bool fetching = false;  ///< asks for further blocks of the answer
  bool observed = false;  ///< the device took the observation

  [[nodiscard]] const FormatChoice& formats() const { return choices[choice]; }
  [[nodiscard]] bool makes_observation() const {
    return operation.kind == OperationKind::Observe ||
           operation.kind == OperationKind::ObserveComposite;
  }
};

}  // namespace linnet::server
