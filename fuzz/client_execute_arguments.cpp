// SPDX-License-Identifier: Apache-2.0
// Any text as arguments of an Execute: what is accepted yields each digit at most once, and
// written again strictly it is accepted again with the same values.
#include <cstdlib>
#include <string>

#include <linnet/base/bytes.hpp>
#include <linnet/client/execute_arguments.hpp>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using linnet::client::ExecuteArguments;
  const auto arguments = ExecuteArguments::parse(linnet::as_text({data, size}));
  if (!arguments.ok()) return 0;
  std::string strict;
  for (char digit = '0'; digit <= '9'; ++digit) {
    const auto found = arguments->find(digit);
    if (!found) continue;
    require(found->digit == digit);
    if (!strict.empty()) strict += ',';
    strict += digit;
    if (found->has_value) strict += "='" + std::string(found->value) + "'";
  }
  require(strict.empty() == arguments->empty());
  const auto again = ExecuteArguments::parse(strict);
  require(again.ok());
  for (char digit = '0'; digit <= '9'; ++digit) {
    const auto a = arguments->find(digit);
    const auto b = again->find(digit);
    require(a.has_value() == b.has_value());
    if (a) require(a->has_value == b->has_value && a->value == b->value);
  }
  return 0;
}
