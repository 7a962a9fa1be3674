// SPDX-License-Identifier: Apache-2.0
#pragma once
// From an operation to the CoAP requests that carry it (Transport 1.2 §6.4.4, §6.4.5): the rules
// of its kind, the formats to try, the body, the message. Free functions without state.
#include <optional>
#include <vector>

#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/operation.hpp>
#include <linnet/server/ports.hpp>

namespace linnet::server {

/// Checks the operation against the rules of its kind, what the device's version knows and the
/// object definitions; sorts its values and gives them their resources' types where nothing is
/// lost. Errors as `Shard::submit` names them.
[[nodiscard]] Status prepare(Operation& operation, const RegistrationView& device,
                             const DefinitionSource* definitions);

/// `value` as `type`, if that says the same; nothing otherwise. Refers to what `value` refers to.
[[nodiscard]] std::optional<lwm2m::Value> retype(const lwm2m::Value& value, lwm2m::DataType type);

/// The formats of one attempt: of the payload we send and of the one we want.
struct FormatChoice {
  std::optional<coap::ContentFormat> content;
  std::optional<coap::ContentFormat> accept;

  friend bool operator==(const FormatChoice&, const FormatChoice&) = default;
};

/// What to try, the best first; never empty. One if the application chose.
[[nodiscard]] std::vector<FormatChoice> format_choices(const Operation& operation,
                                                       const RegistrationView& device);

/// The payload in the chosen format. `NotAcceptable` or `Type` if that cannot express it,
/// `TooLarge` above `limit`.
[[nodiscard]] Result<std::vector<std::uint8_t>> encode_body(const Operation& operation,
                                                            const FormatChoice& choice,
                                                            const RegistrationView& device,
                                                            std::size_t limit);

/// One message of an operation; refers to its parts.
struct RequestParts {
  const Operation& operation;
  std::string_view root_path;
  FormatChoice formats;
  std::optional<std::uint32_t> observe;
  std::optional<coap::BlockOption> block2;
  std::optional<coap::BlockOption> block1;
  std::optional<std::uint32_t> size1;
  ByteView payload;
};

[[nodiscard]] coap::Code method_of(const Operation& operation);
[[nodiscard]] Status write_request(const coap::Header& header, const RequestParts& parts,
                                   Writer& out);

}  // namespace linnet::server
