// SPDX-License-Identifier: Apache-2.0
// LwM2M CBOR, 11544 (Core 1.2 §7.4.4; [FMT-25]..[FMT-29]).
//
// Nested maps whose keys are identifiers, or arrays of them that stand for several levels at
// once. The encoder starts at the root and gives an object or instance with a single element no
// map of its own: its identifier goes into the element's key. The map of a multiple resource
// always stays, so that it shows what it is.
#include <lwm2m/cbor_value.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

using cbor::Item;

/// Adds the identifier in `item` to the key read so far.
Status add_id(const Item& item, Path& keys) {
  if (item.kind != Item::Kind::Unsigned || keys.depth() == 4) return Error::Malformed;
  if (item.number >= kNoId) return Error::Range;
  keys = keys.child(static_cast<Id>(item.number));
  return {};
}

/// Takes one key, of any split. [FMT-27]
Status take_key(Reader& in, Path& keys) {
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(const Item head, decoder.next());
  if (head.kind != Item::Kind::Array) return add_id(head, keys);
  if (!head.indefinite && head.number == 0) return Error::Malformed;
  for (std::uint64_t i = 0; head.indefinite || i < head.number; ++i) {
    LINNET_TRY_ASSIGN(const Item id, decoder.next());
    if (id.kind == Item::Kind::Break && head.indefinite && i > 0) break;
    LINNET_TRY(add_id(id, keys));
  }
  return {};
}

/// Consumes the end of the innermost map if it stands here.
Result<bool> at_end(Reader& in, ReadState::Level& level) {
  if (!level.indefinite) return level.remaining == 0;
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(const Item item, decoder.peek());
  if (item.kind != Item::Kind::Break) return false;
  in.skip(1);
  return true;
}

Status push(ReadState& state, const Item& map, std::size_t ids) {
  ReadState::Level& level = state.levels[state.depth++];
  level.remaining = static_cast<std::uint32_t>(map.number);
  level.indefinite = map.indefinite;
  level.ids = static_cast<std::uint8_t>(ids);
  return {};
}

/// The path that the keys down to here stand for. The first record tells whether they start at
/// the root or at the target of the request. [FMT-26]
Result<Path> resolve(ReadState& state, RawValue::Kind kind) {
  const bool has_value = kind != RawValue::Kind::None && kind != RawValue::Kind::Null;
  const Path keys = state.current;
  if (!state.started) {
    state.started = true;
    state.relative = !state.base.contains(keys) || (has_value && keys.depth() < 3);
  }
  Path path = state.relative ? state.base : Path();
  if (path.depth() + keys.depth() > 4) return Error::Malformed;
  for (std::size_t i = 0; i < keys.depth(); ++i) path = path.child(keys[i]);
  if (has_value && path.depth() < 3) {
    // A resource of an instance that a Create does not name, or a value out of place.
    return state.base.is_object() && state.relative ? Error::NotFound : Error::Malformed;
  }
  if (kind == RawValue::Kind::None && path.depth() == 4) return Error::Malformed;
  return path;
}

/// The element behind a key: true if it makes a record, false if it opened a map.
Result<bool> take_element(ReadState& state, std::size_t ids, Record& out) {
  cbor::Decoder decoder(state.input);
  LINNET_TRY_ASSIGN(const Item head, decoder.peek());
  if (head.kind == Item::Kind::Map) {
    LINNET_TRY_ASSIGN(const Item map, decoder.next());
    LINNET_TRY(push(state, map, ids));
    LINNET_TRY_ASSIGN(const bool empty, at_end(state.input, state.levels[state.depth - 1u]));
    if (state.current.depth() == 4) return Error::Malformed;  // no room for another identifier
    if (!empty) return false;
    --state.depth;
  } else {
    LINNET_TRY(take_cbor_value(state.input, out.value));
  }
  LINNET_TRY_ASSIGN(out.path, resolve(state, out.value.kind));
  state.current = state.current.first(state.current.depth() - ids);
  return true;
}

