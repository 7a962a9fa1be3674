// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/access_settings.hpp>

#include <linnet/posix/net_address.hpp>

namespace linnet::service {

std::string problem_of(const AccessSettings& settings, const SocketAddress& http) {
  if (settings.enabled || http.is_loopback()) return {};
  return "auth.enabled is false, so anybody who reaches " + posix::to_string(http) +
         " could do everything: serve HTTP on 127.0.0.1 only, or leave it true";
}

}  // namespace linnet::service
