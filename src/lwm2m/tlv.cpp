// SPDX-License-Identifier: Apache-2.0
// TLV, 11542 (Core 1.2 §7.4.5; [FMT-06]..[FMT-14]).
#include <bit>

#include <linnet/cbor/float_bits.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

/// Bits 7 and 6 of the first byte.
enum class Kind : std::uint8_t { Instance, ResourceInstance, Multiple, Resource };

constexpr std::uint8_t kWideId = 0x20;
constexpr std::uint32_t kMaxLength = 0xFFFFFF;

struct Element {
  Kind kind;
  Id id;
  std::uint32_t length;
};

/// Takes the header of an element. Its value is all there.
Result<Element> take_header(Reader& in) {
  const std::uint8_t first = in.u8();
  const Id id = (first & kWideId) != 0 ? in.u16() : in.u8();
  const std::uint8_t size_of_length = first >> 3 & 3;
  const auto length =
      static_cast<std::uint32_t>(size_of_length == 0 ? first & 7u : in.unsigned_be(size_of_length));
  LINNET_TRY(in.status());
  if (id == kNoId) return Error::Range;
  if (length > in.remaining()) return Error::Truncated;
  return Element{static_cast<Kind>(first >> 6), id, length};
}

/// The path above an element. What encloses it at the top is told by the request's target.
Result<Path> path_above(const ReadState& state, Kind kind) {
  if (state.depth > 0) {
    const bool in_multiple = state.current.is_resource();
    const bool fits = in_multiple ? kind == Kind::ResourceInstance
                                  : kind == Kind::Multiple || kind == Kind::Resource;
    if (!fits) return Error::Malformed;  // [FMT-08]
    return state.current;
  }
  const std::size_t depth = kind == Kind::Instance ? 1 : kind == Kind::ResourceInstance ? 3 : 2;
  if (state.base.depth() >= depth) return state.base.first(depth);
  // Resources right below an object: the body of a Create that names no instance.
  return depth == 2 ? Error::NotFound : Error::Malformed;  // [FMT-10]
}

Result<bool> read(ReadState& state, Record& out) {
  if (state.base.is_root()) return Error::Format;
  while (true) {
    while (state.depth > 0 && state.levels[state.depth - 1u].remaining == 0) {
      --state.depth;
      state.current = state.current.parent();
    }
    if (state.depth == 0 && state.input.empty()) return false;

    const std::size_t start = state.input.position();
    LINNET_TRY_ASSIGN(const Element element, take_header(state.input));
    LINNET_TRY_ASSIGN(const Path above, path_above(state, element.kind));
    if (state.depth > 0) {
      ReadState::Level& level = state.levels[state.depth - 1u];
      const std::size_t size = state.input.position() - start + element.length;
      if (size > level.remaining) return Error::Malformed;  // sticks out of its container
      level.remaining -= static_cast<std::uint32_t>(size);
    }

    out.path = above.child(element.id);
    const bool container = element.kind == Kind::Instance || element.kind == Kind::Multiple;
    if (!container) {
      out.value.kind = RawValue::Kind::Bytes;
      out.value.bytes = state.input.take(element.length);
      return true;
    }
    if (element.length == 0) return true;  // an empty container
    state.levels[state.depth++].remaining = element.length;
    state.current = out.path;
  }
}

/// Puts the header in front of the value that was written from `offset` on. [FMT-13]
Status insert_header(Writer& out, std::size_t offset, Kind kind, Id id) {
  if (!out.ok()) return out.status();
  const std::size_t length = out.size() - offset;
  if (length > kMaxLength) return Error::TooLarge;
  const bool wide = id > 0xFF;
  std::uint8_t size_of_length = 0;
  if (length >= 8) size_of_length = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;

  const std::size_t size_of_id = wide ? 2 : 1;
  const MutableBytes gap = out.insert(offset, 1 + size_of_id + size_of_length);
  if (gap.empty()) return out.status();
  Writer header(gap);
  header.u8(static_cast<std::uint8_t>(static_cast<unsigned>(kind) << 6 | (wide ? kWideId : 0u) |
                                      size_of_length * 8u | (size_of_length == 0 ? length : 0u)));
  header.unsigned_be(id, size_of_id);
  header.unsigned_be(length, size_of_length);
  return {};
}

