// SPDX-License-Identifier: Apache-2.0
// Link format: links that are accepted write back to text that reads the same.
#include <linnet/lwm2m/link_format.hpp>

#include <string>
#include <vector>

namespace {

using namespace linnet;

struct Link {
  std::string target;
  std::vector<std::string> attributes;
  friend bool operator==(const Link&, const Link&) = default;
};

bool read(std::string_view text, std::vector<Link>& links, std::string& written) {
  lwm2m::LinkReader reader(text);
  lwm2m::LinkView view;
  while (true) {
    const Result<bool> more = reader.next(view);
    if (!more.ok() || !*more) return more.ok();
    Link link{std::string(view.target()), {}};
    written += (links.empty() ? "<" : ",<") + link.target + ">";
    std::string_view rest = view.attributes();
    lwm2m::LinkAttribute attribute;
    while (next_attribute(rest, attribute)) {
      std::string text_of(attribute.name);
      if (attribute.has_value) {
        const char* quote = attribute.quoted ? "\"" : "";
        text_of += "=" + std::string(quote) + std::string(attribute.value) + quote;
      }
      if (!view.find(attribute.name).has_value()) __builtin_trap();
      link.attributes.push_back(text_of);
      written += ";" + text_of;
    }
    links.push_back(link);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Link> links;
  std::string written;
  if (!read(as_text({data, size}), links, written)) return 0;
  std::vector<Link> again;
  std::string unused;
  if (!read(written, again, unused) || again != links) __builtin_trap();
  return 0;
}
