// SPDX-License-Identifier: Apache-2.0
// Pins that openapi.yaml and the code name the same paths, methods, operations and event types.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>

#include "service/api.hpp"
#include "service/json_operation.hpp"

namespace linnet::service {
namespace {

/// "GET /healthz", ... as the file says: paths are indented by two blanks, methods by four.
std::set<std::string> described_routes() {
  std::set<std::string> out;
  std::istringstream lines{std::string(openapi_yaml())};
  std::string path;
  bool in_paths = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != ' ') in_paths = line == "paths:";
    if (!in_paths) continue;
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    if (line.size() > 5 && line.starts_with("    ") && line[4] != ' ' && line.back() == ':') {
      std::string method = line.substr(4, line.size() - 5);
      if (method == "parameters") continue;
      std::transform(method.begin(), method.end(), method.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      out.insert(method + " " + path);
    }
  }
  return out;
}

/// The words of the first line with `[` after the line `start`.
std::set<std::string> words_after(std::string_view start) {
  const auto yaml = openapi_yaml();
  const auto at = yaml.find(start);
  if (at == std::string_view::npos) return {};
  const auto open = yaml.find('[', at);
  const auto close = yaml.find(']', open);
  std::istringstream words{std::string(yaml.substr(open + 1, close - open - 1))};
  std::set<std::string> out;
  for (std::string word; std::getline(words, word, ',');)
    out.insert(word.substr(word.find_first_not_of(' ')));
  return out;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  std::set<std::string> served;
  for (const auto& route : all_routes())
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_EQ(described_routes(), served);
  EXPECT_EQ(served.size(), all_routes().size());
}

TEST(OpenApi, NamesEveryOperation) {
  const auto& names = operation_names();
  EXPECT_EQ(words_after("\n        op:\n"), std::set<std::string>(names.begin(), names.end()));
}

TEST(OpenApi, NamesEveryEventType) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kEventKinds; ++i) names.emplace(name(static_cast<EventKind>(i)));
  EXPECT_EQ(words_after("\n    EventType:\n"), names);
}

TEST(OpenApi, IsOfThisVersion) {
  EXPECT_NE(openapi_yaml().find(std::string("\n  version: ") + version() + "\n"),
            std::string_view::npos);
}

}  // namespace
}  // namespace linnet::service
