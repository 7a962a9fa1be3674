// SPDX-License-Identifier: Apache-2.0
// Pins the sticky cursors, the fixed containers, seeded randomness, time and address texts.
#include <gtest/gtest.h>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/fixed.hpp>
#include <linnet/base/function_ref.hpp>
#include <linnet/base/random.hpp>
#include <linnet/base/time.hpp>

namespace linnet {
namespace {

TEST(Reader, ReadsBigEndianAndIsStickyAfterTheEnd) {
  const std::uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.take(2).size(), 2u);
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_EQ(reader.error(), Error::Truncated);
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_EQ(reader.position(), 5u);
}

TEST(Writer, WritesInsertsAndRefusesWhatDoesNotFit) {
  std::uint8_t storage[6];
  Writer writer(storage);
  writer.u16(0x0102);
  writer.u8(3);
  MutableBytes gap = writer.insert(1, 2);
  ASSERT_EQ(gap.size(), 2u);
  gap[0] = 8;
  gap[1] = 9;
  EXPECT_TRUE(equal(writer.written(), std::array<std::uint8_t, 5>{1, 8, 9, 2, 3}));
  writer.u16(7);
  EXPECT_EQ(writer.error(), Error::NoSpace);
  EXPECT_EQ(writer.size(), 5u);
  writer.u8(1);
  EXPECT_EQ(writer.size(), 5u);
}

TEST(Writer, CountsWithoutStorage) {
  Writer writer;
  writer.text("hello");
  writer.insert(0, 3);
  writer.u64(1);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.size(), 16u);
}

TEST(Text, IsTakenUpToASeparator) {
  std::string_view text = "a/bc//";
  EXPECT_EQ(take_until(text, '/'), "a");
  EXPECT_EQ(take_until(text, '/'), "bc");
  EXPECT_EQ(text, "/");
  EXPECT_EQ(take_until(text, '/'), "");
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(take_until(text, '/'), "");
  text = "all";
  EXPECT_EQ(take_until(text, '/'), "all");
  EXPECT_TRUE(text.empty());
}

TEST(FixedVector, FillsErasesAndClears) {
  FixedVector<int, 3> numbers;
  EXPECT_TRUE(numbers.push_back(1));
  EXPECT_TRUE(numbers.push_back(2));
  EXPECT_TRUE(numbers.push_back(3));
  EXPECT_FALSE(numbers.push_back(4));
  numbers.erase(0);
  EXPECT_EQ(numbers[0], 2);
  EXPECT_EQ(numbers.size(), 2u);
  numbers.clear();
  EXPECT_TRUE(numbers.empty());
}

TEST(FixedBytes, KeepsItsContentWhenTheNewOneDoesNotFit) {
  FixedString<4> name;
  EXPECT_TRUE(name.assign("abcd"));
  EXPECT_FALSE(name.assign("abcde"));
  EXPECT_EQ(name.text(), "abcd");
}

TEST(FunctionRef, CallsALambdaWithState) {
  int sum = 0;
  auto add = [&](int n) { return sum += n; };
  FunctionRef<int(int)> ref = add;
  ref(2);
  EXPECT_EQ(ref(3), 5);
}

TEST(SeededRng, RepeatsForOneSeedAndStaysBelowTheBound) {
  SeededRng a(7);
  SeededRng b(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.below(10), 10u);
    (void)b.below(10);
  }
  EXPECT_EQ(a.next(), b.next());
  EXPECT_EQ(a.below(0), 0u);
}

TEST(Instant, NeverStaysNever) {
  EXPECT_TRUE((Instant::never() + seconds(5)).is_never());
  EXPECT_EQ((Instant{10} + seconds(1)).ms, 1010);
  EXPECT_EQ(earlier(Instant{5}, Instant::never()).ms, 5);
}

TEST(SocketAddress, FormatsAsPeopleWriteIt) {
  char text[48];
  EXPECT_EQ(format(SocketAddress::v4(192, 0, 2, 1, 5683), text), "192.0.2.1:5683");
  SocketAddress v6;
  v6.port = 80;
  EXPECT_EQ(format(v6, text), "[::]:80");
  v6.ip[15] = 1;
  EXPECT_EQ(format(v6, text), "[::1]:80");
  EXPECT_TRUE(v6.is_loopback());
  v6.ip = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(format(v6, text), "[2001:db8:0:1::]:80");
  EXPECT_EQ(format(v6, std::span(text).first(3)), "");
  EXPECT_NE(hash(v6, 1), hash(v6, 2));
}

TEST(Error, EveryOneHasAName) {
  for (int i = 0; i <= static_cast<int>(Error::Io); ++i) {
    EXPECT_STRNE(describe(static_cast<Error>(i)), "unknown error") << i;
  }
}

}  // namespace
}  // namespace linnet
