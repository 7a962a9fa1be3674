// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/value.hpp>

namespace linnet::server {

using lwm2m::DataType;
using lwm2m::Value;

OwnedValue::OwnedValue(const Value& value) {
  switch (value.type()) {
    case DataType::String:
      text_ = value.as_string();
      scalar_ = Value::string({});
      break;
    case DataType::Corelnk:
      text_ = value.as_string();
      scalar_ = Value::corelnk({});
      break;
    case DataType::Opaque:
      text_ = as_text(value.as_opaque());
      scalar_ = Value::opaque({});
      break;
    default: scalar_ = value;
  }
}

Value OwnedValue::view() const {
  switch (scalar_.type()) {
    case DataType::String: return Value::string(text_);
    case DataType::Corelnk: return Value::corelnk(text_);
    case DataType::Opaque: return Value::opaque(as_bytes(text_));
    default: return scalar_;
  }
}

}  // namespace linnet::server
