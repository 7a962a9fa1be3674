// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of an Objlnk, "66:0" [DT-08].
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::lwm2m {

/// Also takes "FFFF:FFFF", which examples of the standard write for the null link.
[[nodiscard]] Result<ObjectLink> parse_link_text(std::string_view text);
void write_link_text(Writer& output, ObjectLink link);

/// The longest link text: "65535:65535".
inline constexpr std::size_t kMaxLinkText = 11;

}  // namespace linnet::lwm2m
