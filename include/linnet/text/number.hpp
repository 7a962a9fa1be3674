// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers as decimal text, both ways, without the C library's converters and their tables.
// Plain text, JSON and link format write numbers this way [DT-02] [DT-03] [DT-04].
// Pure functions: no state, no heap, no floating-point arithmetic. Nothing depends on a locale.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/result.hpp>

namespace linnet::text {

/// The longest text each format function writes.
inline constexpr std::size_t kMaxIntegerText = 20;
inline constexpr std::size_t kMaxDoubleText = 40;

/// The number written in `digits`: decimal digits, with a leading '-' for `parse_integer` only.
/// Leading zeros are accepted; a '+', blanks, a fraction or no digit at all is `Malformed`.
/// `Range` if the number does not fit.
[[nodiscard]] Result<std::uint64_t> parse_unsigned(std::string_view digits);
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view digits);

/// The double nearest to the number written in `digits`, ties to even, however many digits there
/// are: '-'? digits ('.' digits)? ([eE] [+-]? digits)?, so every JSON number and also leading
/// zeros. `Malformed` for anything else, `Range` if it rounds to infinity; too small a number is
/// a zero of its sign. Needs about 0.5 kB of stack; time grows with the decimal exponent.
[[nodiscard]] Result<double> parse_double(std::string_view digits);

void format_unsigned(Writer& output, std::uint64_t number);
void format_integer(Writer& output, std::int64_t number);

/// Writes the shortest digits that `parse_double` reads back to the same double: "21.5", "3",
/// "-0". Without exponent from 1e-20 to below 1e21, with one beyond ("5e-324") [DT-04]. The
/// output is a JSON number. `Range` in `output` for an infinity or NaN, which have no such text.
/// Needs about 0.7 kB of stack.
void format_double(Writer& output, double number);

}  // namespace linnet::text
