// SPDX-License-Identifier: Apache-2.0
#include "value_codec.hpp"

#include <bit>

namespace linnet::service {
namespace {

using lwm2m::DataType;
using lwm2m::Value;

/// In the type byte: a float that four bytes say exactly; a boolean that is true.
constexpr std::uint8_t kFlag = 0x80;

void put_u8(std::string& out, std::uint8_t byte) { out += static_cast<char>(byte); }

void put_fixed(std::string& out, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) put_u8(out, static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get_fixed(Reader& in, unsigned size) {
  std::uint64_t value = 0;
  const ByteView bytes = in.take(size);
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

void put_float(std::string& out, double number) {
  const auto narrow = static_cast<float>(number);
  // By bits, so that every NaN and the sign of zero come back.
  const bool exact = std::bit_cast<std::uint64_t>(static_cast<double>(narrow)) ==
                     std::bit_cast<std::uint64_t>(number);
  put_u8(out, static_cast<std::uint8_t>(static_cast<std::uint8_t>(DataType::Float) |
                                        (exact ? kFlag : 0)));
  if (exact) {
    put_fixed(out, std::bit_cast<std::uint32_t>(narrow), 4);
  } else {
    put_double(out, number);
  }
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) put_u8(out, static_cast<std::uint8_t>(value | 0x80));
  put_u8(out, static_cast<std::uint8_t>(value));
}

void put_signed(std::string& out, std::int64_t value) {
  put_varint(out, static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

void put_double(std::string& out, double value) {
  put_fixed(out, std::bit_cast<std::uint64_t>(value), 8);
}

void put_path(std::string& out, const lwm2m::Path& path) {
  put_u8(out, path.depth());
  for (std::size_t i = 0; i < path.depth(); ++i) put_varint(out, path[i]);
}

void put_value(std::string& out, const Value& value) {
  const auto type = static_cast<std::uint8_t>(value.type());
  switch (value.type()) {
    case DataType::Float: return put_float(out, value.as_float());
    case DataType::Boolean:
      return put_u8(out, static_cast<std::uint8_t>(type | (value.as_boolean() ? kFlag : 0)));
    default: break;
  }
  put_u8(out, type);
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk: return put_text(out, value.as_string());
    case DataType::Opaque: return put_text(out, as_text(value.as_opaque()));
    case DataType::Integer:
    case DataType::Time: return put_signed(out, value.as_integer());
    case DataType::Unsigned: return put_varint(out, value.as_unsigned());
    case DataType::Objlnk:
      put_varint(out, value.as_link().object);
      return put_varint(out, value.as_link().instance);
    default: return;
  }
}

std::uint64_t get_varint(Reader& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = in.u8();
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return in.ok() ? value : 0;
  }
  in.fail(Error::Malformed);
  return 0;
}

std::int64_t get_signed(Reader& in) {
  const std::uint64_t coded = get_varint(in);
  return static_cast<std::int64_t>(coded >> 1 ^ (0 - (coded & 1)));
}

std::string_view get_text(Reader& in) {
  const std::uint64_t size = get_varint(in);
  if (size > in.remaining()) in.fail(Error::Truncated);
  return in.ok() ? as_text(in.take(size)) : std::string_view{};
}

double get_double(Reader& in) { return std::bit_cast<double>(get_fixed(in, 8)); }

lwm2m::Path get_path(Reader& in) {
  lwm2m::Path path;
  const unsigned depth = in.u8();
  if (depth > 4) in.fail(Error::Malformed);
  for (unsigned i = 0; i < depth && in.ok(); ++i) {
    const std::uint64_t id = get_varint(in);
    if (id >= lwm2m::kNoId) in.fail(Error::Range);
    if (in.ok()) path = path.child(static_cast<lwm2m::Id>(id));
  }
  return path;
}

Value get_value(Reader& in) {
  const std::uint8_t first = in.u8();
  const bool flag = (first & kFlag) != 0;
  switch (static_cast<DataType>(first & 0x7F)) {
    case DataType::None: return {};
    case DataType::String: return Value::string(get_text(in));
    case DataType::Corelnk: return Value::corelnk(get_text(in));
    case DataType::Opaque: return Value::opaque(as_bytes(get_text(in)));
    case DataType::Integer: return Value::integer(get_signed(in));
    case DataType::Time: return Value::time(get_signed(in));
    case DataType::Unsigned: return Value::unsigned_integer(get_varint(in));
    case DataType::Boolean: return Value::boolean(flag);
    case DataType::Float:
      return Value::floating(
          flag ? std::bit_cast<float>(static_cast<std::uint32_t>(get_fixed(in, 4)))
               : get_double(in));
    case DataType::Objlnk: {
      const std::uint64_t object = get_varint(in), instance = get_varint(in);
      if (object > lwm2m::kNoId || instance > lwm2m::kNoId) in.fail(Error::Range);
      return Value::link({static_cast<lwm2m::Id>(object), static_cast<lwm2m::Id>(instance)});
    }
    default: in.fail(Error::Malformed); return {};
  }
}

}  // namespace linnet::service
