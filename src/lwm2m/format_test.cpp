// SPDX-License-Identifier: Apache-2.0
// Pins the table of formats, and that all formats mean the same by the same records.
#include <gtest/gtest.h>

#include <linnet/base/random.hpp>

#include <bit>
#include <record_list.hpp>
#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

using test::decode;
using test::encode;
using test::Entries;
using test::Entry;
using test::types_of;

TEST(Formats, AllAreThereInOrder) {
  LINNET_REQ("FMT-01");
  const std::vector<int> expected = {0, 42, 60, 110, 112, 320, 322, 11542, 11543, 11544};
  std::vector<int> ids;
  for (const Format* format : all_formats()) ids.push_back(static_cast<int>(format->id));
  EXPECT_EQ(ids, expected);
}

TEST(Formats, AreFoundByTheirNumberAndTheOldOnes) {
  for (const Format* format : all_formats()) EXPECT_EQ(find(all_formats(), format->id), format);
  EXPECT_EQ(find(all_formats(), ContentFormat::OldText), &kText);
  EXPECT_EQ(find(all_formats(), ContentFormat::OldTlv), &kTlv);
  EXPECT_EQ(find(all_formats(), ContentFormat::OldJson), &kJson10);
  EXPECT_EQ(find(all_formats(), ContentFormat::LinkFormat), nullptr);
  EXPECT_EQ(find(all_formats(), static_cast<ContentFormat>(9999)), nullptr);
  const Format* const small[] = {&kTlv};
  EXPECT_EQ(find(small, ContentFormat::Tlv), &kTlv);
  EXPECT_EQ(find(small, ContentFormat::Text), nullptr);
  EXPECT_EQ(find({}, ContentFormat::Text), nullptr);
}

std::uint64_t bits(SeededRng& rng) { return std::uint64_t{rng.next()} << 32 | rng.next(); }

std::string random_text(SeededRng& rng) {
  static constexpr const char* kPieces[] = {"a", "\"", "\\", "\n", "\xc3\xa4", "\xf0\x9f\x90\xa6",
                                            "/", " ",  "0"};
  std::string text;
  for (std::uint32_t i = rng.below(12); i > 0; --i) text += kPieces[rng.below(std::size(kPieces))];
  return text;
}

Value random_value(SeededRng& rng, std::string& storage) {
  // Numbers of all sizes, as sizes are what encoders decide by.
  const std::uint64_t number = bits(rng) >> rng.below(64);
  switch (rng.below(9)) {
    case 0: return Value::string(storage = random_text(rng));
    case 1:
      return Value::integer(std::bit_cast<std::int64_t>(rng.below(2) == 0 ? number : ~number));
    case 2: return Value::unsigned_integer(number);
    case 3: {
      const double real = std::bit_cast<double>(bits(rng));
      return Value::floating(real - real == 0 ? real : 0.5);  // JSON has no infinities
    }
    case 4: return Value::boolean(rng.below(2) == 1);
    case 5:
      storage.resize(rng.below(40));
      for (char& c : storage) c = static_cast<char>(rng.below(256));
      return Value::opaque(as_bytes(storage));
    case 6: return Value::time(static_cast<std::int64_t>(number >> 1));
    case 7:
      return Value::link({static_cast<Id>(rng.below(65536)), static_cast<Id>(rng.below(65536))});
    default: return Value::corelnk(storage = random_text(rng));
  }
}

Id random_id(SeededRng& rng) {
  return static_cast<Id>(rng.below(4) == 0 ? rng.below(65535) : rng.below(30));
}

/// Records below `base` in path order, no path twice and no single resource that is also multiple.
Entries random_entries(SeededRng& rng, const Path& base) {
  Entries entries;
  std::string storage;
  const std::uint32_t count = base.depth() == 4 ? 1 : rng.below(20);
  for (std::uint32_t i = 0; i < count; ++i) {
    Path path = base;
    while (path.depth() < 3) path = path.child(random_id(rng));
    // Whether a resource is multiple hangs on its number, or on the draw if it is the target.
    if (path.depth() == 3 && path.resource() % 2 == 1) path = path.child(random_id(rng));
    entries.push_back(Entry::of(path, random_value(rng, storage)));
  }
  return test::in_order(entries);
}

TEST(Formats, RandomRecordsMeanTheSameInEach) {
  LINNET_REQ("FMT-01");
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng rng(seed);
    Path base;
    for (std::uint32_t depth = rng.below(4); depth > 0; --depth) base = base.child(random_id(rng));
    const Entries entries = random_entries(rng, base);
    for (const Format* format : all_formats()) {
      SCOPED_TRACE(static_cast<int>(format->id));
      if (format->single) continue;
      if (base.is_root() && format == &kTlv) continue;
      Error error = Error::Ok;
      const auto bytes = encode(*format, base, entries, error);
      ASSERT_EQ(error, Error::Ok);
      Writer counter;
      ASSERT_TRUE(encode(*format, base, entries, counter).ok());
      EXPECT_EQ(counter.size(), bytes.size());
      ASSERT_EQ(decode(*format, bytes, base, error, types_of(entries)), entries);
      ASSERT_EQ(error, Error::Ok);
    }
    for (const Entry& entry : entries) {
      for (const Format* format : {&kText, &kOpaque, &kCbor}) {
        if (format == &kOpaque && entry.value.type() != DataType::Opaque) continue;
        Error error = Error::Ok;
        const auto bytes = encode(*format, entry.path, {entry}, error);
        ASSERT_EQ(error, Error::Ok);
        ASSERT_EQ(decode(*format, bytes, entry.path, error, types_of({entry})), Entries{entry});
      }
    }
  }
}

TEST(Formats, RandomTimesSurvive) {
  LINNET_REQ("FMT-18");
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng rng(seed);
    const Path path(3303, 0, 5700);
    Entries entries;
    double time = 1.6e9 + rng.below(1000000) / 16.0;
    for (std::uint32_t i = rng.below(10); i > 0; --i) {
      switch (rng.below(5)) {
        case 0: time = -static_cast<double>(rng.below(100000)) - 1; break;
        case 1: time = static_cast<double>(bits(rng) >> 20) / 1e6 + 1; break;
        default: time += rng.below(1000) / 10.0; break;
      }
      const bool timed = rng.below(6) != 0 && time != 0;
      entries.push_back(Entry::of(path, Value::floating(rng.below(100) / 4.0),
                                  timed ? std::optional(time) : std::nullopt));
    }
    for (const Format* format : all_formats()) {
      if (!format->timed) continue;
      SCOPED_TRACE(static_cast<int>(format->id));
      Error error = Error::Ok;
      const auto bytes = encode(*format, path, entries, error);
      ASSERT_EQ(error, Error::Ok);
      ASSERT_EQ(decode(*format, bytes, path, error, types_of(entries)), entries) << as_text(bytes);
      ASSERT_EQ(error, Error::Ok);
    }
  }
}

}  // namespace
}  // namespace linnet::lwm2m
