// SPDX-License-Identifier: Apache-2.0
#include <client/objects/number_value.hpp>

#include <limits>

namespace linnet::client {

using lwm2m::DataType;
using lwm2m::Value;

Value to_value(DataType type, std::uint32_t number) {
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

Result<std::uint32_t> from_value(const Value& value) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  switch (value.type()) {
    case DataType::Objlnk:
      return std::uint32_t{value.as_link().object} << 16 | value.as_link().instance;
    case DataType::Boolean:
    case DataType::Integer:
    case DataType::Time:
    case DataType::Unsigned: break;
    default: return Error::Type;
  }
  // A negative number becomes one far too large.
  if (value.bits() > kMax) return Error::Range;
  return static_cast<std::uint32_t>(value.bits());
}

std::uint32_t number_of(const Result<Value>& value, std::uint32_t absent) {
  if (!value) return absent;
  const Result<std::uint32_t> number = from_value(*value);
  if (number.ok()) return *number;
  const bool negative = value->type() != DataType::Unsigned && value->bits() >> 63 != 0;
  return number.error() == Error::Range && !negative ? 0xFFFFFFFF : absent;
}

}  // namespace linnet::client
