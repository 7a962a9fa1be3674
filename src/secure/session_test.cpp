// SPDX-License-Identifier: Apache-2.0
// Pins the bytes of protected records, and what a session opens, refuses and never does twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <hex.hpp>
#include <linnet/base/random.hpp>
#include <linnet/secure/session.hpp>
#include <linnet/secure/wipe.hpp>
#include <requirement.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "test_session.hpp"

namespace linnet::secure {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

constexpr CipherSuite kSuites[] = {CipherSuite::PskAes128Ccm8, CipherSuite::PskAes128Ccm,
                                   CipherSuite::PskAes128Gcm, CipherSuite::PskAes256Gcm,
                                   CipherSuite::PskChaCha20Poly1305};
constexpr std::uint8_t kIdSizes[] = {0, 1, 8, kMaxConnectionIdBytes};

Bytes seal(Session& session, ByteView plaintext, ContentType type = ContentType::ApplicationData) {
  Bytes out(plaintext.size() + session.overhead());
  const auto size = session.seal(type, plaintext, out);
  EXPECT_TRUE(size.ok()) << describe(size.error());
  EXPECT_EQ(*size, out.size());
  return out;
}

struct Opened {
  Error error = Error::Ok;
  ContentType type{};
  std::string plaintext;  // in hex
  bool newest = false;
};

/// Opens the first record of a copy of `datagram`.
Opened open(Session& session, Bytes datagram) {
  RecordReader reader(datagram, session.own_id().size);
  const auto record = reader.next();
  if (!record) return {Error::Truncated, {}, {}, {}};
  const auto opened = session.open(*record, datagram);
  if (!opened.ok()) return {opened.error(), {}, {}, {}};
  return {Error::Ok, opened->type, to_hex(opened->plaintext), opened->newest};
}

Bytes packed(Session session) {
  Bytes storage(300);
  Writer out(storage);
  session.pack(out, 0);
  storage.resize(out.size());
  return storage;
}

struct Vector {
  CipherSuite suite;
  std::uint64_t sequence;
  const char* id;
  const char* record;
};

// Records holding "hello", made by an independent program (Python, OpenSSL's algorithms) from the
// text of RFC 5246 §6.2.3.3 with 6347, 6655, 5288, 7905, and of RFC 9146 §5.3.
const Vector kVectors[] = {
    {CipherSuite::PskAes128Ccm8, 1, "",
     "17 fefd 0001000000000001 0015 0001000000000001 be77f680f5 cde4c9fdecd3cc59"},
    {CipherSuite::PskAes128Ccm8, 0x010203040506, "c1d0",
     "19 fefd 0001010203040506 c1d0 0016 0001010203040506 2b938c8ed09e ac7bb65d9b3029de"},
    {CipherSuite::PskAes128Ccm, 1, "",
     "17 fefd 0001000000000001 001d 0001000000000001 be77f680f5 196284c54c38559044af0c9f32e545c4"},
    {CipherSuite::PskAes128Ccm, 0x010203040506, "c1d0",
     "19 fefd 0001010203040506 c1d0 001e 0001010203040506 2b938c8ed09e"
     "a89887fb6939eba88184ff1200e47333"},
    {CipherSuite::PskAes128Gcm, 1, "",
     "17 fefd 0001000000000001 001d 0001000000000001 57ba257e8f 2d8ea6006710201aee44c88af0127172"},
    {CipherSuite::PskAes128Gcm, 0x010203040506, "c1d0",
     "19 fefd 0001010203040506 c1d0 001e 0001010203040506 a6cbe7033f11"
     "b7951bcdbd2dd670cdb4260ffad3418b"},
    {CipherSuite::PskAes256Gcm, 1, "",
     "17 fefd 0001000000000001 001d 0001000000000001 1460624dd1 b0210221c7a5022a5a37f43433d60ec9"},
    {CipherSuite::PskAes256Gcm, 0x010203040506, "c1d0",
     "19 fefd 0001010203040506 c1d0 001e 0001010203040506 7ce9cf4f7724"
     "995e2ffdb73e82b58808a9b8280948c2"},
    {CipherSuite::PskChaCha20Poly1305, 1, "",
     "17 fefd 0001000000000001 0015 f71c373ece 16421ce41bb71429742054c8195c6e4c"},
    {CipherSuite::PskChaCha20Poly1305, 0x010203040506, "c1d0",
     "19 fefd 0001010203040506 c1d0 0016 87fce907c392 1ae5ce2b194158950dc96b04d4de8a66"},
};

SessionParameters parameters_of(const Vector& vector) {
  SessionParameters parameters = test_parameters(vector.suite, 0);
  const Bytes id = hex(vector.id);
  parameters.peer.used = true;
  parameters.peer.size = static_cast<std::uint8_t>(id.size());
  std::copy(id.begin(), id.end(), parameters.peer.bytes.begin());
  parameters.next_write = vector.sequence;
  return parameters;
}

TEST(SessionVectors, AreSealedAndOpened) {
  const Bytes hello = hex("68656c6c6f");
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.record);
    SessionParameters parameters = parameters_of(vector);
    Session client = *Session::make(parameters);
    EXPECT_EQ(to_hex(seal(client, hello)), to_hex(hex(vector.record)));
    parameters.next_write = 0;
    Session server = *Session::make(mirrored(parameters));
    const Opened opened = open(server, hex(vector.record));
    EXPECT_EQ(opened.error, Error::Ok);
    EXPECT_EQ(opened.type, ContentType::ApplicationData);
    EXPECT_EQ(opened.plaintext, "68656c6c6f");
  }
}

