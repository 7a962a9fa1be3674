// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values in few bytes, for what the store keeps of them: a type byte, then a number as a varint of
// seven bits a byte, least significant first, a float in four bytes if that is exact, else in
// eight, text and bytes with their length. Free functions, total on any input; any thread.
#include <cstdint>
#include <string>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/value.hpp>
#include <linnet/server/value.hpp>

namespace linnet::service {

void put_varint(std::string& out, std::uint64_t value);
/// Small numbers of either sign are short.
void put_signed(std::string& out, std::int64_t value);
void put_text(std::string& out, std::string_view text);
void put_double(std::string& out, double value);
/// All but the identifiers that are not there: a depth and up to four varints.
void put_path(std::string& out, const lwm2m::Path& path);
void put_value(std::string& out, const lwm2m::Value& value);

// All of these fail the reader with `Malformed` or `Truncated` and return something empty.
[[nodiscard]] std::uint64_t get_varint(Reader& in);
[[nodiscard]] std::int64_t get_signed(Reader& in);
/// Refers to the reader's bytes.
[[nodiscard]] std::string_view get_text(Reader& in);
[[nodiscard]] double get_double(Reader& in);
[[nodiscard]] lwm2m::Path get_path(Reader& in);
/// Refers to the reader's bytes.
[[nodiscard]] lwm2m::Value get_value(Reader& in);

}  // namespace linnet::service
