// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happens in each turn of the shard's thread: an event of the shard goes around, and what came
// of all of them is stored before any answer leaves. Shard's thread only.
#include <string>

#include <linnet/service/service.hpp>
#include <linnet/service/shard_host.hpp>

#include "desks.hpp"
#include "device_server.hpp"
#include "records.hpp"
#include "trust_changes.hpp"

namespace linnet::service {

class ShardTurn final : public ShardHost::Turn {
 public:
  /// `devices.host` takes its turns so from here on. All outlive its last one.
  ShardTurn(LogSink print, Records& records, DeviceServer& devices, Desks& desks,
            TrustChanges& trust);
  ShardTurn(const ShardTurn&) = delete;
  ShardTurn& operator=(const ShardTurn&) = delete;

  void on_event(server::Event& event) override;
  bool commit() override;
  /// Tells whoever looks: in the log, as an event, and in the overview.
  void alarm(const std::string& text);

 private:
  [[nodiscard]] bool store(Instant now);
  void tell_whether_stored(bool stored);

  LogSink print_;
  Records& records_;
  DeviceServer& devices_;
  Desks& desks_;
  TrustChanges& trust_;
};

}  // namespace linnet::service
