// SPDX-License-Identifier: Apache-2.0
// Pins what a device does about each alert, and that people are told something about each.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <linnet/secure/alert.hpp>
#include <requirement.hpp>
#include <set>
#include <string_view>

namespace linnet::secure {
namespace {

// Core 1.2 §6.2.1.4. The text gives internal_error the number 86; IANA's 80 is meant as well.
constexpr std::array kRetry{0, 10, 20, 21, 22, 40, 47, 50, 51, 70, 71, 80, 86, 90, 100, 111};
constexpr std::array kFail{42, 43, 44, 45, 46, 48, 49, 112, 113, 114, 115};
constexpr std::array kIgnore{30, 41, 60, 110};

AlertClass class_of(int number) { return classify(static_cast<Alert>(number)); }

TEST(Alert, IsRetried) {
  LINNET_REQ("SEC-40");
  for (const int number : kRetry) EXPECT_EQ(class_of(number), AlertClass::Retry) << number;
}

TEST(Alert, Fails) {
  LINNET_REQ("SEC-41");
  for (const int number : kFail) EXPECT_EQ(class_of(number), AlertClass::Fail) << number;
}

TEST(Alert, IsIgnored) {
  LINNET_REQ("SEC-42");
  for (const int number : kIgnore) EXPECT_EQ(class_of(number), AlertClass::Ignore) << number;
}

TEST(Alert, OfAnyOtherNumberIsRetriedAndHasWords) {
  for (int number = 0; number < 256; ++number) {
    const auto listed = [number](const auto& numbers) {
      return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
    };
    EXPECT_FALSE(describe(static_cast<Alert>(number)).empty());
    if (listed(kRetry) || listed(kFail) || listed(kIgnore)) {
      EXPECT_NE(name(static_cast<Alert>(number)), "alert") << number;
      continue;
    }
    EXPECT_EQ(class_of(number), AlertClass::Retry) << number;
    EXPECT_EQ(name(static_cast<Alert>(number)), "alert") << number;
  }
}

TEST(Alert, NamesAreIanasAndDifferent) {
  EXPECT_EQ(name(Alert::CloseNotify), "close_notify");
  EXPECT_EQ(name(Alert::UnknownPskIdentity), "unknown_psk_identity");
  EXPECT_EQ(name(Alert::BadCertificateHashValue), "bad_certificate_hash_value");
  EXPECT_EQ(describe(Alert::UnknownPskIdentity), "the server does not know this PSK identity");
  std::set<std::string_view> names;
  std::set<std::string_view> sentences;
  std::size_t known = 0;
  for (int number = 0; number < 256; ++number) {
    const auto alert = static_cast<Alert>(number);
    if (name(alert) == "alert") continue;
    ++known;
    names.insert(name(alert));
    sentences.insert(describe(alert));
    for (const char c : name(alert)) EXPECT_TRUE(std::islower(c) != 0 || c == '_') << name(alert);
  }
  EXPECT_EQ(known, kRetry.size() + kFail.size() + kIgnore.size());
  EXPECT_EQ(names.size(), known);
  EXPECT_EQ(sentences.size(), known);
}

}  // namespace
}  // namespace linnet::secure
