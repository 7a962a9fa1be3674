// SPDX-License-Identifier: Apache-2.0
#pragma once
// The first group of a service: what is written down. One store, and everything that has tables in
// it and knows neither sockets nor registrations. Made first, gone last.
// Shard's thread only, but for `access` and `log`, which may be used from any.
#include <optional>

#include <linnet/base/random.hpp>
#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/service/event_log.hpp>
#include <linnet/service/service.hpp>

#include "access_store.hpp"
#include "audit_log.hpp"
#include "credential_store.hpp"
#include "device_table.hpp"
#include "event_journal.hpp"
#include "model_desk.hpp"
#include "operation_store.hpp"
#include "rule_table.hpp"
#include "server_identity.hpp"
#include "store.hpp"
#include "store_place.hpp"
#include "value_store.hpp"

namespace linnet::service {

struct Records {
  /// Opens the store, or makes it, at `its_place`, which outlives it. `known_identity`: that of the
  /// settings' files if there is none. Throws posix::SetupError, SqliteError,
  /// std::filesystem::filesystem_error.
  Records(const ServiceSettings& settings, const StorePlace& its_place,
          const std::optional<ServerIdentity>& known_identity, lwm2m::ModelStore known_models,
          Rng& rng);
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  /// Reads the server's certificate and key again, for `adopt`. Nothing if the pair was made for
  /// this run: it is in no file. Throws posix::SetupError.
  [[nodiscard]] std::optional<ServerIdentity> load_identity(const ServiceSettings& settings) const;
  /// How much is kept of events, history, operations and audit, and how long a sign-in lasts.
  void set(const ServiceSettings& settings);
  /// `next` is the server's identity from now on.
  void adopt(ServerIdentity next);

  const StorePlace& place;
  Store store;
  ServerIdentity identity;
  CredentialStore credentials;
  DeviceTable devices;
  ModelDesk models;
  AccessStore access;
  AuditLog audit;
  EventLog log;
  EventJournal journal;
  ValueStore values;
  OperationStore operations;
  RuleTable rules;
};

}  // namespace linnet::service
