// SPDX-License-Identifier: Apache-2.0
#include "trust_changes.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>

namespace linnet::service {

TrustChanges::TrustChanges(Records& records, DeviceServer& devices, BootstrapServer& bootstrap)
    : records_(records) {
  for (SecureServer* server : {devices.secure.get(), bootstrap.secure.get()}) {
    if (server != nullptr) servers_.push_back(server);
  }
  records.credentials.on_end([this](std::uint64_t id) { ended_.push_back(id); });
  records.credentials.on_add([&devices](std::string_view endpoint) {
    devices.guard.end_unsecured(posix::monotonic_now(), devices.shard, endpoint);
  });
  records.credentials.on_bar([&devices](std::string_view endpoint) {
    const auto registration = devices.shard.find(endpoint);
    if (registration) devices.shard.remove(posix::monotonic_now(), registration->id);
  });
  records.credentials.on_trust_change([this] {
    for (SecureServer* server : servers_) server->trust_changed();
  });
}

void TrustChanges::end_sessions() {
  if (ended_.empty()) return;
  std::ranges::sort(ended_);
  for (SecureServer* server : servers_) server->end_credentials(ended_);
  ended_.clear();
}

void TrustChanges::adopt(ServerIdentity next) {
  try {
    for (SecureServer* server : servers_) server->set_identity(next);
  } catch (const dtls_gnutls::KeyError& error) {
    throw posix::SetupError(std::string("DTLS cannot be served with it: ") + error.what());
  }
  records_.adopt(std::move(next));
}

}  // namespace linnet::service
