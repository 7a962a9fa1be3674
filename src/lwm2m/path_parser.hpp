// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parses the text of a path one character at a time, so that SenML can feed base name and name
// one after the other without joining them anywhere.
#include <linnet/lwm2m/path.hpp>

namespace linnet::lwm2m {

class PathParser {
 public:
  /// The first failure stays.
  void put(char c);
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  /// The path of all characters so far.
  [[nodiscard]] Result<Path> finish() const;

 private:
  enum class After : std::uint8_t { Nothing, Slash, Digit };

  void fail(Error error) {
    if (error_ == Error::Ok) error_ = error;
  }

  Path path_;  // the complete segments
  std::uint32_t number_ = 0;
  After after_ = After::Nothing;
  Error error_ = Error::Ok;
};

}  // namespace linnet::lwm2m
