// SPDX-License-Identifier: Apache-2.0
#pragma once
// Link format (RFC 6690) as Register, Update and Discover use it [FMT-30]: a total parser that
// yields one link after the other, and a writer. Views refer to the parsed text.
#include <cstdint>
#include <optional>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/definition.hpp>
#include <linnet/lwm2m/path.hpp>

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
  /// blanks after commas are tolerated, an empty text is an empty list. After an error the reader
  /// stays in error.
  Result<bool> next(LinkView& out);

 private:
  std::string_view text_;
  bool first_ = true;
  bool malformed_ = false;
};

/// Appends links to a `Writer`, which outlives it and keeps the error:
/// `links.link(Path(3)).attribute("ver", Version{1, 1})` gives `</3>;ver=1.1`.
class LinkWriter {
 public:
  explicit LinkWriter(Writer& output) : output_(&output) {}

  /// Starts a link; the attributes that follow are its own. `target` has no '<' or '>'.
  LinkWriter& link(std::string_view target);
  LinkWriter& link(const Path& path);
  LinkWriter& attribute(std::string_view name);
  /// `token` has no quote, comma, semicolon, backslash or blank.
  LinkWriter& attribute(std::string_view name, std::string_view token);
  LinkWriter& attribute(std::string_view name, std::uint32_t number);
  LinkWriter& attribute(std::string_view name, Version version);
  /// Any text; quotes and backslashes in it are escaped.
  LinkWriter& quoted(std::string_view name, std::string_view text);

 private:
  Writer* output_;
  bool first_ = true;
};

}  // namespace linnet::lwm2m
