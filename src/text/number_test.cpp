// SPDX-License-Identifier: Apache-2.0
// Pins that numbers and their decimal texts stand for each other exactly, against <charconv>.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

#include <linnet/text/number.hpp>
#include <requirement.hpp>

namespace linnet::text {
namespace {

std::string formatted(double number) {
  std::array<std::uint8_t, kMaxDoubleText> storage{};
  Writer writer(storage);
  format_double(writer, number);
  EXPECT_TRUE(writer.ok());
  return std::string(as_text(writer.written()));
}

template <typename T, typename Format>
std::string formatted(T number, Format format) {
  std::array<std::uint8_t, kMaxIntegerText> storage{};
  Writer writer(storage);
  format(writer, number);
  EXPECT_TRUE(writer.ok());
  return std::string(as_text(writer.written()));
}

TEST(ParseInteger, TakesDecimalsAndNothingElse) {
  LINNET_REQ("DT-02");
  struct Case {
    const char* text;
    std::int64_t number;
    Error error;
  };
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  const Case cases[] = {
      {"0", 0, Error::Ok},
      {"-0", 0, Error::Ok},
      {"007", 7, Error::Ok},
      {"-42", -42, Error::Ok},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max(), Error::Ok},
      {"-9223372036854775808", kMin, Error::Ok},
      {"9223372036854775808", 0, Error::Range},
      {"-9223372036854775809", 0, Error::Range},
      {"18446744073709551616", 0, Error::Range},
      {"100000000000000000000000000", 0, Error::Range},
      {"", 0, Error::Malformed},
      {"-", 0, Error::Malformed},
      {"+1", 0, Error::Malformed},
      {"--1", 0, Error::Malformed},
      {" 1", 0, Error::Malformed},
      {"1 ", 0, Error::Malformed},
      {"1.0", 0, Error::Malformed},
      {"1e3", 0, Error::Malformed},
      {"0x10", 0, Error::Malformed},
      {"100000000000000000000000000x", 0, Error::Malformed},
  };
  for (const Case& c : cases) {
    const Result<std::int64_t> result = parse_integer(c.text);
    EXPECT_EQ(result.error(), c.error) << c.text;
    if (c.error == Error::Ok) {
      EXPECT_EQ(*result, c.number) << c.text;
    }
  }
  EXPECT_EQ(parse_integer(std::string_view("1\0", 2)).error(), Error::Malformed);
}

TEST(ParseUnsigned, TakesDigitsAndNothingElse) {
  LINNET_REQ("DT-03");
  EXPECT_EQ(*parse_unsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(*parse_unsigned("00018446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_unsigned("18446744073709551616").error(), Error::Range);
  EXPECT_EQ(parse_unsigned("184467440737095516150").error(), Error::Range);
  EXPECT_EQ(parse_unsigned("-1").error(), Error::Malformed);
  EXPECT_EQ(parse_unsigned("").error(), Error::Malformed);
}

TEST(FormatInteger, WritesTheExtremes) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(formatted(std::int64_t{0}, format_integer), "0");
  EXPECT_EQ(formatted(std::int64_t{-7}, format_integer), "-7");
  EXPECT_EQ(formatted(kMin, format_integer), "-9223372036854775808");
  EXPECT_EQ(formatted(~std::uint64_t{0}, format_unsigned), "18446744073709551615");
}

TEST(FormatInteger, FailsAtEveryOutputSizeThatIsTooSmall) {
  std::array<std::uint8_t, 4> storage{};
  for (std::size_t size = 1; size < 4; ++size) {
    Writer writer(MutableBytes(storage).first(size));
    format_integer(writer, -123);
    EXPECT_EQ(writer.error(), Error::NoSpace) << size;
  }
  Writer writer(storage);
  format_integer(writer, -123);
  EXPECT_TRUE(writer.ok());
}

TEST(FormatDouble, WritesTheShortestTextWithoutExponent) {
  LINNET_REQ("DT-04");
  struct Case {
    double number;
    const char* text;
  };
  const Case cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.3, "0.3"},
      {0.1 + 0.2, "0.30000000000000004"},
      {21.1f, "21.100000381469727"},
      {100.0, "100"},
      {123456.789, "123456.789"},
      {9.5367431640625e-7, "0.00000095367431640625"},
      {6.667e-11, "0.00000000006667"},
      {9007199254740991.0, "9007199254740991"},
      {9007199254740992.0, "9007199254740992"},
      {9007199254740994.0, "9007199254740994"},
      {18014398509481984.0, "18014398509481984"},
      {1e20, "100000000000000000000"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e21, "1e21"},
      {1e23, "1e23"},
      {1.0000000000000001e23, "1.0000000000000001e23"},
      {-1.2345678901234567e-20, "-0.000000000000000000012345678901234567"},
      {1e-20, "0.00000000000000000001"},
      {9.9e-21, "9.9e-21"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e308"},
      {std::numeric_limits<double>::min(), "2.2250738585072014e-308"},
      {2.2250738585072011e-308, "2.225073858507201e-308"},
      {5e-324, "5e-324"},
      {1e-323, "1e-323"},
      {9.5, "9.5"},
      {2e-44, "2e-44"},
      {4.35, "4.35"},
      {5.0e-310, "5e-310"},
  };
  for (const Case& c : cases) EXPECT_EQ(formatted(c.number), c.text);
}

TEST(FormatDouble, HasNoTextForInfinityAndNan) {
  for (const double number : {std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(), std::nan("")}) {
    std::array<std::uint8_t, kMaxDoubleText> storage{};
    Writer writer(storage);
    format_double(writer, number);
    EXPECT_EQ(writer.error(), Error::Range);
    EXPECT_EQ(writer.size(), 0u);
  }
}

TEST(FormatDouble, FailsAtEveryOutputSizeThatIsTooSmall) {
  for (const double number : {-1.2345678901234567e-20, 5e-324, 1e20, -21.5}) {
    const std::size_t needed = formatted(number).size();
    ASSERT_LE(needed, kMaxDoubleText);
    std::array<std::uint8_t, kMaxDoubleText> storage{};
    for (std::size_t size = 1; size <= needed; ++size) {
      Writer writer(MutableBytes(storage).first(size));
      format_double(writer, number);
      EXPECT_EQ(writer.ok(), size == needed) << number << " in " << size;
    }
    Writer counter;
    format_double(counter, number);
    EXPECT_EQ(counter.size(), needed);
  }
}

TEST(ParseDouble, TakesTheDocumentedGrammar) {
  LINNET_REQ("DT-04");
  struct Case {
    const char* text;
    double number;
  };
  const Case good[] = {
      {"0", 0},
      {"1", 1},
      {"-1.5", -1.5},
      {"007.250", 7.25},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"1e-3", 0.001},
      {"0.5e1", 5},
      {"0e99999999999999999999", 0},
      {"1e-99999999999999999999", 0},
      {"1000000000000000000000000000000e-30", 1},
      {"0.000000000000000000000000000001e30", 1},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"1.7976931348623158079e308", std::numeric_limits<double>::max()},
      {"4.9406564584124654e-324", 5e-324},
      {"2.4703282292062328e-324", 5e-324},
      {"2.4703282292062327e-324", 0},
      {"1e-400", 0},
  };
  for (const Case& c : good) {
    const Result<double> result = parse_double(c.text);
    ASSERT_TRUE(result.ok()) << c.text;
    EXPECT_EQ(*result, c.number) << c.text;
  }
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
  EXPECT_TRUE(std::signbit(*parse_double("-1e-400")));
  for (const char* text :
       {"",      "-",     "+1", ".5", "5.",  "-.5", "1.e3", "1e",    "1e+", "1e-", "e3", "1.2.3",
        "1e3.5", "1e3e4", " 1", "1 ", "nan", "inf", "NaN",  "0x1p3", "1,5", "--1", "1-", "1..2"}) {
    EXPECT_EQ(parse_double(text).error(), Error::Malformed) << text;
  }
  for (const char* text : {"1e309", "-1e309", "1.7976931348623159e308", "1e99999999999999999999"}) {
    EXPECT_EQ(parse_double(text).error(), Error::Range) << text;
  }
}

