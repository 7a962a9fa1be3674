// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request to a device, from its payload to the whole answer: the formats to try, blocks both
// ways, the datagram to send again (RFC 7252 §4.2, 7959). A plain value; who holds it gives it
// token, message id, time and the messages of the right peer.
#include <cstdint>
#include <optional>
#include <vector>

#include <linnet/coap/block.hpp>
#include <linnet/coap/exchange.hpp>
#include <linnet/server/operation.hpp>
#include "server/request_plan.hpp"

namespace linnet::server {

struct OutgoingRequest {
  /// What a response leads to.
  struct Progress {
    enum class Next : std::uint8_t {
      Whole,  ///< it concerns the request as a whole
      Send,   ///< write the request again: another block of either body
      Fail,   ///< the device breaks the protocol or a limit
    };
    Next next = Next::Whole;
    Outcome outcome = Outcome::Answered;  ///< of Fail
    const char* reason = "";
  };

  Operation operation;
  std::vector<FormatChoice> choices;
  std::size_t choice = 0;
  std::vector<std::uint8_t> body;
  coap::BlockSender sender;
  coap::Token token;
  coap::Exchange exchange;
  std::vector<std::uint8_t> datagram;  ///< as sent last, for retransmission

  coap::BlockReceiver receiver;
  std::vector<std::uint8_t> answer;
  std::optional<coap::ContentFormat> answer_format;
  std::uint8_t restarts = 0;
  bool fetching = false;  ///< asks for further blocks of the answer

  [[nodiscard]] const FormatChoice& formats() const { return choices[choice]; }
  [[nodiscard]] bool makes_observation() const {
    return operation.kind == OperationKind::Observe ||
           operation.kind == OperationKind::ObserveComposite;
  }

  /// Takes the first of `choices` from `from` on that can express the operation, and makes the
  /// body. Errors of `encode_body`.
  [[nodiscard]] Status choose_format(std::size_t from, const RegistrationView& device,
                                     std::size_t limit, std::uint8_t szx);
  /// The next message of it.
  [[nodiscard]] Status write(const coap::Header& header, std::string_view root_path,
                             std::uint8_t szx, Writer& out) const;
  /// Whether the request goes on with another block. Call first for each response.
  [[nodiscard]] Progress send_more(const coap::MessageView& message);
  /// Takes the payload of a 2.05 into `answer`.
  [[nodiscard]] Progress fetch_more(const coap::MessageView& message);
};

}  // namespace linnet::server
