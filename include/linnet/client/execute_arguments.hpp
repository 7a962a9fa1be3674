// SPDX-License-Identifier: Apache-2.0
#pragma once
// The arguments of an Execute operation: `0='text',3` (Core 1.2 §6.3.5) [DM-47]. A view of the
// payload, parsed on the way; nothing is copied.
#include <optional>
#include <string_view>

#include <linnet/base/result.hpp>

namespace linnet::client {

/// One argument: a digit and, if there was `='...'`, the text between the quotes.
struct ExecuteArgument {
  char digit = '0';
  bool has_value = false;
  std::string_view value;
};

class ExecuteArguments {
 public:
  ExecuteArguments() = default;
  /// Blanks around arguments and inside quotes are accepted although the grammar has none: the
  /// standard's own example contains them. `Malformed` for everything else outside the grammar
  /// and for an argument given twice.
  static Result<ExecuteArguments> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// The argument named `digit` ('0'..'9').
  [[nodiscard]] std::optional<ExecuteArgument> find(char digit) const;

 private:
  std::string_view text_;
};

}  // namespace linnet::client
