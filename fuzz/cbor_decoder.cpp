// SPDX-License-Identifier: Apache-2.0
// Any bytes: `skip` and a walk over the heads agree on an item's extent, and what was accepted
// encodes again into items that are the same.
#include <bit>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/encoder.hpp>

namespace {

using namespace linnet;
using cbor::Item;
using Kind = Item::Kind;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<Item> walk(ByteView bytes) {
  std::vector<Item> items;
  for (Reader reader(bytes); !reader.empty();) {
    const std::size_t before = reader.position();
    const Result<Item> peeked = cbor::Decoder(reader).peek();
    const Result<Item> item = cbor::Decoder(reader).next();
    require(item.ok() && peeked.ok() && peeked->kind == item->kind);
    require(reader.position() > before);
    items.push_back(*item);
  }
  return items;
}

void write(cbor::Encoder& encoder, const Item& item) {
  switch (item.kind) {
    case Kind::Unsigned: return encoder.unsigned_integer(item.number);
    case Kind::Negative:
      // What has no signed 64 bit form stands as its magnitude: the encoder cannot write it.
      return item.integer().ok() ? encoder.integer(*item.integer())
                                 : encoder.unsigned_integer(item.number);
    case Kind::Bytes: return item.indefinite ? encoder.begin_bytes() : encoder.bytes(item.bytes);
    case Kind::Text: return item.indefinite ? encoder.begin_text() : encoder.text(item.text());
    case Kind::Array: return item.indefinite ? encoder.begin_array() : encoder.array(item.number);
    case Kind::Map: return item.indefinite ? encoder.begin_map() : encoder.map(item.number);
    case Kind::Tag: return encoder.tag(item.number);
    case Kind::Boolean: return encoder.boolean(item.number != 0);
    case Kind::Null: return encoder.null();
    case Kind::Undefined: return encoder.undefined();
    case Kind::Simple: return encoder.simple(static_cast<std::uint8_t>(item.number));
    case Kind::Float: return encoder.real(item.real);
    case Kind::Break: return encoder.end_indefinite();
  }
}

bool same(const Item& a, const Item& b) {
  if (a.kind == Kind::Negative && !a.integer().ok()) return b.number == a.number;
  const bool nan = std::isnan(a.real) && std::isnan(b.real);
  const bool real =
      nan || std::bit_cast<std::uint64_t>(a.real) == std::bit_cast<std::uint64_t>(b.real);
  return a.kind == b.kind && a.indefinite == b.indefinite && a.number == b.number && real &&
         equal(a.bytes, b.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  // Heads alone: no state a peer can reach fails anything but the reader.
  for (Reader heads(input); heads.ok() && !heads.empty();) {
    require(cbor::Decoder(heads).next().ok() == heads.ok());
  }

  Reader reader(input);
  if (!cbor::Decoder(reader).skip().ok()) {
    require(!reader.ok());
    return 0;
  }
  const std::vector<Item> items = walk(input.first(reader.position()));

  std::vector<std::uint8_t> storage(input.size() + 1);  // preferred serialization is no longer
  Writer writer(storage);
  cbor::Encoder encoder(writer);
  for (const Item& item : items) write(encoder, item);
  require(writer.ok() && writer.size() <= reader.position());

  Reader again(writer.written());
  require(cbor::Decoder(again).skip().ok() && again.empty());
  const std::vector<Item> reread = walk(writer.written());
  require(reread.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) require(same(items[i], reread[i]));
  return 0;
}
