// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/value.hpp>

#include <bit>

namespace linnet::lwm2m {

const char* describe(DataType type) {
  switch (type) {
    case DataType::None: return "none";
    case DataType::String: return "string";
    case DataType::Integer: return "integer";
    case DataType::Unsigned: return "unsigned integer";
    case DataType::Float: return "float";
    case DataType::Boolean: return "boolean";
    case DataType::Opaque: return "opaque";
    case DataType::Time: return "time";
    case DataType::Objlnk: return "objlnk";
    case DataType::Corelnk: return "corelnk";
  }
  return "unknown type";
}

double Value::number() const {
  LINNET_CHECK(is_numeric());
  if (type_ == DataType::Float) return float_;
  if (type_ == DataType::Unsigned) return static_cast<double>(unsigned_);
  return static_cast<double>(integer_);
}

bool operator==(const Value& a, const Value& b) {
  if (a.type_ != b.type_) return false;
  switch (a.type_) {
    case DataType::None: return true;
    case DataType::String:
    case DataType::Corelnk:
    case DataType::Opaque: return a.text_ == b.text_;
    case DataType::Integer:
    case DataType::Time:
    case DataType::Boolean: return a.integer_ == b.integer_;
    case DataType::Unsigned: return a.unsigned_ == b.unsigned_;
    case DataType::Float:
      return std::bit_cast<std::uint64_t>(a.float_) == std::bit_cast<std::uint64_t>(b.float_);
    case DataType::Objlnk: return a.link_ == b.link_;
  }
  return false;
}

}  // namespace linnet::lwm2m
