// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/binding.hpp>

namespace linnet::lwm2m {

bool is_binding(std::string_view text, Version version) {
  if (version == kEnabler10) {
    for (const std::string_view known : {"U", "UQ", "S", "SQ", "US", "UQS"}) {
      if (text == known) return true;
    }
    return false;
  }
  const std::string_view letters = version == kEnabler11 ? "UTSN" : "UTSNMH";
  unsigned seen = 0;
  for (const char letter : text) {
    const std::size_t at = letters.find(letter);
    if (at == std::string_view::npos || (seen >> at & 1u) != 0) return false;
    seen |= 1u << at;
  }
  return seen != 0;
}

}  // namespace linnet::lwm2m
