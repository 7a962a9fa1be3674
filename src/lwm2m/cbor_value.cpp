// SPDX-License-Identifier: Apache-2.0
#include <lwm2m/cbor_value.hpp>

#include <lwm2m/object_link.hpp>

namespace linnet::lwm2m {
namespace {

using cbor::Item;

/// Tags 2 to 5 (bignum, decimal fraction, bigfloat) give what follows another meaning. All
/// others, as tag 1 for time, only say what the data type says already. [DT-07]
bool changes_meaning(std::uint64_t tag) { return tag >= 2 && tag <= 5; }

}  // namespace

Status take_cbor_string(Reader& in, const Item& item, ByteView& out) {
  out = item.bytes;
  if (!item.indefinite) return {};
  cbor::Decoder decoder(in);
  for (std::size_t chunks = 0;; ++chunks) {
    ByteView chunk;
    LINNET_TRY_ASSIGN(const bool more, decoder.next_chunk(item.kind, chunk));
    if (!more) return {};
    if (chunks > 0) return Error::Unsupported;
    out = chunk;
  }
}

Status take_cbor_value(Reader& in, RawValue& out) {
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(Item item, decoder.next());
  while (item.kind == Item::Kind::Tag) {
    if (changes_meaning(item.number)) return Error::Unsupported;
    LINNET_TRY_ASSIGN(item, decoder.next());
  }
  switch (item.kind) {
    case Item::Kind::Unsigned:
      out.kind = item.number <= INT64_MAX ? RawValue::Kind::Integer : RawValue::Kind::Unsigned;
      out.integer = static_cast<std::int64_t>(item.number);
      return {};
    case Item::Kind::Negative: {
      out.kind = RawValue::Kind::Integer;
      LINNET_TRY_ASSIGN(out.integer, item.integer());
      return {};
    }
    case Item::Kind::Float:
      out.kind = RawValue::Kind::Float;
      out.real = item.real;
      return {};
    case Item::Kind::Boolean:
      out.kind = RawValue::Kind::Boolean;
      out.integer = static_cast<std::int64_t>(item.number);
      return {};
    case Item::Kind::Text:
      out.kind = RawValue::Kind::String;
      return take_cbor_string(in, item, out.bytes);
    case Item::Kind::Bytes:
      out.kind = RawValue::Kind::Opaque;
      return take_cbor_string(in, item, out.bytes);
    case Item::Kind::Null: out.kind = RawValue::Kind::Null; return {};
    default: return Error::Malformed;
  }
}

void write_cbor_value(Writer& out, const Value& value) {
  cbor::Encoder encoder(out);
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk: encoder.text(value.as_string()); break;
    case DataType::Opaque: encoder.bytes(value.as_opaque()); break;
    case DataType::Integer:
    case DataType::Time: encoder.integer(value.as_integer()); break;
    case DataType::Unsigned: encoder.unsigned_integer(value.as_unsigned()); break;
    case DataType::Float: encoder.real(value.as_float()); break;
    case DataType::Boolean: encoder.boolean(value.as_boolean()); break;
    case DataType::Objlnk: {  // [DT-08]
      std::array<std::uint8_t, kMaxLinkText> storage;
      Writer text(storage);
      write_link_text(text, value.as_link());
      encoder.text(as_text(text.written()));
      break;
    }
    case DataType::None: encoder.null(); break;
  }
}

}  // namespace linnet::lwm2m
