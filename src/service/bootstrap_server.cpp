// SPDX-License-Identifier: Apache-2.0
#include "bootstrap_server.hpp"

namespace linnet::service {

BootstrapServer::BootstrapServer(posix::EventLoop& loop, Rng& rng, const ServiceSettings& settings,
                                 Records& records, DeviceServer& devices)
    : secure(settings.serve_bootstrap_coaps
                 ? open_secure({settings.bootstrap_coaps, "bootstrap", 1}, rng, settings, records,
                               devices.directory, sessions)
                 : nullptr),
      desk({loop, rng, records.models, &records.store, records.log, settings.log, settings.verbose,
            &records.credentials,
            [&directory = devices.directory](const std::string& endpoint,
                                             const std::string& address, const std::string& how) {
              directory.note(endpoint, TimelineEvent::Bootstrap, address, how);
            }},
           settings, records.models.models()) {
  sessions.set_desk(desk);
  if (secure) desk.set_secure(*secure, [&host = devices.host] { return host.commit(); });
  devices.host.add_guest(desk);
}

}  // namespace linnet::service
