// SPDX-License-Identifier: Apache-2.0
// Pins the event log as a stream: its form, filters, resuming, what a slow reader is told, bounds.
#include "service/event_stream.hpp"

#include <gtest/gtest.h>
#include <event_bench.hpp>

namespace linnet::service {
namespace {

using test::EventBench;

std::string take(EventStream& stream) {
  std::string out;
  EXPECT_TRUE(stream.next(out));
  return out;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++found;
  return found;
}

TEST(EventStream, WritesServerSentEvents) {
  EventLog log(1 << 20, "run");
  EventReader reader(log);
  EventStream stream(reader, {}, reader.latest());
  EXPECT_EQ(
      take(stream),
      "retry: 2000\nid: run-0\nevent: hello\ndata: {\"id\":\"run-0\",\"type\":\"hello\"}\n\n");
  log.publish(EventKind::Value, "a", "{\"n\":0}");
  EXPECT_EQ(take(stream), "id: run-1\nevent: value\ndata: {\"id\":\"run-1\",\"n\":0}\n\n");
  EXPECT_EQ(take(stream), "");
}

TEST(EventStream, WritesTheMessagesOfAWebSocket) {
  EventLog log(1 << 20, "run");
  EventReader reader(log);
  EventStream stream(reader, {}, reader.latest(), EventStream::Form::Frames);
  EXPECT_EQ(take(stream), "\x81\x1d{\"id\":\"run-0\",\"type\":\"hello\"}");
  log.publish(EventKind::Value, "a", "{\"n\":0}");
  log.publish(EventKind::Value, "a", "{\"n\":1}");
  EXPECT_EQ(take(stream), "\x81\x14{\"id\":\"run-1\",\"n\":0}\x81\x14{\"id\":\"run-2\",\"n\":1}");
}

TEST(EventStream, LetsThroughWhatTheFilterDoes) {
  EventLog log(1 << 20, "run");
  EventReader reader(log);
  EventFilter filter;
  filter.add_types("send");
  filter.add_endpoint("b");
  EventStream stream(reader, filter, reader.latest());
  (void)take(stream);
  log.publish(EventKind::Value, "b", "{\"x\":1}");
  log.publish(EventKind::Send, "a", "{\"x\":2}");
  log.publish(EventKind::Send, "b", "{\"x\":3}");
  EXPECT_EQ(take(stream), "id: run-3\nevent: send\ndata: {\"id\":\"run-3\",\"x\":3}\n\n");
}

TEST(EventStream, TellsASlowReaderWhatItLost) {
  EventLog log(2000, "run");
  EventReader reader(log);
  for (int i = 0; i < 50; ++i) log.publish(EventKind::Value, "a", "{\"x\":1}");
  EventStream stream(reader, {}, {1, true});
  const std::string text = take(stream);
  EXPECT_NE(text.find("event: lost\ndata: {\"id\":\"run-1\",\"type\":\"lost\"}\n\n"),
            std::string::npos);
  const std::size_t events = count(text, "event: value");
  EXPECT_NE(text.find("\"type\":\"lost\",\"events\":" + std::to_string(49 - events) + "}"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("id: run-50\n"), std::string::npos);
}

TEST(EventStream, AReaderWhoseFilterLetsLittleThroughIsToldWhereItIs) {
  EventLog log(1 << 20, "run");
  EventReader reader(log);
  EventFilter filter;
  filter.add_types("alarm");
  EventStream stream(reader, filter, reader.latest());
  (void)take(stream);
  for (int i = 0; i < 999; ++i) log.publish(EventKind::Value, "a", "{\"x\":1}");
  EXPECT_EQ(take(stream), "");
  log.publish(EventKind::Value, "a", "{\"x\":1}");
  EXPECT_EQ(take(stream),
            "id: run-1000\nevent: position\ndata: {\"id\":\"run-1000\",\"type\":\"position\"}\n\n");
}

TEST(EventStream, APieceIsBoundedAndSoIsWhatIsLookedThroughForIt) {
  EventBench bench({}, 100'000);
  const std::string data = "{\"x\":\"" + std::string(1000, 'x') + "\"}";
  for (int i = 0; i < 5000; ++i) {
    bench.publish(data);
    if (i % 10 == 0) bench.commit();
  }
  bench.commit();
  EventReader reader = bench.reader();
  EventStream stream(reader, {}, reader.oldest());
  std::size_t total = 0;
  for (std::string out = take(stream); !out.empty(); out = take(stream)) {
    EXPECT_LT(out.size(), 70u * 1024);
    EXPECT_EQ(count(out, "event: position"), 0u);
    total += count(out, "event: value");
  }
  EXPECT_EQ(total, 5000u);

  EventFilter filter;
  filter.add_types("alarm");
  EventStream nothing(reader, filter, reader.oldest());
  int pieces = 1;
  for (std::string out = take(nothing); !out.empty(); out = take(nothing)) {
    // Or the connection would not ask again.
    EXPECT_EQ(count(out, "event: position"), 1u);
    ++pieces;
  }
  EXPECT_GE(pieces, 4);
  EXPECT_LE(pieces, 8);
  EXPECT_EQ(nothing.position(), 5000u);
}

/// Whoever falls behind what is in memory reads on from the store, and is none the wiser.
TEST(EventStream, ASlowReaderGetsEverythingOnce) {
  EventBench bench({}, 20'000);
  EventReader reader = bench.reader();
  EventStream slow(reader, {}, reader.oldest());
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    bench.publish("{\"n\":" + std::to_string(i) + "}");
    bench.commit();
    if (i % 700 == 0) text += take(slow);
  }
  for (std::string out = take(slow); !out.empty(); out = take(slow)) text += out;
  EXPECT_EQ(count(text, "event: value"), 3000u);
  EXPECT_EQ(count(text, "event: lost"), 0u);
  std::size_t at = 0;
  for (int i = 0; i < 3000; ++i) {
    at = text.find("\"n\":" + std::to_string(i) + "}", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

}  // namespace
}  // namespace linnet::service
