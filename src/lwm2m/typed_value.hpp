// SPDX-License-Identifier: Apache-2.0
#pragma once
// The last step of `convert`: something of a known kind becomes a value of the wanted type. `Type`
// if that kind has no such type, `Range` if the number does not fit.
#include <string_view>

#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

/// String and Corelnk; `Malformed` if `text` is not UTF-8.
[[nodiscard]] Result<Value> text_value(std::string_view text, DataType type);
/// Integer, Time, Unsigned and Float.
[[nodiscard]] Result<Value> number_value(std::int64_t number, DataType type);
[[nodiscard]] Result<Value> number_value(std::uint64_t number, DataType type);
/// The same; the whole-numbered types only if `number` is whole, else `Type`.
[[nodiscard]] Result<Value> number_value(double number, DataType type);
[[nodiscard]] Result<Value> link_value(std::string_view text, DataType type);

/// The parts of `convert`, so that a format links no more than it needs: values of kind Bytes, of
/// kind Text, and of all other kinds.
[[nodiscard]] Result<Value> convert_bytes(const RawValue& raw, DataType type, MutableBytes scratch);
[[nodiscard]] Result<Value> convert_text(const RawValue& raw, DataType type, MutableBytes scratch);
[[nodiscard]] Result<Value> convert_item(const RawValue& raw, DataType type, MutableBytes scratch);
/// Bytes without Float, which is `Format`.
[[nodiscard]] Result<Value> convert_basic_bytes(const RawValue& raw, DataType type,
                                                MutableBytes scratch);
/// Text without Float, Opaque and Objlnk, which are `Format`.
[[nodiscard]] Result<Value> convert_basic_text(const RawValue& raw, DataType type,
                                               MutableBytes scratch);

}  // namespace linnet::lwm2m
