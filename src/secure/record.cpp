// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <linnet/secure/record.hpp>

namespace linnet::secure {
namespace {

constexpr std::size_t kSequenceBytes = 6;

bool is_content_type(std::uint8_t type) {
  return (type >= static_cast<std::uint8_t>(ContentType::ChangeCipherSpec) &&
          type <= static_cast<std::uint8_t>(ContentType::ApplicationData)) ||
         type == static_cast<std::uint8_t>(ContentType::ConnectionId);
}

bool is_version(std::uint16_t version) { return version == kDtls12 || version == kDtls10; }

}  // namespace

bool looks_like_dtls(ByteView datagram) {
  return datagram.size() >= kRecordHeaderBytes && is_content_type(datagram[0]) &&
         is_version(static_cast<std::uint16_t>(datagram[1] << 8 | datagram[2]));
}

std::optional<RecordView> RecordReader::next() {
  if (!ok_ || rest_.empty()) return {};
  ok_ = false;  // until the whole record is there
  if (!looks_like_dtls(rest_)) return {};
  // By hand: every record of every datagram comes through here.
  const auto two = [&](std::size_t at) {
    return static_cast<std::uint16_t>(rest_[at] << 8 | rest_[at + 1]);
  };
  RecordView record;
  record.type = static_cast<ContentType>(rest_[0]);
  record.version = two(1);
  record.epoch = two(3);
  for (std::size_t i = 0; i < kSequenceBytes; ++i) {
    record.sequence = record.sequence << 8 | rest_[5 + i];
  }
  const std::size_t id = record.type == ContentType::ConnectionId ? own_id_bytes_ : 0;
  const std::size_t head = kRecordHeaderBytes + id;
  if (rest_.size() < head) return {};
  record.connection_id = rest_.subspan(kRecordHeaderBytes - 2, id);
  const std::size_t size = two(head - 2);
  if (size > kMaxFragmentBytes || rest_.size() - head < size) return {};
  record.fragment = rest_.subspan(head, size);
  record.whole = rest_.first(head + size);
  rest_ = rest_.subspan(head + size);
  ok_ = true;
  return record;
}

void write_record(Writer& out, ContentType type, std::uint16_t epoch, std::uint64_t sequence,
                  ByteView fragment, std::uint16_t version) {
  if (fragment.size() > kMaxFragmentBytes || sequence > kMaxSequence) out.fail(Error::Range);
  std::array<std::uint8_t, kRecordHeaderBytes> header{};
  const auto two = [&](std::size_t at, std::size_t value) {
    header[at] = static_cast<std::uint8_t>(value >> 8);
    header[at + 1] = static_cast<std::uint8_t>(value);
  };
  header[0] = static_cast<std::uint8_t>(type);
  two(1, version);
  two(3, epoch);
  for (std::size_t i = 0; i < kSequenceBytes; ++i) {
    header[5 + i] = static_cast<std::uint8_t>(sequence >> (8 * (kSequenceBytes - 1 - i)));
  }
  two(11, fragment.size());
  out.bytes(header);
  out.bytes(fragment);
}

}  // namespace linnet::secure
