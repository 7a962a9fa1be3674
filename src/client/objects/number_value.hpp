// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values kept as one unsigned number: what the rows of objects 0 and 1 are made of.
#include <limits>
#include <span>

#include <linnet/lwm2m/value.hpp>

namespace linnet::client {

/// The number as a value of a numeric, boolean or link type.
[[nodiscard]] inline lwm2m::Value to_value(lwm2m::DataType type, std::uint32_t number) {
  using lwm2m::DataType;
  using lwm2m::Value;
  switch (type) {
    case DataType::Unsigned: return Value::unsigned_integer(number);
    case DataType::Boolean: return Value::boolean(number != 0);
    case DataType::Time: return Value::time(number);
    case DataType::Objlnk:
      return Value::link({.object = static_cast<lwm2m::Id>(number >> 16),
                          .instance = static_cast<lwm2m::Id>(number)});
    default: return Value::integer(number);
  }
}

/// The value as a number; `Range` if it is negative or above 2^32 - 1, `Type` for text.
[[nodiscard]] inline Result<std::uint32_t> from_value(const lwm2m::Value& value) {
  using lwm2m::DataType;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t number = 0;
  switch (value.type()) {
    case DataType::Boolean: return value.as_boolean() ? 1u : 0u;
    case DataType::Objlnk:
      return std::uint32_t{value.as_link().object} << 16 | value.as_link().instance;
    // A negative number becomes one far too large.
    case DataType::Integer:
    case DataType::Time: number = static_cast<std::uint64_t>(value.as_integer()); break;
    case DataType::Unsigned: number = value.as_unsigned(); break;
    default: return Error::Type;
  }
  if (number > kMax) return Error::Range;
  return static_cast<std::uint32_t>(number);
}

}  // namespace linnet::client
