// SPDX-License-Identifier: Apache-2.0
// Pins how samples are thinned out for a plot, and how they look as JSON and CSV.
#include <gtest/gtest.h>

#include <cmath>

#include <linnet/service/json_text.hpp>

#include "service/history_view.hpp"

namespace linnet::service {
namespace {

using lwm2m::Value;

std::vector<Sample> ramp(int count) {
  std::vector<Sample> out;
  for (int i = 0; i < count; ++i) out.push_back({1'000'000 + i * 1000, Value::integer(i)});
  return out;
}

TEST(HistoryView, KeepsWhatStandsOut) {
  auto samples = ramp(1000);
  samples[333].value = Value::integer(5000);
  samples[777].value = Value::integer(-5000);
  const auto points = thin_out(samples, 10);
  ASSERT_EQ(points.size(), 10u);
  EXPECT_EQ(points[0].min, 0);
  EXPECT_EQ(points[0].max, 99);
  EXPECT_EQ(points[0].value, 99);
  EXPECT_EQ(points[0].time, 1'099'000);
  EXPECT_EQ(points[3].max, 5000);
  EXPECT_EQ(points[7].min, -5000);
  EXPECT_EQ(points[9].time, samples.back().time);
}

TEST(HistoryView, LeavesOutWhereNothingWas) {
  const std::vector<Sample> samples = {{0, Value::floating(1)},
                                       {1, Value::floating(2)},
                                       {2, Value::floating(std::nan(""))},
                                       {1000, Value::floating(3)}};
  const auto points = thin_out(samples, 3);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].max, 2);
  EXPECT_EQ(points[1].value, 3);
  EXPECT_EQ(thin_out({{5, Value::floating(1)}}, 1).size(), 1u);
  EXPECT_TRUE(thin_out({}, 5).empty());
}

TEST(HistoryView, ShowsAllWhenThatIsNotMore) {
  EXPECT_EQ(to_text(history_json(ramp(2), 2)),
            R"({"type":"integer","samples":[{"time":1000,"value":0},{"time":1001,"value":1}]})");
  EXPECT_EQ(to_text(history_json(ramp(4), 2)),
            R"({"type":"integer","samples":[{"time":1001,"min":0,"max":1,"value":1},)"
            R"({"time":1003,"min":2,"max":3,"value":3}]})");
  const std::vector<Sample> words(5, {1500, Value::string("a")});
  EXPECT_EQ(history_json(words, 2).at("samples").as_array().size(), 5u);
  EXPECT_EQ(to_text(history_json({}, 0)), R"({"samples":[]})");
}

TEST(HistoryView, WritesCsv) {
  EXPECT_EQ(history_csv({{1'764'427'344'512, Value::floating(21.5)},
                         {1'764'427'345'000, Value::boolean(true)},
                         {-1, Value::string("a,\"b\"\n")}},
                        0),
            "time,value\r\n2025-11-29T14:42:24.512Z,21.5\r\n2025-11-29T14:42:25.000Z,true\r\n"
            "1969-12-31T23:59:59.999Z,\"a,\"\"b\"\"\n\"\r\n");
  EXPECT_EQ(history_csv(ramp(4), 2),
            "time,min,max,value\r\n1970-01-01T00:16:41.000Z,0,1,1\r\n"
            "1970-01-01T00:16:43.000Z,2,3,3\r\n");
}

}  // namespace
}  // namespace linnet::service
