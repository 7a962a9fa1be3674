// SPDX-License-Identifier: Apache-2.0
// Notification attributes: queries, separated by '&' or ';', that are accepted come back from
// their written form.
#include <linnet/lwm2m/attributes.hpp>

namespace {

using namespace linnet;

bool parse(std::string_view text, lwm2m::AttributeChange& change) {
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("&;");
    if (!change.parse(text.substr(0, end)).ok()) return false;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return true;
}

void check(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lwm2m::AttributeChange change;
  if (!parse(as_text({data, size}), change)) return 0;
  (void)change.needs_resource();
  (void)consistent(change.set);
  for (lwm2m::Attributes attached : {lwm2m::Attributes{}, change.set}) {
    change.apply_to(attached);
    check(attached == change.set);
  }

  std::uint8_t storage[400];
  Writer query(storage);
  write_query(change.set, query);
  check(query.ok());
  lwm2m::AttributeChange again;
  check(parse(as_text(query.written()), again) && again.set == change.set);

  Writer link(storage);
  write_link_attributes(change.set, link);
  std::string_view text = as_text(link.written());
  if (!text.empty()) text.remove_prefix(1);
  lwm2m::AttributeChange third;
  check(link.ok() && parse(text, third) && third.set == change.set);
  return 0;
}
