// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes as people type and read them: hex and base64.
#include <optional>
#include <string>
#include <string_view>

namespace linnet::cli {

/// Lower case, without blanks.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Takes hex digits in any case with blanks, line feeds, colons, dashes and "0x" between them.
/// Nothing for anything else or an odd number of digits.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Empty for what is no base64.
[[nodiscard]] std::string from_base64(std::string_view text);

}  // namespace linnet::cli
