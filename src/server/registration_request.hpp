// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Register or an Update says: query parameters and object list (Core 1.2 §6.2.1, §6.2.2;
// Transport 1.2 §6.4.3). Free functions without state; views refer to the message.
//
// Policy where the standard leaves room: `ep` and `lwm2m` must be there, `lt` may be missing
// [REG-05]; unknown parameters are ignored unless the configuration says otherwise [REG-15]; every
// 1.x is accepted, other majors are refused [REG-07]; links that are no objects, unknown objects,
// versions and attributes are ignored [REG-29], and so are objects 0 and 21 [REG-23].
#include <optional>
#include <string>
#include <string_view>

#include <linnet/coap/message.hpp>
#include "server/object_lists.hpp"
#include "server/registry.hpp"

namespace linnet::server {

/// Why a request is not granted: a response code and a sentence for its diagnostic payload.
struct Refusal {
  coap::Code code = coap::Code::Empty;
  const char* why = "";  ///< static lifetime

  [[nodiscard]] bool refused() const { return code != coap::Code::Empty; }
};

struct RegistrationParameters {
  std::string_view endpoint;
  std::optional<lwm2m::Version> version;
  std::optional<std::uint32_t> lifetime;
  std::optional<std::string_view> binding;
  bool queue = false;
  std::optional<std::string_view> sms;
  std::string profile_ids;  ///< joined by commas
};

struct ParameterPolicy {
  std::size_t max_endpoint_bytes = 255;
  bool refuse_unknown = false;
};

/// The Uri-Query options. Says nothing about parameters that are missing.
[[nodiscard]] Refusal parse_parameters(const coap::MessageView& request,
                                       const ParameterPolicy& policy, RegistrationParameters& out);

/// Fills `change` from `parameters` for a device of `version`, but for the objects.
[[nodiscard]] Refusal apply_parameters(const RegistrationParameters& parameters,
                                       lwm2m::Version version, RegistrationChange& change);

/// The payload of a Register or Update. `out` is overwritten.
[[nodiscard]] Refusal parse_objects(std::string_view payload, std::size_t max_links,
                                    ObjectList& out);

}  // namespace linnet::server