double reference(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  EXPECT_EQ(end, text.data() + text.size()) << text;
  return number;
}

/// Digits and decimal exponent of a text, in one notation for all.
std::string canonical(const std::string& text) {
  std::string digits;
  int point = 0;
  bool fraction = false;
  std::size_t i = text.starts_with('-') ? 1 : 0;
  for (; i < text.size() && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    if (!digits.empty() || text[i] != '0') digits += text[i];
    if (!fraction && !digits.empty()) ++point;
    if (fraction && digits.empty()) --point;
  }
  if (i < text.size()) point += std::stoi(text.substr(i + 1));
  while (digits.ends_with('0')) digits.pop_back();
  return (text.starts_with('-') ? "-0." : "0.") + digits + "e" + std::to_string(point);
}

void check_both_ways(double number) {
  const std::string text = formatted(number);
  const Result<double> back = parse_double(text);
  ASSERT_TRUE(back.ok()) << text;
  ASSERT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(number)) << text;
  std::array<char, 64> storage{};
  const auto [end, error] = std::to_chars(storage.data(), storage.data() + storage.size(), number,
                                          std::chars_format::scientific);
  ASSERT_EQ(canonical(text), canonical(std::string(storage.data(), end)));
}

TEST(Double, EveryPowerOfTwoAndItsNeighboursSurviveTheRoundTrip) {
  for (int exponent = -1074; exponent <= 1023; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    check_both_ways(power);
    check_both_ways(std::nextafter(power, 0.0) + 0.0);
    check_both_ways(std::nextafter(power, 1e308));
  }
}