TEST(SessionVectors, PaddingIsTakenOff) {
  SessionParameters parameters = parameters_of(kVectors[1]);
  parameters.next_write = 0;
  Session server = *Session::make(mirrored(parameters));
  // close_notify with three zeros behind its type (RFC 9146 §4).
  const Opened opened = open(
      server, hex("19fefd0001000000000007c1d0001600010000000000074ba594a14d383388dc8d884fc8e5"));
  EXPECT_EQ(opened.error, Error::Ok);
  EXPECT_EQ(opened.type, ContentType::Alert);
  EXPECT_EQ(opened.plaintext, "0100");
}

TEST(SessionVectors, PaddingAloneIsMalformed) {
  SessionParameters parameters = parameters_of(kVectors[1]);
  parameters.next_write = 0;
  Session server = *Session::make(mirrored(parameters));
  const Bytes before = packed(server);
  EXPECT_EQ(
      open(server, hex("19fefd0001000000000008c1d000150001000000000008ac2c1f053c46c234f59552b94e"))
          .error,
      Error::Malformed);
  EXPECT_EQ(packed(server), before);
}

TEST(Session, CrossesWithEverySuiteAndAnyConnectionId) {
  for (const CipherSuite suite : kSuites) {
    for (const std::uint8_t id_bytes : kIdSizes) {
      SessionPair pair(suite, id_bytes);
      EXPECT_EQ(pair.client.suite(), suite);
      for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 100u, 1200u}) {
        Bytes text(size);
        SeededRng(size).fill(text);
        const Opened at_server = open(pair.server, seal(pair.client, text));
        EXPECT_EQ(at_server.error, Error::Ok);
        EXPECT_EQ(at_server.plaintext, to_hex(text));
        EXPECT_TRUE(at_server.newest);
        const Opened at_client = open(pair.client, seal(pair.server, text, ContentType::Handshake));
        EXPECT_EQ(at_client.type, ContentType::Handshake);
        EXPECT_EQ(at_client.plaintext, to_hex(text));
      }
    }
  }
}

TEST(Session, TakesTwentyNineBytesARecord) {
  LINNET_REQ("TR-13");
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  EXPECT_EQ(pair.client.overhead(), 29u);
  EXPECT_EQ(seal(pair.client, Bytes(50)).size(), 79u);
  // An SMS holds 140 bytes; a CoAP header is 4, and a token 8.
  Bytes sms(140);
  EXPECT_TRUE(pair.client.seal(ContentType::ApplicationData, Bytes(107 + 4), sms).ok());
  EXPECT_TRUE(pair.client.seal(ContentType::ApplicationData, Bytes(99 + 8 + 4), sms).ok());
  EXPECT_EQ(pair.client.seal(ContentType::ApplicationData, Bytes(107 + 4 + 1), sms).error(),
            Error::NoSpace);
  // A connection id takes its size and the true type.
  EXPECT_EQ(SessionPair(CipherSuite::PskAes128Ccm8, 8).client.overhead(), 29u + 8 + 1);
  EXPECT_EQ(SessionPair(CipherSuite::PskChaCha20Poly1305, 0).client.overhead(), 29u);
  EXPECT_EQ(SessionPair(CipherSuite::PskAes128Gcm, 0).client.overhead(), 37u);
}

