// SPDX-License-Identifier: Apache-2.0
// Pins the form a flight is kept in, and that it goes out again with numbers never used before.
#include <gtest/gtest.h>

#include <hex.hpp>
#include <linnet/secure/handshake.hpp>
#include <vector>

#include "test_session.hpp"

namespace linnet::secure {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

/// A server's last flight: NewSessionTicket, ChangeCipherSpec, Finished.
Bytes last_flight() {
  Bytes storage(200);
  Writer out(storage);
  write_flight_piece(out, ContentType::Handshake, 0, hex("04 000002 0003 000000 000002 aabb"));
  write_flight_piece(out, ContentType::ChangeCipherSpec, 0, hex("01"));
  write_flight_piece(out, ContentType::Handshake, 1, hex("14 00000c 0004 000000 00000c 010203"));
  EXPECT_TRUE(out.ok());
  storage.resize(out.size());
  return storage;
}

TEST(Flight, ReadsAsWritten) {
  const Bytes flight = last_flight();
  FlightReader reader(flight);
  const auto ticket = reader.next();
  const auto change = reader.next();
  const auto finished = reader.next();
  ASSERT_TRUE(ticket && change && finished);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(ticket->type, ContentType::Handshake);
  EXPECT_EQ(to_hex(ticket->fragment), "040000020003000000000002aabb");
  EXPECT_EQ(change->type, ContentType::ChangeCipherSpec);
  EXPECT_EQ(change->epoch, 0);
  EXPECT_EQ(finished->epoch, 1);
  EXPECT_EQ(to_hex(finished->fragment), "1400000c000400000000000c010203");
}

TEST(Flight, CutAnywhereEndsWithAWholePiece) {
  const Bytes flight = last_flight();
  std::size_t most = 0;
  for (std::size_t size = 0; size < flight.size(); ++size) {
    FlightReader reader(ByteView(flight).first(size));
    std::size_t pieces = 0;
    while (reader.next()) ++pieces;
    EXPECT_GE(pieces, most);
    most = pieces;
  }
  EXPECT_EQ(most, 2u);
}

TEST(Flight, GoesOutAgainWithNewNumbers) {
  for (const std::uint8_t id_bytes : {std::uint8_t{0}, std::uint8_t{5}}) {
    SessionPair pair(CipherSuite::PskAes128Ccm8, id_bytes);
    const Bytes flight = last_flight();
    std::uint64_t plain_sequence = 7;
    for (std::uint64_t round = 0; round < 3; ++round) {
      Bytes out(300);
      const auto size = repeat_flight(flight, pair.server, plain_sequence, out);
      ASSERT_TRUE(size.ok());
      RecordReader reader(ByteView(out).first(*size), id_bytes);
      const auto ticket = reader.next();
      const auto change = reader.next();
      const auto finished = reader.next();
      ASSERT_TRUE(ticket && change && finished && reader.ok() && !reader.next());
      EXPECT_EQ(ticket->sequence, 7 + 2 * round);
      EXPECT_EQ(change->sequence, 8 + 2 * round);
      EXPECT_EQ(change->epoch, 0);
      EXPECT_EQ(to_hex(change->fragment), "01");
      EXPECT_EQ(finished->sequence, round);
      EXPECT_EQ(finished->epoch, 1);
      const auto opened = pair.client.open(*finished, out);
      ASSERT_TRUE(opened.ok());
      EXPECT_EQ(opened->type, ContentType::Handshake);
      EXPECT_EQ(to_hex(opened->plaintext), "1400000c000400000000000c010203");
    }
    EXPECT_EQ(plain_sequence, 13u);
  }
}

TEST(Flight, ThatDoesNotFitIsRefused) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  const Bytes flight = last_flight();
  std::uint64_t plain_sequence = 0;
  Bytes storage(300);
  const auto whole = repeat_flight(flight, pair.server, plain_sequence, storage);
  ASSERT_TRUE(whole.ok());
  for (std::size_t room = 0; room < *whole; ++room) {
    Bytes out(room);
    EXPECT_EQ(repeat_flight(flight, pair.server, plain_sequence, out).error(), Error::NoSpace);
  }
  Bytes out(*whole);
  EXPECT_TRUE(repeat_flight(flight, pair.server, plain_sequence, out).ok());
}

TEST(Flight, GoesOutInAsManyDatagramsAsItTakes) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  const Bytes flight = last_flight();
  std::uint64_t plain_sequence = 0;
  FlightReader rest(flight);
  std::vector<std::uint64_t> numbers;
  std::size_t datagrams = 0;
  for (; !rest.empty(); ++datagrams) {
    Bytes out(44);  // the first two records, and then the third
    const auto size = repeat_flight(rest, pair.server, plain_sequence, out);
    ASSERT_TRUE(size.ok());
    RecordReader reader(ByteView(out).first(*size));
    while (const auto record = reader.next()) numbers.push_back(record->sequence);
    EXPECT_TRUE(reader.ok());
  }
  EXPECT_EQ(datagrams, 2u);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{0, 1, 0}));
  FlightReader again(flight);
  Bytes little(20);
  EXPECT_EQ(repeat_flight(again, pair.server, plain_sequence, little).error(), Error::NoSpace);
  EXPECT_EQ(plain_sequence, 2u) << "no number for what did not go out";
  FlightReader cut(ByteView(flight).first(flight.size() - 1));
  Bytes out(300);
  EXPECT_EQ(repeat_flight(cut, pair.server, plain_sequence, out).error(), Error::Malformed);
}

TEST(Flight, OfNothingIsNothing) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  std::uint64_t plain_sequence = 3;
  Bytes out(10);
  EXPECT_EQ(*repeat_flight({}, pair.server, plain_sequence, out), 0u);
  EXPECT_EQ(plain_sequence, 3u);
}

TEST(Flight, DoesNotGoOutWhenTheSessionIsOver) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  Bytes out(300);
  ASSERT_TRUE(pair.server.seal_alert(AlertLevel::Warning, Alert::CloseNotify, out).ok());
  std::uint64_t plain_sequence = 0;
  EXPECT_EQ(repeat_flight(last_flight(), pair.server, plain_sequence, out).error(), Error::State);
}

}  // namespace
}  // namespace linnet::secure
