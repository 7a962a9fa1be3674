// SPDX-License-Identifier: Apache-2.0
// Any sequence of blocks and answers: a receiver never writes outside its storage and a body that
// is complete consists of blocks that joined; a sender always ends or stays within its body.
#include <array>
#include <cstdlib>

#include <linnet/coap/block.hpp>

namespace {

using namespace linnet;
using namespace linnet::coap;

void require(bool condition) {
  if (!condition) std::abort();
}

std::uint8_t size_exponent(Reader& script) {
  return static_cast<std::uint8_t>(script.u8() % (BlockOption::kMaxSzx + 1));
}

void receive(Reader script) {
  std::array<std::uint8_t, 300> storage{};
  std::array<std::uint8_t, 2048> payload{};
  const std::size_t limit = script.u16() % 400u;
  BlockReceiver receiver(limit, size_exponent(script));
  while (!script.empty()) {
    const auto block = BlockOption::parse(script.take(script.u8() % 5));
    const std::size_t size = script.u8() % 4 == 0 ? script.u16() % payload.size()
                             : block.ok()         ? block->size()
                                                  : 0;
    payload.fill(script.u8());
    const std::uint8_t tag[] = {script.u8()};
    if (!script.ok() || !block.ok()) return;
    const std::size_t before = receiver.received();
    const auto outcome =
        receiver.assemble(storage, *block, ByteView(payload).first(size), {}, ByteView(tag));
    const bool taken = outcome == BlockOutcome::More || outcome == BlockOutcome::Complete;
    require(receiver.received() <= storage.size());
    require(receiver.open() == (outcome == BlockOutcome::More) || !taken);
    if (taken) {
      require(receiver.taken_offset() == (block->number == 0 ? 0 : before));
      require(receiver.received() == receiver.taken_offset() + size);
      require(size == 0 || storage[receiver.taken_offset() + size - 1] == payload[0]);
    }
    if (outcome == BlockOutcome::More) require(receiver.next().offset() == receiver.received());
    require(receiver.answer(*block, outcome).szx <= BlockOption::kMaxSzx);
  }
}

void send(Reader script) {
  const std::size_t total = script.u32();
  BlockSender sender(total, size_exponent(script));
  while (!script.empty()) {
    const auto part = sender.current();
    require(!part.ok() || part->offset + part->size <= total);
    require(!part.ok() || part->block.offset() == part->offset);
    const auto code = static_cast<Code>(script.u8());
    const auto block = BlockOption::parse(script.take(script.u8() % 4));
    const bool with_block = script.u8() % 4 != 0;
    std::optional<BlockOption> answer;
    if (with_block && block.ok()) answer = *block;
    // Follow the sender half of the time, so that long transfers are reached.
    if (answer && part.ok() && script.u8() % 2 == 0) answer->number = part->block.number;
    const std::size_t before = sender.offset();
    switch (sender.on_response(code, answer)) {
      case SendOutcome::SendNext: require(sender.offset() > before); break;
      case SendOutcome::Restart: require(sender.offset() == 0); break;
      case SendOutcome::Final:
      case SendOutcome::Failed: return;
    }
    require(sender.current().ok());
  }
}

void cut(Reader script) {
  const std::size_t total = script.u32();
  const auto wanted = BlockOption::parse(script.take(script.u8() % 4));
  const std::uint8_t szx = size_exponent(script);
  if (!wanted.ok()) return;
  const auto part = slice(total, *wanted, szx);
  if (!part.ok()) return;
  require(part->offset == wanted->offset() && part->block.offset() == part->offset);
  require(part->offset + part->size <= total && part->size <= part->block.size());
  require(part->block.more == (part->offset + part->size < total));
  require(part->block.szx <= szx);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Reader script(ByteView(data + 1, size - 1));
  switch (data[0] % 3) {
    case 0: receive(script); break;
    case 1: send(script); break;
    default: cut(script); break;
  }
  return 0;
}