TEST(Session, SealsInPlaceWhatLiesAtItsHeadroom) {
  for (const CipherSuite suite : kSuites) {
    for (const std::uint8_t id_bytes : kIdSizes) {
      SessionPair one(suite, id_bytes);
      SessionPair two(suite, id_bytes);
      Bytes text(33);
      SeededRng(1).fill(text);
      Bytes out(33 + one.client.overhead());
      const auto at = static_cast<std::ptrdiff_t>(one.client.headroom());
      std::copy(text.begin(), text.end(), out.begin() + at);
      const ByteView inside = ByteView(out).subspan(one.client.headroom(), 33);
      ASSERT_TRUE(one.client.seal(ContentType::ApplicationData, inside, out).ok());
      EXPECT_EQ(out, seal(two.client, text));
      // And if it lies elsewhere in the same storage.
      SessionPair three(suite, id_bytes);
      Bytes front(33 + one.client.overhead());
      std::copy(text.begin(), text.end(), front.begin());
      ASSERT_TRUE(
          three.client.seal(ContentType::ApplicationData, ByteView(front).first(33), front).ok());
      EXPECT_EQ(front, out);
    }
  }
}

TEST(Session, RefusesWhatDoesNotFitAndUsesNoNumber) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 4);
  const Bytes text(20);
  const Bytes before = packed(pair.client);
  for (std::size_t room = 0; room < text.size() + pair.client.overhead(); ++room) {
    Bytes out(room);
    EXPECT_EQ(pair.client.seal(ContentType::ApplicationData, text, out).error(), Error::NoSpace);
  }
  // RFC 5246 §6.2.1 and RFC 9146 §5: 2^14 bytes, the true type among them.
  Bytes large(kMaxPlaintextBytes + 100);
  const ByteView most = ByteView(large).first(kMaxPlaintextBytes - 1);
  EXPECT_EQ(
      pair.client
          .seal(ContentType::ApplicationData, ByteView(large).first(kMaxPlaintextBytes), large)
          .error(),
      Error::TooLarge);
  EXPECT_EQ(packed(pair.client), before);
  EXPECT_EQ(open(pair.server, seal(pair.client, most)).error, Error::Ok);
}

TEST(Session, OfAnUnknownSuiteIsNotMade) {
  SessionParameters parameters;
  for (const CipherSuite suite : {CipherSuite::None, CipherSuite::PskAes128CbcSha256}) {
    parameters.suite = suite;
    EXPECT_EQ(Session::make(parameters).error(), Error::Unsupported);
  }
  Session none;
  Bytes out(100);
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.seal(ContentType::Alert, {}, out).error(), Error::State);
  EXPECT_EQ(open(none, hex("17fefd0001000000000000 0000")).error, Error::State);
}

TEST(Session, OpensEachNumberOnce) {
  LINNET_REQ("SEC-01");
  for (const std::uint8_t id_bytes : kIdSizes) {
    SessionPair pair(CipherSuite::PskAes128Ccm8, id_bytes);
    const Bytes first = seal(pair.client, hex("01"));
    const Bytes second = seal(pair.client, hex("02"));
    EXPECT_EQ(open(pair.server, first).error, Error::Ok);
    EXPECT_EQ(open(pair.server, first).error, Error::Exists);
    EXPECT_EQ(open(pair.server, second).error, Error::Ok);
    EXPECT_EQ(open(pair.server, first).error, Error::Exists);
    EXPECT_EQ(open(pair.server, second).error, Error::Exists);
    // What the server sent does not come back to it as the client's.
    EXPECT_EQ(open(pair.server, seal(pair.server, hex("03"))).error,
              id_bytes == 0 ? Error::Exists : Error::NotFound);
  }
}

