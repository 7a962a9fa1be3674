// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object definitions of a running server: those it was started with, and those that were
// uploaded, which are in the store. Engines and desks look into the same set, so that a new
// definition holds from the next message on. Thread rule: that of the shard.
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/server/ports.hpp>

#include "sqlite.hpp"

namespace linnet::service {

class ModelDesk final : public server::DefinitionSource {
 public:
  /// `database` outlives it. Throws SqliteError.
  ModelDesk(Sqlite& database, lwm2m::ModelStore models);

  /// The same object as long as the desk lives.
  [[nodiscard]] const lwm2m::ModelStore& models() const { return models_; }
  const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version version) const override {
    return models_.definition(object, version);
  }

  /// Others to start from; what was uploaded stays.
  void reload(lwm2m::ModelStore models);

  // For the API; all but the first throw Problem.
  [[nodiscard]] boost::json::object list() const;
  /// Without a version the newest.
  [[nodiscard]] boost::json::object show(lwm2m::Id object,
                                         std::optional<lwm2m::Version> version) const;
  struct Upload {
    unsigned status = 200;
    boost::json::object report;
  };
  /// Takes every object of a DDF file, or none of them if there is an error.
  [[nodiscard]] Upload upload(std::string_view ddf, bool dry_run);
  void remove(lwm2m::Id object, lwm2m::Version version);
  [[nodiscard]] std::string ddf(lwm2m::Id object, lwm2m::Version version);

 private:
  using Key = std::pair<lwm2m::Id, lwm2m::Version>;

  void add(lwm2m::ObjectModel model);
  void keep(const std::vector<lwm2m::ObjectModel>& models, std::string_view ddf);
  [[nodiscard]] std::string_view source_of(const lwm2m::ObjectModel& model) const;

  Sqlite& database_;
  lwm2m::ModelStore models_;
  lwm2m::ModelStore first_;  // what it was started with
  const lwm2m::ModelStore core_;
  std::map<Key, lwm2m::ModelPointer> uploaded_;
  // Models that were replaced: an engine may hold their tables until the end of its turn.
  std::vector<lwm2m::ModelPointer> former_;
  Statement put_, drop_, text_;
};

}  // namespace linnet::service
