// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payloads of devices into owning values: types by the object definitions that fit the device,
// else what the payload suggests [DM-08] [DM-12]. What cannot be used is described in a sentence.
// Free functions without state; any bytes in, values or a problem out.
#include <span>
#include <string>
#include <vector>

#include <linnet/base/bytes.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/server/operation.hpp>
#include <linnet/server/ports.hpp>
#include <linnet/server/value.hpp>

namespace linnet::server {

struct DecodedValues {
  ResourceValues values;
  std::string problem;  ///< empty if the payload could be used
};

/// `base` is the path of the request; every record lies below one of `asked`.
[[nodiscard]] DecodedValues decode_values(coap::ContentFormat format, ByteView payload,
                                          const lwm2m::Path& base,
                                          std::span<const lwm2m::Path> asked,
                                          const RegistrationView& device,
                                          const DefinitionSource* definitions);

/// The paths in a payload that stands for itself (Send), in order. `Error` of the format.
[[nodiscard]] Result<std::vector<lwm2m::Path>> decode_paths(coap::ContentFormat format,
                                                            ByteView payload);

struct DecodedLinks {
  std::vector<DiscoveredLink> links;
  std::string problem;
};
/// The answer to a Discover. Targets that are no paths below `root_path` are left out.
[[nodiscard]] DecodedLinks decode_links(std::string_view payload, std::string_view root_path);

/// A diagnostic payload made fit for people: at most 256 bytes, control characters replaced; empty
/// if it is not UTF-8.
[[nodiscard]] std::string diagnostic_text(ByteView payload);

/// The definition of a resource for this device, or null.
[[nodiscard]] const lwm2m::ResourceDefinition* find_resource(const DefinitionSource* definitions,
                                                             const RegistrationView& device,
                                                             const lwm2m::Path& path);

[[nodiscard]] std::string to_text(const lwm2m::Path& path);

}  // namespace linnet::server
