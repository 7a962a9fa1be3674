// SPDX-License-Identifier: Apache-2.0
// Pins the stored form of a session, and that no number is used twice whatever is lost on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <hex.hpp>
#include <linnet/base/random.hpp>
#include <linnet/secure/session.hpp>
#include <optional>
#include <requirement.hpp>
#include <set>
#include <vector>

#include "test_session.hpp"

namespace linnet::secure {
namespace {

using test::hex;
using test::to_hex;

using Bytes = std::vector<std::uint8_t>;

constexpr CipherSuite kSuites[] = {CipherSuite::PskAes128Ccm8, CipherSuite::EcdheEcdsaAes128Ccm,
                                   CipherSuite::PskAes128Gcm, CipherSuite::PskAes256Gcm,
                                   CipherSuite::EcdheEcdsaChaCha20Poly1305};

struct Packed {
  Bytes bytes;
  std::uint64_t mark = 0;
};

Packed pack(Session& session, std::uint32_t ahead) {
  Packed result;
  result.bytes.resize(300);
  Writer out(result.bytes);
  result.mark = session.pack(out, ahead);
  EXPECT_TRUE(out.ok());
  result.bytes.resize(out.size());
  return result;
}

Result<Session> unpack(const Bytes& bytes) {
  Reader in(bytes);
  auto session = Session::unpack(in);
  if (session.ok()) {
    EXPECT_TRUE(in.empty());
  }
  return session;
}

/// The number of the record it seals next; nothing if it refuses.
std::optional<std::uint64_t> use_number(Session& session, Error* why = nullptr) {
  Bytes out(200);
  const auto size = session.seal(ContentType::ApplicationData, {}, out);
  if (why != nullptr) *why = size.error();
  if (!size.ok()) return {};
  RecordReader reader(ByteView(out).first(*size), session.peer_id().size);
  return reader.next()->sequence;
}

TEST(SessionPacking, HasAFixedForm) {
  SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 2);
  parameters.next_write = 5;
  parameters.next_read = 3;
  parameters.peer = {};
  Session session = *Session::make(parameters);
  const Packed packed = pack(session, 16);
  EXPECT_EQ(packed.mark, 21u);
  EXPECT_EQ(to_hex(packed.bytes), to_hex(hex("12 c0a8 00000000000015 00000000000003"
                                             "0000000000000007"
                                             "101112131415161718191a1b1c1d1e1f a0a1a2a3"
                                             "505152535455565758595a5b5c5d5e5f b0b1b2b3"
                                             "02 d0d1 00")));
  // Counting gives the same size and promises nothing.
  Session fresh = *Session::make(parameters);
  Writer counter;
  (void)fresh.pack(counter, 16);
  EXPECT_EQ(counter.size(), packed.bytes.size());
  EXPECT_GT(fresh.mark(), kMaxSequence);
  EXPECT_EQ(pack(fresh, 0).mark, 5u);
}

TEST(SessionPacking, ComesBackAsItWas) {
  for (const CipherSuite suite : kSuites) {
    for (const std::uint8_t id_bytes : {std::uint8_t{0}, std::uint8_t{8}, std::uint8_t{32}}) {
      SessionPair pair(suite, id_bytes);
      Bytes record(200);
      for (int i = 0; i < 70; ++i) (void)use_number(pair.client);
      const auto size = pair.client.seal(ContentType::ApplicationData, hex("0102"), record);
      record.resize(*size);
      RecordReader reader(record, id_bytes);
      const RecordView view = *reader.next();
      Bytes copy = record;
      RecordReader copied(copy, id_bytes);
      ASSERT_TRUE(pair.server.open(*copied.next(), copy).ok());

      const Packed packed = pack(pair.server, 0);
      auto restored = unpack(packed.bytes);
      ASSERT_TRUE(restored.ok());
      EXPECT_EQ(restored->suite(), suite);
      EXPECT_TRUE(equal(restored->own_id().view(), pair.server.own_id().view()));
      EXPECT_TRUE(equal(restored->peer_id().view(), pair.server.peer_id().view()));
      EXPECT_EQ(pack(*restored, 0).bytes, packed.bytes);
      // The same window and keys.
      EXPECT_EQ(restored->open(view, record).error(), Error::Exists);
      restored->reserved(packed.mark + 10);
      EXPECT_EQ(use_number(*restored), 0u);
      EXPECT_LE(packed.bytes.size(), 68u + 48 + 64);
    }
  }
}

TEST(SessionPacking, TellsWhatWasSeenWithoutBeingUnpacked) {
  LINNET_REQ("SEC-01");
  for (const CipherSuite suite : kSuites) {
    SessionPair pair(suite, 5);
    std::vector<Bytes> records;
    for (int i = 0; i < 100; ++i) {
      Bytes record(100);
      const auto size = pair.client.seal(ContentType::ApplicationData, hex("0102"), record);
      record.resize(*size);
      records.push_back(record);
    }
    EXPECT_FALSE(Session::packed_seen(pack(pair.server, 0).bytes, 0));
    for (const std::size_t number : {3u, 70u, 68u, 99u, 36u}) {
      RecordReader reader(records[number], 5);
      (void)pair.server.open(*reader.next(), records[number]);
    }
    const Packed packed = pack(pair.server, 0);
    EXPECT_EQ(Session::packed_suite(packed.bytes), suite);
    for (std::size_t number = 0; number < records.size(); ++number) {
      const bool open = !Session::packed_seen(packed.bytes, number);
      const bool expected =
          number >= 36 && number != 36 && number != 68 && number != 70 && number != 99;
      EXPECT_EQ(open, expected) << number;
    }
    EXPECT_FALSE(Session::packed_seen(packed.bytes, 100));
  }
}

TEST(SessionPacking, OfAClosedSessionStaysClosed) {
  SessionPair pair(CipherSuite::PskAes128Ccm8, 0);
  Bytes out(100);
  ASSERT_TRUE(pair.client.seal_alert(AlertLevel::Warning, Alert::CloseNotify, out).ok());
  auto restored = unpack(pack(pair.client, 100).bytes);
  restored->reserved(1000);
  Error why = Error::Ok;
  EXPECT_FALSE(use_number(*restored, &why));
  EXPECT_EQ(why, Error::State);
}

TEST(SessionPacking, CutAtAnyLengthIsRefused) {
  SessionPair pair(CipherSuite::PskAes256Gcm, 7);
  const Packed packed = pack(pair.client, 0);
  for (std::size_t size = 0; size < packed.bytes.size(); ++size) {
    Reader in(ByteView(packed.bytes).first(size));
    EXPECT_EQ(Session::unpack(in).error(), Error::Truncated) << size;
  }
  // And into any room that is too small.
  for (std::size_t size = 1; size < packed.bytes.size(); ++size) {
    Bytes storage(size);
    Writer out(storage);
    (void)pair.client.pack(out);
    EXPECT_EQ(out.error(), Error::NoSpace);
  }
  EXPECT_GT(pair.client.mark(), kMaxSequence) << "what was not written promises nothing";
}

TEST(SessionPacking, RefusesWhatNoSessionCanBe) {
  struct Case {
    const char* name;
    std::size_t at;
    const char* bytes;
    Error error;
  };
  for (const Case& wrong : {Case{"another version", 0, "26", Error::Unsupported},
                            Case{"an unknown flag", 0, "1e", Error::Unsupported},
                            Case{"no suite", 1, "0000", Error::Unsupported},
                            Case{"a CBC suite", 1, "00ae", Error::Unsupported},
                            Case{"a number after the last", 3, "01000000000001", Error::Malformed},
                            Case{"the same received", 10, "01000000000001", Error::Malformed},
                            Case{"a window of nothing", 10, "00000000000000", Error::Malformed},
                            Case{"a window without the newest", 24, "06", Error::Malformed},
                            Case{"a window before the first", 24, "0f", Error::Malformed},
                            Case{"a long connection id", 65, "21", Error::Malformed},
                            Case{"an id that is not used", 0, "14", Error::Malformed}}) {
    SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 2);
    parameters.next_read = 3;
    Session session = *Session::make(parameters);
    Bytes bytes = pack(session, 0).bytes;
    bytes.resize(bytes.size() + 100);  // so that nothing is merely cut
    const Bytes patch = hex(wrong.bytes);
    std::copy(patch.begin(), patch.end(), bytes.begin() + static_cast<std::ptrdiff_t>(wrong.at));
    Reader in(bytes);
    EXPECT_EQ(Session::unpack(in).error(), wrong.error) << wrong.name;
  }
}