TEST(Session, KeepsAWindowOfSixtyFour) {
  LINNET_REQ("SEC-01");
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  std::vector<Bytes> records;
  for (int i = 0; i < 200; ++i) records.push_back(seal(pair.client, hex("aa")));
  EXPECT_TRUE(open(pair.server, records[100]).newest);
  EXPECT_EQ(open(pair.server, records[36]).error, Error::Exists) << "65 back";
  const Opened oldest = open(pair.server, records[37]);
  EXPECT_EQ(oldest.error, Error::Ok) << "64 back";
  EXPECT_FALSE(oldest.newest);
  EXPECT_EQ(open(pair.server, records[37]).error, Error::Exists);
  EXPECT_EQ(open(pair.server, records[99]).error, Error::Ok);
  // One step on, the oldest leaves; a far one empties the window but for itself.
  EXPECT_EQ(open(pair.server, records[101]).error, Error::Ok);
  EXPECT_EQ(open(pair.server, records[38]).error, Error::Ok);
  EXPECT_EQ(open(pair.server, records[37]).error, Error::Exists);
  EXPECT_EQ(open(pair.server, records[165]).error, Error::Ok);
  EXPECT_EQ(open(pair.server, records[101]).error, Error::Exists);
  EXPECT_EQ(open(pair.server, records[102]).error, Error::Ok);
  EXPECT_EQ(open(pair.server, records[165]).error, Error::Exists);
}

TEST(Session, OpensAnyOrderOnceEach) {
  LINNET_REQ("SEC-01");
  // Shuffled within the window, with duplicates: exactly what a set of numbers would say.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng rng(seed);
    SessionPair pair(kSuites[seed % std::size(kSuites)], kIdSizes[seed % std::size(kIdSizes)]);
    std::vector<Bytes> records;
    for (int i = 0; i < 300; ++i) records.push_back(seal(pair.client, {}));
    std::vector<bool> seen(records.size());
    std::size_t highest = 0;
    bool any = false;
    for (int i = 0; i < 2000; ++i) {
      const std::size_t at = std::min<std::size_t>(records.size() - 1,
                                                   static_cast<std::size_t>(i) / 8 + rng.below(90));
      const bool fresh = !seen[at] && (!any || at + 64 > highest);
      const Opened opened = open(pair.server, records[at]);
      ASSERT_EQ(opened.error, fresh ? Error::Ok : Error::Exists) << at;
      if (!fresh) continue;
      ASSERT_EQ(opened.newest, !any || at > highest);
      seen[at] = true;
      highest = std::max(highest, at);
      any = true;
    }
  }
}

TEST(Session, GoesOnWhereTheHandshakeStopped) {
  SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 0);
  Session early = *Session::make(parameters);
  std::vector<Bytes> records;
  for (int i = 0; i < 5; ++i) records.push_back(seal(early, {}));
  parameters.next_write = 3;  // the library sent 0, 1 and 2, so the server's library got them
  SessionPair pair(parameters);
  for (const std::size_t i : {0u, 1u, 2u}) {
    EXPECT_EQ(open(pair.server, records[i]).error, Error::Exists);
  }
  EXPECT_EQ(open(pair.server, records[4]).error, Error::Ok);
  EXPECT_EQ(open(pair.server, records[3]).error, Error::Ok);
  EXPECT_EQ(to_hex(ByteView(seal(pair.client, {})).subspan(3, 8)), "0001000000000003");
}

TEST(Session, DropsEveryChangedByteAndIsAsBefore) {
  LINNET_REQ("SEC-44");
  for (const CipherSuite suite : kSuites) {
    for (const std::uint8_t id_bytes : kIdSizes) {
      SessionPair pair(suite, id_bytes);
      (void)open(pair.server, seal(pair.client, hex("00")));
      const Bytes record = seal(pair.client, hex("0102030405"));
      const Bytes before = packed(pair.server);
      for (std::size_t bit = 0; bit < 8 * record.size(); ++bit) {
        Bytes changed = record;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_NE(open(pair.server, changed).error, Error::Ok) << bit;
        ASSERT_EQ(packed(pair.server), before) << bit;
      }
      EXPECT_EQ(open(pair.server, record).error, Error::Ok);
    }
  }
}

