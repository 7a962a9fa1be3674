// SPDX-License-Identifier: Apache-2.0
#include <lwm2m/object_link.hpp>

#include <linnet/text/number.hpp>

namespace linnet::lwm2m {
namespace {

Result<Id> parse_id(std::string_view text) {
  LINNET_TRY_ASSIGN(const std::uint64_t number, text::parse_unsigned(text));
  if (number > kNoId) return Error::Range;
  return static_cast<Id>(number);
}

}  // namespace

// [DT-08]
Result<ObjectLink> parse_link_text(std::string_view text) {
  if (text == "FFFF:FFFF" || text == "ffff:ffff") return ObjectLink{};
  ObjectLink link;
  LINNET_TRY_ASSIGN(link.object, parse_id(take_until(text, ':')));
  LINNET_TRY_ASSIGN(link.instance, parse_id(text));
  return link;
}

void write_link_text(Writer& output, ObjectLink link) {
  text::format_unsigned(output, link.object);
  output.character(':');
  text::format_unsigned(output, link.instance);
}

}  // namespace linnet::lwm2m
