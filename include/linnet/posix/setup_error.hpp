// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the constructors of this room throw when the operating system refuses at start-up: a bind
// that fails, a name that cannot be resolved. `what()` is a sentence for a person, with what to
// do about it. Once something is set up, nothing here throws.
#include <stdexcept>

namespace linnet::posix {

class SetupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace linnet::posix
