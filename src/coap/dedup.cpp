// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/check.hpp>
#include <linnet/coap/dedup.hpp>

namespace linnet::coap {
namespace {

/// Requests that must not run twice are kept longest.
bool is_precious(const DedupEntry& entry, Instant now) {
  return !entry.expired(now) && is_request(entry.request) && !is_idempotent(entry.request);
}

bool goes_before(const DedupEntry& a, const DedupEntry& b, Instant now) {
  const bool precious = is_precious(a, now);
  return precious == is_precious(b, now) ? a.expiry < b.expiry : !precious;
}

}  // namespace

DedupEntry DedupEntry::make(Instant now, std::uint8_t peer, const Header& header,
                            const TransmissionParameters& parameters) {
  DedupEntry entry;
  entry.expiry =
      now + (header.type == Type::Con ? parameters.exchange_lifetime() : parameters.non_lifetime());
  entry.message_id = header.message_id;
  entry.peer = peer;
  entry.request = header.code;
  return entry;
}

// [TR-08]
void DedupEntry::answered(ByteView answer_bytes, bool kept) {
  kept_size = 0;
  const std::optional<Header> header = peek_header(answer_bytes);
  if (!header) {
    answer = DuplicateAnswer::Silence;
    return;
  }
  code = header->code;
  const bool bare = answer_bytes.size() == 4 + (answer_bytes[0] & 15u);  // header and token
  if (header->type == Type::Rst) {
    answer = DuplicateAnswer::Reset;
  } else if (code == Code::Empty || header->type != Type::Ack) {
    // A separate response has its own retransmission; a copy of the request needs only its ACK.
    answer = DuplicateAnswer::EmptyAck;
  } else if (bare) {
    answer = DuplicateAnswer::Code;
  } else if (kept) {
    answer = DuplicateAnswer::Replay;
    kept_size = static_cast<std::uint16_t>(answer_bytes.size());
  } else {
    answer = is_idempotent(request) ? DuplicateAnswer::Rerun : DuplicateAnswer::Code;
  }
}

DedupEntry* DedupTable::find(Instant now, std::uint8_t peer, std::uint16_t message_id) {
  for (DedupEntry& entry : entries_) {
    if (entry.message_id == message_id && entry.peer == peer && !entry.expired(now)) {
      return &entry;
    }
  }
  return nullptr;
}

DedupEntry* DedupTable::add(Instant now, std::uint8_t peer, const Header& header,
                            const TransmissionParameters& parameters) {
  DedupEntry* oldest = nullptr;
  for (DedupEntry& entry : entries_) {
    if (oldest == nullptr || goes_before(entry, *oldest, now)) oldest = &entry;
  }
  if (oldest != nullptr) *oldest = DedupEntry::make(now, peer, header, parameters);
  return oldest;
}

MutableBytes DedupTable::slot(const DedupEntry& entry) const {
  const auto index = static_cast<std::size_t>(&entry - entries_.data());
  LINNET_CHECK(index < entries_.size());
  const std::size_t size = storage_.size() / entries_.size();
  return storage_.subspan(index * size, size);
}

void DedupTable::answered(DedupEntry& entry, ByteView answer_bytes) {
  const MutableBytes place = slot(entry);
  entry.answered(answer_bytes,
                 answer_bytes.size() <= place.size() && answer_bytes.size() <= 0xFFFF);
  if (entry.answer == DuplicateAnswer::Replay) {
    std::memcpy(place.data(), answer_bytes.data(), answer_bytes.size());
  }
}

Status DedupTable::answer_copy(const DedupEntry& entry, const Header& header, Writer& out) const {
  Header answer{Type::Ack, Code::Empty, header.message_id, {}};
  switch (entry.answer) {
    case DuplicateAnswer::Silence:
    case DuplicateAnswer::Rerun: return {};
    case DuplicateAnswer::EmptyAck:
      if (header.type != Type::Con) return {};
      break;
    case DuplicateAnswer::Reset: answer.type = Type::Rst; break;
    case DuplicateAnswer::Code:
      answer.code = entry.code;
      answer.token = header.token;
      break;
    case DuplicateAnswer::Replay:
      out.bytes(slot(entry).first(entry.kept_size));
      return out.status();
  }
  return MessageWriter(out, answer).finish();
}

void DedupTable::forget(std::uint8_t peer) {
  for (DedupEntry& entry : entries_) {
    if (entry.peer == peer) entry.expiry = DedupEntry::kExpired;
  }
}

}  // namespace linnet::coap
