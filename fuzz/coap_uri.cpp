// SPDX-License-Identifier: Apache-2.0
// Any text: a URI that is accepted has parts within the text, and becomes options without error.
#include <array>
#include <cstdlib>
#include <vector>

#include <linnet/coap/uri.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  using namespace linnet::coap;
  const auto uri = parse_uri(as_text({data, size}));
  if (!uri.ok()) return 0;
  if (uri->host.empty() || uri->port == 0) std::abort();
  std::vector<std::uint8_t> storage(2 * size + 16);
  Writer out(storage);
  MessageWriter message(out, {Type::Con, Code::Get, 1, {}});
  add_uri_path(message, *uri);
  add_uri_query(message, *uri);
  if (!message.finish().ok()) std::abort();
  if (!MessageView::parse(out.written()).ok()) std::abort();
  return 0;
}
