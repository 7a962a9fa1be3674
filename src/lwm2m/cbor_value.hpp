// SPDX-License-Identifier: Apache-2.0
#pragma once
// One resource value as CBOR, as in CBOR (60), SenML CBOR and LwM2M CBOR [DT-01]..[DT-09].
#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/encoder.hpp>
#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

/// Takes one value; an explicit null has kind Null. `Malformed` for what no resource can be,
/// `Unsupported` for big numbers and for strings in more than one chunk, which would need a
/// buffer to join them.
[[nodiscard]] Status take_cbor_value(Reader& in, RawValue& out);

/// Takes a string in one piece, whose head `item` was read. `Unsupported` for several chunks.
[[nodiscard]] Status take_cbor_string(Reader& in, const cbor::Item& item, ByteView& out);

void write_cbor_value(Writer& out, const Value& value);

}  // namespace linnet::lwm2m
