// SPDX-License-Identifier: Apache-2.0
// Pins how long a message is remembered, what is forgotten first, and how copies are answered.
#include <gtest/gtest.h>

#include <array>
#include <hex.hpp>
#include <linnet/coap/dedup.hpp>
#include <string>

namespace linnet::coap {
namespace {

using test::hex;
using test::to_hex;

constexpr TransmissionParameters kDefaults;

Header request(std::uint16_t id, Code code = Code::Get, Type type = Type::Con) {
  return {type, code, id, Token::from_number(0xA0, 1)};
}

class Dedup : public testing::Test {
 protected:
  /// What a copy of message `id` from peer 0 is answered with.
  std::string copy(const DedupEntry& entry, const Header& header) {
    std::array<std::uint8_t, 64> sent{};
    Writer out(sent);
    EXPECT_TRUE(table.answer_copy(entry, header, out).ok());
    return to_hex(out.written());
  }

  std::array<DedupEntry, 3> entries{};
  std::array<std::uint8_t, 48> storage{};  // 16 bytes an entry
  DedupTable table{entries, storage};
};

TEST_F(Dedup, RemembersConForExchangeLifetimeAndNonForNonLifetime) {
  table.add(Instant{1000}, 0, request(7), kDefaults);
  table.add(Instant{1000}, 0, request(8, Code::Get, Type::Non), kDefaults);
  EXPECT_NE(table.find(Instant{247'999}, 0, 7), nullptr);
  EXPECT_EQ(table.find(Instant{248'000}, 0, 7), nullptr);
  EXPECT_NE(table.find(Instant{145'999}, 0, 8), nullptr);
  EXPECT_EQ(table.find(Instant{146'000}, 0, 8), nullptr);
}

TEST_F(Dedup, KnowsOnlyWhatItWasGiven) {
  EXPECT_EQ(table.find(Instant{0}, 0, 0), nullptr);
  table.add(Instant{0}, 1, request(7), kDefaults);
  EXPECT_NE(table.find(Instant{0}, 1, 7), nullptr);
  EXPECT_EQ(table.find(Instant{0}, 0, 7), nullptr);
  EXPECT_EQ(table.find(Instant{0}, 1, 8), nullptr);
  table.add(Instant{0}, 2, request(7), kDefaults);
  table.forget(1);
  EXPECT_EQ(table.find(Instant{0}, 1, 7), nullptr);
  EXPECT_NE(table.find(Instant{0}, 2, 7), nullptr);
}

TEST_F(Dedup, ForgetsTheOldestFirstAndPostsLast) {
  table.add(Instant{0}, 0, request(1, Code::Post), kDefaults);
  table.add(Instant{1}, 0, request(2), kDefaults);
  table.add(Instant{2}, 0, request(3), kDefaults);
  table.add(Instant{3}, 0, request(4), kDefaults);
  EXPECT_NE(table.find(Instant{3}, 0, 1), nullptr);  // the oldest, but a POST
  EXPECT_EQ(table.find(Instant{3}, 0, 2), nullptr);
  table.add(Instant{4}, 0, request(5, Code::Post), kDefaults);
  table.add(Instant{5}, 0, request(6, Code::Post), kDefaults);
  table.add(Instant{6}, 0, request(7), kDefaults);
  EXPECT_EQ(table.find(Instant{6}, 0, 1), nullptr);  // nothing but POSTs was left
  EXPECT_NE(table.find(Instant{6}, 0, 5), nullptr);
  // An expired POST is no better than a free entry.
  table.add(Instant{300'000}, 0, request(8), kDefaults);
  table.add(Instant{300'000}, 0, request(9), kDefaults);
  table.add(Instant{300'000}, 0, request(10), kDefaults);
  for (std::uint16_t id = 8; id <= 10; ++id) {
    EXPECT_NE(table.find(Instant{300'000}, 0, id), nullptr) << id;
  }
}

TEST_F(Dedup, IsSilentUntilAnswered) {
  const DedupEntry* entry = table.add(Instant{0}, 0, request(1, Code::Post), kDefaults);
  EXPECT_EQ(entry->answer, DuplicateAnswer::Silence);
  EXPECT_EQ(copy(*entry, request(1, Code::Post)), "");
}

TEST_F(Dedup, RebuildsAnAnswerThatIsOnlyACode) {
  DedupEntry* entry = table.add(Instant{0}, 0, request(0x0102, Code::Post), kDefaults);
  table.answered(*entry, hex("61 44 01 02 a0"));
  EXPECT_EQ(entry->answer, DuplicateAnswer::Code);
  EXPECT_EQ(entry->code, Code::Changed);
  EXPECT_EQ(copy(*entry, request(0x0102, Code::Post)), "61440102a0");
}

TEST_F(Dedup, RepeatsAnAnswerItCouldKeep) {
  for (std::uint16_t id = 1; id <= 3; ++id) {  // each entry has bytes of its own
    DedupEntry* entry = table.add(Instant{0}, 0, request(id), kDefaults);
    auto answer = hex("61 45 00 00 a0 c0 ff 31");
    answer[3] = static_cast<std::uint8_t>(id);
    table.answered(*entry, answer);
    EXPECT_EQ(entry->answer, DuplicateAnswer::Replay);
  }
  for (std::uint16_t id = 1; id <= 3; ++id) {
    const DedupEntry* entry = table.find(Instant{0}, 0, id);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(copy(*entry, request(id)), "6145000" + std::to_string(id) + "a0c0ff31");
    std::array<std::uint8_t, 7> small{};
    Writer out(small);
    EXPECT_EQ(table.answer_copy(*entry, request(id), out).error(), Error::NoSpace);
  }
}

TEST_F(Dedup, AnswerTooBigToKeepRunsAgainOnlyIfThatIsSafe) {
  const auto big = hex("61 45 00 01 a0 ff 01 02 03 04 05 06 07 08 09 0a 0b");
  DedupEntry* get = table.add(Instant{0}, 0, request(1), kDefaults);
  table.answered(*get, big);
  EXPECT_EQ(get->answer, DuplicateAnswer::Rerun);
  EXPECT_EQ(copy(*get, request(1)), "");

  for (const Code code : {Code::Post, Code::Patch}) {
    DedupEntry* post = table.add(Instant{0}, 0, request(1, code), kDefaults);
    table.answered(*post, big);
    EXPECT_EQ(post->answer, DuplicateAnswer::Code);
    EXPECT_EQ(copy(*post, request(1, code)), "61450001a0");
  }
}

TEST_F(Dedup, AcknowledgesAgainWhatIsAnsweredSeparately) {
  DedupEntry* entry = table.add(Instant{0}, 0, request(1), kDefaults);
  table.answered(*entry, hex("60 00 00 01"));
  EXPECT_EQ(copy(*entry, request(1)), "60000001");
  table.answered(*entry, hex("41 45 77 77 a0 ff 01"));  // the separate response went out
  EXPECT_EQ(copy(*entry, request(1)), "60000001");

  DedupEntry* non = table.add(Instant{0}, 0, request(2, Code::Get, Type::Non), kDefaults);
  table.answered(*non, hex("51 45 77 78 a0 ff 01"));
  EXPECT_EQ(copy(*non, request(2, Code::Get, Type::Non)), "");
}

TEST_F(Dedup, RejectsAgainWhatWasRejected) {
  DedupEntry* entry = table.add(Instant{0}, 0, request(1), kDefaults);
  table.answered(*entry, hex("70 00 00 01"));
  EXPECT_EQ(copy(*entry, request(1)), "70000001");
}

TEST_F(Dedup, WithoutStorageNothingIsKept) {
  DedupTable bare(entries, {});
  DedupEntry* entry = bare.add(Instant{0}, 0, request(1), kDefaults);
  bare.answered(*entry, hex("61 45 00 01 a0 ff 01"));
  EXPECT_EQ(entry->answer, DuplicateAnswer::Rerun);
  DedupTable none({}, {});
  EXPECT_EQ(none.add(Instant{0}, 0, request(1), kDefaults), nullptr);
  EXPECT_EQ(none.find(Instant{0}, 0, 1), nullptr);
}

}  // namespace
}  // namespace linnet::coap
