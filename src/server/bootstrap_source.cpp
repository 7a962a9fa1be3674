// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/bootstrap_source.hpp>

#include <algorithm>

namespace linnet::server {

void BootstrapConfigurations::put(BootstrapConfiguration configuration) {
  const auto at = std::ranges::lower_bound(configurations_, configuration.name, {},
                                           &BootstrapConfiguration::name);
  if (at != configurations_.end() && at->name == configuration.name) {
    *at = std::move(configuration);
  } else {
    configurations_.insert(at, std::move(configuration));
  }
}

bool BootstrapConfigurations::remove(std::string_view name) {
  return std::erase_if(configurations_, [&](const auto& c) { return c.name == name; }) != 0;
}

const BootstrapConfiguration* BootstrapConfigurations::find(std::string_view name) const {
  const auto at = std::ranges::find(configurations_, name, &BootstrapConfiguration::name);
  return at == configurations_.end() ? nullptr : &*at;
}

BootstrapDecision BootstrapConfigurations::find(const BootstrapRequester& requester) {
  // [BS-21]
  const std::string_view endpoint =
      requester.endpoint.empty() ? requester.identity : requester.endpoint;
  const BootstrapConfiguration* found = select(configurations_, endpoint);
  if (endpoint.empty() || found == nullptr) return {};
  return {BootstrapDecision::Kind::Configure, *found};
}

}  // namespace linnet::server
