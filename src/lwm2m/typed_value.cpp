// SPDX-License-Identifier: Apache-2.0
#include <lwm2m/typed_value.hpp>

#include <linnet/text/utf8.hpp>

#include <lwm2m/object_link.hpp>

namespace linnet::lwm2m {

Result<Value> text_value(std::string_view text, DataType type) {
  if (type != DataType::String && type != DataType::Corelnk) return Error::Type;
  if (!text::is_utf8(as_bytes(text))) return Error::Malformed;  // [DT-01]
  return type == DataType::String ? Value::string(text) : Value::corelnk(text);
}

Result<Value> number_value(std::int64_t number, DataType type) {
  switch (type) {
    case DataType::Integer: return Value::integer(number);
    case DataType::Time: return Value::time(number);
    case DataType::Float: return Value::floating(static_cast<double>(number));
    case DataType::Unsigned:
      if (number < 0) return Error::Range;
      return Value::unsigned_integer(static_cast<std::uint64_t>(number));
    default: return Error::Type;
  }
}

Result<Value> number_value(std::uint64_t number, DataType type) {
  if (number <= INT64_MAX) return number_value(static_cast<std::int64_t>(number), type);
  switch (type) {
    case DataType::Unsigned: return Value::unsigned_integer(number);
    case DataType::Float: return Value::floating(static_cast<double>(number));
    case DataType::Integer:
    case DataType::Time: return Error::Range;
    default: return Error::Type;
  }
}

Result<Value> number_value(double number, DataType type) {
  if (type == DataType::Float) return Value::floating(number);
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (number >= -kTwoTo63 && number < kTwoTo63) {
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) != number) return Error::Type;
    return number_value(whole, type);
  }
  if (number >= kTwoTo63 && number < 2 * kTwoTo63) {  // all doubles up there are whole
    return number_value(static_cast<std::uint64_t>(number), type);
  }
  return number != number ? Error::Type : Error::Range;
}

Result<Value> link_value(std::string_view text, DataType type) {
  if (type != DataType::Objlnk) return Error::Type;
  LINNET_TRY_ASSIGN(const ObjectLink link, parse_link_text(text));
  return Value::link(link);
}

}  // namespace linnet::lwm2m
