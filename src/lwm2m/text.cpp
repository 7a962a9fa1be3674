// SPDX-License-Identifier: Apache-2.0
// Plain text, 0 (Core 1.2 §7.4.1; [FMT-03] [FMT-04] [DT-01]..[DT-09]).
#include <linnet/lwm2m/format.hpp>
#include <linnet/text/base64.hpp>
#include <linnet/text/number.hpp>

#include <lwm2m/object_link.hpp>
#include <lwm2m/single_value.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

Result<bool> read(ReadState& state, Record& out) {
  LINNET_TRY_ASSIGN(const bool more, begin_single(state, out));
  if (!more) return false;
  out.value.kind = RawValue::Kind::Text;
  out.value.bytes = state.input.take(state.input.remaining());
  return true;
}

Status write_basic(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  LINNET_TRY(begin_single(state, kind, path));
  Writer& out = *state.output;
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk: out.text(value.as_string()); break;
    case DataType::Integer:
    case DataType::Time: text::format_integer(out, value.as_integer()); break;
    case DataType::Unsigned: text::format_unsigned(out, value.as_unsigned()); break;
    case DataType::Boolean: out.character(value.as_boolean() ? '1' : '0'); break;
    case DataType::Float:
    case DataType::Opaque:
    case DataType::Objlnk: return Error::NotAcceptable;
    case DataType::None: return Error::Type;
  }
  return out.status();
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  const DataType type = value.type();
  if (type != DataType::Float && type != DataType::Opaque && type != DataType::Objlnk) {
    return write_basic(state, kind, path, value);
  }
  LINNET_TRY(begin_single(state, kind, path));
  Writer& out = *state.output;
  if (type == DataType::Float) {
    text::format_double(out, value.as_float());
  } else if (type == DataType::Opaque) {  // [FMT-04]
    text::base64_encode(out, value.as_opaque(), text::Base64::Standard);
  } else {
    write_link_text(out, value.as_link());
  }
  return out.status();
}

}  // namespace

constinit const Format kText = {ContentFormat::Text, true,  false,        false, read,
                                convert_text,        write, finish_single};
constinit const Format kBasicText = {ContentFormat::Text, true,        false,        false, read,
                                     convert_basic_text,  write_basic, finish_single};

}  // namespace linnet::lwm2m
