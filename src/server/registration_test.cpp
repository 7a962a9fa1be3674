// SPDX-License-Identifier: Apache-2.0
// Pins the text of registration ids, the bindings of each version, and what a view can be asked.
#include <gtest/gtest.h>
#include <requirement.hpp>

#include <string>

#include <linnet/server/registration.hpp>

namespace linnet::server {
namespace {

std::string text_of(RegistrationId id) {
  const auto text = format(id);
  return {text.begin(), text.end()};
}

TEST(RegistrationId, TextRoundTrips) {
  for (const std::uint64_t value : {0ull, 1ull, 63ull, 0x0123456789ABCDEFull, ~0ull}) {
    const std::string text = text_of({value});
    ASSERT_EQ(parse_registration_id(text), RegistrationId{value}) << text;
    EXPECT_FALSE(parse_registration_id(text.substr(1)).has_value());
    EXPECT_FALSE(parse_registration_id(text + "A").has_value());
  }
  EXPECT_FALSE(parse_registration_id("").has_value());
  EXPECT_FALSE(parse_registration_id("AAAAAAAAAA=").has_value());
  EXPECT_FALSE(parse_registration_id("QAAAAAAAAAA").has_value()) << "a 65th bit";
}

struct BindingCase {
  const char* text;
  lwm2m::Version version;
  bool valid;
  bool queue;
  const char* canonical;
};

TEST(Binding, FollowsTheRulesOfTheVersion) {
  LINNET_REQ("REG-08");
  const BindingCase cases[] = {
      {"U", {1, 0}, true, false, "U"},           {"UQ", {1, 0}, true, true, "UQ"},
      {"S", {1, 0}, true, false, "S"},           {"SQ", {1, 0}, true, true, "SQ"},
      {"US", {1, 0}, true, false, "US"},         {"UQS", {1, 0}, true, true, "UQS"},
      {"USQ", {1, 0}, false, false, ""},         {"UQSQ", {1, 0}, false, false, ""},
      {"UT", {1, 0}, false, false, ""},          {"", {1, 0}, false, false, ""},
      {"U", {1, 1}, true, false, "U"},           {"UT", {1, 1}, true, false, "UT"},
      {"SU", {1, 1}, true, false, "US"},         {"UQ", {1, 1}, false, false, ""},
      {"UTSNMH", {1, 2}, true, false, "UTSNMH"}, {"UU", {1, 1}, false, false, ""},
      {"X", {1, 1}, false, false, ""},           {"", {1, 2}, false, false, ""},
  };
  for (const BindingCase& c : cases) {
    bool queue = false;
    const auto binding = Binding::parse(c.text, c.version, queue);
    ASSERT_EQ(binding.ok(), c.valid) << c.text << " in 1." << int{c.version.minor};
    if (!c.valid) continue;
    EXPECT_EQ(queue, c.queue) << c.text;
    char out[8];
    EXPECT_EQ(binding->format(queue, out), c.canonical);
  }
}

TEST(RegistrationView, AnswersForObjectsInstancesAndVersions) {
  LINNET_REQ("OV-05");
  const RegisteredLink links[] = {{1, 0, {1, 1}}, {3, 0}, {4, lwm2m::kNoId}, {3303, 0}, {3303, 7}};
  RegistrationView view;
  view.links = links;
  view.version = lwm2m::kEnabler11;
  EXPECT_TRUE(view.has_object(3303));
  EXPECT_TRUE(view.has_object(4));
  EXPECT_FALSE(view.has_object(5));
  EXPECT_TRUE(view.has_instance(3303, 7));
  EXPECT_FALSE(view.has_instance(3303, 1));
  EXPECT_FALSE(view.has_instance(4, lwm2m::kNoId));
  EXPECT_EQ(view.object_version(1), (lwm2m::Version{1, 1}));
  EXPECT_EQ(view.object_version(3), lwm2m::default_object_version(3, lwm2m::kEnabler11));
  EXPECT_EQ(view.object_version(3303), (lwm2m::Version{1, 0}));
}

}  // namespace
}  // namespace linnet::server
