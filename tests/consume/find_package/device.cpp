// SPDX-License-Identifier: Apache-2.0
// The smallest user of the installed client: parses a path and writes it back.
#include <linnet/client/client.hpp>

int main() {
  const auto path = linnet::lwm2m::Path::parse("/3/0/1");
  char text[linnet::lwm2m::kMaxPathText];
  return path.ok() && format(*path, text) == "/3/0/1" ? 0 : 1;
}
