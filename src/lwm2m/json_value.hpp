// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as SenML JSON and the JSON of LwM2M 1.0 write them: the `RawValue::decode` of both.
#include <linnet/json/decoder.hpp>
#include <linnet/json/encoder.hpp>
#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

/// A Number. Whole-numbered types take any number that is whole, however it is written, and keep
/// all its digits: 5, 5.0, 0.5e1.
[[nodiscard]] Result<Value> decode_json_number(const RawValue& raw, DataType type,
                                               MutableBytes scratch);
/// A JsonText that is a string.
[[nodiscard]] Result<Value> decode_json_text(const RawValue& raw, DataType type,
                                             MutableBytes scratch);
/// A JsonText of 1.0 JSON, which may also be the Base64 of an Opaque resource [FMT-15].
[[nodiscard]] Result<Value> decode_json10_text(const RawValue& raw, DataType type,
                                               MutableBytes scratch);
/// A Base64: base64url, padded or not; also plain Base64, which some peers send [DT-06].
[[nodiscard]] Result<Value> decode_json_base64(const RawValue& raw, DataType type,
                                               MutableBytes scratch);

/// What kind of raw value a token makes in a field that wants `wanted` (Number, JsonText, Base64,
/// LinkText or Boolean). A null is Null. `Malformed` if the token is of another kind.
[[nodiscard]] Status take_json_value(const json::Token& token, RawValue::Kind wanted,
                                     RawValue& out);

/// The double in a token that must be a number.
[[nodiscard]] Result<double> take_json_double(const json::Token& token);

/// Writes a number or boolean; for other types there are strings.
void write_json_scalar(json::Encoder& encoder, const Value& value);
/// Writes a link or an opaque as a string.
void write_json_link(json::Encoder& encoder, ObjectLink link);

}  // namespace linnet::lwm2m
