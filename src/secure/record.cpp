// SPDX-License-Identifier: Apache-2.0
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
  Reader reader(rest_);
  RecordView record;
  record.type = static_cast<ContentType>(reader.u8());
  record.version = reader.u16();
  record.epoch = reader.u16();
  record.sequence = reader.unsigned_be(kSequenceBytes);
  if (record.type == ContentType::ConnectionId) record.connection_id = reader.take(own_id_bytes_);
  const std::size_t size = reader.u16();
  if (size > kMaxFragmentBytes) return {};
  record.fragment = reader.take(size);
  if (!reader.ok()) return {};
  record.whole = rest_.first(reader.position());
  rest_ = reader.rest();
  ok_ = true;
  return record;
}

void write_record(Writer& out, ContentType type, std::uint16_t epoch, std::uint64_t sequence,
                  ByteView fragment, std::uint16_t version) {
  if (fragment.size() > kMaxFragmentBytes || sequence > kMaxSequence) out.fail(Error::Range);
  out.u8(static_cast<std::uint8_t>(type));
  out.u16(version);
  out.u16(epoch);
  out.unsigned_be(sequence, kSequenceBytes);
  out.u16(static_cast<std::uint16_t>(fragment.size()));
  out.bytes(fragment);
}

}  // namespace linnet::secure
