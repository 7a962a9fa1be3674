// SPDX-License-Identifier: Apache-2.0
// Any bytes as an object definition file: objects or findings come out, and what comes out is
// sound.
#include <cstdlib>

#include <linnet/lwm2m/model/model_store.hpp>

using namespace linnet;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lwm2m::DdfResult result = lwm2m::parse_ddf({reinterpret_cast<const char*>(data), size});
  require(!result.objects.empty() || !result.findings.empty());
  for (const lwm2m::DdfFinding& finding : result.findings) {
    require(finding.line >= 1 && finding.line <= size + 1);
    require(!finding.what.empty() && !finding.remedy.empty());
  }
  lwm2m::ModelStore store;
  for (const lwm2m::ObjectModel& model : result.objects) {
    require(store.add(model).ok());
    const lwm2m::StoredModel* stored = store.find(model.id, model.version);
    require(stored != nullptr && stored->definition().resources.size() == model.resources.size());
    const auto urn = lwm2m::ObjectUrn::parse(model.urn);
    require(urn.ok() && urn->object == model.id && urn->version == model.version);
    for (const lwm2m::ResourceModel& resource : model.resources) {
      require(model.find(resource.id) == &resource);
      require(stored->definition().find(resource.id) != nullptr);
    }
  }
  return 0;
}
