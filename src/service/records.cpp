// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include <utility>

#include "clocks.hpp"
#include "secret_box.hpp"

namespace linnet::service {
namespace {

const std::filesystem::path& prepared(const std::filesystem::path& file) {
  // There are keys in it, and SQLite gives its other files the permissions of this one.
  if (!std::filesystem::exists(file)) write_private_file(file, {});
  return file;
}

EventRetention retention_of(const ServiceSettings& settings) {
  EventRetention retention;
  retention.bytes = settings.kept_event_bytes;
  retention.events = settings.kept_events;
  retention.age_ms = settings.kept_event_age.ms;
  return retention;
}

OperationStore::Limits limits_of(const OperationSettings& settings) {
  OperationStore::Limits limits;
  limits.kept_per_device = settings.kept_per_device;
  limits.kept_ms = std::int64_t{settings.kept_days} * 86'400'000;
  return limits;
}

}  // namespace

Records::Records(const ServiceSettings& settings, const StorePlace& its_place,
                 const std::optional<ServerIdentity>& known_identity,
                 lwm2m::ModelStore known_models, Rng& rng)
    : place(its_place),
      store(prepared(place.file())),
      identity(known_identity ? *known_identity
                              : load_server_identity(
                                    {settings.certificate, settings.private_key, settings.store},
                                    unix_seconds())),
      credentials(store.database(), store.box(), unix_seconds),
      devices(store.database(), unix_ms),
      models(store.database(), std::move(known_models)),
      access(store.database(), settings.access, unix_ms),
      audit(store.database(), settings.access, unix_ms),
      log(settings.event_memory, "none"),
      journal(store.database(), log, retention_of(settings), rng, unix_ms),
      values({store.database(), unix_ms, [this] { return log.published(); }},
             {settings.history_samples, settings.history_days}),
      operations(store.database(), limits_of(settings.operations)),
      rules(store.database()) {
  credentials.set_own_key(identity.key.public_key().point());
  for (StorePart* part : std::initializer_list<StorePart*>{&devices, &operations, &journal, &values,
                                                           &access, &audit, &rules}) {
    store.add(*part);
  }
}

std::optional<ServerIdentity> Records::load_identity(const ServiceSettings& settings) const {
  const auto kept = place.temporary() ? std::filesystem::path{} : place.file();
  if (settings.certificate.empty() && kept.empty()) return std::nullopt;
  return load_server_identity({settings.certificate, settings.private_key, kept}, unix_seconds());
}

void Records::set(const ServiceSettings& settings) {
  access.set_session_times(settings.access);
  audit.set_retention(settings.access);
  journal.set_retention(retention_of(settings));
  values.set_history({settings.history_samples, settings.history_days});
  operations.set_limits(limits_of(settings.operations));
}

void Records::adopt(ServerIdentity next) {
  identity = std::move(next);
  credentials.set_own_key(identity.key.public_key().point());
}

}  // namespace linnet::service
