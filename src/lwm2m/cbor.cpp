// SPDX-License-Identifier: Apache-2.0
// CBOR, 60: one value (Core 1.2 §7.4.3; [FMT-03]).
#include <lwm2m/cbor_value.hpp>
#include <lwm2m/single_value.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

Result<bool> read(ReadState& state, Record& out) {
  LINNET_TRY_ASSIGN(const bool more, begin_single(state, out));
  if (!more) return false;
  LINNET_TRY(take_cbor_value(state.input, out.value));
  if (out.value.kind == RawValue::Kind::Null || !state.input.empty()) return Error::Malformed;
  return true;
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  LINNET_TRY(begin_single(state, kind, path));
  write_cbor_value(*state.output, value);
  return {};
}

}  // namespace

constinit const Format kCbor = {ContentFormat::Cbor, true,  false,        false, read,
                                convert_item,        write, finish_single};

}  // namespace linnet::lwm2m
