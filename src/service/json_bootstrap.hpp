// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bootstrap configurations and the steps they lead to, between JSON and their types:
//
//   {"for": ["urn:dev:*"], "mode": "needed", "delete": ["/"],
//    "objects": {"/0/1": {"0": "coap://lwm2m.example", "1": false, "3": {"text": "{endpoint}"},
//                         "5": {"hex": "00112233"}}}}
//
// Free functions; any thread with its own model store.
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include <linnet/server/bootstrap_configuration.hpp>
#include <linnet/server/bootstrap_plan.hpp>

#include "json_values.hpp"

namespace linnet::service {

/// Objects and resources may be given by number or by name. `before` is what has this name now, or
/// null: a secret that an answer of the API hid stays as it was. Throws Problem. Says nothing
/// about types and consistency: that is for `server::prepare`.
[[nodiscard]] server::BootstrapConfiguration parse_configuration(
    const std::string& name, std::string_view body, const DeviceModel& model,
    const server::BootstrapConfiguration* before);

enum class Secrets : std::uint8_t {
  Hidden,  ///< {"secret": true, "bytes": 16}
  Shown,   ///< for the store only
};
[[nodiscard]] boost::json::object to_json(const server::BootstrapConfiguration& configuration,
                                          const DeviceModel& model, Secrets secrets);

/// Of a configuration with hidden secrets: {"method": "PUT", "path": "/0/1", ...}.
[[nodiscard]] boost::json::object to_json(const server::BootstrapStep& step,
                                          const DeviceModel& model);

}  // namespace linnet::service
