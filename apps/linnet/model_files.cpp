// SPDX-License-Identifier: Apache-2.0
#include "model_files.hpp"

#include "command.hpp"

namespace linnet::cli {

lwm2m::ModelStore load_models(const std::vector<std::string>& folders, std::ostream& complaints) {
  auto store = lwm2m::ModelStore::with_core_objects();
  for (const auto& folder : folders) {
    if (!std::filesystem::is_directory(folder)) {
      throw Failure(kUsage, "there is no folder \"" + folder + "\" with object definitions");
    }
    const auto report = store.load_folder(folder);
    for (const auto& [file, finding] : report.findings) {
      complaints << lwm2m::format(finding, file) << '\n';
    }
    if (report.files == 0) complaints << "linnet: no *.xml in " << folder << '\n';
  }
  return store;
}

std::string operations_text(std::uint8_t operations) {
  if (operations == lwm2m::kExecute) return "E";
  std::string out;
  if ((operations & lwm2m::kRead) != 0) out += 'R';
  if ((operations & lwm2m::kWrite) != 0) out += 'W';
  return out;
}

}  // namespace linnet::cli
