// SPDX-License-Identifier: Apache-2.0
#pragma once
// One payload on its way into the objects: what Write, Write-Composite and Create share.
#include <linnet/client/device_management.hpp>

namespace linnet::client {

enum class WriteMode : std::uint8_t {
  Instance,   ///< resources of one instance; unknown ones are skipped [DM-35]
  Resource,   ///< one resource or resource instance
  Composite,  ///< resources anywhere; rights are asked for each
  Create,     ///< instances that are not there yet
};

struct DeviceManagement::WriteOperation {
  WriteOperation(const Request& asked, const lwm2m::Format* written_in, WriteMode how)
      : request(asked), format(written_in), base(asked.path), mode(how) {}

  const Request& request;
  const lwm2m::Format* format;
  Path base;
  WriteMode mode;
  std::size_t records = 0;
  /// Asked about each record before everything else is checked; null: nothing to ask.
  Status (*inspect)(DeviceManagement&, WriteOperation&, const lwm2m::Record&) = nullptr;
};

}  // namespace linnet::client
