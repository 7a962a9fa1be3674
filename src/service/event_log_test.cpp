// SPDX-License-Identifier: Apache-2.0
// Pins the event log in memory: order, bounds, what is shown when, chunks and their text.
#include <gtest/gtest.h>

#include <thread>

#include <linnet/service/event_log.hpp>

namespace linnet::service {
namespace {

void publish(EventLog& log, int count, EventKind kind = EventKind::Value) {
  for (int i = 0; i < count; ++i) log.publish(kind, "dev", "{\"n\":" + std::to_string(i) + "}");
}

TEST(EventLog, GivesEventsInOrderFromAnyPosition) {
  EventLog log(1 << 20, "run");
  EXPECT_EQ(log.latest(), 0u);
  EXPECT_EQ(log.find(0).chunk, nullptr);
  publish(log, 5);
  for (std::uint64_t after = 0; after < 5; ++after) {
    const auto found = log.find(after);
    ASSERT_NE(found.chunk, nullptr);
    EXPECT_FALSE(found.behind);
    EXPECT_LE(found.chunk->first(), after + 1);
    EXPECT_GE(found.chunk->last(), after + 1);
  }
  EXPECT_EQ(log.find(5).chunk, nullptr);
  EXPECT_EQ(log.find(99).chunk, nullptr);
}

TEST(EventLog, ForgetsTheOldestAndSaysSo) {
  EventLog log(4096, "run");
  for (int i = 0; i < 100; ++i) log.publish(EventKind::Send, "dev", std::string(1000, 'x'));
  const auto found = log.find(2);
  EXPECT_TRUE(found.behind);
  EXPECT_GT(found.chunk->first(), 95u);
  EXPECT_EQ(log.find(99).chunk->last(), 100u);
  // One that is larger than everything is there all the same.
  log.publish(EventKind::Send, "dev", std::string(100'000, 'x'));
  EXPECT_EQ(log.find(100).chunk->size(), 1u);
  EXPECT_TRUE(log.find(99).behind);
}

TEST(EventLog, AChunkKeepsWhatWasPutIntoIt) {
  EventChunk chunk(7);
  const std::vector<lwm2m::Path> paths{lwm2m::Path(3303, 0, 5700), lwm2m::Path(3)};
  chunk.add(EventKind::Value, "urn:a", "{\"x\":1}", paths);
  chunk.add(EventKind::Alarm, "", "{\"y\":2}", {});
  const auto copy = EventChunk::parse(7, chunk.body());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->first(), 7u);
  EXPECT_EQ(copy->last(), 8u);
  EXPECT_EQ((*copy)[0].sequence, 7u);
  EXPECT_EQ((*copy)[0].kind, EventKind::Value);
  EXPECT_EQ((*copy)[0].endpoint, "urn:a");
  EXPECT_EQ((*copy)[0].paths(), 2u);
  EXPECT_EQ((*copy)[0].path(0), paths[0]);
  EXPECT_EQ((*copy)[0].path(1), paths[1]);
  EXPECT_EQ((*copy)[0].data, "{\"x\":1}");
  EXPECT_EQ((*copy)[1].endpoint, "");
  EXPECT_EQ((*copy)[1].data, "{\"y\":2}");
  EXPECT_EQ(copy->text(0, "ab").stream,
            "id: ab-7\nevent: value\ndata: {\"id\":\"ab-7\",\"x\":1}\n\n");
  EXPECT_EQ(copy->text(1, "ab").json, "{\"id\":\"ab-8\",\"y\":2}");
}

TEST(EventLog, AChunkThatWasCutOrChangedIsNone) {
  EventChunk chunk(1);
  chunk.add(EventKind::Send, "urn:a", "{\"x\":1}", std::vector{lwm2m::Path(3, 0)});
  const ByteView body = chunk.body();
  for (std::size_t size = 1; size < body.size(); ++size) {
    EXPECT_EQ(EventChunk::parse(1, body.first(size)), nullptr) << size;
  }
  for (std::size_t i = 0; i < 9; ++i) {
    std::vector<std::uint8_t> bytes(body.begin(), body.end());
    bytes[i] = 0xFF;
    EXPECT_EQ(EventChunk::parse(1, bytes), nullptr) << i;
  }
}

TEST(EventLog, ManyPathsBecomeTheFewAboveThem) {
  std::vector<lwm2m::Path> paths;
  for (lwm2m::Id i = 0; i < 500; ++i) paths.emplace_back(3303, static_cast<lwm2m::Id>(i % 50), i);
  EventChunk chunk(1);
  chunk.add(EventKind::Send, "a", "{}", paths);
  EXPECT_EQ(chunk[0].paths(), 50u);
  for (const auto& path : paths) {
    bool touched = false;
    for (std::size_t i = 0; i < 50; ++i) touched = touched || chunk[0].path(i).touches(path);
    EXPECT_TRUE(touched);
  }
}

TEST(EventLog, KnowsItsOwnIdsOnly) {
  EventLog log(100, "ab12");
  EXPECT_EQ(log.id(7), "ab12-7");
  EXPECT_EQ(log.parse_id("ab12-7"), 7u);
  for (const char* text :
       {"", "ab12", "ab12-", "ab12-x", "ab12-7x", "ab13-7", "7", "ab12-99999999999999999999"}) {
    EXPECT_FALSE(log.parse_id(text).has_value()) << text;
  }
}

TEST(EventLog, NamesGoBothWays) {
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(find_event_kind(name(kind)), kind);
  }
  EXPECT_FALSE(find_event_kind("nothing").has_value());
}

TEST(EventLog, NumbersThatNobodyUsedAreNotLost) {
  EventLog log(1000, "run");
  log.hold(101, "run", {{10, 100}});
  EXPECT_EQ(log.count_between(10, 101), 0u);
  EXPECT_EQ(log.count_between(8, 103), 4u);
  EXPECT_EQ(log.count_between(50, 101), 0u);
  EXPECT_EQ(log.count_between(101, 102), 0u);
  EXPECT_TRUE(log.is_unused(11));
  EXPECT_TRUE(log.is_unused(100));
  EXPECT_FALSE(log.is_unused(10));
  EXPECT_FALSE(log.is_unused(101));
}

TEST(EventLog, HeldEventsAreShownWhenTheyAreStored) {
  EventLog log(1 << 20, "run");
  int shown = 0;
  log.hold(5, "kept", {});
  log.on([&] { ++shown; }, [] { FAIL() << "this thread stores by itself"; });
  EXPECT_EQ(log.publish(EventKind::Value, "a", "{\"x\":1}"), 5u);
  EXPECT_EQ(log.latest(), 4u);
  EXPECT_EQ(log.published(), 5u);
  EXPECT_EQ(log.find(0).chunk, nullptr);
  const auto chunks = log.unwritten(1 << 20);
  ASSERT_EQ(chunks.size(), 1u);
  // What comes meanwhile waits for the next commit.
  EXPECT_EQ(log.publish(EventKind::Value, "a", "{\"x\":2}"), 6u);
  log.stored(chunks.size());
  EXPECT_EQ(shown, 1);
  EXPECT_EQ(log.latest(), 5u);
  EXPECT_EQ(log.find(5).chunk, nullptr);
  EXPECT_TRUE(log.has_unwritten());
  log.stored(log.unwritten(1 << 20).size());
  EXPECT_EQ(log.latest(), 6u);
  EXPECT_FALSE(log.has_unwritten());
}

TEST(EventLog, WhatDidNotFitIntoACommitIsNotShownWithIt) {
  EventLog log(1 << 20, "run");
  log.hold(1, "run", {});
  for (int i = 0; i < 5000; ++i) log.publish(EventKind::Value, "a", "{\"x\":1}");
  const auto chunks = log.unwritten(1);
  ASSERT_EQ(chunks.size(), 1u);
  log.stored(1);
  EXPECT_EQ(log.latest(), chunks[0]->last());
  EXPECT_LT(log.latest(), 5000u);
  EXPECT_EQ(log.find(log.latest()).chunk, nullptr);
}

TEST(EventLog, AnEventOfAnotherThreadAsksForTheStore) {
  EventLog log(1 << 20, "run");
  int asked = 0;
  log.hold(1, "run", {});
  log.on([] {}, [&] { ++asked; });
  std::thread([&] { publish(log, 3); }).join();
  EXPECT_EQ(asked, 1);
  log.stored(log.unwritten(1 << 20).size());
  std::thread([&] { publish(log, 1); }).join();
  EXPECT_EQ(asked, 2);
}

TEST(EventLog, WhileNothingCanBeStoredReadersSeeEventsAndTheNewestAreKept) {
  EventLog log(1 << 20, "run");
  log.hold(1, "run", {});
  for (int i = 0; i < 100; ++i) {
    log.publish(EventKind::Value, "a", "{\"x\":\"" + std::string(1000, 'x') + "\"}");
    (void)log.unwritten(1000);
    log.unstored(20'000, true);
    EXPECT_EQ(log.latest(), static_cast<std::uint64_t>(i + 1));
  }
  EXPECT_LE(log.waiting_bytes(), 20'000u);
  const auto found = log.find(0);
  EXPECT_TRUE(found.behind);
  EXPECT_EQ(found.chunk->first(), log.dropped() + 1);
  EXPECT_GT(log.dropped(), 80u);
  std::uint64_t next = log.dropped() + 1;
  while (log.has_unwritten()) {
    const auto chunks = log.unwritten(3000);
    ASSERT_FALSE(chunks.empty());
    for (const auto& chunk : chunks) {
      EXPECT_EQ(chunk->first(), next);
      next = chunk->last() + 1;
    }
    log.stored(chunks.size());
  }
  EXPECT_EQ(next, 101u);
}

TEST(EventLog, AChunkIsBounded) {
  EventLog log(64u << 20, "run");
  log.hold(1, "run", {});
  for (int i = 0; i < 10'000; ++i) log.publish(EventKind::Value, "d", "{\"x\":1}");
  for (const auto& chunk : log.unwritten(64u << 20)) EXPECT_LE(chunk->size(), 4096u);
  log.stored(100);
  for (int i = 0; i < 1000; ++i) log.publish(EventKind::Value, "d", std::string(1000, 'x'));
  for (const auto& chunk : log.unwritten(64u << 20)) EXPECT_LE(chunk->body().size(), 258u * 1024);
}

}  // namespace
}  // namespace linnet::service
