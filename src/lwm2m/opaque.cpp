// SPDX-License-Identifier: Apache-2.0
// Opaque, 42 (Core 1.2 §7.4.2; [FMT-03] [FMT-04]).
#include <linnet/lwm2m/format.hpp>

#include <lwm2m/single_value.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

Result<bool> read(ReadState& state, Record& out) {
  LINNET_TRY_ASSIGN(const bool more, begin_single(state, out));
  if (!more) return false;
  out.value.kind = RawValue::Kind::Opaque;
  out.value.bytes = state.input.take(state.input.remaining());
  return true;
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  if (value.type() != DataType::Opaque) return Error::NotAcceptable;
  LINNET_TRY(begin_single(state, kind, path));
  state.output->bytes(value.as_opaque());
  return state.output->status();
}

}  // namespace

constinit const Format kOpaque = {ContentFormat::Opaque, true,  false,        false, read,
                                  convert_item,          write, finish_single};

}  // namespace linnet::lwm2m