TEST(Session, DropsWhatIsCut) {
  LINNET_REQ("SEC-44");
  for (const CipherSuite suite : kSuites) {
    for (const std::uint8_t id_bytes : kIdSizes) {
      SessionPair pair(suite, id_bytes);
      const Bytes record = seal(pair.client, hex("0102"));
      const std::size_t header = kRecordHeaderBytes + id_bytes;
      for (std::size_t size = 0; size + header < record.size(); ++size) {
        // With a length that fits: the header is not what gives it away.
        Bytes cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(header + size));
        cut[header - 1] = static_cast<std::uint8_t>(size);
        const Error error = open(pair.server, cut).error;
        EXPECT_TRUE(error == Error::Malformed || error == Error::Unauthorized) << size;
      }
      EXPECT_EQ(open(pair.server, record).error, Error::Ok);
    }
  }
}

TEST(Session, RefusesMoreContentThanARecordMayHold) {
  for (const std::size_t beyond : {0u, 1u}) {
    SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
    Bytes record(pair.client.overhead() + kMaxPlaintextBytes + beyond);
    Writer header(record);
    header.bytes(hex("17 fefd 0001 000000000001"));
    header.u16(static_cast<std::uint16_t>(record.size() - kRecordHeaderBytes));
    EXPECT_EQ(open(pair.server, record).error,
              beyond == 0 ? Error::Unauthorized : Error::Malformed);
  }
}

TEST(Session, OpensOnlyItsOwnEpoch) {
  LINNET_REQ("SEC-44");
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  Bytes record = seal(pair.client, hex("01"));
  for (const std::uint8_t epoch : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{255}}) {
    record[4] = epoch;
    EXPECT_EQ(open(pair.server, record).error, Error::NotFound);
  }
  record[4] = 1;
  EXPECT_EQ(open(pair.server, record).error, Error::Ok);
}

TEST(Session, OpensOnlyWhatCarriesItsConnectionId) {
  LINNET_REQ("SEC-44");
  SessionPair pair(CipherSuite::PskAes128Ccm8, 4);
  const Bytes record = seal(pair.client, hex("01"));
  Bytes other = record;
  other[11] ^= 1;
  EXPECT_EQ(open(pair.server, other).error, Error::NotFound);
  // Read with an id of another length.
  for (const std::size_t bytes : {0u, 3u, 5u}) {
    Bytes copy = record;
    RecordReader reader(copy, bytes);
    const auto view = reader.next();
    if (view) {
      EXPECT_EQ(pair.server.open(*view, copy).error(), Error::NotFound);
    }
  }
  // RFC 9146 §3: without an id it is invalid, even if the keys are right.
  SessionParameters bare = test_parameters(CipherSuite::PskAes128Ccm8, 4);
  bare.peer = {};
  Session without = *Session::make(bare);
  EXPECT_EQ(open(pair.server, seal(without, hex("01"))).error, Error::NotFound);
  // And an id where none was given out.
  SessionPair plain(CipherSuite::PskAes128Ccm8, 0);
  Bytes with_an_empty_id = seal(plain.client, hex("01"));
  with_an_empty_id[0] = static_cast<std::uint8_t>(ContentType::ConnectionId);
  EXPECT_EQ(open(plain.server, with_an_empty_id).error, Error::NotFound);
  EXPECT_EQ(open(pair.server, record).error, Error::Ok);
}

TEST(Session, AnEmptyConnectionIdMeansPlainRecords) {
  // RFC 9146 §3: the client does not want one, the server does.
  SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 6);
  parameters.own = {};
  parameters.own.used = true;
  SessionPair pair(parameters);
  const Bytes up = seal(pair.client, hex("01"));
  const Bytes down = seal(pair.server, hex("02"));
  EXPECT_EQ(up[0], 25);
  EXPECT_EQ(down[0], 23);
  EXPECT_EQ(open(pair.server, up).plaintext, "01");
  EXPECT_EQ(open(pair.client, down).plaintext, "02");
}

