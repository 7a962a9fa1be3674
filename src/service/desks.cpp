// SPDX-License-Identifier: Apache-2.0
#include "desks.hpp"

#include <string>
#include <utility>

#include "clocks.hpp"

namespace linnet::service {
namespace {

RuleDesk::Ports rule_ports(Records& records, DeviceServer& server, ValueDesk& values) {
  return {server.shard,
          records.rules,
          values,
          [&records, &server](std::string_view endpoint) {
            const auto number = records.devices.find(endpoint);
            return number ? server.directory.tags().tags(*number) : std::vector<std::string>{};
          },
          [&host = server.host](ShardHost::Job job) { host.add_job(std::move(job)); },
          posix::monotonic_now,
          unix_ms};
}

OperationDesk::Ports operation_ports(const ServiceSettings& settings, Records& records,
                                     DeviceServer& server) {
  return {server.shard,
          records.operations,
          records.devices,
          records.log,
          settings.log,
          settings.verbose,
          [&store = records.store](std::function<void(bool)> done) {
            store.after_commit(std::move(done));
          },
          [&host = server.host](ShardHost::Job job) { host.add_job(std::move(job)); },
          posix::monotonic_now,
          unix_ms,
          &server.directory.tags()};
}

}  // namespace

Desks::Desks(const ServiceSettings& settings, Records& records, DeviceServer& server,
             const BootstrapServer& bootstrap)
    : credentials(records.credentials, records.identity, settings.log),
      values({server.shard, records.models.models(), records.devices, records.values, records.log,
              settings.log, unix_ms}),
      rules(rule_ports(records, server, values)),
      devices({server.shard, records.log, values, settings.log, settings.verbose,
               server.secure.get(), server.directory},
              records.models.models()),
      operations(operation_ports(settings, records, server), settings.operations,
                 records.models.models()),
      insight({server.shard, server.directory, records.store, records.place.file(),
               !records.place.temporary(), records.models.models(), records.log,
               server.secure.get(), bootstrap.secure.get(),
               [this] { return operations.waiting(); }}) {
  records.devices.on_forget([this](DeviceNumber number, std::string_view endpoint) {
    values.forget(number);
    operations.forget(number, endpoint);
  });
  server.directory.set_pending([this](DeviceNumber device) { return operations.waiting(device); });
  server.directory.tags().on_change([this, &table = records.devices](DeviceNumber number) {
    if (const auto endpoint = table.endpoint(number)) rules.apply(*endpoint);
  });
  operations.on_values([this](const OperationValues& answered) { take_values(answered); });
  server.host.every(seconds(1), [this](Instant now) { operations.tick(now); });
  server.host.add_guest(rules);
}

void Desks::take_values(const OperationValues& answered) {
  const std::string endpoint(answered.endpoint);
  if (answered.result.observation.valid()) {
    return values.started(answered.result, endpoint, answered.request.about());
  }
  values.learn(endpoint, answered.result.values, ValueSource::Read);
  values.learn(endpoint, answered.written, ValueSource::Write);
}

}  // namespace linnet::service
