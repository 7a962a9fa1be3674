// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the formats that hold one value and no path have in common: text, opaque and CBOR [FMT-03].
#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

/// False when the one record was read already. `Format` if the request is for more than a value.
inline Result<bool> begin_single(ReadState& state, Record& out) {
  if (state.base.depth() < 3) return Error::Format;
  if (state.started) return false;
  state.started = true;
  out.path = state.base;
  return true;
}

/// `NotAcceptable` for all but the first value, of the target itself. [FMT-05]
inline Status begin_single(WriteState& state, WriteKind kind, const Path& path) {
  if (kind != WriteKind::Value || path != state.base || state.count != 0) {
    return Error::NotAcceptable;
  }
  ++state.count;
  return {};
}

inline Status finish_single(WriteState& state) {
  return state.count == 1 ? Status() : Status(Error::NotAcceptable);
}

}  // namespace linnet::lwm2m