Result<bool> read(ReadState& state, Record& out) {
  if (state.input.position() == 0) {
    cbor::Decoder decoder(state.input);
    LINNET_TRY_ASSIGN(const Item map, decoder.next());
    if (map.kind != Item::Kind::Map) return Error::Malformed;
    LINNET_TRY(push(state, map, 0));
  }
  while (state.depth > 0) {
    ReadState::Level& level = state.levels[state.depth - 1u];
    LINNET_TRY_ASSIGN(const bool end, at_end(state.input, level));
    if (end) {
      state.current = state.current.first(state.current.depth() - level.ids);
      --state.depth;
      continue;
    }
    if (!level.indefinite) --level.remaining;
    const std::size_t before = state.current.depth();
    LINNET_TRY(take_key(state.input, state.current));
    LINNET_TRY_ASSIGN(const bool record, take_element(state, state.current.depth() - before, out));
    if (record) return true;
  }
  return state.input.empty() ? Result<bool>(false) : Result<bool>(Error::Malformed);
}

// levels[n] is the open container with n identifiers; levels[0] is the whole payload, and
// `depth` the deepest that is open. `current` is the last path written.

/// Puts `bytes`, made by a function on a writer, at `offset`.
template <typename Make>
void insert(Writer& out, std::size_t offset, Make make) {
  std::array<std::uint8_t, 8> storage;
  Writer made(storage);
  make(made);
  const MutableBytes gap = out.insert(offset, made.size());
  if (!gap.empty()) std::memcpy(gap.data(), storage.data(), gap.size());
}

/// Closes the container of `depth` identifiers, of which `id` is the last.
void close(WriteState& state, std::size_t depth, Id id) {
  constexpr std::uint8_t kArrayHead = 0x80;
  Writer& out = *state.output;
  if (!out.ok()) return;
  const WriteState::Level& level = state.levels[depth];
  std::uint8_t& key_ids = state.levels[depth - 1].key_ids;
  if (depth == 3 || level.count != 1) {
    insert(out, level.offset, [&](Writer& made) {
      cbor::Encoder(made).unsigned_integer(id);
      cbor::Encoder(made).map(level.count);
    });
    key_ids = 1;
    return;
  }
  // The only element takes the identifier into its key.
  const bool is_array = level.key_ids > 1;
  const auto head = static_cast<std::uint8_t>(kArrayHead + level.key_ids + 1);
  if (is_array && !out.counting()) out.written()[level.offset] = head;
  insert(out, level.offset + (is_array ? 1u : 0u), [&](Writer& made) {
    if (!is_array) made.u8(head);
    cbor::Encoder(made).unsigned_integer(id);
  });
  key_ids = static_cast<std::uint8_t>(level.key_ids + 1);
}

void close_left(WriteState& state, const Path& path) {
  while (state.depth > 0 && !state.current.first(state.depth).contains(path)) {
    close(state, state.depth, state.current[state.depth - 1u]);
    --state.depth;
  }
}

void open(WriteState& state) {
  ++state.levels[state.depth].count;
  ++state.depth;
  state.levels[state.depth] = {static_cast<std::uint32_t>(state.output->size()), 0, 0};
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  const bool container = kind == WriteKind::Container;
  if (container && path.is_root()) return {};
  if (path.is_root() || (container && path.depth() == 4)) return Error::NotAcceptable;
  if (state.count != 0 && path <= state.current) return Error::Order;

  close_left(state, path);
  const std::size_t containers = path.depth() - (container ? 0u : 1u);
  while (state.depth < containers) open(state);
  state.current = path;
  ++state.count;
  if (container) return {};

  WriteState::Level& level = state.levels[state.depth];
  ++level.count;
  level.key_ids = 1;
  cbor::Encoder(*state.output).unsigned_integer(path[path.depth() - 1u]);
  write_cbor_value(*state.output, value);  // names and deletions are a null
  return {};
}

Status finish(WriteState& state) {
  close_left(state, Path());
  cbor::Encoder(*state.output).insert_map_head(state.start, state.levels[0].count);
  return {};
}

}  // namespace

constinit const Format kLwm2mCbor = {
    ContentFormat::Lwm2mCbor, false, false, true, read, convert_item, write, finish};

}  // namespace linnet::lwm2m
