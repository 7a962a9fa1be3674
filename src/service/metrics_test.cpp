// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "service/metrics.hpp"

namespace linnet::service {
namespace {

TEST(Metrics, AreWrittenInTheOrderOfNames) {
  Metrics metrics;
  double value = 3;
  metrics.add("b_total", "Help with \\ and\nbreak.", Metrics::Type::Counter,
              [&value] { return value; });
  metrics.add("a", "Two.", Metrics::Type::Gauge, [](Metrics::Samples& samples) {
    samples.add(0.5, {{"state", "x\"y\\z\n"}, {"other", "o"}});
    samples.add(1e100);
  });
  value = 4;
  EXPECT_EQ(metrics.text(),
            "# HELP a Two.\n# TYPE a gauge\na{state=\"x\\\"y\\\\z\\n\",other=\"o\"} 0.5\n"
            "a 1e+100\n"
            "# HELP b_total Help with \\\\ and\\nbreak.\n# TYPE b_total counter\nb_total 4\n");
}

TEST(Metrics, BucketsOfAHistogramAddUp) {
  Histogram histogram{0.1, 1};
  for (const double value : {0.05, 0.1, 0.5, 7.0}) histogram.observe(value);
  Metrics metrics;
  metrics.add("h", "H.", histogram);
  EXPECT_EQ(metrics.text(),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"0.1\"} 2\nh_bucket{le=\"1\"} 3\n"
            "h_bucket{le=\"+Inf\"} 4\nh_sum 7.65\nh_count 4\n");
}

TEST(Metrics, AMethodOfAClientIsNoLabelOfItsOwn) {
  HttpMetrics http;
  http.count("GET", 200, std::chrono::milliseconds(3));
  http.count("GET", 200, std::chrono::milliseconds(3));
  http.count("BREW\"", 405, std::chrono::milliseconds(3));
  Metrics metrics;
  http.add_to(metrics);
  const auto text = metrics.text();
  EXPECT_NE(text.find("linnet_http_requests_total{method=\"GET\",status=\"200\"} 2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("{method=\"other\",status=\"405\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("linnet_http_request_seconds_count 3\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace linnet::service
