// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whom the server trusts, and as whom it shows itself, changes while devices are connected:
// credentials come and go, devices are barred, trust anchors and the server's own certificate are
// others. Here is what that means for registrations and sessions. Shard's thread only.
#include <cstdint>
#include <vector>

#include "bootstrap_server.hpp"
#include "device_server.hpp"
#include "records.hpp"

namespace linnet::service {

class TrustChanges {
 public:
  /// From here on changes of `records.credentials` take effect. All outlive it.
  TrustChanges(Records& records, DeviceServer& devices, BootstrapServer& bootstrap);
  TrustChanges(const TrustChanges&) = delete;
  TrustChanges& operator=(const TrustChanges&) = delete;

  /// Of credentials that ended since it was called last. Before each commit. [SEC-10]
  void end_sessions();
  /// The next handshakes show this certificate; sessions stay. Throws posix::SetupError.
  void adopt(ServerIdentity next);

 private:
  Records& records_;
  std::vector<SecureServer*> servers_;
  std::vector<std::uint64_t> ended_;  // credentials whose sessions have to go
};

}  // namespace linnet::service
