// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fourth group of a service: those who make something of what devices say, and who ask devices
// for something. Each is told of events by `ShardTurn`, and asked by an area of the API. Shard's
// thread only, but for `Insight::http`.
#include <linnet/service/service.hpp>

#include "bootstrap_server.hpp"
#include "credential_desk.hpp"
#include "device_desk.hpp"
#include "device_server.hpp"
#include "insight.hpp"
#include "operation_desk.hpp"
#include "records.hpp"
#include "rule_desk.hpp"
#include "value_desk.hpp"

namespace linnet::service {

struct Desks {
  /// All but the settings outlive it.
  Desks(const ServiceSettings& settings, Records& records, DeviceServer& server,
        const BootstrapServer& bootstrap);
  Desks(const Desks&) = delete;
  Desks& operator=(const Desks&) = delete;

  CredentialDesk credentials;
  ValueDesk values;
  RuleDesk rules;
  DeviceDesk devices;
  OperationDesk operations;
  Insight insight;

 private:
  void take_values(const OperationValues& answered);
};

}  // namespace linnet::service
