// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values kept as one unsigned number: what the rows of objects 0 and 1 are made of.
#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

/// The number as a value of a numeric, boolean or link type.
[[nodiscard]] lwm2m::Value to_value(lwm2m::DataType type, std::uint32_t number);

/// The value as a number; `Range` if it is negative or above 2^32 - 1, `Type` for text.
[[nodiscard]] Result<std::uint32_t> from_value(const lwm2m::Value& value);

/// The same for reading settings: the nearest number there is, `absent` if it is none or negative.
[[nodiscard]] std::uint32_t number_of(const Result<lwm2m::Value>& value, std::uint32_t absent);

}  // namespace linnet::client
