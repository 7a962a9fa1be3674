// SPDX-License-Identifier: Apache-2.0
#pragma once
// Link format (RFC 6690) as Register, Update and Discover use it [FMT-30]: a total parser that
// yields one link after the other, and a writer. Views refer to the parsed text.
#include <cstdint>
#include <optional>
#include <string_view>

#include <linnet/base/bytes.hpp>

namespace linnet::lwm2m {

/// `name`, `name=token` or `name="quoted"`; `value` is without quotes, escapes untouched.
struct LinkAttribute {
  std::string_view name;
  std::string_view value;
  bool has_value = false;
  bool quoted = false;
};

/// One link: target and the text of its attributes.
class LinkView {
 public:
  LinkView() = default;
  LinkView(std::string_view target, std::string_view attributes)
      : target_(target), rest_(attributes) {}

  /// What stood between < and >.
  [[nodiscard]] std::string_view target() const { return target_; }
  /// The first attribute of that name.
  [[nodiscard]] std::optional<LinkAttribute> find(std::string_view name) const;
  /// The attributes as text, without the leading ';': for iteration by `next_attribute`.
  [[nodiscard]] std::string_view attributes() const { return rest_; }

 private:
  std::string_view target_;
  std::string_view rest_;
};

/// Takes the first attribute off `text`. False at the end. The text of a `LinkView` that came
/// from a `LinkReader` is well formed, so this cannot fail on it.
bool next_attribute(std::string_view& text, LinkAttribute& out);

class LinkReader {
 public:
  explicit LinkReader(std::string_view text) : text_(text) {}
  /// The next link: true, or false at the end. `Malformed` for anything outside the grammar;
  /// blanks after commas are tolerated, an empty text is an empty list.
  Result<bool> next(LinkView& out);

 private:
  std::string_view text_;
  bool first_ = true;
};

}  // namespace linnet::lwm2m
