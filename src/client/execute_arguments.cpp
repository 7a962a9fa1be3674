// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/execute_arguments.hpp>

namespace linnet::client {
namespace {

/// Takes characters off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view& text) : text_(text) {}

  static constexpr int kEnd = -1;

  int take() {
    if (text_.empty()) return kEnd;
    const auto c = static_cast<unsigned char>(text_.front());
    text_.remove_prefix(1);
    return c;
  }
  int take_after_blanks() {
    int c = take();
    while (c == ' ') c = take();
    return c;
  }

 private:
  std::string_view& text_;
};

/// Takes `digit` or `digit='text'` and the comma behind it off the front of `text`. [DM-47]
bool take_argument(std::string_view& text, ExecuteArgument& out) {
  Scanner scan(text);
  int c = scan.take_after_blanks();
  if (c < '0' || c > '9') return false;
  out = {.digit = static_cast<char>(c), .has_value = false, .value = {}};
  c = scan.take_after_blanks();
  if (c == '=') {
    if (scan.take_after_blanks() != '\'') return false;
    const char* begin = text.data();
    for (c = scan.take(); c != '\''; c = scan.take()) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    out.has_value = true;
    out.value = {begin, static_cast<std::size_t>(text.data() - begin) - 1};
    c = scan.take_after_blanks();
  }
  // Behind a comma there is another argument.
  return c == ',' ? !text.empty() : c == Scanner::kEnd;
}

}  // namespace

Result<ExecuteArguments> ExecuteArguments::parse(std::string_view text) {
  ExecuteArguments arguments;
  while (text.starts_with(' ')) text.remove_prefix(1);
  arguments.text_ = text;
  unsigned seen = 0;
  ExecuteArgument argument;
  while (!text.empty()) {
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
