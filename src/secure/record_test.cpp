// SPDX-License-Identifier: Apache-2.0
// Pins how datagrams are taken apart into records, and how records are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <hex.hpp>
#include <linnet/secure/record.hpp>
#include <vector>

namespace linnet::secure {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

struct Split {
  std::vector<RecordView> records;
  bool ok;
};

Split split(ByteView datagram, std::size_t own_id_bytes = 0) {
  RecordReader reader(datagram, own_id_bytes);
  Split result{};
  while (const auto record = reader.next()) result.records.push_back(*record);
  EXPECT_FALSE(reader.next().has_value()) << "there was an end";
  result.ok = reader.ok();
  return result;
}

TEST(Record, IsReadAndWritten) {
  const Bytes datagram = hex("16 feff 0000 000000000005 0003 01 02 03");
  const Split split_up = split(datagram);
  ASSERT_TRUE(split_up.ok);
  ASSERT_EQ(split_up.records.size(), 1u);
  const RecordView& record = split_up.records[0];
  EXPECT_EQ(record.type, ContentType::Handshake);
  EXPECT_EQ(record.version, kDtls10);
  EXPECT_EQ(record.epoch, 0);
  EXPECT_EQ(record.sequence, 5u);
  EXPECT_EQ(to_hex(record.fragment), "010203");
  EXPECT_EQ(record.whole.data(), datagram.data());
  EXPECT_EQ(record.whole.size(), datagram.size());

  Bytes storage(100);
  Writer out(storage);
  write_record(out, record.type, record.epoch, record.sequence, record.fragment, record.version);
  EXPECT_EQ(to_hex(out.written()), to_hex(datagram));
}

TEST(Record, ComesWithOthersInADatagram) {
  const Bytes datagram =
      hex("14 fefd 0000 000000000001 0001 01"
          "19 fefd 0001 fffffffffffe c1c2c3 0002 aabb"
          "17 fefd ffff 000000000000 0000");
  const Split split_up = split(datagram, 3);
  ASSERT_TRUE(split_up.ok);
  ASSERT_EQ(split_up.records.size(), 3u);
  EXPECT_EQ(split_up.records[1].type, ContentType::ConnectionId);
  EXPECT_EQ(split_up.records[1].sequence, kMaxSequence - 1);
  EXPECT_EQ(to_hex(split_up.records[1].connection_id), "c1c2c3");
  EXPECT_EQ(to_hex(split_up.records[1].fragment), "aabb");
  EXPECT_EQ(split_up.records[2].epoch, 0xFFFF);
  EXPECT_TRUE(split_up.records[2].fragment.empty());
  EXPECT_TRUE(split_up.records[2].connection_id.empty());
}

TEST(Record, CutAnywhereIsNone) {
  const Bytes datagram = hex("19 fefd 0001 000000000005 c1c2c3c4 0003 010203");
  for (std::size_t size = 1; size < datagram.size(); ++size) {
    const Split cut = split(ByteView(datagram).first(size), 4);
    EXPECT_FALSE(cut.ok) << size;
    EXPECT_TRUE(cut.records.empty()) << size;
  }
  EXPECT_TRUE(split({}).ok);
  EXPECT_TRUE(split(datagram, 4).ok);
}

TEST(Record, BehindABrokenOneIsLost) {
  const Bytes good = hex("17 fefd 0001 000000000005 0001 aa");
  for (const char* broken : {"17 fefc 0001 000000000006 0001 aa",  // no version of DTLS 1.2
                             "18 fefd 0001 000000000006 0001 aa",  // no such content type
                             "17 fefd 0001 000000000006 0040 aa",  // longer than the datagram
                             "17 fefd 0001 00000000000600"}) {     // too short for a header
    Bytes datagram = good;
    const Bytes tail = hex(broken);
    datagram.insert(datagram.end(), tail.begin(), tail.end());
    const Split split_up = split(datagram);
    EXPECT_FALSE(split_up.ok) << broken;
    EXPECT_EQ(split_up.records.size(), 1u) << broken;
  }
}

TEST(Record, HasAGreatestLength) {
  Bytes datagram = hex("17 fefd 0001 000000000005 0000");
  datagram[11] = kMaxFragmentBytes >> 8;
  datagram[12] = kMaxFragmentBytes & 255;
  datagram.resize(datagram.size() + kMaxFragmentBytes + 1);
  EXPECT_EQ(split(datagram).records.size(), 1u);
  ++datagram[12];
  EXPECT_TRUE(split(datagram).records.empty());
}

TEST(Record, IsWrittenWholeOrNotAtAll) {
  const Bytes fragment(5, 0xAA);
  for (std::size_t room = 1; room < kRecordHeaderBytes + 5; ++room) {
    Bytes storage(room);
    Writer out(storage);
    write_record(out, ContentType::Alert, 0, 1, fragment);
    EXPECT_EQ(out.error(), Error::NoSpace);
  }
  Bytes storage(kMaxFragmentBytes + 100);
  Writer beyond(storage);
  write_record(beyond, ContentType::Alert, 0, kMaxSequence + 1, fragment);
  EXPECT_EQ(beyond.error(), Error::Range);
  Writer long_one(storage);
  write_record(long_one, ContentType::Alert, 0, 1, Bytes(kMaxFragmentBytes + 1));
  EXPECT_EQ(long_one.error(), Error::Range);
}

TEST(Record, IsToldFromCoap) {
  EXPECT_TRUE(looks_like_dtls(hex("16 feff 0000 000000000000 0000")));
  EXPECT_TRUE(looks_like_dtls(hex("17 fefd 0001 000000000000 0000")));
  EXPECT_TRUE(looks_like_dtls(hex("19 fefd 0001 000000000000 0000")));
  EXPECT_FALSE(looks_like_dtls(hex("17 fefd 0001 000000000000 00"))) << "shorter than a header";
  EXPECT_FALSE(looks_like_dtls(hex("17 0303 0001 000000000000 0000"))) << "TLS";
  EXPECT_FALSE(looks_like_dtls(hex("18 fefd 0001 000000000000 0000"))) << "heartbeat";
  EXPECT_FALSE(looks_like_dtls(hex("2f fefd 0001 000000000000 0000"))) << "DTLS 1.3";
  EXPECT_FALSE(looks_like_dtls({}));
  // CoAP over UDP has version 1 in its first two bits, whatever follows.
  for (int first = 0x40; first < 0x80; ++first) {
    Bytes message(20, 0xFE);
    message[0] = static_cast<std::uint8_t>(first);
    EXPECT_FALSE(looks_like_dtls(message));
  }
}

}  // namespace
}  // namespace linnet::secure