TEST(Double, EveryPowerOfTenAndItsNeighboursSurviveTheRoundTrip) {
  for (int exponent = -323; exponent <= 308; ++exponent) {
    const double power = reference("1e" + std::to_string(exponent));
    check_both_ways(power);
    check_both_ways(std::nextafter(power, 0.0));
    check_both_ways(std::nextafter(power, 1e308));
  }
}

TEST(Double, RandomBitPatternsSurviveTheRoundTrip) {
  constexpr std::uint64_t kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 50'000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (std::isfinite(number)) check_both_ways(number);
    if (HasFatalFailure()) return;
  }
  for (int i = 0; i < 5'000; ++i) {  // subnormal
    check_both_ways(std::bit_cast<double>(random() >> (12 + random() % 52)));
    if (HasFatalFailure()) return;
  }
  for (int i = 0; i < 20'000; ++i) {  // what sensors send
    check_both_ways(static_cast<double>(random() % 10'000'000) / 1000.0);
    if (HasFatalFailure()) return;
  }
}

TEST(ParseDouble, RandomDecimalsRoundAsCharconvDoes) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    const std::size_t digits = 1 + random() % 40;
    const std::size_t point = 1 + random() % digits;
    for (std::size_t j = 0; j < digits; ++j) {
      if (j == point) text += '.';
      text += static_cast<char>('0' + random() % 10);
    }
    text += "e" + std::to_string(static_cast<int>(random() % 700) - 380);
    double expected = 0;
    const auto answer = std::from_chars(text.data(), text.data() + text.size(), expected);
    const Result<double> result = parse_double(text);
    if (answer.ec == std::errc::result_out_of_range) {
      EXPECT_TRUE(result.error() == Error::Range || *result == 0.0) << text;
    } else {
      ASSERT_TRUE(result.ok()) << text;
      ASSERT_EQ(*result, expected) << text;
    }
  }
}

// The exact middle between two doubles has up to 767 digits; one more digit, anywhere behind them,
// tips the scale.
TEST(ParseDouble, DecidesTiesHoweverLate) {
  static_assert(std::numeric_limits<long double>::digits > 53, "to write down the middles");
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 1'500; ++i) {
    const bool subnormal = i % 5 == 0;
    std::uint64_t bits = random() >> (subnormal ? 12 + random() % 52 : 1);
    if (i == 0) bits = 0;
    const double lower = std::bit_cast<double>(bits);
    const double upper = std::bit_cast<double>(bits + 1);
    if (!std::isfinite(lower) || !std::isfinite(upper)) continue;
    std::array<char, 1500> storage{};
    const long double middle = (static_cast<long double>(lower) + upper) / 2;
    const int size = std::snprintf(storage.data(), storage.size(), "%.1100Le", middle);
    std::string text(storage.data(), static_cast<std::size_t>(size));
    const std::size_t exponent = text.find('e');
    ASSERT_EQ(*parse_double(text), (bits & 1) == 0 ? lower : upper) << text;
    text[exponent - 1] = '1';
    ASSERT_EQ(*parse_double(text), upper) << text;
    text[exponent - 1] = '0';
    std::size_t last = text.find_last_not_of('0', exponent - 1);
    if (text[last] == '.') continue;
    --text[last];
    text[exponent - 1] = '9';
    ASSERT_EQ(*parse_double(text), lower) << text;
  }
}

TEST(ParseDouble, EveryPrefixIsAnAnswer) {
  const std::string text = "-12345678901234567890.1234567890e-12";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string prefix = text.substr(0, size);
    const Result<double> result = parse_double(prefix);
    const bool complete = !prefix.empty() && prefix.back() >= '0' && prefix.back() <= '9';
    EXPECT_EQ(result.ok(), complete) << prefix;
    if (complete) {
      EXPECT_EQ(*result, reference(prefix)) << prefix;
    }
  }
}

}  // namespace
}  // namespace linnet::text