TEST(Session, TakesOnlyContentTypesOfAnEstablishedSession) {
  for (const std::uint8_t id_bytes : {std::uint8_t{0}, std::uint8_t{4}}) {
    for (int type = 0; type < 256; ++type) {
      SessionPair pair(CipherSuite::PskAes128Ccm8, id_bytes);
      const Bytes record = seal(pair.client, hex("aa"), static_cast<ContentType>(type));
      const bool good = type >= 21 && type <= 23;
      const Bytes before = packed(pair.server);
      const Opened opened = open(pair.server, record);
      EXPECT_EQ(opened.error == Error::Ok, good) << type;
      if (!good) {
        EXPECT_EQ(packed(pair.server), before);
      }
    }
  }
}

TEST(Session, RefusesAnotherVersion) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  Bytes record = seal(pair.client, hex("aa"));
  record[2] = 0xFF;
  EXPECT_EQ(open(pair.server, record).error, Error::Malformed);
}

TEST(Session, StopsAtTheLastNumber) {
  SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 0);
  parameters.next_write = kMaxSequence - 1;
  SessionPair pair(parameters);
  Bytes out(100);
  const Bytes one_before = seal(pair.client, hex("01"));
  const Bytes last = seal(pair.client, hex("02"));
  EXPECT_EQ(to_hex(ByteView(last).subspan(3, 8)), "0001ffffffffffff");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pair.client.seal(ContentType::ApplicationData, {}, out).error(), Error::Range);
  }
  // The other side: no number behind the last one is missing from its window either.
  EXPECT_EQ(open(pair.server, last).error, Error::Ok);
  EXPECT_EQ(open(pair.server, one_before).error, Error::Ok);
  EXPECT_EQ(open(pair.server, last).error, Error::Exists);
  Bytes storage = packed(pair.client);
  Reader in(storage);
  auto restored = Session::unpack(in);
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(restored->seal(ContentType::ApplicationData, {}, out).error(), Error::Range);
}

TEST(Session, SaysGoodbyeAndThenOnlyListens) {
  for (const auto& [level, alert, ends] :
       {std::tuple{AlertLevel::Warning, Alert::CloseNotify, true},
        std::tuple{AlertLevel::Fatal, Alert::InternalError, true},
        std::tuple{AlertLevel::Warning, Alert::NoRenegotiation, false}}) {
    SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
    Bytes out(100);
    const auto size = pair.client.seal_alert(level, alert, out);
    ASSERT_TRUE(size.ok());
    out.resize(*size);
    const Opened opened = open(pair.server, out);
    EXPECT_EQ(opened.type, ContentType::Alert);
    EXPECT_EQ(opened.plaintext,
              to_hex(Bytes{static_cast<std::uint8_t>(level), static_cast<std::uint8_t>(alert)}));
    Bytes more(100);
    EXPECT_EQ(pair.client.seal(ContentType::ApplicationData, {}, more).error(),
              ends ? Error::State : Error::Ok);
    EXPECT_EQ(open(pair.client, seal(pair.server, hex("05"))).plaintext, "05");
  }
}

TEST(Wipe, WritesZeros) {
  Bytes secret(50, 0xAA);
  wipe(MutableBytes(secret).subspan(1, 48));
  EXPECT_EQ(std::count(secret.begin(), secret.end(), 0), 48);
  EXPECT_EQ(secret.front(), 0xAA);
  EXPECT_EQ(secret.back(), 0xAA);
  wipe({});
}

TEST(Session, LeavesNothingBehindWhenWiped) {
  Session session = *Session::make(test_parameters(CipherSuite::PskAes256Gcm, 8));
  session.wipe();
  EXPECT_FALSE(session.valid());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&session);
  const Bytes memory(bytes, bytes + sizeof session);
  const SessionParameters parameters = test_parameters(CipherSuite::PskAes256Gcm, 8);
  for (const WriteKeys* keys : {&parameters.write, &parameters.read}) {
    for (std::size_t i = 0; i + 4 <= keys->key.size(); ++i) {
      EXPECT_EQ(std::search(memory.begin(), memory.end(),
                            keys->key.begin() + static_cast<std::ptrdiff_t>(i),
                            keys->key.begin() + static_cast<std::ptrdiff_t>(i) + 4),
                memory.end());
    }
  }
}

TEST(Session, IsAPlainValue) {
  static_assert(std::is_trivially_copyable_v<Session>);
  static_assert(std::is_trivially_destructible_v<Session>);
  EXPECT_LE(sizeof(Session), 208u);
}

}  // namespace
}  // namespace linnet::secure