TEST(SessionPacking, NothingIsSealedBeforeItIsStored) {
  Session session = *Session::make(test_parameters(CipherSuite::PskAes128Ccm8, 0));
  EXPECT_FALSE(session.needs_reservation());
  const Packed first = pack(session, 4);
  // Even unstored the session keeps to what it wrote: the store may be busy.
  for (std::uint64_t number = 0; number < 4; ++number) EXPECT_EQ(use_number(session), number);
  Error why = Error::Ok;
  EXPECT_FALSE(use_number(session, &why));
  EXPECT_EQ(why, Error::Busy);

  auto restored = unpack(first.bytes);
  EXPECT_FALSE(use_number(*restored, &why));
  EXPECT_EQ(why, Error::Busy) << "nothing is set aside yet";
  EXPECT_TRUE(restored->needs_reservation(4));
  const Packed second = pack(*restored, 4);
  EXPECT_EQ(second.mark, 8u);
  EXPECT_FALSE(use_number(*restored)) << "not stored yet";
  restored->reserved(second.mark);
  EXPECT_EQ(use_number(*restored), 4u);
}

TEST(SessionPacking, AsksForMoreAtHalf) {
  Session session = *Session::make(test_parameters(CipherSuite::PskAes128Ccm8, 0));
  session.reserved(pack(session, 10).mark);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(session.needs_reservation(10));
    (void)use_number(session);
  }
  EXPECT_FALSE(session.needs_reservation(10)) << "half is left";
  (void)use_number(session);
  EXPECT_TRUE(session.needs_reservation(10));
  session.reserved(pack(session, 10).mark);
  EXPECT_FALSE(session.needs_reservation(10));
  EXPECT_EQ(session.mark(), 16u);
}

