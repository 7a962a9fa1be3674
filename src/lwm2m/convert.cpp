// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include <linnet/lwm2m/format.hpp>
#include <linnet/text/base64.hpp>
#include <linnet/text/number.hpp>

#include <linnet/cbor/float_bits.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

Value integer_or_time(std::int64_t number, DataType type) {
  return type == DataType::Time ? Value::time(number) : Value::integer(number);
}

Result<Value> from_integer_bytes(ByteView bytes, DataType type) {
  const std::size_t size = bytes.size();
  if (size != 1 && size != 2 && size != 4 && size != 8) return Error::Malformed;  // [DT-02]
  const bool negative = type != DataType::Unsigned && bytes[0] >= 0x80;
  std::uint64_t number = negative ? UINT64_MAX : 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  if (type == DataType::Unsigned) return Value::unsigned_integer(number);  // [DT-03]
  return integer_or_time(static_cast<std::int64_t>(number), type);
}

Result<Value> from_string(std::string_view text, DataType type) {
  return type == DataType::Objlnk ? link_value(text, type) : text_value(text, type);
}

/// What a JSON number is, going by how it is written.
DataType natural_type_of_number(std::string_view text) {
  if (text.find_first_of(".eE") != std::string_view::npos) return DataType::Float;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto at_most = [text](std::string_view limit) {
    return text.size() < limit.size() || (text.size() == limit.size() && text <= limit);
  };
  if (at_most(negative ? "9223372036854775808" : "9223372036854775807")) return DataType::Integer;
  if (!negative && at_most("18446744073709551615")) return DataType::Unsigned;
  return DataType::Float;
}

}  // namespace

/// The representations of TLV that take little code.
Result<Value> convert_basic_bytes(const RawValue& raw, DataType type, MutableBytes) {
  const ByteView bytes = raw.bytes;
  Reader in(bytes);
  switch (type) {
    case DataType::String:
    case DataType::Corelnk: return text_value(as_text(bytes), type);
    case DataType::Opaque: return Value::opaque(bytes);
    case DataType::Integer:
    case DataType::Unsigned:
    case DataType::Time: return from_integer_bytes(bytes, type);
    case DataType::Float: return Error::Format;
    case DataType::Boolean:  // [DT-05]
      if (bytes.size() != 1 || bytes[0] > 1) return Error::Malformed;
      return Value::boolean(bytes[0] == 1);
    case DataType::Objlnk: {  // [DT-08]
      if (bytes.size() != 4) return Error::Malformed;
      ObjectLink link;
      link.object = in.u16();
      link.instance = in.u16();
      return Value::link(link);
    }
    case DataType::None: break;
  }
  return Error::Type;
}

/// All of them.
Result<Value> convert_bytes(const RawValue& raw, DataType type, MutableBytes scratch) {
  if (type != DataType::Float) return convert_basic_bytes(raw, type, scratch);
  const std::size_t size = raw.bytes.size();  // [DT-04]
  if (size != 4 && size != 8) return Error::Malformed;
  Reader in(raw.bytes);
  return Value::floating(
      std::bit_cast<double>(size == 4 ? cbor::widen(in.u32(), cbor::kBinary32) : in.u64()));
}

/// The representations of text/plain that take little code.
Result<Value> convert_basic_text(const RawValue& raw, DataType type, MutableBytes) {
  const std::string_view text = as_text(raw.bytes);
  switch (type) {
    case DataType::String:
    case DataType::Corelnk: return text_value(text, type);
    case DataType::Integer:
    case DataType::Time: {
      LINNET_TRY_ASSIGN(const std::int64_t number, text::parse_integer(text));
      return integer_or_time(number, type);
    }
    case DataType::Unsigned: {
      LINNET_TRY_ASSIGN(const std::uint64_t number, text::parse_unsigned(text));
      return Value::unsigned_integer(number);
    }
    case DataType::Boolean:
      if (text.size() != 1 || (text[0] != '0' && text[0] != '1')) return Error::Malformed;
      return Value::boolean(text[0] == '1');
    case DataType::Float:
    case DataType::Opaque:
    case DataType::Objlnk: return Error::Format;
    case DataType::None: break;
  }
  return Error::Type;
}

/// All of them.
Result<Value> convert_text(const RawValue& raw, DataType type, MutableBytes scratch) {
  const std::string_view text = as_text(raw.bytes);
  switch (type) {
    case DataType::Float: {
      LINNET_TRY_ASSIGN(const double number, text::parse_double(text));
      return Value::floating(number);
    }
    case DataType::Opaque: {  // [FMT-04]
      LINNET_TRY_ASSIGN(const MutableBytes bytes,
                        text::base64_decode(text, text::Base64::Standard, scratch));
      return Value::opaque(bytes);
    }
    case DataType::Objlnk: return link_value(text, type);
    default: return convert_basic_text(raw, type, scratch);
  }
}

Result<Value> convert(const RawValue& raw, DataType type, MutableBytes scratch) {
  switch (raw.kind) {
    case RawValue::Kind::Bytes: return convert_bytes(raw, type, scratch);
    case RawValue::Kind::Text: return convert_text(raw, type, scratch);
    default: return convert_item(raw, type, scratch);
  }
}

Result<Value> convert_item(const RawValue& raw, DataType type, MutableBytes scratch) {
  switch (raw.kind) {
    case RawValue::Kind::Number:
    case RawValue::Kind::JsonText:
    case RawValue::Kind::Base64:
      if (raw.decode == nullptr) break;
      return raw.decode(raw, type, scratch);
    case RawValue::Kind::Integer: return number_value(raw.integer, type);
    case RawValue::Kind::Unsigned:
      return number_value(static_cast<std::uint64_t>(raw.integer), type);
    case RawValue::Kind::Float: return number_value(raw.real, type);
    case RawValue::Kind::Boolean:
      if (type != DataType::Boolean) break;
      return Value::boolean(raw.integer != 0);
    case RawValue::Kind::String: return from_string(as_text(raw.bytes), type);
    case RawValue::Kind::Opaque:
      if (type != DataType::Opaque) break;
      return Value::opaque(raw.bytes);
    case RawValue::Kind::LinkText: return link_value(as_text(raw.bytes), type);
    default: break;
  }
  return Error::Type;
}

DataType natural_type(const RawValue& raw) {
  switch (raw.kind) {
    case RawValue::Kind::Bytes:
    case RawValue::Kind::Base64:
    case RawValue::Kind::Opaque: return DataType::Opaque;
    case RawValue::Kind::Text:
    case RawValue::Kind::JsonText:
    case RawValue::Kind::String: return DataType::String;
    case RawValue::Kind::Number: return natural_type_of_number(as_text(raw.bytes));
    case RawValue::Kind::Integer: return DataType::Integer;
    case RawValue::Kind::Unsigned: return DataType::Unsigned;
    case RawValue::Kind::Float: return DataType::Float;
    case RawValue::Kind::Boolean: return DataType::Boolean;
    case RawValue::Kind::LinkText: return DataType::Objlnk;
    case RawValue::Kind::None:
    case RawValue::Kind::Null: break;
  }
  return DataType::None;
}

}  // namespace linnet::lwm2m
