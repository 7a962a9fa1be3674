// SPDX-License-Identifier: Apache-2.0
// Any datagram, read with connection ids of any length (its first byte): the records lie one behind
// the other, and each without an id is what write_record makes of its parts.
#include <cstdlib>
#include <vector>

#include <linnet/secure/record.hpp>

namespace {

using namespace linnet;
using namespace linnet::secure;

void require(bool condition) {
  if (!condition) std::abort();
}

void write_again(const RecordView& record) {
  std::vector<std::uint8_t> storage(record.whole.size());
  Writer out(storage);
  write_record(out, record.type, record.epoch, record.sequence, record.fragment, record.version);
  require(out.ok() && equal(out.written(), record.whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t id_bytes = data[0] % (kMaxConnectionIdBytes + 1);
  const ByteView datagram(data + 1, size - 1);
  RecordReader reader(datagram, id_bytes);
  std::size_t at = 0;
  while (const auto record = reader.next()) {
    require(at != 0 || looks_like_dtls(datagram));
    require(record->whole.data() == datagram.data() + at);
    at += record->whole.size();
    const bool with_id = record->type == ContentType::ConnectionId;
    require(record->connection_id.size() == (with_id ? id_bytes : 0));
    require(record->whole.size() ==
            kRecordHeaderBytes + record->connection_id.size() + record->fragment.size());
    require(record->sequence <= kMaxSequence && record->fragment.size() <= kMaxFragmentBytes);
    if (record->connection_id.empty()) write_again(*record);
  }
  require(reader.ok() == (at == datagram.size()));
  require(!reader.next());
  return 0;
}
