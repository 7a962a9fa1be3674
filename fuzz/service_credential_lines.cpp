// SPDX-License-Identifier: Apache-2.0
// Files of credentials of any bytes: every line is read or refused with a reason, and what was
// read is read again as it is written.
#include <cstdint>

#include <linnet/base/check.hpp>
#include <linnet/service/credential_lines.hpp>

using namespace linnet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  try {
    service::CredentialLines lines(text, service::guess_format(text));
    std::size_t number = 0;
    while (const auto line = lines.next()) {
      LINNET_CHECK(line->number > number);
      number = line->number;
      if (!line->problem.empty()) continue;
      const auto again = service::parse_credential(service::to_json(line->credential));
      LINNET_CHECK(again.kind == line->credential.kind);
      LINNET_CHECK(again.endpoint == line->credential.endpoint);
      LINNET_CHECK(equal(again.key.view(), line->credential.key.view()));
    }
    LINNET_CHECK(lines.position() == text.size());
  } catch (const service::CredentialTextError& error) {
    LINNET_CHECK(*error.what() != '\0');
  }
  return 0;
}