/// Two's complement in the shortest of 1, 2, 4 and 8 bytes. [DT-02] [FMT-14]
void write_integer(Writer& out, std::int64_t value) {
  const std::size_t size = value == static_cast<std::int8_t>(value)    ? 1
                           : value == static_cast<std::int16_t>(value) ? 2
                           : value == static_cast<std::int32_t>(value) ? 4
                                                                       : 8;
  out.unsigned_be(static_cast<std::uint64_t>(value), size);
}

void write_unsigned(Writer& out, std::uint64_t value) {  // [DT-03]
  const std::size_t size = value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFFFF ? 4 : 8;
  out.unsigned_be(value, size);
}

/// binary32 if nothing is lost by it. [DT-04]
void write_float(Writer& out, double value) {
  const auto wide = std::bit_cast<std::uint64_t>(value);
  std::uint32_t bits = 0;
  const bool fits = cbor::narrow(wide, cbor::kBinary32, bits);
  out.unsigned_be(fits ? bits : wide, fits ? 4 : 8);
}

template <bool kFloats>
Status write_value(Writer& out, const Value& value) {
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk: out.text(value.as_string()); break;
    case DataType::Opaque: out.bytes(value.as_opaque()); break;
    case DataType::Integer:
    case DataType::Time: write_integer(out, value.as_integer()); break;
    case DataType::Unsigned: write_unsigned(out, value.as_unsigned()); break;
    case DataType::Float:
      if constexpr (!kFloats) return Error::NotAcceptable;
      write_float(out, value.as_float());
      break;
    case DataType::Boolean: out.u8(value.as_boolean() ? 1 : 0); break;
    case DataType::Objlnk:
      out.u16(value.as_link().object);
      out.u16(value.as_link().instance);
      break;
    case DataType::None: return Error::Type;
  }
  return out.status();
}

// An open instance is levels[0] and an open multiple resource levels[1]; their identifiers stand
// in `current`, which is the last path written.
constexpr Kind kContainers[] = {Kind::Instance, Kind::Multiple};

/// Closes the containers that `path` does not lie in.
Status close_left(WriteState& state, const Path& path) {
  while (state.depth > 0) {
    // Below an instance the instance may not be open, as the request names it.
    const std::size_t level = state.levels[1].count != 0 ? 1 : 0;
    if (state.current.first(level + 2).contains(path)) break;
    LINNET_TRY(insert_header(*state.output, state.levels[level].offset, kContainers[level],
                             state.current[level + 1]));
    state.levels[level].count = 0;
    --state.depth;
  }
  return {};
}

void open(WriteState& state, std::size_t level) {
  if (state.levels[level].count != 0) return;
  state.levels[level].offset = static_cast<std::uint32_t>(state.output->size());
  state.levels[level].count = 1;
  ++state.depth;
}

template <bool kFloats>
Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  if (kind == WriteKind::Name || kind == WriteKind::Null) return Error::NotAcceptable;
  if (state.base.is_root()) return Error::NotAcceptable;
  if (state.count != 0 && path <= state.current) return Error::Order;

  LINNET_TRY(close_left(state, path));
  // [FMT-09] [FMT-10] [FMT-11]: what the request's target names already is not wrapped again.
  const std::size_t depth = path.depth();
  if (state.base.depth() < 2 && depth >= 2) open(state, 0);
  const bool multiple = depth == 4 || (depth == 3 && kind == WriteKind::Container);
  if (state.base.depth() < 4 && multiple) open(state, 1);
  state.current = path;
  ++state.count;
  if (kind == WriteKind::Container) return {};

  Writer& out = *state.output;
  const std::size_t offset = out.size();
  LINNET_TRY(write_value<kFloats>(out, value));
  return insert_header(out, offset, depth == 4 ? Kind::ResourceInstance : Kind::Resource,
                       path[depth - 1]);
}

Status finish(WriteState& state) { return close_left(state, Path()); }

}  // namespace

constinit const Format kTlv = {ContentFormat::Tlv, false,       false, false, read,
                               convert_bytes,      write<true>, finish};
constinit const Format kBasicTlv = {ContentFormat::Tlv,  false,        false, false, read,
                                    convert_basic_bytes, write<false>, finish};

}  // namespace linnet::lwm2m
