// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/execute_arguments.hpp>

namespace linnet::client {
namespace {

/// Takes the front character off if it is `c`, and blanks around it.
bool take(std::string_view& text, char c) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

/// Takes `digit` or `digit='text'` and the comma behind it off the front of `text`. [DM-47]
bool take_argument(std::string_view& text, ExecuteArgument& out) {
  out = {.digit = text.front(), .has_value = false, .value = {}};
  if (out.digit < '0' || out.digit > '9') return false;
  text.remove_prefix(1);
  if (take(text, '=')) {
    if (!text.starts_with('\'')) return false;
    text.remove_prefix(1);
    const std::size_t size = text.find('\'');
    if (size == std::string_view::npos) return false;
    out.has_value = true;
    out.value = text.substr(0, size);
    for (const char c : out.value) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    text.remove_prefix(size);
    (void)take(text, '\'');
  }
  // Behind a comma there is another argument.
  return take(text, ',') ? !text.empty() : text.empty();
}

}  // namespace

Result<ExecuteArguments> ExecuteArguments::parse(std::string_view text) {
  ExecuteArguments arguments;
  while (text.starts_with(' ')) text.remove_prefix(1);
  arguments.text_ = text;
  unsigned seen = 0;
  while (!text.empty()) {
    ExecuteArgument argument;
    if (!take_argument(text, argument)) return Error::Malformed;
    const unsigned bit = 1u << (argument.digit - '0');
    if ((seen & bit) != 0) return Error::Malformed;
    seen |= bit;
  }
  return arguments;
}

std::optional<ExecuteArgument> ExecuteArguments::find(char digit) const {
  std::string_view rest = text_;
  ExecuteArgument argument;
  while (!rest.empty() && take_argument(rest, argument)) {
    if (argument.digit == digit) return argument;
  }
  return std::nullopt;
}

}  // namespace linnet::client
