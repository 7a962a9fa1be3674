// SPDX-License-Identifier: Apache-2.0
// Pins the event ring (order, bounds, what a slow reader is told) and its form as a stream.
#include <gtest/gtest.h>

#include <linnet/service/event_log.hpp>

#include "service/event_stream.hpp"

namespace linnet::service {
namespace {

void publish(EventLog& log, int count, EventKind kind = EventKind::Value) {
  for (int i = 0; i < count; ++i) log.publish(kind, "dev", "{\"n\":" + std::to_string(i) + "}");
}

TEST(EventLog, GivesEventsInOrderFromAnyPosition) {
  EventLog log(100, 1 << 20, "run");
  EXPECT_EQ(log.latest(), 0u);
  EXPECT_TRUE(log.read(0, 10).events.empty());
  publish(log, 5);
  const auto batch = log.read(2, 10);
  ASSERT_EQ(batch.events.size(), 3u);
  EXPECT_EQ(batch.missed, 0u);
  EXPECT_EQ(batch.events[0]->sequence, 3u);
  EXPECT_EQ(log.read(0, 2).events.size(), 2u);
  EXPECT_TRUE(log.read(5, 10).events.empty());
  EXPECT_TRUE(log.read(99, 10).events.empty());
}

TEST(EventLog, ForgetsTheOldestAndSaysHowMany) {
  EventLog log(3, 1 << 20, "run");
  publish(log, 10);
  const auto batch = log.read(2, 10);
  EXPECT_EQ(batch.missed, 5u);
  ASSERT_EQ(batch.events.size(), 3u);
  EXPECT_EQ(batch.events[0]->sequence, 8u);
}

TEST(EventLog, IsBoundedInBytesToo) {
  EventLog log(1000, 100, "run");
  for (int i = 0; i < 10; ++i) log.publish(EventKind::Send, "dev", std::string(40, 'x'));
  EXPECT_EQ(log.read(0, 100).events.size(), 2u);
  log.publish(EventKind::Send, "dev", std::string(1000, 'x'));
  EXPECT_EQ(log.read(0, 100).events.size(), 1u);
}

TEST(EventLog, KnowsItsOwnIdsOnly) {
  EventLog log(3, 100, "ab12");
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

TEST(EventStream, WritesServerSentEvents) {
  EventLog log(100, 1 << 20, "run");
  EventStream stream(log, {}, 0, false);
  std::string out;
  EXPECT_TRUE(stream.next(out));
  EXPECT_EQ(out, "retry: 2000\nid: run-0\nevent: hello\ndata: {\"type\":\"hello\"}\n\n");
  publish(log, 1);
  out.clear();
  EXPECT_TRUE(stream.next(out));
  EXPECT_EQ(out, "id: run-1\nevent: value\ndata: {\"id\":\"run-1\",\"n\":0}\n\n");
  out.clear();
  EXPECT_TRUE(stream.next(out));
  EXPECT_EQ(out, "");
}

TEST(EventStream, FiltersByTypeAndEndpoint) {
  EventLog log(100, 1 << 20, "run");
  EventFilter filter;
  filter.kinds.set(static_cast<std::size_t>(EventKind::Send));
  filter.endpoint = "b";
  EventStream stream(log, filter, 0, false);
  std::string out;
  stream.next(out);
  log.publish(EventKind::Value, "b", "{\"x\":1}");
  log.publish(EventKind::Send, "a", "{\"x\":2}");
  log.publish(EventKind::Send, "b", "{\"x\":3}");
  out.clear();
  stream.next(out);
  EXPECT_EQ(out, "id: run-3\nevent: send\ndata: {\"id\":\"run-3\",\"x\":3}\n\n");
}

TEST(EventStream, TellsASlowReaderWhatItLost) {
  EventLog log(2, 1 << 20, "run");
  publish(log, 5);
  EventStream stream(log, {}, 1, true);
  std::string out;
  stream.next(out);
  EXPECT_NE(out.find("event: lost\ndata: {\"type\":\"lost\"}\n\n"), std::string::npos);
  EXPECT_NE(out.find("event: lost\ndata: {\"type\":\"lost\",\"events\":2}\n\n"), std::string::npos);
  EXPECT_NE(out.find("id: run-4\n"), std::string::npos);
}

TEST(EventStream, APieceIsBounded) {
  EventLog log(5000, 64u << 20, "run");
  for (int i = 0; i < 5000; ++i)
    log.publish(EventKind::Value, "d", "{\"x\":\"" + std::string(100, 'x') + "\"}");
  EventStream stream(log, {}, 0, false);
  std::size_t total = 0;
  for (std::string out; stream.next(out), !out.empty(); out.clear()) {
    EXPECT_LT(out.size(), 200u * 1024);
    for (std::size_t at = 0; (at = out.find("event: value", at)) != std::string::npos; ++at)
      ++total;
  }
  EXPECT_EQ(total, 5000u);
}

}  // namespace
}  // namespace linnet::service
