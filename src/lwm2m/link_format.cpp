// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/link_format.hpp>

#include <linnet/text/number.hpp>

namespace linnet::lwm2m {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Attribute names: attr-char of RFC 5987, and the '*' that ends an extended name.
bool is_name(char c) { return is_letter_or_digit(c) || is_one_of(c, "!#$&+-.^_`|~*"); }

/// ptokenchar of RFC 6690: all of printable ASCII but blank, quote, comma, semicolon, backslash.
bool is_token(char c) { return c > ' ' && c <= '~' && !is_one_of(c, "\",;\\"); }

/// A target holds a URI; what lies in it is the caller's to judge.
bool is_target(char c) { return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '<'; }

template <typename Accept>
std::string_view take_while(std::string_view& text, Accept accept) {
  std::size_t n = 0;
  while (n < text.size() && accept(text[n])) ++n;
  const std::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// The text up to the closing quote, which is taken too.
bool take_quoted(std::string_view& text, std::string_view& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      out = text.substr(0, i);
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\') ++i;
  }
  return false;
}

/// One attribute, behind its ';'. False if it breaks the grammar.
bool take_attribute(std::string_view& text, LinkAttribute& out) {
  out = LinkAttribute{};
  out.name = take_while(text, is_name);
  if (out.name.empty()) return false;
  if (!take(text, '=')) return true;
  out.has_value = true;
  out.quoted = take(text, '"');
  if (out.quoted) return take_quoted(text, out.value);
  out.value = take_while(text, is_token);
  return !out.value.empty();
}

}  // namespace

bool next_attribute(std::string_view& text, LinkAttribute& out) {
  (void)take(text, ';');
  if (!text.empty() && take_attribute(text, out)) return true;
  text = {};
  return false;
}

std::optional<LinkAttribute> LinkView::find(std::string_view name) const {
  std::string_view text = rest_;
  LinkAttribute attribute;
  while (next_attribute(text, attribute)) {
    if (attribute.name == name) return attribute;
  }
  return {};
}

Result<bool> LinkReader::next(LinkView& out) {
  if (malformed_) return Error::Malformed;
  if (text_.empty()) return false;
  malformed_ = true;  // until proven otherwise
  if (!first_) {
    if (!take(text_, ',')) return Error::Malformed;
    (void)take_while(text_, is_blank);  // [FMT-30]
  }
  first_ = false;

  if (!take(text_, '<')) return Error::Malformed;
  const std::string_view target =
      take_while(text_, [](char c) { return is_target(c) && c != '>'; });
  if (!take(text_, '>')) return Error::Malformed;

  const std::string_view behind = text_;
  LinkAttribute attribute;
  while (take(text_, ';')) {
    if (!take_attribute(text_, attribute)) return Error::Malformed;
  }
  std::string_view attributes = behind.substr(0, behind.size() - text_.size());
  (void)take(attributes, ';');
  out = LinkView(target, attributes);
  malformed_ = false;
  return true;
}

LinkWriter& LinkWriter::link(std::string_view target) {
  if (!first_) output_->character(',');
  first_ = false;
  output_->character('<');
  output_->text(target);
  output_->character('>');
  return *this;
}

LinkWriter& LinkWriter::link(const Path& path) {
  char text[kMaxPathText];
  return link(format(path, text));
}

LinkWriter& LinkWriter::attribute(std::string_view name) {
  output_->character(';');
  output_->text(name);
  return *this;
}

LinkWriter& LinkWriter::attribute(std::string_view name, std::string_view token) {
  attribute(name);
  output_->character('=');
  output_->text(token);
  return *this;
}

LinkWriter& LinkWriter::attribute(std::string_view name, std::uint32_t number) {
  attribute(name);
  output_->character('=');
  text::format_unsigned(*output_, number);
  return *this;
}

LinkWriter& LinkWriter::attribute(std::string_view name, Version version) {
  attribute(name, std::uint32_t{version.major});
  output_->character('.');
  text::format_unsigned(*output_, version.minor);
  return *this;
}

LinkWriter& LinkWriter::quoted(std::string_view name, std::string_view text) {
  attribute(name);
  output_->text("=\"");
  for (const char c : text) {
    if (c == '"' || c == '\\') output_->character('\\');
    output_->character(c);
  }
  output_->character('"');
  return *this;
}

}  // namespace linnet::lwm2m
