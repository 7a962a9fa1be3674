// SPDX-License-Identifier: Apache-2.0
// Paths and versions: the text of what parses is the text that was parsed.
#include <linnet/lwm2m/definition.hpp>
#include <linnet/lwm2m/path.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  const std::string_view text = as_text({data, size});
  (void)lwm2m::Version::parse(text);
  const Result<lwm2m::Path> path = lwm2m::Path::parse(text);
  if (!path.ok()) return 0;
  char storage[lwm2m::kMaxPathText];
  std::string_view formatted = format(*path, storage);
  if (!text.starts_with('/')) formatted.remove_prefix(1);  // the leading slash may be left out
  if (formatted != text) __builtin_trap();
  return 0;
}
