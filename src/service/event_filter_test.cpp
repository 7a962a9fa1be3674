// SPDX-License-Identifier: Apache-2.0
// Pins which events a filter lets through, and what it takes as a filter.
#include "service/event_filter.hpp"

#include <gtest/gtest.h>

#include "service/problem.hpp"

namespace linnet::service {
namespace {

bool passes(const EventFilter& filter, EventKind kind, std::string_view endpoint,
            const std::vector<lwm2m::Path>& paths = {}) {
  EventChunk chunk(1);
  chunk.add(kind, endpoint, "{\"x\":1}", paths);
  return filter.matches(chunk[0]);
}

TEST(EventFilter, WithoutAnythingEverythingPasses) {
  const EventFilter filter;
  EXPECT_TRUE(filter.everything());
  EXPECT_TRUE(passes(filter, EventKind::Value, "a"));
  EXPECT_TRUE(passes(filter, EventKind::Alarm, ""));
}

TEST(EventFilter, ByType) {
  EventFilter filter;
  filter.add_types("send,value");
  filter.add_types("alarm");
  EXPECT_FALSE(filter.everything());
  EXPECT_TRUE(passes(filter, EventKind::Value, "a"));
  EXPECT_TRUE(passes(filter, EventKind::Send, "a"));
  EXPECT_TRUE(passes(filter, EventKind::Alarm, ""));
  EXPECT_FALSE(passes(filter, EventKind::Updated, "a"));
  EXPECT_THROW(filter.add_types("value,nothing"), Problem);
}

TEST(EventFilter, ByEndpointOrItsBeginning) {
  EventFilter filter;
  filter.add_endpoint("urn:a");
  filter.add_endpoint("lamp-*");
  EXPECT_TRUE(passes(filter, EventKind::Value, "urn:a"));
  EXPECT_FALSE(passes(filter, EventKind::Value, "urn:ab"));
  EXPECT_FALSE(passes(filter, EventKind::Value, "urn:"));
  EXPECT_TRUE(passes(filter, EventKind::Value, "lamp-7"));
  EXPECT_TRUE(passes(filter, EventKind::Value, "lamp-"));
  EXPECT_FALSE(passes(filter, EventKind::Value, "lamp"));
  EXPECT_FALSE(passes(filter, EventKind::Alarm, ""));
  EXPECT_THROW(filter.add_endpoint(""), Problem);
  EventFilter all;
  all.add_endpoint("*");
  EXPECT_TRUE(passes(all, EventKind::Value, "x"));
}

TEST(EventFilter, ByPathAboveAndBelow) {
  EventFilter filter;
  filter.add_path("/3303/0/5700");
  filter.add_path("/3");
  const auto about = [&](std::vector<lwm2m::Path> paths) {
    return passes(filter, EventKind::Value, "a", paths);
  };
  EXPECT_TRUE(about({lwm2m::Path(3303, 0, 5700)}));
  EXPECT_TRUE(about({lwm2m::Path(3303, 0)}));           // it lies in this
  EXPECT_TRUE(about({lwm2m::Path(3303, 0, 5700, 1)}));  // this lies in it
  EXPECT_TRUE(about({lwm2m::Path()}));
  EXPECT_TRUE(about({lwm2m::Path(9), lwm2m::Path(3, 0, 9)}));
  EXPECT_FALSE(about({lwm2m::Path(3303, 0, 5701)}));
  EXPECT_FALSE(about({lwm2m::Path(3303, 1)}));
  EXPECT_FALSE(about({lwm2m::Path(33)}));
  EXPECT_FALSE(about({}));
  EXPECT_THROW(filter.add_path("/3303/x"), Problem);
}

TEST(EventFilter, AllOfThemTogether) {
  EventFilter filter;
  filter.add_types("value");
  filter.add_endpoint("a");
  filter.add_path("/3");
  EXPECT_TRUE(passes(filter, EventKind::Value, "a", {lwm2m::Path(3, 0)}));
  EXPECT_FALSE(passes(filter, EventKind::Send, "a", {lwm2m::Path(3, 0)}));
  EXPECT_FALSE(passes(filter, EventKind::Value, "b", {lwm2m::Path(3, 0)}));
  EXPECT_FALSE(passes(filter, EventKind::Value, "a", {lwm2m::Path(4, 0)}));
}

TEST(EventFilter, IsBounded) {
  EventFilter filter;
  for (int i = 0; i < 256; ++i) filter.add_endpoint("d" + std::to_string(i));
  EXPECT_THROW(filter.add_endpoint("one more"), Problem);
}

TEST(EventFilter, OfARequest) {
  HttpRequest request;
  request.query = {{"type", "value"}, {"endpoint", "a"}, {"endpoint", "b*"},
                   {"path", "/3"},    {"type", "send"},  {"limit", "7"}};
  const EventFilter filter = event_filter(request);
  EXPECT_TRUE(passes(filter, EventKind::Send, "b1", {lwm2m::Path(3)}));
  EXPECT_FALSE(passes(filter, EventKind::Send, "c", {lwm2m::Path(3)}));
}

}  // namespace
}  // namespace linnet::service
