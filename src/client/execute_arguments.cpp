// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/execute_arguments.hpp>

namespace linnet::client {
namespace {

void skip_blanks(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

bool is_quotable(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\';
}

/// Takes `digit` or `digit='text'` with the blanks around it off the front of `text`.
bool take_argument(std::string_view& text, ExecuteArgument& out) {
  skip_blanks(text);
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  out = {.digit = text.front(), .has_value = false, .value = {}};
  text.remove_prefix(1);
  skip_blanks(text);
  if (text.empty() || text.front() != '=') return true;
  text.remove_prefix(1);
  skip_blanks(text);
  if (text.empty() || text.front() != '\'') return false;
  text.remove_prefix(1);
  std::size_t size = 0;
  while (size < text.size() && is_quotable(text[size])) ++size;
  if (size == text.size() || text[size] != '\'') return false;
  out.has_value = true;
  out.value = text.substr(0, size);
  text.remove_prefix(size + 1);
  skip_blanks(text);
  return true;
}

/// Takes the next argument and the comma behind it. An empty `text` has none.
bool next_argument(std::string_view& text, ExecuteArgument& out) {
  if (text.empty() || !take_argument(text, out)) return false;
  if (!text.empty()) text.remove_prefix(1);
  return true;
}

}  // namespace

Result<ExecuteArguments> ExecuteArguments::parse(std::string_view text) {
  ExecuteArguments arguments;
  skip_blanks(text);
  arguments.text_ = text;
  unsigned seen = 0;
  // [DM-47]
  while (!text.empty()) {
    ExecuteArgument argument;
    if (!take_argument(text, argument)) return Error::Malformed;
    const unsigned bit = 1u << (argument.digit - '0');
    if ((seen & bit) != 0) return Error::Malformed;
    seen |= bit;
    if (text.empty()) break;
    if (text.front() != ',') return Error::Malformed;
    text.remove_prefix(1);
    if (text.empty()) return Error::Malformed;
  }
  return arguments;
}

std::optional<ExecuteArgument> ExecuteArguments::find(char digit) const {
  std::string_view rest = text_;
  ExecuteArgument argument;
  while (next_argument(rest, argument)) {
    if (argument.digit == digit) return argument;
  }
  return std::nullopt;
}

}  // namespace linnet::client
