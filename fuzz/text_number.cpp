// SPDX-License-Identifier: Apache-2.0
// Any text: numbers agree with <charconv>, and every number, base64 string and character that is
// accepted is written again as the same value.
#include <array>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <linnet/text/base64.hpp>
#include <linnet/text/number.hpp>
#include <linnet/text/utf8.hpp>

namespace {

using namespace linnet;

void require(bool condition) {
  if (!condition) std::abort();
}

template <typename T>
void compare_with_charconv(std::string_view digits, const Result<T>& result) {
  if (!result.ok() && result.error() != Error::Range) return;
  T expected{};
  const char* end = digits.data() + digits.size();
  const auto answer = std::from_chars(digits.data(), end, expected);
  require(answer.ptr == end);
  if (answer.ec == std::errc{}) {
    require(result.ok() && std::memcmp(&*result, &expected, sizeof expected) == 0);
  } else if (result.ok()) {
    require(*result == T{});  // charconv calls it out of range, we round it to zero
  }
}

void check_double(double number) {
  std::array<std::uint8_t, text::kMaxDoubleText> storage{};
  Writer writer(storage);
  text::format_double(writer, number);
  require(writer.ok());
  const Result<double> back = text::parse_double(as_text(writer.written()));
  require(back.ok());
  require(std::bit_cast<std::uint64_t>(*back) == std::bit_cast<std::uint64_t>(number));
}

void check_numbers(std::string_view digits) {
  const auto integer = text::parse_integer(digits);
  compare_with_charconv(digits, integer);
  const auto natural = text::parse_unsigned(digits);
  compare_with_charconv(digits, natural);
  const auto real = text::parse_double(digits);
  compare_with_charconv(digits, real);
  require(!integer.ok() || real.ok());

  std::array<std::uint8_t, text::kMaxIntegerText> storage{};
  if (integer.ok()) {
    Writer writer(storage);
    text::format_integer(writer, *integer);
    require(writer.ok() && *text::parse_integer(as_text(writer.written())) == *integer);
  }
  if (real.ok()) check_double(*real);
}

void check_base64(std::string_view encoded) {
  for (const auto variant : {text::Base64::Standard, text::Base64::Url, text::Base64::UrlPadded}) {
    std::vector<std::uint8_t> bytes(text::base64_decoded_bound(encoded.size()));
    const auto decoded = text::base64_decode(encoded, variant, bytes);
    require(decoded.ok() || decoded.error() == Error::Malformed);
    if (!decoded.ok()) continue;
    std::vector<std::uint8_t> storage(encoded.size() + 4);
    Writer writer(storage);
    const bool bare = variant == text::Base64::UrlPadded && !encoded.ends_with('=');
    text::base64_encode(writer, *decoded, bare ? text::Base64::Url : variant);
    require(as_text(writer.written()) == encoded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;  // long enough for every tie, short enough to be fast
  const ByteView input(data, size);
  check_numbers(as_text(input));
  check_base64(as_text(input));
  (void)text::is_utf8(input);
  if (size == sizeof(double)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, data, sizeof bits);
    if ((bits >> 52 & 0x7ff) != 0x7ff) check_double(std::bit_cast<double>(bits));
  }
  return 0;
}
