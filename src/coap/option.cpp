// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <linnet/coap/option.hpp>

namespace linnet::coap {
namespace {

using enum OptionNumber;
using enum OptionFormat;

constexpr OptionRule kRules[] = {
    {IfMatch, Opaque, true, 0, 8},        {UriHost, String, false, 1, 255},
    {ETag, Opaque, true, 1, 8},           {IfNoneMatch, Empty, false, 0, 0},
    {Observe, Unsigned, false, 0, 3},     {UriPort, Unsigned, false, 0, 2},
    {LocationPath, String, true, 0, 255}, {Oscore, Opaque, false, 0, 255},
    {UriPath, String, true, 0, 255},      {ContentFormat, Unsigned, false, 0, 2},
    {MaxAge, Unsigned, false, 0, 4},      {UriQuery, String, true, 0, 255},
    {HopLimit, Unsigned, false, 1, 1},    {Accept, Unsigned, false, 0, 2},
    {QBlock1, Unsigned, false, 0, 3},     {LocationQuery, String, true, 0, 255},
    {Edhoc, Empty, false, 0, 0},          {Block2, Unsigned, false, 0, 3},
    {Block1, Unsigned, false, 0, 3},      {Size2, Unsigned, false, 0, 4},
    {QBlock2, Unsigned, true, 0, 3},      {ProxyUri, String, false, 1, 1034},
    {ProxyScheme, String, false, 1, 255}, {Size1, Unsigned, false, 0, 4},
    {Echo, Opaque, false, 1, 40},         {NoResponse, Unsigned, false, 0, 1},
    {RequestTag, Opaque, true, 0, 8},
};

constexpr bool sorted_and_sane() {
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    if (i > 0 && kRules[i - 1].number >= kRules[i].number) return false;
    if (kRules[i].min_size > kRules[i].max_size) return false;
    if (kRules[i].format == Empty && kRules[i].max_size != 0) return false;
    if (kRules[i].format == Unsigned && kRules[i].max_size > 4) return false;
  }
  return true;
}
static_assert(sorted_and_sane());

}  // namespace

const OptionRule* find_rule(OptionNumber number) {
  std::size_t low = 0;
  std::size_t high = std::size(kRules);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (kRules[middle].number < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < std::size(kRules) && kRules[low].number == number ? &kRules[low] : nullptr;
}

Result<std::uint32_t> decode_unsigned(ByteView value) {
  if (value.size() > 4) return Error::Range;
  std::uint32_t number = 0;
  for (const std::uint8_t byte : value) number = number << 8 | byte;
  return number;
}

}  // namespace linnet::coap
