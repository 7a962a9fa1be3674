// SPDX-License-Identifier: Apache-2.0
#include "message_assembly.hpp"

#include <algorithm>

namespace linnet::dtls_gnutls {

MessageHeader MessageHeader::read(Reader& in) {
  const ByteView bytes = in.take(kMessageHeaderBytes);
  if (bytes.empty()) return {};
  const auto three = [&](std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
  };
  return {bytes[0], three(1), static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]), three(6),
          three(9)};
}

void MessageHeader::write(Writer& out) const {
  std::array<std::uint8_t, kMessageHeaderBytes> bytes{};
  const auto three = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 3; ++i) {
      bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (2 - i)));
    }
  };
  bytes[0] = type;
  three(1, length);
  bytes[4] = static_cast<std::uint8_t>(number >> 8);
  bytes[5] = static_cast<std::uint8_t>(number);
  three(6, offset);
  three(9, fragment_length);
  out.bytes(bytes);
}

MessageAssembly::Outcome MessageAssembly::add(std::uint16_t epoch, ByteView record) {
  Outcome outcome = Outcome::Ignored;
  Reader in(record);
  while (in.ok() && !in.empty()) {
    const MessageHeader header = MessageHeader::read(in);
    const ByteView body = in.take(header.fragment_length);
    if (!in.ok()) break;
    const Outcome one = add_fragment(epoch, header, body);
    if (outcome != Outcome::Kept) outcome = one == Outcome::Ignored ? outcome : one;
  }
  return outcome;
}

MessageAssembly::Outcome MessageAssembly::add_fragment(std::uint16_t epoch,
                                                       const MessageHeader& header, ByteView body) {
  // Finished comes protected and nothing else does; what looks otherwise was made up on the way.
  const bool finished = header.type == static_cast<std::uint8_t>(MessageType::Finished);
  if (finished != (epoch != 0)) return Outcome::Ignored;
  if (header.offset + std::size_t{header.fragment_length} > header.length) return Outcome::Ignored;
  const auto ahead = static_cast<std::uint16_t>(header.number - next_);
  if (ahead >= 0x8000) return Outcome::Repeated;
  if (ahead >= kAhead) return Outcome::Ignored;
  Slot& slot = slots_[header.number % kAhead];
  if (slot.bytes.empty() && !begin(slot, epoch, header)) return Outcome::Ignored;
  Reader begun(slot.bytes);
  const MessageHeader first = MessageHeader::read(begun);
  if (first.type != header.type || first.length != header.length || slot.epoch != epoch) {
    return Outcome::Ignored;
  }
  if (slot.missing == 0) return Outcome::Kept;
  std::ranges::copy(
      body, slot.bytes.begin() + static_cast<std::ptrdiff_t>(kMessageHeaderBytes + header.offset));
  if (body.size() == header.length) {
    slot.missing = 0;
    return Outcome::Kept;
  }
  if (slot.have.empty()) slot.have.assign(header.length, false);
  for (std::size_t i = header.offset; i < header.offset + body.size(); ++i) {
    if (!slot.have[i]) --slot.missing;
    slot.have[i] = true;
  }
  return Outcome::Kept;
}

bool MessageAssembly::begin(Slot& slot, std::uint16_t epoch, const MessageHeader& header) {
  if (header.length > kMaxMessageBytes || total_ + header.length > kMaxTotalBytes) return false;
  slot.bytes.resize(kMessageHeaderBytes + header.length);
  MessageHeader whole = header;
  whole.offset = 0;
  whole.fragment_length = header.length;
  Writer out(slot.bytes);
  whole.write(out);
  slot.missing = header.length;
  slot.epoch = epoch;
  total_ += header.length;
  return true;
}

bool MessageAssembly::ready() const { return !front().bytes.empty() && front().missing == 0; }

void MessageAssembly::take() {
  Slot& slot = slots_[next_ % kAhead];
  total_ -= slot.bytes.size() - kMessageHeaderBytes;
  slot = Slot{};
  ++next_;
}

}  // namespace linnet::dtls_gnutls