TEST(SessionPacking, NothingIsLeftToSetAsideAtTheEnd) {
  SessionParameters parameters = test_parameters(CipherSuite::PskAes128Ccm8, 0);
  parameters.next_write = kMaxSequence - 2;
  Session session = *Session::make(parameters);
  const Packed packed = pack(session, 100);
  EXPECT_EQ(packed.mark, kMaxSequence + 1);
  session.reserved(packed.mark);
  EXPECT_FALSE(session.needs_reservation(100));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(use_number(session));
  Error why = Error::Ok;
  EXPECT_FALSE(use_number(session, &why));
  EXPECT_EQ(why, Error::Range);
  auto restored = unpack(packed.bytes);
  EXPECT_FALSE(use_number(*restored, &why));
  EXPECT_EQ(why, Error::Range);
}

/// An owner as it may be: it stores late and in order, sleeps now and then, and can be killed
/// between any two steps.
class Owner {
 public:
  Owner(Session session, std::uint32_t ahead) : session_(session), ahead_(ahead) {
    // The first copy is on storage before anything goes out.
    write();
    commit();
  }

  void write() { waiting_.push_back(pack(session_, ahead_)); }
  void commit() {
    if (waiting_.empty()) return;
    stored_ = waiting_.front().bytes;
    session_.reserved(waiting_.front().mark);
    waiting_.pop_front();
  }
  /// Off to the table of sleeping sessions and back.
  void sleep() {
    const std::uint64_t mark = session_.mark();
    const Packed packed = pack(session_, 0);
    session_ = *unpack(packed.bytes);
    session_.reserved(mark);
  }
  void crash() {
    waiting_.clear();
    session_ = *unpack(stored_);
  }
  std::optional<std::uint64_t> send() {
    const auto number = use_number(session_);
    if (session_.needs_reservation(ahead_) && waiting_.empty()) write();
    return number;
  }
  void set_ahead(std::uint32_t ahead) {
    if (waiting_.empty()) ahead_ = ahead;
  }

 private:
  Session session_;
  std::uint32_t ahead_;
  Bytes stored_;
  std::deque<Packed> waiting_;
};

TEST(SessionPacking, NeverRepeatsANumberWhereverItIsKilled) {
  LINNET_REQ("SEC-07");
  std::size_t sent = 0;
  std::size_t crashes = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng rng(seed);
    Owner owner(*Session::make(test_parameters(CipherSuite::PskAes128Ccm8, 0)), 1 + rng.below(20));
    std::set<std::uint64_t> used;
    for (int step = 0; step < 500; ++step) {
      switch (rng.below(12)) {
        case 0:
          owner.crash();
          ++crashes;
          break;
        case 1: owner.write(); break;
        case 2:
        case 3: owner.commit(); break;
        case 4: owner.sleep(); break;
        case 5: owner.set_ahead(1 + rng.below(20)); break;
        default:
          if (const auto number = owner.send()) {
            ASSERT_TRUE(used.insert(*number).second) << *number << " was used before";
            ++sent;
          }
      }
    }
  }
  EXPECT_GT(sent, 20'000u) << "it is not refusal that keeps the numbers apart";
  EXPECT_GT(crashes, 5'000u);
}

}  // namespace
}  // namespace linnet::secure
