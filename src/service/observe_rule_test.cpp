// SPDX-License-Identifier: Apache-2.0
// Pins what a rule says: which devices it fits, which paths it stands for, and that wrong ones are
// refused with a sentence.
#include <gtest/gtest.h>

#include <linnet/server/bootstrap_configuration.hpp>
#include <linnet/service/json_text.hpp>

#include "service/observe_rule.hpp"
#include "service/problem.hpp"

namespace linnet::service {
namespace {

using lwm2m::Path;
using Paths = std::vector<Path>;

/// A device with objects 1, 3, two of 3303, and 5 without an instance.
server::RegistrationView device(std::string_view endpoint) {
  static constexpr std::array<server::RegisteredLink, 5> kLinks = {
      {{1, 0, {}}, {3, 0, {}}, {5, lwm2m::kNoId, {}}, {3303, 0, {}}, {3303, 7, {}}}};
  server::RegistrationView view;
  view.endpoint = endpoint;
  view.version = {1, 1};
  view.links = kLinks;
  return view;
}

Paths expand(std::string_view pattern) {
  Paths out;
  const auto parsed = PathPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  if (parsed) parsed->expand(device("lamp"), out);
  return out;
}

TEST(PathPattern, StandsForWhatIsRegistered) {
  EXPECT_EQ(expand("/3303/*/5700"), (Paths{Path(3303, 0, 5700), Path(3303, 7, 5700)}));
  EXPECT_EQ(expand("/3303/*"), (Paths{Path(3303, 0), Path(3303, 7)}));
  EXPECT_EQ(expand("/3303/*/6/1"), (Paths{Path(3303, 0, 6, 1), Path(3303, 7, 6, 1)}));
  EXPECT_EQ(expand("/3303"), Paths{Path(3303)});
  EXPECT_EQ(expand("/5"), Paths{Path(5)});
  EXPECT_EQ(expand("/3/0/9"), Paths{Path(3, 0, 9)});
  for (const char* nothing : {"/3303/1/5700", "/3304/*/5700", "/3304", "/5/*", "/5/0"}) {
    EXPECT_EQ(expand(nothing), Paths{}) << nothing;
  }
}

TEST(PathPattern, IsNothingElse) {
  for (const char* wrong : {"", "/", "*", "/*", "/*/0/1", "/3/0/*", "/3/**", "/3/*5", "/3/*/",
                            "3/0/9", "/3/0/9/0/1", "/3/65535", "/x"}) {
    EXPECT_FALSE(PathPattern::parse(wrong)) << wrong;
  }
}

TEST(ObserveRule, EndpointPatternsHaveStars) {
  for (const char* pattern :
       {"urn:lamp-1", "urn:*", "*", "*-1", "urn:*-*", "u*n*1", "urn:lamp-1*"}) {
    EXPECT_TRUE(server::matches(pattern, "urn:lamp-1")) << pattern;
  }
  for (const char* pattern : {"", "urn:lamp-", "lamp", "*-2", "urn:?amp-1", "*a*a*"}) {
    EXPECT_FALSE(server::matches(pattern, "urn:lamp-1")) << pattern;
  }
}

TEST(ObserveRule, FitsDevices) {
  const auto fits = [](const char* devices) {
    const auto rule =
        ObserveRule::parse("r", std::string(R"({"paths":["/3/0/9"],"devices":)") + devices + "}");
    return rule.matches(device("urn:lamp"), {"hall", "new"});
  };
  for (const char* yes :
       {"{}", R"({"endpoints":["x","urn:*"]})", R"({"tags":["hall"]})", R"({"tags":["x","new"]})",
        R"({"objects":[3303]})", R"({"endpoints":["*"],"tags":["hall"],"objects":[5,9]})"}) {
    EXPECT_TRUE(fits(yes)) << yes;
  }
  for (const char* no : {R"({"endpoints":["x"]})", R"({"tags":["HALL"]})", R"({"objects":[3304]})",
                         R"({"endpoints":["*"],"tags":["old"]})"}) {
    EXPECT_FALSE(fits(no)) << no;
  }
}

TEST(ObserveRule, ComesBackFromItsJson) {
  const auto rule = ObserveRule::parse(
      "warm", R"({"enabled":false,"devices":{"endpoints":["urn:*"],"tags":["a"],"objects":[3303]},
                  "paths":["/3303/*/5700","/3/0/9"],"attributes":{"pmin":10,"gt":20.5},
                  "composite":true,"format":"senml-cbor"})");
  EXPECT_EQ(rule.attributes.integer(lwm2m::Attribute::Pmin), 10u);
  EXPECT_EQ(ObserveRule::parse("warm", to_text(rule.to_json())), rule);
  EXPECT_EQ(rule.expand(device("x")),
            (Paths{Path(3, 0, 9), Path(3303, 0, 5700), Path(3303, 7, 5700)}));
}

TEST(ObserveRule, IsRefusedWithAReason) {
  const auto reason = [](std::string_view name, std::string_view body) -> std::string {
    try {
      (void)ObserveRule::parse(name, body);
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status, 400u);
      return problem.detail;
    }
    return "accepted";
  };
  const auto has = [&](std::string_view body, const char* words) {
    const auto text = reason("r", body);
    EXPECT_NE(text.find(words), std::string::npos) << body << ": " << text;
  };
  has("{", "no JSON");
  has("[]", "is an object");
  has("{}", "\"paths\"");
  has(R"({"paths":[]})", "\"paths\"");
  has(R"({"paths":["/3/0/*"]})", "/3/0/*");
  has(R"({"paths":["/3"],"path":"/3"})", "no member \"path\"");
  has(R"({"paths":["/3"],"name":"x"})", "\"name\"");
  has(R"({"paths":["/3"],"enabled":1})", "\"enabled\" is true or false");
  has(R"({"paths":["/3"],"devices":["x"]})", "\"devices\" is an object");
  has(R"({"paths":["/3"],"devices":{"endpoint":"x"}})", "no member \"endpoint\"");
  has(R"({"paths":["/3"],"devices":{"objects":[70000]}})", "\"objects\"");
  has(R"({"paths":["/3"],"devices":{"tags":[7]}})", "\"tags\"");
  has(R"({"paths":["/3"],"attributes":{"gt":1}})", "resource");
  has(R"({"paths":["/3/0/9"],"attributes":{"gt":1,"lt":2}})", "lt must be less");
  has(R"({"paths":["/3/0/9"],"attributes":{"pmax":null}})", "is a number");
  has(R"({"paths":["/3/0/9"],"attributes":{"tick":1}})", "no such attribute");
  has(R"({"paths":["/3/0/9"],"format":"xml"})", "\"format\"");
  EXPECT_NE(reason("a b", R"({"paths":["/3"]})"), "accepted");
  EXPECT_NE(reason(std::string(101, 'a'), R"({"paths":["/3"]})"), "accepted");
  EXPECT_EQ(reason("a-b", R"({"paths":["/3"],"status":{"devices":1}})"), "accepted");
}

}  // namespace
}  // namespace linnet::service
