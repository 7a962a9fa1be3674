// SPDX-License-Identifier: Apache-2.0
#pragma once
// The factory data of a simulated device [BS-16]: accounts and access rights in a TOML file, which
// docs/client.md describes.
#include <filesystem>

#include "simulated_device.hpp"

namespace linnet::cli {

/// Puts what `file` says into the objects 0, 1 and 2 of `device`, beside what is there. Throws
/// Failure, with file and line, for what cannot be read, is unknown, has the wrong type or range,
/// or does not fit together.
void load_factory(const std::filesystem::path& file, SimulatedDevice& device);

}  // namespace linnet::cli
