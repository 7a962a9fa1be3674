// SPDX-License-Identifier: Apache-2.0
#pragma once
// One payload on its way into the objects: what Write, Write-Composite and Create share.
#include <array>

#include <linnet/client/device_management.hpp>

namespace linnet::client {

enum class WriteMode : std::uint8_t {
  Instance,   ///< resources of one instance; unknown ones are skipped [DM-35]
  Resource,   ///< one resource or resource instance
  Composite,  ///< resources anywhere; rights are asked for each
  Create,     ///< instances that are not there yet
};

struct DeviceManagement::WriteOperation {
  /// Instances one Create may make.
  static constexpr std::size_t kMaxCreated = 8;

  WriteOperation(const Request& asked, const lwm2m::Format* written_in, WriteMode how)
      : request(asked), format(written_in), base(asked.path), mode(how) {}

  const Request& request;
  const lwm2m::Format* format;
  Path base;
  WriteMode mode;
  std::uint8_t count = 0;  ///< of `created`
  std::size_t records = 0;
  std::array<Id, kMaxCreated> created;
};

}  // namespace linnet::client
