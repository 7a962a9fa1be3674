// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <linnet/secure/record.hpp>

#include "secure/big_endian.hpp"

namespace linnet::secure {
namespace {

constexpr std::size_t kSequenceBytes = 6;
constexpr std::size_t kIdAt = 11;

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
  const std::uint8_t* bytes = rest_.data();
  const auto type = static_cast<ContentType>(bytes[0]);
  const std::size_t id_bytes = type == ContentType::ConnectionId ? own_id_bytes_ : 0;
  const std::size_t header = kRecordHeaderBytes + id_bytes;
  if (rest_.size() < header) return {};
  const auto size = static_cast<std::size_t>(load<2>(bytes + header - 2));
  if (size > kMaxFragmentBytes || size > rest_.size() - header) return {};
  RecordView record;
  record.type = type;
  record.version = load<2>(bytes + 1);
  record.epoch = load<2>(bytes + 3);
  record.sequence = load<kSequenceBytes>(bytes + 5);
  record.connection_id = rest_.subspan(kIdAt, id_bytes);
  record.fragment = rest_.subspan(header, size);
  record.whole = rest_.first(header + size);
  rest_ = rest_.subspan(header + size);
  ok_ = true;
  return record;
}

void write_record(Writer& out, ContentType type, std::uint16_t epoch, std::uint64_t sequence,
                  ByteView fragment, std::uint16_t version) {
  if (fragment.size() > kMaxFragmentBytes || sequence > kMaxSequence) out.fail(Error::Range);
  std::array<std::uint8_t, kRecordHeaderBytes> header;
  header[0] = static_cast<std::uint8_t>(type);
  store<2>(header.data() + 1, version);
  store<2>(header.data() + 3, epoch);
  store<kSequenceBytes>(header.data() + 5, sequence);
  store<2>(header.data() + kIdAt, fragment.size());
  out.bytes(header);
  out.bytes(fragment);
}

}  // namespace linnet::secure
