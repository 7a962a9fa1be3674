// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values and paths of the resource model as text for people.
#include <optional>
#include <string>
#include <string_view>

#include <linnet/coap/content_format.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::cli {

[[nodiscard]] std::string path_words(const lwm2m::Path& path);
/// Text as it is, numbers in the shortest form, opaque as hex, times with their date.
[[nodiscard]] std::string value_words(const lwm2m::Value& value);

/// Takes "tlv", "senml-cbor", ... or a number. Throws Failure, which lists the names.
[[nodiscard]] coap::ContentFormat parse_format(std::string_view text);

}  // namespace linnet::cli
