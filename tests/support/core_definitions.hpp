// SPDX-License-Identifier: Apache-2.0
#pragma once
// The compiled object definitions as a server's source of types.
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/server/ports.hpp>

namespace linnet::test {

class CoreDefinitions final : public server::DefinitionSource {
 public:
  const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version) const override {
    using namespace lwm2m::objects;
    for (const lwm2m::ObjectDefinition* definition :
         {&kSecurity, &kServer, &kAccessControl, &kDevice, &kFirmwareUpdate, &kOscore,
          &kTemperature, &kLightControl}) {
      if (definition->id == object) return definition;
    }
    return nullptr;
  }
};

}  // namespace linnet::test
