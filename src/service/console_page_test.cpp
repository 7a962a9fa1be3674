// SPDX-License-Identifier: Apache-2.0
// Pins how the console's files are served.
#include "service/console_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "service/console_files.hpp"
#include "service/problem.hpp"

namespace linnet::service {
namespace {

HttpRequest get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(ConsolePage, EveryFileIsServedWithWhatKeepsABrowserSafe) {
  for (const auto& file : console_files()) {
    const auto response = console_page(get(std::string(file.path)));
    EXPECT_EQ(response.status, 200u) << file.path;
    EXPECT_EQ(response.body, file.bytes);
    EXPECT_EQ(response.content_type, file.content_type);
    EXPECT_EQ(header(response, "Content-Encoding"), file.encoding);
    EXPECT_EQ(header(response, "Content-Security-Policy"),
              "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
              "form-action 'self'; connect-src 'self'");
    const bool asset = file.path.starts_with("/assets/");
    EXPECT_EQ(header(response, "Cache-Control"),
              asset ? "public, max-age=31536000, immutable" : "no-cache");
    const std::string tag(file.etag);
    for (const auto& known : {tag, "\"x\", " + tag, "W/" + tag, std::string("*")}) {
      const auto again = console_page(get(std::string(file.path), {{"If-None-Match", known}}));
      EXPECT_EQ(again.status, 304u) << known;
      EXPECT_TRUE(again.body.empty());
      EXPECT_EQ(header(again, "ETag"), tag);
    }
    EXPECT_EQ(console_page(get(std::string(file.path), {{"If-None-Match", "\"x\""}})).status, 200u);
  }
}

TEST(ConsolePage, UnknownPathsAreThePageAndNoneLeavesTheTable) {
  const auto page = console_page(get("/index.html"));
  for (const char* path :
       {"/", "/devices", "/devices/urn:dev:1", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
        "/index.html/..", "//etc/passwd", "/healthz/x"}) {
    EXPECT_EQ(console_page(get(path)).body, page.body) << path;
  }
  EXPECT_THROW((void)console_page(get("/assets/none.js")), Problem);
  EXPECT_THROW((void)console_page(get("/assets/../index.html")), Problem);
}

TEST(ConsolePage, WhoCannotTakeGzipIsTold) {
  const auto& index = *std::ranges::find(console_files(), "/index.html", &ConsoleFile::path);
  for (const char* fine : {"gzip", "br, gzip;q=0.5", "*", "deflate, *;q=0.1"}) {
    EXPECT_EQ(console_page(get("/", {{"Accept-Encoding", fine}})).status, 200u) << fine;
  }
  if (index.encoding.empty()) return;
  for (const char* bad : {"identity", "br", "gzip;q=0"}) {
    EXPECT_THROW((void)console_page(get("/", {{"Accept-Encoding", bad}})), Problem) << bad;
  }
}

}  // namespace
}  // namespace linnet::service
