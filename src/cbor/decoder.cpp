// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>

#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/float_bits.hpp>

namespace linnet::cbor {
namespace {

using Kind = Item::Kind;

constexpr unsigned kIndefinite = 31;

Error read_simple(Reader& input, unsigned info, Item& item) {
  item.kind = Kind::Simple;
  if (info >= 25) item.kind = Kind::Float;
  switch (info) {
    case 20:
    case 21:
      item.kind = Kind::Boolean;
      item.number = info - 20;
      break;
    case 22: item.kind = Kind::Null; break;
    case 23: item.kind = Kind::Undefined; break;
    case 24:
      item.number = input.u8();
      if (item.number < 32 && input.ok()) return Error::Malformed;
      break;
    case 25: item.real = std::bit_cast<double>(widen(input.u16(), kBinary16)); break;
    case 26: item.real = std::bit_cast<double>(widen(input.u32(), kBinary32)); break;
    case 27: item.real = std::bit_cast<double>(input.u64()); break;
    case kIndefinite: item.kind = Kind::Break; break;
    default: item.number = info; break;
  }
  return Error::Ok;
}

Error read_item(Reader& input, Item& item) {
  // Kinds stand in the order of the major types.
  const unsigned initial = input.u8();
  const unsigned info = initial & 31;
  if (info > 27 && info < kIndefinite) return Error::Malformed;
  if (initial >> 5 == 7) return read_simple(input, info, item);
  item.kind = static_cast<Kind>(initial >> 5);
  if (info == kIndefinite) {
    if (item.is_integer() || item.kind == Kind::Tag) return Error::Malformed;
    item.indefinite = true;
    return Error::Ok;
  }
  item.number = info < 24 ? info : input.unsigned_be(std::size_t{1} << (info - 24));
  switch (item.kind) {
    case Kind::Bytes:
    case Kind::Text:
      if (item.number > input.remaining()) return Error::Truncated;
      item.bytes = input.take(static_cast<std::size_t>(item.number));
      break;
    case Kind::Array:
      if (item.number > input.remaining()) return Error::Malformed;
      break;
    case Kind::Map:
      if (item.number > input.remaining() / 2) return Error::Malformed;
      break;
    default: break;
  }
  return Error::Ok;
}

static_assert(static_cast<int>(Kind::Unsigned) == 0 && static_cast<int>(Kind::Negative) == 1 &&
              static_cast<int>(Kind::Bytes) == 2 && static_cast<int>(Kind::Text) == 3 &&
              static_cast<int>(Kind::Array) == 4 && static_cast<int>(Kind::Map) == 5 &&
              static_cast<int>(Kind::Tag) == 6);

/// A container that `skip` is inside of.
struct Level {
  std::size_t items = 0;  ///< left to come; if indefinite, how many came
  bool indefinite = false;
  bool map = false;
};

/// The containers that `skip` is inside of.
class Nesting {
 public:
  [[nodiscard]] bool empty() const { return depth_ == 0; }
  [[nodiscard]] Error open(const Item& item) {
    if (depth_ == levels_.size()) return Error::TooLarge;
    const bool map = item.kind == Kind::Map;
    const auto items = static_cast<std::size_t>(item.number);
    levels_[depth_++] = {map ? 2 * items : items, item.indefinite, map};
    return Error::Ok;
  }
  [[nodiscard]] Error close_indefinite() {
    if (empty()) return Error::Malformed;
    const Level& top = levels_[--depth_];
    return top.indefinite && !(top.map && top.items % 2 != 0) ? Error::Ok : Error::Malformed;
  }
  /// An item is complete, and with it the containers that it was the last of.
  void count() {
    for (; !empty(); --depth_) {
      Level& top = levels_[depth_ - 1];
      if (top.indefinite) {
        ++top.items;
        return;
      }
      if (--top.items > 0) return;
    }
  }

 private:
  std::array<Level, Decoder::kMaxDepth> levels_{};
  std::size_t depth_ = 0;
};

}  // namespace

Result<std::int64_t> Item::integer() const {
  if (!is_integer()) return Error::Type;
  if (number >> 63 != 0) return Error::Range;
  const auto value = static_cast<std::int64_t>(number);
  return kind == Kind::Negative ? -1 - value : value;
}

Result<Item> Decoder::next() {
  Item item;
  input_.fail(read_item(input_, item));
  if (!input_.ok()) return input_.error();
  return item;
}

Result<Item> Decoder::peek() const {
  Reader copy = input_;
  return Decoder(copy).next();
}

Result<bool> Decoder::next_chunk(Item::Kind kind, ByteView& chunk) {
  LINNET_TRY_ASSIGN(const Item item, next());
  if (item.kind == Kind::Break) return false;
  if (item.kind != kind || item.indefinite) {
    input_.fail(Error::Malformed);
    return Error::Malformed;
  }
  chunk = item.bytes;
  return true;
}

Status Decoder::skip() {
  Nesting nesting;
  bool tagged = false;
  do {
    LINNET_TRY_ASSIGN(const Item item, next());
    const bool container = item.kind == Kind::Array || item.kind == Kind::Map;
    Error error = Error::Ok;
    if (item.kind == Kind::Tag) {
      tagged = true;
      continue;
    }
    if (container && (item.indefinite || item.number > 0)) {
      error = nesting.open(item);
    } else {
      if (item.kind == Kind::Break) {
        error = tagged ? Error::Malformed : nesting.close_indefinite();
      } else if (item.indefinite) {
        ByteView chunk;
        for (bool more = true; more;) {
          LINNET_TRY_ASSIGN(more, next_chunk(item.kind, chunk));
        }
      }
      nesting.count();
    }
    tagged = false;
    if (error != Error::Ok) input_.fail(error);
    if (!input_.ok()) return input_.error();
  } while (tagged || !nesting.empty());
  return {};
}

}  // namespace linnet::cbor
