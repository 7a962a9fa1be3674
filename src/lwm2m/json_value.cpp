// SPDX-License-Identifier: Apache-2.0
#include <lwm2m/json_value.hpp>

#include <linnet/text/base64.hpp>
#include <linnet/text/number.hpp>

#include <lwm2m/object_link.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

/// number = number * 10^power + digit, unless that overflows.
bool append_digit(std::uint64_t& number, std::size_t power, unsigned digit) {
  for (; power > 0 && number != 0; --power) {
    if (number > UINT64_MAX / 10) return false;
    number *= 10;
  }
  if (number > UINT64_MAX - digit) return false;
  number += digit;
  return true;
}

/// A power of ten that is out of reach for any number of 64 bits, even behind zeros.
constexpr std::int64_t kFarExponent = INT32_MAX;

std::int64_t parse_exponent(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const Result<std::int64_t> exponent = text::parse_integer(text);
  if (exponent.ok() && *exponent<kFarExponent&& * exponent> - kFarExponent) return *exponent;
  return text.starts_with('-') ? -kFarExponent : kFarExponent;
}

/// The magnitude of a JSON number without its sign. `Type` if it is not whole.
Result<std::uint64_t> parse_whole(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  std::int64_t exponent = e == std::string_view::npos ? 0 : parse_exponent(text.substr(e + 1));
  std::uint64_t number = 0;
  std::size_t zeros = 0;  // held back: they may stand behind the point and mean nothing
  bool fraction = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (fraction) --exponent;
    if (c == '0') {
      ++zeros;
      continue;
    }
    if (!append_digit(number, zeros + 1, static_cast<unsigned>(c - '0'))) return Error::Range;
    zeros = 0;
  }
  exponent += static_cast<std::int64_t>(zeros);
  if (number == 0) return number;
  if (exponent < 0) return Error::Type;
  if (!append_digit(number, static_cast<std::size_t>(exponent), 0)) return Error::Range;
  return number;
}

Result<Value> opaque_value(std::string_view raw, text::Base64 variant, MutableBytes scratch) {
  if (raw.find('\\') != std::string_view::npos) {
    LINNET_TRY_ASSIGN(raw, json::unescape(raw, scratch));
  }
  LINNET_TRY_ASSIGN(const MutableBytes bytes, text::base64_decode(raw, variant, scratch));
  return Value::opaque(bytes);
}

}  // namespace

Result<Value> decode_json_number(const RawValue& raw, DataType type, MutableBytes) {
  std::string_view text = as_text(raw.bytes);
  if (type == DataType::Float) {
    LINNET_TRY_ASSIGN(const double number, text::parse_double(text));
    return Value::floating(number);
  }
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  LINNET_TRY_ASSIGN(const std::uint64_t magnitude, parse_whole(text));
  if (!negative) return number_value(magnitude, type);
  constexpr std::uint64_t kLowest = std::uint64_t{1} << 63;
  if (magnitude > kLowest) return Error::Range;
  return number_value(static_cast<std::int64_t>(0 - magnitude), type);
}

Result<Value> decode_json_text(const RawValue& raw, DataType type, MutableBytes scratch) {
  const std::string_view text = as_text(raw.bytes);
  if (text.find('\\') == std::string_view::npos) return text_value(text, type);
  LINNET_TRY_ASSIGN(const std::string_view plain, json::unescape(text, scratch));
  return text_value(plain, type);
}

Result<Value> decode_json10_text(const RawValue& raw, DataType type, MutableBytes scratch) {
  if (type != DataType::Opaque) return decode_json_text(raw, type, scratch);
  return opaque_value(as_text(raw.bytes), text::Base64::Standard, scratch);
}

Result<Value> decode_json_base64(const RawValue& raw, DataType type, MutableBytes scratch) {
  if (type != DataType::Opaque) return Error::Type;
  const std::string_view text = as_text(raw.bytes);
  const bool plain = text.find_first_of("+/") != std::string_view::npos;
  return opaque_value(text, plain ? text::Base64::Standard : text::Base64::UrlPadded, scratch);
}

Status take_json_value(const json::Token& token, RawValue::Kind wanted, RawValue& out) {
  using Kind = json::Token::Kind;
  out.kind = wanted;
  out.bytes = as_bytes(token.raw);
  switch (token.kind) {
    case Kind::Null: out.kind = RawValue::Kind::Null; return {};
    case Kind::True:
    case Kind::False:
      out.integer = token.kind == Kind::True ? 1 : 0;
      if (wanted == RawValue::Kind::Boolean) return {};
      break;
    case Kind::Number:
      out.decode = decode_json_number;
      if (wanted == RawValue::Kind::Number) return {};
      break;
    case Kind::String:
      if (wanted == RawValue::Kind::JsonText) out.decode = decode_json_text;
      if (wanted == RawValue::Kind::Base64) out.decode = decode_json_base64;
      if (out.decode != nullptr || wanted == RawValue::Kind::LinkText) return {};
      break;
    default: break;
  }
  return Error::Malformed;
}

Result<double> take_json_double(const json::Token& token) {
  if (token.kind != json::Token::Kind::Number) return Error::Malformed;
  return text::parse_double(token.raw);
}

void write_json_scalar(json::Encoder& encoder, const Value& value) {
  switch (value.type()) {
    case DataType::Integer:
    case DataType::Time: encoder.integer(value.as_integer()); break;
    case DataType::Unsigned: encoder.unsigned_integer(value.as_unsigned()); break;
    case DataType::Float: encoder.real(value.as_float()); break;
    case DataType::Boolean: encoder.boolean(value.as_boolean()); break;
    default: encoder.null(); break;
  }
}

void write_json_link(json::Encoder& encoder, ObjectLink link) {
  encoder.begin_string();
  write_link_text(encoder.output(), link);
  encoder.end_string();
}

}  // namespace linnet::lwm2m
