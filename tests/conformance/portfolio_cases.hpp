// SPDX-License-Identifier: Apache-2.0
#pragma once
// What 308 and 309 share: two portfolio instances, as texts and as a server sees them.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {

inline server::ResourceValues identities(lwm2m::Id instance) {
  const bool first = instance == 0;
  return values({{Path(16, instance, 0, 0), Value::string(first ? "aa" : "11")},
                 {Path(16, instance, 0, 1), Value::string(first ? "bb" : "22")},
                 {Path(16, instance, 0, 2), Value::string(first ? "cc" : "33")},
                 {Path(16, instance, 0, 3), Value::string(first ? "dd" : "44")}});
}

inline void put_identities(World& w, lwm2m::Id instance) {
  for (const auto& entry : identities(instance)) {
    w.device->portfolio.instances[instance][entry.path.resource_instance()] =
        entry.value.view().as_string();
  }
}

}  // namespace linnet::conformance
