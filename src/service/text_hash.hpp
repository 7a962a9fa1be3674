// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash for maps with texts as keys in which a view is looked up as it is; with std::equal_to<>.
#include <cstddef>
#include <functional>
#include <string_view>

namespace linnet::service {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace linnet::service
